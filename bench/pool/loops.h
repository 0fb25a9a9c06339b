/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is measured, once for both: included by a file that has included the
 * page_pool headers of one side and named the side's own:
 *
 *	SIDE(name)	name of a function or variable
 *	bench_dev	its struct device
 *	bench_napi	a struct napi_struct that CPU 0 polls
 *	sys_alloc(pages, n), sys_free(page)	its page allocator
 *
 * With BENCH_ONLY_FEED only what hands pages to other threads.
 */
#include "side.h"

#define	BURST_MAX	16384

static inline void *
checked(void *page)
{
	if (__builtin_expect(page == (void *)0, 0))
		host_panic("the pool has no page to give");
	return (page);
}

#ifndef BENCH_ONLY_FEED
/* One page out, the same one in. */
static void
SIDE(loop_cache)(const struct bench_args *a)
{
	struct page_pool *pool = a->pools[0];

	for (unsigned long i = 0; i < a->n; i++)
		page_pool_put_full_page(pool, checked(page_pool_dev_alloc_pages(pool)), true);
}

/* As many out as a receive ring takes at once, then all of them in. */
static void
SIDE(loop_cache_burst)(const struct bench_args *a)
{
	struct page *page[BENCH_BURST];

	for (unsigned long i = 0; i < a->n; i += BENCH_BURST) {
		struct page_pool *pool = a->pools[i / BENCH_BURST % a->npools];

		for (int k = 0; k < BENCH_BURST; k++)
			page[k] = checked(page_pool_dev_alloc_pages(pool));
		for (int k = 0; k < BENCH_BURST; k++)
			page_pool_put_full_page(pool, page[k], true);
	}
}

/* The same with puts from anywhere. */
static void
SIDE(loop_ring)(const struct bench_args *a)
{
	struct page_pool *pool = a->pools[0];

	for (unsigned long i = 0; i < a->n; i++)
		page_pool_put_full_page(pool, checked(page_pool_dev_alloc_pages(pool)), false);
}

static struct page *SIDE(out)[BURST_MAX];

static void
SIDE(loop_ring_burst)(const struct bench_args *a)
{
	struct page **page = SIDE(out);
	unsigned long turn = 0;

	for (unsigned long i = 0; i < a->n; i += a->burst) {
		struct page_pool *pool = a->pools[turn++ % a->npools];

		for (unsigned long k = 0; k < a->burst; k++)
			page[k] = checked(page_pool_dev_alloc_pages(pool));
		for (unsigned long k = 0; k < a->burst; k++)
			page_pool_put_full_page(pool, page[k], false);
	}
}

/* Somebody else holds each page when it is put: it leaves the pool. */
static void
SIDE(loop_slow)(const struct bench_args *a)
{
	struct page *page[BENCH_BURST];
	struct page_pool *pool = a->pools[0];

	for (unsigned long i = 0; i < a->n; i += BENCH_BURST) {
		for (int k = 0; k < BENCH_BURST; k++)
			page[k] = checked(page_pool_dev_alloc_pages(pool));
		for (int k = 0; k < BENCH_BURST; k++) {
			get_page(page[k]);
			page_pool_put_full_page(pool, page[k], true);
			put_page(page[k]);
		}
	}
}

/* Pieces of pages. */
static void
SIDE(loop_frag)(const struct bench_args *a)
{
	struct page_pool *pool = a->pools[0];
	unsigned int offset;

	for (unsigned long i = 0; i < a->n; i++)
		page_pool_put_full_page(pool,
		    checked(page_pool_dev_alloc_frag(pool, &offset, BENCH_FRAG)), true);
}

static void
SIDE(loop_frag_burst)(const struct bench_args *a)
{
	struct page *page[BENCH_BURST];
	struct page_pool *pool = a->pools[0];
	unsigned int offset;

	for (unsigned long i = 0; i < a->n; i += BENCH_BURST) {
		for (int k = 0; k < BENCH_BURST; k++)
			page[k] = checked(page_pool_dev_alloc_frag(pool, &offset, BENCH_FRAG));
		for (int k = 0; k < BENCH_BURST; k++)
			page_pool_put_full_page(pool, page[k], true);
	}
}

/* The side's page allocator alone, as its pool uses it. */
static void
SIDE(loop_system)(const struct bench_args *a)
{
	struct page *page[BENCH_BURST];

	for (unsigned long i = 0; i < a->n; i += BENCH_BURST) {
		sys_alloc(page, BENCH_BURST);
		for (int k = 0; k < BENCH_BURST; k++)
			sys_free(page[k]);
	}
}

/* A receive queue: descriptors are filled with fragments; for each frame the
 * driver syncs what the device wrote by its DMA address, hands it up, and the
 * stack gives it back. */
static struct SIDE(desc) {
	dma_addr_t	addr;
	unsigned int	len;
	unsigned int	offset;
	struct page	*page;
} SIDE(ring)[BENCH_DESCS];

static void
SIDE(loop_cycle)(const struct bench_args *a)
{
	struct page_pool *pool = a->pools[0];
	struct page *up[BENCH_DESCS];
	struct SIDE(desc) *d;

	for (unsigned long i = 0; i < a->n; i += BENCH_DESCS) {
		for (d = SIDE(ring); d < &SIDE(ring)[BENCH_DESCS]; d++) {
			d->page = checked(page_pool_dev_alloc_frag(pool, &d->offset, BENCH_FRAG));
			d->addr = page_pool_get_dma_addr(d->page) + d->offset;
			d->len = BENCH_FRAG;
		}
		for (int k = 0; k < BENCH_DESCS; k++) {
			d = &SIDE(ring)[k];
			dma_sync_single_range_for_cpu(&bench_dev, d->addr, 64, 1500,
			    page_pool_get_dma_dir(pool));
			up[k] = d->page;
		}
		for (int k = 0; k < BENCH_DESCS; k++)
			page_pool_put_full_page(pool, up[k], false);
	}
}

#endif /* BENCH_ONLY_FEED */

/* The consumer's half of puts from other threads; at most a->burst pages are on
 * the way to each. */
#define	FEED	64

static void
SIDE(loop_feed)(const struct bench_args *a)
{
	struct page_pool *pool = a->pools[0];
	unsigned long turn = 0, tries;
	struct bench_queue *q;

	for (unsigned long i = 0; i < a->n; i += FEED) {
		q = a->queues[turn++ % a->nqueues];
		for (tries = 0; q->head + FEED - q->seen > a->burst; ) {
			q->seen = bench_load(&q->tail);
			host_pause(tries++);
		}
		for (int k = 0; k < FEED; k++)
			q->slot[(q->head + k) % BENCH_SLOTS] =
			    checked(page_pool_dev_alloc_pages(pool));
		bench_store(&q->head, q->head + FEED);
	}
	for (unsigned long k = 0; k < a->nqueues; k++)
		for (q = a->queues[k], tries = 0; bench_load(&q->tail) != q->head; )
			host_pause(tries++);
}

static void
SIDE(put_all)(void *pool, struct bench_queue *q)
{
	unsigned long head, tries = 0;

	for (;;) {
		head = bench_load(&q->head);
		if (head == q->tail) {
			if (bench_load(&q->stop) != 0)
				return;
			host_pause(tries++);
			continue;
		}
		tries = 0;
		for (unsigned long t = q->tail; t != head; t++)
			page_pool_put_full_page(pool, q->slot[t % BENCH_SLOTS], false);
		bench_store(&q->tail, head);
	}
}

static const struct bench_loop SIDE(loops)[] = {
#ifndef BENCH_ONLY_FEED
	{ "cache", SIDE(loop_cache) },
	{ "cache_burst", SIDE(loop_cache_burst) },
	{ "ring", SIDE(loop_ring) },
	{ "ring_burst", SIDE(loop_ring_burst) },
	{ "slow", SIDE(loop_slow) },
	{ "frag", SIDE(loop_frag) },
	{ "frag_burst", SIDE(loop_frag_burst) },
	{ "system", SIDE(loop_system) },
	{ "cycle", SIDE(loop_cycle) },
#endif
	{ "feed", SIDE(loop_feed) },
	{ (void *)0, (void *)0 },
};

#ifndef BENCH_ONLY_FEED
static void *
SIDE(create)(const struct bench_conf *c)
{
	struct page_pool_params p = {
		.pool_size = c->size,
		.nid = NUMA_NO_NODE,
		.dev = &bench_dev,
		.napi = c->napi ? bench_napi : (void *)0,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.flags = c->dma ? PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV : 0,
	};
	struct page_pool *pool = page_pool_create(&p);

	if (IS_ERR_OR_NULL(pool))
		host_panic("page_pool_create failed");
	return (pool);
}

static void
SIDE(destroy)(void *pool)
{
	page_pool_destroy(pool);
}
#endif /* BENCH_ONLY_FEED */
