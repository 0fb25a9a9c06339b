/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames from the driver and to it.
 *
 * A sent frame is 32 bytes of a TX descriptor, then its number (token) and the
 * places of its pieces, in one of two forms (struct chip_model says which).  Its
 * memory is the driver's again when a notice names the token, and net80211 hears
 * how it went by a TX status, if the descriptor asks for one.
 *
 * A received frame has a descriptor in front: six words and, as group 3, two of
 * the receiver's vector (rate and signal).
 */
#include "model.h"

enum {
	TXD = 32,
	/* The form for hardware: four tokens, of which mt76 uses one; pairs */
	PTRS = 8, PTR = 12, PTRS_MAX = 4,
	MSDU_VALID = 0x8000, LAST = 0x8000, LEN = 0xfff,
	/* The form for firmware: flags, a token, a count, addresses, lengths */
	FW_TXP = 44, FW_APPLY_TXD = 0x1,
	TXD_WLAN = 0x3ff, TXD_STATUS_HOST = 1 << 10, TXD_PID = 0xff,
	/* Notices */
	PKT_TXS = 0, PKT_NORMAL = 2, PKT_NOTIFY = 6,
	NOTIFY_WORDS = 126, STATUS = 32, STATUSES = 15,
	OFDM = 1, OFDM_54M = 12, OFDM_6M = 11,
	/* A received frame's */
	RXD_GROUP_3 = 1 << 13, RXD_NON_AMPDU = 1 << 30,
	UNICAST = 1, MULTICAST = 2, BROADCAST = 3,
	RCPI = 130,				/* -45 dBm */
	HEADER = 24,
};

bool
frame_sent_room(struct chip *c)
{
	return (c->nsent < TOKENS && frame_room(c) >= 4);
}

bool
frame_hw_txp(const uint8_t *txp, size_t len, struct pieces *ps)
{
	u_int i;

	if (len < PTRS + PTRS_MAX / 2 * PTR ||
	    (le16dec(txp) & MSDU_VALID) == 0)
		return (false);
	ps->token = le16dec(txp) & ~MSDU_VALID;
	for (i = 0; i < PTRS_MAX; i++) {
		const uint8_t *p = txp + PTRS + i / 2 * PTR;
		uint16_t n = le16dec(i % 2 == 0 ? p + 4 : p + 6);

		ps->dma[i] = le32dec(i % 2 == 0 ? p : p + 8);
		ps->len[i] = n & LEN;
		ps->n = i + 1;
		if ((n & LAST) != 0)
			break;
	}
	return (true);
}

bool
frame_fw_txp(const uint8_t *txp, size_t len, struct pieces *ps)
{
	u_int i;

	if (len < FW_TXP || (le16dec(txp) & FW_APPLY_TXD) == 0 ||
	    txp[7] == 0 || txp[7] > PIECES)
		return (false);
	ps->token = le16dec(txp + 2);
	ps->n = txp[7];
	for (i = 0; i < ps->n; i++) {
		ps->dma[i] = le32dec(txp + 8 + 4 * i);
		ps->len[i] = le16dec(txp + 8 + 4 * PIECES + 2 * i);
	}
	return (true);
}

void
frame_sent(struct chip *c, const uint8_t *txwi, size_t len)
{
	uint8_t *frame = c->buffer + BUFFER_SIZE / 2;
	struct pieces ps;
	struct sent *s;
	uint32_t status;
	size_t at = 0;
	u_int i;

	if (len < TXD || !c->model->pieces(txwi + TXD, len - TXD, &ps)) {
		COUNT(COUNT_BAD_COMMANDS);
		return;
	}
	for (i = 0; i < ps.n && at + ps.len[i] <= BUFFER_SIZE / 2; i++) {
		if (c->host->read(c->arg, ps.dma[i], frame + at,
		    ps.len[i]) != 0) {
			COUNT(COUNT_BAD_DMA);
			break;
		}
		at += ps.len[i];
	}
	/* The descriptor's length is its own and the frame's. */
	if ((le32dec(txwi) & 0xffff) != TXD + at)
		COUNT(COUNT_BAD_COMMANDS);
	COUNT(COUNT_FRAMES);
	status = le32dec(txwi + 5 * 4);
	s = &c->sent[c->nsent++];
	s->token = ps.token;
	s->wlan = le32dec(txwi + 4) & TXD_WLAN;
	s->pid = (status & TXD_STATUS_HOST) != 0 ? status & TXD_PID : 0;
	c->host->frame(c->arg, frame, at);
	ap_heard(c, frame, at);
}

/* The tokens of frames, all sent at the first try. */
static void
give_back(struct chip *c)
{
	struct event *e = mcu_event(c, 0, 8 + 4 * NOTIFY_WORDS);
	uint8_t *p = e->data + 8;
	uint16_t wlan = 0;
	u_int i;

	for (i = 0; i < c->nsent; i++) {
		/* A word with the station, for those that follow it. */
		if (i == 0 || c->sent[i].wlan != wlan) {
			wlan = c->sent[i].wlan;
			le32enc(p, 1u << 31 | (uint32_t)wlan << 14);
			p += 4;
		}
		le32enc(p, (uint32_t)c->sent[i].token << 16 | 1);
		p += 4;
	}
	e->ring = c->model->notices;
	e->len = p - e->data;
	le16enc(e->data, e->len);
	le16enc(e->data + 2, PKT_NOTIFY << 11 | c->nsent);
}

static void
tell_status(struct chip *c)
{
	struct event *e = NULL;
	uint8_t *p = NULL;
	u_int i;

	for (i = 0; i < c->nsent; i++) {
		if (c->sent[i].pid == 0)
			continue;
		if (e == NULL) {
			e = mcu_event(c, 0, 8 + STATUS * STATUSES);
			e->ring = c->model->notices;
			p = e->data + 8;
		}
		le32enc(p, OFDM << 6 | OFDM_54M);
		le32enc(p + 8, (uint32_t)c->sent[i].wlan << 16);
		le32enc(p + 12, (uint32_t)c->sent[i].pid << 24);
		p += STATUS;
		e->len = p - e->data;
		le32enc(e->data, e->len | (uint32_t)PKT_TXS << 27);
		if (e->len == 8 + STATUS * STATUSES)
			e = NULL;
	}
}

/* What was sent since the last time; later, if there is no room. */
void
frame_notices(struct chip *c)
{
	if (c->nsent == 0 || chip_knobs.dead || c->crashed ||
	    mcu_room(c) < 1 + howmany(TOKENS, STATUSES))
		return;
	give_back(c);
	tell_status(c);
	c->nsent = 0;
}

u_int
frame_room(struct chip *c)
{
	return (FRAMES - (c->frame_tail - c->frame_head));
}

uint8_t *
frame_new(struct chip *c, size_t len, uint64_t delay)
{
	struct frame *f;

	if (frame_room(c) == 0 || len > FRAME_SIZE)
		return (NULL);
	f = &c->frames[c->frame_tail++ % FRAMES];
	f->due = c->now + delay;
	f->len = RXD_SIZE + len;
	memset(f->data, 0, RXD_SIZE + HEADER);
	return (f->data + RXD_SIZE);
}

/* The descriptor, when the frame is what it will be. */
static void
describe(struct chip *c, struct frame *f)
{
	const uint8_t *frame = f->data + RXD_SIZE;
	uint8_t *p = f->data;
	uint32_t to = UNICAST;
	bool data = (frame[0] & 0x0c) == 0x08;

	if (memcmp(frame + 4, "\xff\xff\xff\xff\xff\xff", 6) == 0)
		to = BROADCAST;
	else if ((frame[4] & 1) != 0)
		to = MULTICAST;
	le32enc(p, f->len | (uint32_t)PKT_NORMAL << 27);
	le32enc(p + 4, bss_wlan(c, frame + 10) | RXD_GROUP_3);
	le32enc(p + 8, HEADER / 2 << 8 | RXD_NON_AMPDU);
	le32enc(p + 12, (uint32_t)chip_knobs.channel << 8 | to << 16);
	le32enc(p + 24, (data ? OFDM_54M : OFDM_6M) | OFDM << 24);
	le32enc(p + 28, RCPI | RCPI << 8);
}

const struct frame *
frame_first(struct chip *c)
{
	struct frame *f;

	if (c->frame_head == c->frame_tail || !c->running || c->crashed)
		return (NULL);
	f = &c->frames[c->frame_head % FRAMES];
	if (f->due > c->now)
		return (NULL);
	describe(c, f);
	return (f);
}

void
frame_done(struct chip *c)
{
	c->frame_head++;
}

void
frame_flush(struct chip *c)
{
	for (; c->frame_head != c->frame_tail; c->frame_head++)
		COUNT(COUNT_FLUSHED);
}
