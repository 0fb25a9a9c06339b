/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The management processor: commands from its TX ring, events to the host.
 *
 * A command has 32 bytes of a TX descriptor, then a header: "unified" ones have
 * a 16-bit number and options, the others a number and, if that is EXT, a second
 * one.  Real firmware answers what its driver waits for, and so does this.
 */
#include "model.h"

enum {
	TXD = 32, LEGACY = 64, UNIFIED = 48,	/* sizes of headers */
	PKT_COMMAND = 0xa0,
	/* Legacy numbers */
	REGION = 0x01, START = 0x02, PATCH_START = 0x05, PATCH_FINISH = 0x07,
	SEMAPHORE = 0x10, RESTART_DL = 0xef,
	EXT_EFUSE = 0x01, EXT_THERMAL = 0x2c,
	/* Unified options */
	UNI_ACK = 0x1, UNI_IS = 0x2,
	/* Events */
	RXD = 24, EVENT = MCU_EVENT, PKT_EVENT = 7, UNSOLICITED = 0x4,
	EV_GENERIC = 0x01, EV_SEMAPHORE = 0x04, EV_EXT = 0xed,
	DEGREES = 42, EFUSE_BLOCK = 16,
};

u_int
mcu_room(struct chip *c)
{
	return (EVENTS - (c->event_tail - c->event_head));
}

/* An event of `len' bytes in all, zero but for its length. */
struct event *
mcu_event(struct chip *c, uint64_t delay, size_t len)
{
	struct event *e;

	KASSERT(mcu_room(c) > 0 && len <= EVENT_SIZE, ("mt76sim: no room"));
	e = &c->events[c->event_tail++ % EVENTS];
	e->due = c->now + chip_knobs.latency_us + delay;
	e->ring = c->running ? RX_MCU : RX_ROM;
	e->len = len;
	memset(e->data, 0, sizeof(e->data));
	le32enc(e->data, len | PKT_EVENT << 27);
	return (e);
}

uint8_t *
mcu_answer(struct chip *c, const struct command *cmd, uint8_t eid, uint8_t ext,
    size_t body)
{
	struct event *e = mcu_event(c, 0, EVENT + body);
	uint8_t *p = e->data + RXD;

	if (c->running && cmd->s2d == COMMAND_TO_WA &&
	    c->model->rx[RX_WA].reg != 0)
		e->ring = RX_WA;
	le16enc(p, e->len - RXD);
	le16enc(p + 2, 0xe000);
	p[4] = eid;
	p[5] = cmd->seq;
	p[6] = cmd->unified ? UNI_IS : 0;
	p[8] = ext;
	return (e->data + EVENT);
}

/* The boot ROM's results are where other answers have the second number. */
static void
result(struct chip *c, const struct command *cmd, uint8_t eid, uint8_t value)
{
	(void)mcu_answer(c, cmd, eid, value, 4);
}

/* A block of the EEPROM; behind its end there are zeroes. */
static void
efuse(struct chip *c, const struct command *cmd)
{
	uint8_t *p = mcu_answer(c, cmd, EV_EXT, EXT_EFUSE, 8 + EFUSE_BLOCK);
	uint32_t addr = cmd->len >= 4 ? le32dec(cmd->body) : 0;

	le32enc(p, addr);
	le32enc(p + 4, 1);
	if (addr <= EEPROM_SIZE - EFUSE_BLOCK)
		memcpy(p + 8, c->eeprom + addr, EFUSE_BLOCK);
}

uint8_t *
mcu_notice(struct chip *c, uint64_t delay, uint8_t eid, bool unified,
    size_t body)
{
	struct event *e = mcu_event(c, delay, EVENT + body);

	le16enc(e->data + RXD, e->len - RXD);
	le16enc(e->data + RXD + 2, 0xe000);
	e->data[RXD + 4] = eid;
	e->data[RXD + 6] = unified ? UNI_IS | UNSOLICITED : 0;
	return (e->data + EVENT);
}

/* From now on it is silent. */
void
mcu_crash(struct chip *c)
{
	COUNT(COUNT_CRASHES);
	c->model->crash(c);
	c->crashed = true;
}

/* An acknowledgement has number 0: with its own some are taken for notices. */
void
mcu_extended(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	if (cmd->ext == EXT_EFUSE && cmd->set_query == COMMAND_QUERY) {
		efuse(c, cmd);
		return;
	}
	if (!cmd->ack)
		return;
	p = mcu_answer(c, cmd, EV_EXT, 0, 8);
	p[0] = cmd->ext;
	if (cmd->ext == EXT_THERMAL)
		le32enc(p + 4, DEGREES);
}

void
mcu_boot_rom(struct chip *c, const struct command *cmd)
{
	uint32_t w[2] = { 0, 0 };

	if (cmd->len >= 8) {
		w[0] = le32dec(cmd->body);
		w[1] = le32dec(cmd->body + 4);
	} else if (cmd->len >= 4)
		w[0] = le32dec(cmd->body);
	switch (cmd->id) {
	case SEMAPHORE:
		result(c, cmd, EV_SEMAPHORE, download_semaphore(c, w[0]));
		break;
	case PATCH_START:
	case REGION:
		result(c, cmd, EV_GENERIC, download_region(c, w[0], w[1]));
		break;
	case PATCH_FINISH:
		result(c, cmd, EV_GENERIC, download_finish_patch(c));
		break;
	case START:
		/* Still the ROM's answer, on its ring. */
		result(c, cmd, EV_GENERIC, 0);
		download_start(c, w[0]);
		break;
	case COMMAND_POWER:
	case RESTART_DL:
		break;
	default:
		COUNT(COUNT_BAD_COMMANDS);
	}
}

void
mcu_command(struct chip *c, const uint8_t *p, size_t len)
{
	struct command cmd = { 0 };
	size_t header;

	if (len < UNIFIED || p[TXD + 5] != PKT_COMMAND ||
	    le16dec(p + TXD) != len - TXD) {
		COUNT(COUNT_BAD_COMMANDS);
		return;
	}
	COUNT(COUNT_COMMANDS);
	if (chip_knobs.dead || c->crashed)
		return;
	cmd.seq = p[TXD + 7];
	cmd.unified = (p[TXD + 11] & UNI_IS) != 0;
	header = cmd.unified ? UNIFIED : LEGACY;
	if (len < header || cmd.seq == 0) {
		COUNT(COUNT_BAD_COMMANDS);
		return;
	}
	cmd.body = p + header;
	cmd.len = len - header;
	if (cmd.unified) {
		cmd.uni = le16dec(p + TXD + 2);
		cmd.ack = (p[TXD + 11] & UNI_ACK) != 0;
	} else {
		cmd.id = p[TXD + 4];
		cmd.set_query = p[TXD + 6];
		cmd.ext = p[TXD + 9];
		cmd.s2d = p[TXD + 10];
		cmd.ack = p[TXD + 11] != 0;
	}
	c->model->command(c, &cmd);
}
