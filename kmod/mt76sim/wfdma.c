/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA engine: descriptor rings in the host's memory.
 *
 * Each index register has one writer while the engine is on: the driver moves
 * RING_CPU, the chip RING_DMA.  To stop it the driver clears the enable bits,
 * waits until the busy bits are 0, and may then write RING_DMA as well.  It does
 * so by reading, changing and writing back GLO_CFG, which can undo a bit that the
 * chip has just set; so the chip announces itself, waits as long as such an
 * access takes, and looks again (begin()).  A chip with two engines works while
 * both are on.
 */
#include "model.h"

#define	RMW_US	5

struct desc {
	uint32_t buf0, ctrl, buf1, info;	/* little endian in memory */
};

struct ring {
	uint32_t reg, base, size, cpu, dma;
};

#define	ENGINES(c, e)							\
	for (e = (c)->model->engine; e < (c)->model->engine + 2 && *e != 0; e++)

/* Whether bits are set in each engine's GLO_CFG. */
static bool
on(struct chip *c, uint32_t bits)
{
	const uint32_t *e;

	ENGINES(c, e)
		if ((reg_read(c, *e + ENGINE_GLO_CFG) & bits) != bits)
			return (false);
	return (true);
}

static bool
begin(struct chip *c)
{
	const uint32_t en = TX_DMA_EN | RX_DMA_EN;
	const uint32_t busy = TX_DMA_BUSY | RX_DMA_BUSY;
	const uint32_t *e;

	if (!on(c, en))
		return (false);
	ENGINES(c, e)
		atomic_set_32(&c->bar[(*e + ENGINE_GLO_CFG) / 4], busy);
	DELAY(RMW_US);
	return (on(c, en | busy));
}

/* Also what the driver wrote back because it had read it. */
static void
end(struct chip *c)
{
	const uint32_t busy = TX_DMA_BUSY | RX_DMA_BUSY;
	const uint32_t *e;

	ENGINES(c, e)
		if ((reg_read(c, *e + ENGINE_GLO_CFG) & busy) != 0)
			atomic_clear_32(&c->bar[(*e + ENGINE_GLO_CFG) / 4],
			    busy);
}

/* False: not set up, or not a ring. */
static bool
ring_get(struct chip *c, uint32_t reg, struct ring *r)
{
	if (reg == 0)
		return (false);
	r->reg = reg;
	r->base = reg_read(c, reg + RING_BASE);
	r->size = reg_read(c, reg + RING_SIZE);
	r->cpu = reg_read(c, reg + RING_CPU);
	r->dma = reg_read(c, reg + RING_DMA);
	if (r->base == 0 || r->size == 0)
		return (false);
	if (r->cpu >= r->size || r->dma >= r->size || r->size > 4096) {
		COUNT(COUNT_BAD_RINGS);
		return (false);
	}
	return (true);
}

static bool
desc_get(struct chip *c, const struct ring *r, uint32_t i, struct desc *d)
{
	if (c->host->read(c->arg, r->base + (uint64_t)i * sizeof(*d), d,
	    sizeof(*d)) != 0) {
		COUNT(COUNT_BAD_DMA);
		return (false);
	}
	d->buf0 = le32toh(d->buf0);
	d->ctrl = le32toh(d->ctrl);
	d->buf1 = le32toh(d->buf1);
	return (true);
}

static bool
desc_done(struct chip *c, const struct ring *r, uint32_t i, uint32_t ctrl)
{
	ctrl = htole32(ctrl | CTL_DONE);
	return (c->host->write(c->arg, r->base +
	    (uint64_t)i * sizeof(struct desc) + offsetof(struct desc, ctrl),
	    &ctrl, sizeof(ctrl)) == 0);
}

static bool
advance(struct chip *c, struct ring *r)
{
	uint32_t next = (r->dma + 1) % r->size;

	if (!reg_swap(c, r->reg + RING_DMA, r->dma, next))
		return (false);
	r->dma = next;
	return (true);
}

void
wfdma_cause(struct chip *c, uint32_t bit)
{
	c->fresh |= bit;
}

/* Takes descriptors up to `limit', which the driver's index was. */
static bool
transmit(struct chip *c, u_int n, uint32_t limit)
{
	const struct chip_ring *ring = &c->model->tx[n];
	struct ring r;
	struct desc d;
	size_t len;
	bool worked = false;

	if (!ring_get(c, ring->reg, &r) || (n == TX_DATA && !c->running))
		return (false);
	while (r.dma != limit && on(c, TX_DMA_EN)) {
		/* Not more than what can be answered. */
		if (mcu_room(c) < 4 || (n == TX_DATA && !frame_sent_room(c)))
			break;
		if (!desc_get(c, &r, r.dma, &d))
			break;
		len = CTL_LEN0(d.ctrl);
		if (len > BUFFER_SIZE / 2)
			len = BUFFER_SIZE / 2;
		if (c->host->read(c->arg, d.buf0, c->buffer, len) != 0)
			COUNT(COUNT_BAD_DMA);
		else if (n == TX_MCU || n == TX_WA)
			mcu_command(c, c->buffer, len);
		else if (n == TX_DOWNLOAD)
			download_scatter(c, c->buffer, len);
		else
			frame_sent(c, c->buffer, len);
		if (!desc_done(c, &r, r.dma, d.ctrl) || !advance(c, &r))
			break;
		worked = true;
	}
	if (worked)
		wfdma_cause(c, ring->cause);
	return (worked);
}

/* Whether the driver's buffers take it; over several if one is too small. */
static bool
receive(struct chip *c, u_int n, const uint8_t *data, uint32_t len)
{
	const struct chip_ring *ring = &c->model->rx[n];
	struct ring r;
	struct desc d;
	uint32_t i, room = 0, part;

	if (!ring_get(c, ring->reg, &r))
		return (false);
	for (i = r.dma; room < len; i = (i + 1) % r.size) {
		if (i == r.cpu || !desc_get(c, &r, i, &d))
			return (false);
		if ((d.ctrl & CTL_DONE) != 0 || CTL_LEN0(d.ctrl) == 0) {
			COUNT(COUNT_BAD_RINGS);
			return (false);
		}
		room += CTL_LEN0(d.ctrl);
	}
	while (len > 0 && on(c, RX_DMA_EN) && desc_get(c, &r, r.dma, &d)) {
		part = MIN(len, CTL_LEN0(d.ctrl));
		if (c->host->write(c->arg, d.buf0, data, part) != 0)
			COUNT(COUNT_BAD_DMA);
		data += part;
		len -= part;
		if (!desc_done(c, &r, r.dma, part << 16 |
		    (len == 0 ? CTL_LAST0 : 0)) || !advance(c, &r))
			break;
	}
	wfdma_cause(c, ring->cause);
	return (true);
}

static bool
deliver(struct chip *c)
{
	struct event *e;
	bool worked = false;

	while (c->event_head != c->event_tail) {
		e = &c->events[c->event_head % EVENTS];
		if (e->due > c->now || !receive(c, e->ring, e->data, e->len))
			break;
		COUNT(COUNT_EVENTS);
		c->event_head++;
		worked = true;
	}
	return (worked);
}

static bool
deliver_frames(struct chip *c)
{
	const struct frame *f;
	bool worked = false;

	while ((f = frame_first(c)) != NULL) {
		if ((c->model->awake != NULL && !c->model->awake(c)) ||
		    !receive(c, RX_DATA, f->data, f->len))
			break;
		COUNT(COUNT_RECEIVED);
		frame_done(c);
		worked = true;
	}
	return (worked);
}

/* The driver's indices; whether any ring has something to take. */
static bool
indices(struct chip *c, uint32_t cpu[TX_RINGS])
{
	bool some = false;
	uint32_t reg;
	u_int n;

	for (n = 0; n < TX_RINGS; n++) {
		reg = c->model->tx[n].reg;
		cpu[n] = reg == 0 ? 0 : reg_read(c, reg + RING_CPU);
		if (reg != 0 && cpu[n] != reg_read(c, reg + RING_DMA))
			some = true;
	}
	return (some);
}

/*
 * A command is meant to come after the pieces of firmware that were queued
 * before it, on the other ring: their index is read later, and they are taken
 * earlier.
 */
CTASSERT(TX_DOWNLOAD > TX_MCU && TX_DOWNLOAD > TX_WA);

bool
wfdma_step(struct chip *c)
{
	uint32_t cpu[TX_RINGS];
	const uint32_t *e;
	bool worked = false;

	/* The indices were set before the engine was started. */
	ENGINES(c, e)
		if (reg_read(c, *e + ENGINE_RST_DTX_PTR) != 0)
			reg_write(c, *e + ENGINE_RST_DTX_PTR, 0);
	if ((indices(c, cpu) || c->event_head != c->event_tail ||
	    c->nsent > 0 || frame_first(c) != NULL) && begin(c)) {
		if (!c->crashed) {
			worked |= transmit(c, TX_DOWNLOAD, cpu[TX_DOWNLOAD]);
			worked |= transmit(c, TX_MCU, cpu[TX_MCU]);
			worked |= transmit(c, TX_WA, cpu[TX_WA]);
			worked |= transmit(c, TX_DATA, cpu[TX_DATA]);
		}
		frame_notices(c);
		worked |= deliver(c);
		worked |= deliver_frames(c);
	}
	end(c);
	return (worked);
}

void
wfdma_reset(struct chip *c)
{
	c->event_head = c->event_tail = 0;
	c->nsent = 0;
}

/*
 * The status is cleared by writing ones.  The chip shows its causes with a mark
 * of its own; a value without the mark, or all ones, is what the driver wrote,
 * and clears what was shown, not what came since.  A message is sent for causes
 * that are enabled, and again only after an acknowledgement.
 */
void
wfdma_interrupts(struct chip *c)
{
	const struct chip_model *m = c->model;
	uint32_t v, show;

	for (;;) {
		v = reg_read(c, m->int_sta);
		if (c->shown && ((v & m->unread) == 0 || v == 0xffffffff)) {
			c->pending &= ~v;
			c->raised = false;
		}
		show = c->pending | c->fresh | m->unread;
		if (reg_swap(c, m->int_sta, v, show))
			break;
	}
	c->shown = true;
	c->pending |= c->fresh;
	c->fresh = 0;
	if ((c->pending & reg_read(c, m->int_ena)) == 0 ||
	    reg_read(c, m->pcie_int_ena) == 0) {
		c->raised = false;
		return;
	}
	if (c->raised)
		return;
	c->raised = true;
	if (chip_knobs.lose_interrupts > 0) {
		atomic_subtract_int(&chip_knobs.lose_interrupts, 1);
		COUNT(COUNT_LOST);
		return;
	}
	COUNT(COUNT_INTERRUPTS);
	c->host->interrupt(c->arg);
}
