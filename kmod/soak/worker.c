/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread: driver of whatever pool it gets hold of, and the stack above all
 * drivers, that returns buffers. */
#include "soak.h"

#include <sys/kthread.h>
#include <sys/proc.h>

#include <machine/atomic.h>

uint32_t
soak_random(struct worker *w, uint32_t n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return ((w->random >> 32) * n >> 32);
}

void
soak_fail(struct worker *w, const char *what, const struct buf *b)
{
	if (!atomic_cmpset_int(&w->job->error, 0, EIO))
		return;
	printf("soak: thread %d after %ju buffers: %s\n", w->id,
	    (uintmax_t)w->n.buffers, what);
	if (b != NULL)
		printf("soak: pool %p page %p (order %u) offset %u length %u made %u\n",
		    b->pool, b->page, b->order, b->off, b->len, b->made);
}

/* Some devices reach everything, some do not. */
struct device *
soak_device(uint32_t n)
{
	static const u_int bits[] = { 64, 40, 32, 32 };

	return (lkpi_softdev(DMA_BIT_MASK(bits[n % nitems(bits)])));
}

/* Parameters that a driver could have. */
static void
random_params(struct worker *w, struct page_pool_params *p)
{
	static const enum dma_data_direction dirs[] = {
		DMA_FROM_DEVICE, DMA_FROM_DEVICE, DMA_BIDIRECTIONAL,
	};
	uint32_t r = soak_random(w, 8);

	memset(p, 0, sizeof(*p));
	p->order = r < 6 ? 0 : r == 6 ? 1 : 1 + soak_random(w, 3);
	/* Zero stands for 1024. */
	p->pool_size = one_in(w, 8) ? 0 : 1 + soak_random(w, one_in(w, 2) ? 64 : 1024);
	if (p->order > 0)
		p->pool_size = 1 + soak_random(w, 64);
	p->nid = NUMA_NO_NODE;
	p->dev = soak_device(soak_random(w, 64));
	p->dma_dir = dirs[soak_random(w, nitems(dirs))];
	switch (soak_random(w, 4)) {
	case 0:
		break;
	case 1:
		p->flags = PP_FLAG_DMA_MAP;
		break;
	default:
		p->flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV;
		p->offset = one_in(w, 4) ? 64 : 0;
		p->max_len = (PAGE_SIZE << p->order) - p->offset;
	}
}

static bool
create(struct worker *w, struct slot *s)
{
	random_params(w, &s->params);
	s->pool = page_pool_create(&s->params);
	if (IS_ERR(s->pool)) {
		/* Memory may be short; anything else is a mistake. */
		if (PTR_ERR(s->pool) != -ENOMEM)
			soak_fail(w, "a pool was refused", NULL);
		s->pool = NULL;
		return (false);
	}
	s->left = 1 + soak_random(w, 512);
	w->n.pools++;
	return (true);
}

/* The pool goes, with whatever is out of it. */
void
soak_destroy(struct worker *w, struct slot *s)
{
	uint64_t waiting;

	if (s->pool == NULL)
		return;
	if (one_in(w, 4))
		page_pool_disable_direct_recycling(s->pool);
	page_pool_destroy(s->pool);
	s->pool = NULL;
	waiting = lkpirs_pool_stat("waiting");
	w->n.waited = MAX(w->n.waited, waiting);
}

/* Buffers for another thread; what it has no room for is put here. */
static void
hand_over(struct worker *w, struct buf *b, int n)
{
	struct worker *to = &w->job->workers[soak_random(w, w->job->threads)];
	int took;

	mtx_lock(&to->lock);
	took = MIN(n, ROOM - to->nin);
	memcpy(&to->in[to->nin], b, took * sizeof(*b));
	to->nin += took;
	mtx_unlock(&to->lock);
	for (int i = took; i < n; i++)
		soak_check(w, &b[i]);
	soak_put(w, b + took, n - took, false);
}

/* As the driver of one pool: buffers out, some of them straight back. */
static void
drive(struct worker *w, struct slot *s)
{
	int n, direct;

	if (s->pool == NULL && !create(w, s))
		return;
	if (one_in(w, 256))
		page_pool_nid_changed(s->pool, one_in(w, 2) ? 0 : NUMA_NO_NODE);
	n = soak_take(w, s, 1 + soak_random(w, BURST), w->burst);
	direct = soak_random(w, n + 1);
	if (one_in(w, 2))
		direct /= 4;
	for (int i = 0; i < direct; i++)
		soak_check(w, &w->burst[i]);
	soak_put(w, w->burst, direct, true);
	if (s->left-- == 0)
		soak_destroy(w, s);
	atomic_store_rel_int(&s->busy, 0);
	/* From here on it is anybody's pool, or nobody's. */
	for (int i = direct; i < n; i += 16)
		hand_over(w, &w->burst[i], MIN(16, n - i));
	atomic_add_long(&w->job->taken, n);
}

/* As the stack: what came is kept for a while, or goes back. */
static void
give_back(struct worker *w, int keep)
{
	struct buf b;
	int n;

	mtx_lock(&w->lock);
	n = MIN(w->nin, ROOM - w->nown);
	w->nin -= n;
	memcpy(&w->own[w->nown], &w->in[w->nin], n * sizeof(b));
	w->nown += n;
	mtx_unlock(&w->lock);
	while (w->nown > keep) {
		n = 1 + soak_random(w, BURST);
		n = MIN(n, w->nown - keep);
		for (int i = 0; i < n; i++) {
			/* In any order. */
			int j = soak_random(w, w->nown);

			b = w->own[j];
			w->own[j] = w->own[--w->nown];
			w->burst[i] = b;
			soak_check(w, &b);
		}
		soak_put(w, w->burst, n, false);
	}
}

static bool
enough(struct job *j)
{
	return (j->error != 0 || j->taken >= j->buffers ||
	    (j->until != 0 && sbinuptime() >= j->until));
}

void
soak_thread(void *arg)
{
	struct worker *w = arg;
	struct job *j = w->job;
	struct slot *s;

	while (!enough(j)) {
		s = &j->slots[soak_random(w, j->nslots)];
		if (atomic_cmpset_acq_int(&s->busy, 0, 1)) {
			if (s->pool == NULL || !one_in(w, 256))
				drive(w, s);
			else {
				soak_destroy(w, s);
				atomic_store_rel_int(&s->busy, 0);
			}
		}
		give_back(w, soak_random(w, ROOM / 2));
		if (one_in(w, 4))
			soak_stream(w);
	}
	soak_stream_end(w);
	/* When nobody hands anything over any more, all goes back. */
	atomic_add_int(&j->arrived, 1);
	while (j->arrived < j->threads)
		pause_sbt("soak", SBT_1MS, 0, C_HARDCLOCK);
	for (int i = w->id; i < j->nslots; i += 2 * j->threads)
		soak_destroy(w, &j->slots[i]);
	give_back(w, 0);
	give_back(w, 0);
	mtx_lock(&w->lock);
	w->dead = true;
	wakeup(&w->dead);
	mtx_unlock(&w->lock);
	kthread_exit();
}
