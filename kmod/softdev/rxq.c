/* SPDX-License-Identifier: BSD-2-Clause */
/* softdev's receive queues: a thread that plays the chip's DMA engine. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sched.h>

#include <machine/atomic.h>

#include <lkpirs/softdev.h>

static MALLOC_DEFINE(M_SOFTDEV_RXQ, "softdev_rxq", "receive queues of softdev");

/* Frames between two interrupts, at most. */
#define	BURST	64

struct lkpi_softdev_rxq {
	struct lkpi_softdev_rxq_params p;
	struct mtx	lock;
	uint32_t	cpu_idx;	/* the driver's register */
	uint32_t	dma_idx;	/* ours */
	uint64_t	sent;
	int		error;
	bool		stop, dead;	/* under the lock */
};

/* One frame into one buffer; everything by DMA address. */
static int
receive(struct lkpi_softdev_rxq *q, uint32_t idx)
{
	uint64_t at = q->p.ring + idx * sizeof(struct lkpi_softdev_desc);
	struct lkpi_softdev_desc d;
	struct lkpi_softdev_frame f;
	uint32_t len, span;
	int error;

	error = lkpi_softdev_read(q->p.dev, at, &d, sizeof(d));
	if (error != 0)
		return (error);
	span = q->p.frame_max - q->p.frame_min + 1;
	len = q->p.frame_min + (uint32_t)(q->sent * 61 % span);
	if (len > d.len)
		return (EMSGSIZE);
	f = (struct lkpi_softdev_frame){ .seq = q->sent, .len = len, .tag = q->p.tag };
	f.sum = -(f.seq + f.len + f.tag);
	error = lkpi_softdev_write(q->p.dev, d.addr, &f, sizeof(f));
	if (error == 0)
		error = lkpi_softdev_write(q->p.dev, d.addr + len - sizeof(f), &f,
		    sizeof(f));
	if (error == 0 && f.seq % LKPI_SOFTDEV_FULL == 0)
		error = lkpi_softdev_fill(q->p.dev, d.addr + sizeof(f),
		    len - 2 * sizeof(f), f.seq);
	if (error != 0)
		return (error);
	d.len = len;
	d.seq = f.seq;
	return (lkpi_softdev_write(q->p.dev, at, &d, sizeof(d)));
}

static void
engine(void *arg)
{
	struct lkpi_softdev_rxq *q = arg;
	uint32_t idx, cpu;
	int n;

	for (;;) {
		mtx_lock(&q->lock);
		while (!q->stop && (q->dma_idx == q->cpu_idx || q->error != 0 ||
		    q->sent == q->p.frames))
			mtx_sleep(q, &q->lock, 0, "sdidle", 0);
		if (q->stop)
			break;
		idx = q->dma_idx;
		cpu = q->cpu_idx;
		mtx_unlock(&q->lock);
		for (n = 0; n < BURST && idx != cpu && q->error == 0 &&
		    q->sent < q->p.frames; n++) {
			q->error = receive(q, idx);
			if (q->error != 0)
				break;
			q->sent++;
			idx = idx + 1 == q->p.ndesc ? 0 : idx + 1;
		}
		atomic_store_rel_32(&q->dma_idx, idx);
		q->p.intr(q->p.arg);
	}
	q->dead = true;
	wakeup(&q->dead);
	mtx_unlock(&q->lock);
	kthread_exit();
}

int
lkpi_softdev_rxq_start(const struct lkpi_softdev_rxq_params *p,
    struct lkpi_softdev_rxq **qp)
{
	struct lkpi_softdev_rxq *q;
	int error;

	if (p->ndesc < 2 || p->frame_min < 2 * sizeof(struct lkpi_softdev_frame) ||
	    p->frame_min > p->frame_max || p->intr == NULL)
		return (EINVAL);
	q = malloc(sizeof(*q), M_SOFTDEV_RXQ, M_WAITOK | M_ZERO);
	q->p = *p;
	mtx_init(&q->lock, "softdev rxq", NULL, MTX_DEF);
	error = kthread_add(engine, q, NULL, NULL, 0, 0, "softdev rxq%u", p->tag);
	if (error != 0) {
		mtx_destroy(&q->lock);
		free(q, M_SOFTDEV_RXQ);
		return (error);
	}
	*qp = q;
	return (0);
}

void
lkpi_softdev_rxq_stop(struct lkpi_softdev_rxq *q)
{
	mtx_lock(&q->lock);
	q->stop = true;
	wakeup(q);
	while (!q->dead)
		mtx_sleep(&q->dead, &q->lock, 0, "sdstop", 0);
	mtx_unlock(&q->lock);
	mtx_destroy(&q->lock);
	free(q, M_SOFTDEV_RXQ);
}

void
lkpi_softdev_rxq_kick(struct lkpi_softdev_rxq *q, uint32_t cpu_idx)
{
	mtx_lock(&q->lock);
	q->cpu_idx = cpu_idx;
	wakeup(q);
	mtx_unlock(&q->lock);
}

uint32_t
lkpi_softdev_rxq_done(const struct lkpi_softdev_rxq *q)
{
	return (atomic_load_acq_32(__DECONST(uint32_t *, &q->dma_idx)));
}

int
lkpi_softdev_rxq_error(const struct lkpi_softdev_rxq *q)
{
	return (q->error);
}
