/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA engine: descriptor rings in the host's memory.
 *
 * Each index register has one writer while the engine is on: the driver moves
 * RING_CPU, the chip RING_DMA.  To stop it the driver clears the enable bits,
 * waits until the busy bits are 0, and may then write RING_DMA as well.  It does
 * so by reading, changing and writing back R_GLO_CFG, which can undo a bit that
 * the chip has just set; so the chip announces itself, waits as long as such an
 * access takes, and looks again (begin()).
 */
#include "chip.h"

#define	RMW_US	5

struct desc {
	uint32_t buf0, ctrl, buf1, info;	/* little endian in memory */
};

struct ring {
	uint32_t reg, base, size, cpu, dma;
};

static bool
on(struct chip *c, uint32_t en)
{
	return ((reg_read(c, R_GLO_CFG) & en) == en);
}

static bool
begin(struct chip *c)
{
	const uint32_t en = TX_DMA_EN | RX_DMA_EN;
	const uint32_t busy = TX_DMA_BUSY | RX_DMA_BUSY;
	uint32_t v;

	if (!on(c, en))
		return (false);
	atomic_set_32(&c->bar[R_GLO_CFG / 4], busy);
	DELAY(RMW_US);
	v = reg_read(c, R_GLO_CFG);
	return ((v & en) == en && (v & busy) == busy);
}

/* Also what the driver wrote back because it had read it. */
static void
end(struct chip *c)
{
	if ((reg_read(c, R_GLO_CFG) & (TX_DMA_BUSY | RX_DMA_BUSY)) != 0)
		atomic_clear_32(&c->bar[R_GLO_CFG / 4],
		    TX_DMA_BUSY | RX_DMA_BUSY);
}

/* False: not set up, or not a ring. */
static bool
ring_get(struct chip *c, uint32_t reg, struct ring *r)
{
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

static void
cause(struct chip *c, uint32_t bit)
{
	c->fresh |= bit;
}

/* Takes descriptors up to `limit', which the driver's index was. */
static bool
transmit(struct chip *c, int n, uint32_t limit, uint32_t irq)
{
	struct ring r;
	struct desc d;
	size_t len;
	bool worked = false;

	if (!ring_get(c, R_TX_RING(n), &r))
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
		else if (n == TX_MCU)
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
		cause(c, irq);
	return (worked);
}

/* Whether the driver's buffers take it; over several if one is too small. */
static bool
receive(struct chip *c, int n, uint32_t irq, const uint8_t *data, uint32_t len)
{
	struct ring r;
	struct desc d;
	uint32_t i, room = 0, part;

	if (!ring_get(c, R_RX_RING(n), &r))
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
	cause(c, irq);
	return (true);
}

static bool
deliver(struct chip *c)
{
	struct event *e;
	bool worked = false;

	while (c->event_head != c->event_tail) {
		e = &c->events[c->event_head % EVENTS];
		if (e->due > c->now || !receive(c, e->ring, e->ring == RX_ROM ?
		    INT_RX_ROM : INT_RX_MCU, e->data, e->len))
			break;
		COUNT(COUNT_EVENTS);
		c->event_head++;
		worked = true;
	}
	return (worked);
}

/* Frames; a driver that sleeps is asked once to wake the chip up. */
static bool
deliver_frames(struct chip *c)
{
	const struct frame *f;
	bool worked = false;

	while ((f = frame_first(c)) != NULL) {
		if (c->asleep) {
			if ((reg_read(c, R_MCU_CMD) & MCU_CMD_WAKE_RX) == 0) {
				COUNT(COUNT_WAKES);
				reg_write(c, R_MCU_CMD, MCU_CMD_WAKE_RX);
				cause(c, INT_MCU_CMD);
			}
			break;
		}
		/* Not with rings that were forgotten. */
		if ((reg_read(c, R_WFDMA_DUMMY) & NEED_REINIT) == 0 ||
		    !receive(c, RX_DATA, INT_RX_DATA, f->data, f->len))
			break;
		COUNT(COUNT_RECEIVED);
		frame_done(c);
		worked = true;
	}
	return (worked);
}

bool
wfdma_step(struct chip *c)
{
	uint32_t mcu, download, data;
	bool worked = false;

	/* The indices were set before the engine was started. */
	if (reg_read(c, R_RST_DTX_PTR) != 0)
		reg_write(c, R_RST_DTX_PTR, 0);
	/*
	 * A command is meant to come after the pieces of firmware that were
	 * queued before it, on the other ring.
	 */
	mcu = reg_read(c, R_TX_RING(TX_MCU) + RING_CPU);
	download = reg_read(c, R_TX_RING(TX_DOWNLOAD) + RING_CPU);
	data = reg_read(c, R_TX_RING(TX_DATA) + RING_CPU);
	if (mcu != reg_read(c, R_TX_RING(TX_MCU) + RING_DMA) ||
	    download != reg_read(c, R_TX_RING(TX_DOWNLOAD) + RING_DMA) ||
	    data != reg_read(c, R_TX_RING(TX_DATA) + RING_DMA) ||
	    c->event_head != c->event_tail || c->nsent > 0 ||
	    frame_first(c) != NULL) {
		if (begin(c)) {
			if (!c->crashed) {
				worked |= transmit(c, TX_DOWNLOAD, download,
				    INT_TX_DOWNLOAD);
				worked |= transmit(c, TX_MCU, mcu, INT_TX_MCU);
				worked |= transmit(c, TX_DATA, data,
				    INT_TX_DATA);
			}
			frame_notices(c);
			worked |= deliver(c);
			worked |= deliver_frames(c);
		}
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
 * R_INT_STA is cleared by writing ones.  The chip shows its causes with a mark
 * of its own; a value without the mark is what the driver wrote, and clears what
 * was shown, not what came since.  A message is sent for causes that are
 * enabled, and again only after an acknowledgement.
 */
void
wfdma_interrupts(struct chip *c)
{
	uint32_t v, show;

	for (;;) {
		v = reg_read(c, R_INT_STA);
		if (c->shown && (v & INT_UNREAD) == 0) {
			c->pending &= ~v;
			c->raised = false;
		}
		show = c->pending | c->fresh | INT_UNREAD;
		if (reg_swap(c, R_INT_STA, v, show))
			break;
	}
	c->shown = true;
	c->pending |= c->fresh;
	c->fresh = 0;
	if ((c->pending & reg_read(c, R_INT_ENA)) == 0 ||
	    reg_read(c, R_PCIE_INT_ENABLE) == 0) {
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
