/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The management processor: commands from its TX ring, events to the host.
 *
 * A command has 32 bytes of a TX descriptor, then a header: "unified" ones have
 * a 16-bit number and options, the others a number and, if that is EXT, a second
 * one.  Real firmware answers what its driver waits for, and so does this.
 */
#include "chip.h"

enum {
	TXD = 32, LEGACY = 64, UNIFIED = 48,	/* sizes of headers */
	PKT_COMMAND = 0xa0,
	/* Legacy numbers */
	REGION = 0x01, START = 0x02, POWER = 0x04, PATCH_START = 0x05,
	PATCH_FINISH = 0x07, SEMAPHORE = 0x10, EXT = 0xed, RESTART_DL = 0xef,
	CE_SCAN = 0x03, CE_CANCEL_SCAN = 0x1b, CE_SCHED_SCAN = 0x61,
	CE_CAPABILITY = 0x8a, CE_REG_READ = 0xc0, CE_TXPWR = 0xd0,
	EXT_EFUSE = 0x01, EXT_THERMAL = 0x2c,
	/* set_query */
	QUERY = 0, SET = 1, NA = 3,
	/* Unified options */
	UNI_ACK = 0x1, UNI_IS = 0x2,
	/* Events */
	RXD = 24, EVENT = MCU_EVENT, PKT_EVENT = 7, UNSOLICITED = 0x4,
	EV_GENERIC = 0x01, EV_SEMAPHORE = 0x04, EV_SCAN_DONE = 0x0d,
	EV_EXT = 0xed, EV_COREDUMP = 0xf0,
	/* Capabilities */
	CAP_HW_VER = 5, CAP_MAC = 7, CAP_PHY = 8, CAP_6G = 0x18,
	DEGREES = 42,
	SCAN_US = 20000,
};

struct command {
	uint8_t		id, ext, seq, set_query;
	bool		unified, ack;
	uint16_t	uni;
	const uint8_t	*body;
	size_t		len;
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

/* The header of an answer; returns where its body is. */
static uint8_t *
answer(struct chip *c, const struct command *cmd, uint8_t eid, uint8_t ext,
    size_t body)
{
	struct event *e = mcu_event(c, 0, EVENT + body);
	uint8_t *p = e->data + RXD;

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
	(void)answer(c, cmd, eid, value, 4);
}

static uint8_t *
capability(uint8_t *p, uint32_t type, const void *data, uint32_t len)
{
	le32enc(p, type);
	le32enc(p + 4, len);
	memcpy(p + 8, data, len);
	return (p + 8 + len);
}

static void
capabilities(struct chip *c, const struct command *cmd)
{
	/* ht, vht, 5 GHz, bandwidth, streams, dbdc, 4 of coding, bands, he */
	static const uint8_t phy[12] = { 1, 1, 1, 2, 2, 0, 1, 1, 1, 1, 3, 1 };
	static const uint8_t ver[12] = { 0x10, 0x8a };
	const uint8_t six = 0;
	uint8_t *p = answer(c, cmd, EV_GENERIC, 0, 4 + 4 * 8 + 12 + 6 + 12 + 1);

	le16enc(p, 4);
	p = capability(p + 4, CAP_HW_VER, ver, sizeof(ver));
	p = capability(p, CAP_MAC, c->mac, sizeof(c->mac));
	p = capability(p, CAP_PHY, phy, sizeof(phy));
	capability(p, CAP_6G, &six, sizeof(six));
}

/* 16 bytes of the EEPROM, which holds the chip's number, address and zeroes. */
static void
efuse(struct chip *c, const struct command *cmd)
{
	uint8_t *p = answer(c, cmd, EV_EXT, EXT_EFUSE, 24);
	uint32_t addr = cmd->len >= 4 ? le32dec(cmd->body) : 0;

	le32enc(p, addr);
	le32enc(p + 4, 1);
	if (addr == 0) {
		le16enc(p + 8, c->id);
		memcpy(p + 8 + 4, c->mac, sizeof(c->mac));
	}
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

static void
scan(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	COUNT(COUNT_SCANS);
	ap_scan(c, cmd->body, cmd->len);
	p = mcu_notice(c, SCAN_US, EV_SCAN_DONE, false, 8);
	p[0] = cmd->len > 0 ? cmd->body[0] : 0;
}

/* Real firmware sends its memory; the driver starts it anew after the last. */
void
mcu_crash(struct chip *c)
{
	COUNT(COUNT_CRASHES);
	memset(mcu_notice(c, 0, EV_COREDUMP, false, 256), 0x76, 256);
	c->crashed = true;
}

static void
unified(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	bss_command(c, cmd->uni, cmd->body, cmd->len);
	if (!cmd->ack)
		return;
	p = answer(c, cmd, EV_GENERIC, 0, 8);
	p[0] = cmd->uni;
}

static void
extended(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	if (cmd->ext == EXT_EFUSE && cmd->set_query == QUERY) {
		efuse(c, cmd);
		return;
	}
	if (!cmd->ack)
		return;
	p = answer(c, cmd, EV_EXT, cmd->ext, 8);
	if (cmd->ext == EXT_THERMAL)
		le32enc(p + 4, DEGREES);
}

static void
boot_rom(struct chip *c, const struct command *cmd)
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
		result(c, cmd, EV_GENERIC, download_region(c, w[1]));
		break;
	case PATCH_FINISH:
		result(c, cmd, EV_GENERIC, download_finish_patch(c));
		break;
	case START:
		/* Still the ROM's answer, on its ring. */
		result(c, cmd, EV_GENERIC, 0);
		(void)download_start(c);
		break;
	case POWER:
	case RESTART_DL:
		break;
	default:
		COUNT(COUNT_BAD_COMMANDS);
	}
}

/* "CE" commands: sets are not answered, with one exception. */
static void
client(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	switch (cmd->id) {
	case CE_CAPABILITY:
		capabilities(c, cmd);
		break;
	case CE_SCAN:
	case CE_SCHED_SCAN:
		if (cmd->id == CE_SCAN)
			scan(c, cmd);
		break;
	case CE_REG_READ:
	case CE_TXPWR:
		if (cmd->set_query != QUERY)
			break;
		p = answer(c, cmd, EV_GENERIC, 0, 8);
		if (cmd->len >= 4)
			memcpy(p, cmd->body, 4);
		break;
	default:
		if (cmd->set_query == QUERY)
			(void)answer(c, cmd, EV_GENERIC, 0, 8);
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
		unified(c, &cmd);
		return;
	}
	cmd.id = p[TXD + 4];
	cmd.set_query = p[TXD + 6];
	cmd.ext = p[TXD + 9];
	cmd.ack = p[TXD + 11] != 0;
	if (cmd.set_query == NA)
		boot_rom(c, &cmd);
	else if (cmd.id == EXT)
		extended(c, &cmd);
	else
		client(c, &cmd);
}
