/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chip's thread.  kmod/mt76sim's chip does hand-shakes, commands, events and
 * TX rings; frames from the air are put into its RX data ring here, as the chip
 * puts events into the others.
 */
#include "test.h"

#include <sys/kthread.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <machine/vmparam.h>

#define	LOST		5000	/* one of so many numbers is left out */
#define	LONG		997	/* one of so many is longer than two buffers */
#define	LONG_BODY	4800
#define	BATCH		64
#define	AMSDU		64	/* one of so many groups is an A-MSDU */

/* --- memory by DMA address, which is the physical one --- */

static void *
reach(struct air *a, uint64_t dma, size_t len)
{
	if (len == 0 || dma > a->mask || len - 1 > a->mask - dma ||
	    !PHYS_IN_DMAP(dma) || !PHYS_IN_DMAP(dma + len - 1))
		return (NULL);
	return ((void *)PHYS_TO_DMAP(dma));
}

static int
air_read(void *arg, uint64_t dma, void *buf, size_t len)
{
	void *p = reach(arg, dma, len);

	if (p == NULL)
		return (EFAULT);
	atomic_thread_fence_acq();
	memcpy(buf, p, len);
	return (0);
}

static int
air_write(void *arg, uint64_t dma, const void *buf, size_t len)
{
	void *p = reach(arg, dma, len);

	if (p == NULL)
		return (EFAULT);
	memcpy(p, buf, len);
	atomic_thread_fence_rel();
	return (0);
}

static void
air_interrupt(void *arg)
{
	struct air *a = arg;

	a->irq(a->arg);
}

/* A frame that the driver sent. */
static void
air_frame(void *arg, const uint8_t *frame, size_t len)
{
	struct air *a = arg;
	struct frame_body b;
	uint32_t end;

	a->tx_seen++;
	if (len < FRAME_HEADER + sizeof(b) + sizeof(end)) {
		a->tx_bad++;
		return;
	}
	memcpy(&b, frame + FRAME_HEADER, sizeof(b));
	memcpy(&end, frame + len - sizeof(end), sizeof(end));
	if (b.len != len - FRAME_HEADER || end != (b.serial ^ FRAME_END))
		a->tx_bad++;
	a->tx_sum += b.serial;
}

static const struct chip_host host = {
	.read = air_read,
	.write = air_write,
	.interrupt = air_interrupt,
	.frame = air_frame,
};

/* --- frames from the air --- */

struct desc {
	uint32_t buf0, ctrl, buf1, info;
};

/* Bytes of a frame from `at' on: what a buffer takes of it. */
static void
fill(const struct air *a, uint8_t *p, size_t at, size_t n, size_t body,
    uint32_t serial)
{
	const u_int part = serial - a->serial;
	const size_t head = AIR_RXD + FRAME_HEADER, len = head + body;
	const struct frame_body b = { serial, body };
	uint32_t end = serial ^ FRAME_END;
	size_t i;

	if (at == 0) {
		struct ieee80211_hdr *h = (void *)(p + AIR_RXD);

		memset(p, 0, head);
		le32enc(p, len | (uint32_t)PKT_NORMAL << 27);
		le32enc(p + 4, serial);
		if (a->amsdu)
			le32enc(p + 8, AIR_AMSDU | (part == 0 ? AIR_FIRST : 0) |
			    (part == 7 ? AIR_LAST : 0));
		h->frame_control = htole16(IEEE80211_FTYPE_DATA |
		    IEEE80211_STYPE_QOS_DATA | IEEE80211_FCTL_FROMDS);
		memcpy(h->addr1, "\x02\x0c\x43\x76\x76\x00", 6);
		memcpy(h->addr2, "\x02\x00\x00\x00\x00\x01", 6);
		memcpy(h->addr3, "\x02\x00\x00\x00\x00\x01", 6);
		h->seq_ctrl = htole16((a->sn + (a->amsdu ? 0 : part)) << 4);
		memcpy(p + head, &b, sizeof(b));
	}
	if (serial % FRAME_FULL == 0)
		for (i = at == 0 ? head + sizeof(b) : 0;
		    i < n && at + i < len - sizeof(end); i++)
			p[i] = frame_byte(serial, at + i - head);
	/* The last word may lie in two buffers. */
	for (i = 0; i < sizeof(end); i++)
		if (len - sizeof(end) + i >= at && len - sizeof(end) + i < at + n)
			p[len - sizeof(end) + i - at] = ((uint8_t *)&end)[i];
}

/* The order of the next eight: pairs change places in every other group.  An
 * A-MSDU's parts have one sequence number, and mt76 keeps an unfinished one. */
static void
next_group(struct air *a)
{
	bool swap;
	u_int i;

	if (a->ngroup != 0) {
		a->serial += 8;
		a->sn += a->amsdu ? 1 : 8;
	}
	a->amsdu = a->serial / 8 % AMSDU == AMSDU - 1 &&
	    a->rx_want - a->rx_sent >= 16;
	swap = a->serial / 8 % 2 != 0 && !a->amsdu;
	for (i = 0; i < 8; i++)
		a->group[i] = swap ? i ^ 1 : i;
	a->ngroup = 8;
	a->at = 0;
}

struct ring {
	uint32_t base, size, cpu, dma;
};

/* One frame into the ring, over as many buffers as it takes; false: no room. */
static bool
receive(struct air *a, struct ring *r, uint32_t serial)
{
	struct chip *c = &a->chip;
	size_t body = serial % LONG == 0 ? LONG_BODY : 64 + serial % 1400;
	size_t len = AIR_RXD + FRAME_HEADER + body, at, n, room = 0;
	struct desc *d;
	uint32_t i;
	uint8_t *p;

	for (i = r->dma; room < len; i = (i + 1) % r->size) {
		if (i == r->cpu)
			return (false);
		d = reach(a, r->base + (uint64_t)i * sizeof(*d), sizeof(*d));
		if (d == NULL || (le32toh(d->ctrl) & CTL_DONE) != 0 ||
		    CTL_LEN0(le32toh(d->ctrl)) == 0) {
			a->bad_rx++;
			return (false);
		}
		room += CTL_LEN0(le32toh(d->ctrl));
	}
	for (at = 0; at < len; at += n) {
		d = reach(a, r->base + (uint64_t)r->dma * sizeof(*d), sizeof(*d));
		n = MIN(len - at, CTL_LEN0(le32toh(d->ctrl)));
		p = reach(a, le32toh(d->buf0) |
		    (uint64_t)(le32toh(d->buf1) & 0xf) << 32, n);
		if (p == NULL)
			a->bad_rx++;
		else
			fill(a, p, at, n, body, serial);
		atomic_store_rel_32(&d->ctrl, htole32(CTL_DONE | n << 16 |
		    (at + n == len ? CTL_LAST0 : 0)));
		r->dma = (r->dma + 1) % r->size;
	}
	reg_write(c, R_RX_RING(RXQ_DATA) + RING_DMA, r->dma);
	if (body == LONG_BODY)
		a->rx_long++;
	return (true);
}

/* The engine is on, and says that it is busy: see wfdma.c. */
static bool
begin(struct chip *c)
{
	const uint32_t want = RX_DMA_EN | RX_DMA_BUSY;

	if ((reg_read(c, R_GLO_CFG) & RX_DMA_EN) == 0)
		return (false);
	atomic_set_32(&c->bar[R_GLO_CFG / 4], RX_DMA_BUSY);
	DELAY(5);
	return ((reg_read(c, R_GLO_CFG) & want) == want);
}

static bool
from_the_air(struct air *a)
{
	struct chip *c = &a->chip;
	struct ring r;
	int n = 0;

	if (a->rx_sent == a->rx_want || !c->running ||
	    a->rx_sent - a->rx_thrown - *a->taken >= a->ahead)
		return (false);
	if (!begin(c))
		goto out;
	r.base = reg_read(c, R_RX_RING(RXQ_DATA) + RING_BASE);
	r.size = reg_read(c, R_RX_RING(RXQ_DATA) + RING_SIZE);
	r.cpu = reg_read(c, R_RX_RING(RXQ_DATA) + RING_CPU);
	r.dma = reg_read(c, R_RX_RING(RXQ_DATA) + RING_DMA);
	if (r.size == 0 || r.cpu >= r.size || r.dma >= r.size)
		goto out;
	while (n < BATCH && a->rx_sent < a->rx_want) {
		uint32_t serial;

		if (a->at == a->ngroup)
			next_group(a);
		serial = a->serial + a->group[a->at];
		if (serial % LOST == LOST - 1)
			a->rx_lost++;
		else if (!receive(a, &r, serial))
			break;
		else {
			a->rx_sent++;
			n++;
		}
		a->at++;
	}
	if (n > 0)
		c->fresh |= INT_RX_DATA;
out:
	atomic_clear_32(&c->bar[R_GLO_CFG / 4], RX_DMA_BUSY);
	return (n > 0);
}

/* --- the thread --- */

static void
run(void *arg)
{
	struct air *a = arg;
	bool worked;

	mtx_lock(&a->lock);
	while (a->stop == 0) {
		worked = from_the_air(a);
		worked |= chip_step(&a->chip, sbttous(sbinuptime()));
		if (!worked)
			msleep_sbt(a, &a->lock, 0, "air", 20 * SBT_1US, 0,
			    C_HARDCLOCK);
	}
	a->stop = 2;
	wakeup(&a->stop);
	mtx_unlock(&a->lock);
	kthread_exit();
}

int
air_start(struct air *a)
{
	int error;

	a->chip.bar = malloc(BAR_SIZE, M_HOSTED, M_WAITOK | M_ZERO);
	mtx_init(&a->lock, "chip", NULL, MTX_DEF);
	memcpy(a->chip.mac, "\x02\x0c\x43\x76\x76\x00", 6);
	chip_init(&a->chip, chip_model_of(0x7961), &host, a);
	reg_write(&a->chip, R_PCIE_INT_ENABLE, 0xff);
	a->chip.master = true;
	error = kthread_add(run, a, NULL, NULL, 0, 0, "chip");
	if (error != 0) {
		a->stop = 2;
		air_stop(a);
	}
	return (error);
}

void
air_stop(struct air *a)
{
	mtx_lock(&a->lock);
	if (a->stop == 0)
		a->stop = 1;
	while (a->stop != 2)
		msleep(&a->stop, &a->lock, 0, "airend", 0);
	mtx_unlock(&a->lock);
	mtx_destroy(&a->lock);
	free(__DEVOLATILE(void *, a->chip.bar), M_HOSTED);
}
