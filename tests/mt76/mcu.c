/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and their events, and the firmware's way into the chip. */
#include "test.h"

enum {
	/* A command: TXD, then its header. */
	HEADER = 64, PKT_ID = 0xa0,
	/* Numbers, and what is done with them. */
	REGION = 0x01, START = 0x02, PATCH_START = 0x05, PATCH_FINISH = 0x07,
	REG_READ = 0xc0, SCATTER = 0xee,
	QUERY = 0, NA = 3,
	/* An event: RXD, then its header. */
	EVENT_SEQ = AIR_RXD + 5, EVENT_RESULT = AIR_RXD + 8, EVENT = 36,
};
#define	CMD(id, query)	((query) << 8 | (id))

static int
send(struct mt76_dev *dev, struct sk_buff *skb, int cmd, int *seq)
{
	enum mt76_mcuq_id qid = MT_MCUQ_WM;
	uint8_t *h;

	dev->mcu.timeout = 3 * HZ;
	if ((cmd & 0xff) == SCATTER)
		qid = MT_MCUQ_FWDL;	/* bytes, and nothing about them */
	else {
		do
			*seq = ++dev->mcu.msg_seq & 0xf;
		while (*seq == 0);
		h = memset(skb_push(skb, HEADER), 0, HEADER) ;
		h += TXD_SIZE;
		le16enc(h, skb->len - TXD_SIZE);
		h[4] = cmd;
		h[5] = PKT_ID;
		h[6] = cmd >> 8;
		h[7] = *seq;
	}
	return (mt76_tx_queue_skb_raw(container_of(dev, struct test_dev, mt76),
	    dev->q_mcu[qid], skb, 0));
}

static int
parse(struct mt76_dev *dev __unused, int cmd, struct sk_buff *skb, int seq)
{
	if (skb == NULL)
		return (-ETIMEDOUT);
	if (skb->len < EVENT || skb->data[EVENT_SEQ] != seq)
		return (-EAGAIN);
	if (cmd >> 8 == NA)
		return (skb->data[EVENT_RESULT] == 0 ? 0 : -EIO);
	skb_pull(skb, EVENT);
	return (0);
}

const struct mt76_mcu_ops mcu_ops = {
	.headroom = HEADER,
	.mcu_skb_send_msg = send,
	.mcu_parse_response = parse,
};

/* The chip sends the first four bytes back. */
int
mcu_echo(struct test_dev *td, uint32_t word)
{
	uint32_t body[2] = { htole32(word), 0 };
	struct sk_buff *skb;
	int error;

	error = mt76_mcu_send_and_get_msg(&td->mt76, CMD(REG_READ, QUERY), body,
	    sizeof(body), true, &skb);
	if (error != 0)
		return (error);
	if (skb->len < 4 || le32dec(skb->data) != word)
		error = -EBADMSG;
	dev_kfree_skb(skb);
	return (error);
}

/* A region: announced, then sent in pieces; its last word is the sum. */
static int
region(struct test_dev *td, int cmd, uint32_t addr, uint8_t *image, uint32_t len)
{
	uint32_t body[3] = { htole32(addr), htole32(len), 0 };
	int error;

	for (uint32_t i = 0; i < len - 4; i++)
		image[i] = i * 13 + cmd;
	le32enc(image + len - 4, download_sum(DOWNLOAD_SUM_START, image, len - 4));
	error = mt76_mcu_send_msg(&td->mt76, CMD(cmd, NA), body, sizeof(body),
	    true);
	if (error != 0)
		return (error);
	return (mt76_mcu_send_firmware(&td->mt76, CMD(SCATTER, NA), image, len));
}

int
mcu_boot(struct test_dev *td)
{
	enum { LEN = 50000, ADDR = 0x900000 };
	uint8_t *image = malloc(LEN, M_HOSTED, M_WAITOK);
	int error;

	error = region(td, PATCH_START, ADDR, image, LEN / 4);
	if (error == 0)
		error = mt76_mcu_send_msg(&td->mt76, CMD(PATCH_FINISH, NA), NULL,
		    0, true);
	for (int i = 0; i < 3 && error == 0; i++)
		error = region(td, REGION, ADDR + i * 0x10000, image, LEN);
	if (error == 0)
		error = mt76_mcu_send_msg(&td->mt76, CMD(START, NA), image, 8,
		    true);
	free(image, M_HOSTED);
	return (error);
}
