/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache and ring, and the counts of both. */
#include "pool.h"

#include <lkpirs/napi.h>

#define	MANY	192	/* three refills from the system: none is left over */

struct page_pool_params
pool_params(void)
{
	struct page_pool_params p = {
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = lkpi_softdev(DMA_BIT_MASK(64)),
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};

	return (p);
}

struct page_pool *
pool_make(struct test *t, const struct page_pool_params *params)
{
	struct page_pool *pool = page_pool_create(params);

	return (EXPECT(!IS_ERR_OR_NULL(pool)) ? pool : NULL);
}

int
pool_take(struct test *t, struct page_pool *pool, struct page **pages, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		pages[i] = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(pages[i] != NULL))
			break;
		EXPECT(page_count(pages[i]) == 1 && pages[i]->pp_ref_count == 1);
		EXPECT(pages[i]->pp == pool);
	}
	return (i);
}

void
pool_give(struct page_pool *pool, struct page **pages, int n, bool direct)
{
	while (n > 0)
		page_pool_put_full_page(pool, pages[--n], direct);
}

struct page_pool_stats
pool_stats(const struct page_pool *pool)
{
	struct page_pool_stats s = { 0 };

	page_pool_get_stats(pool, &s);
	return (s);
}

void
test_inflight(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page_pool_stats s;
	struct page *page;

	if (pool == NULL)
		return;
	EXPECT(page_pool_inflight(pool, true) == 0);
	page = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (EXPECT(page != NULL)) {
		/* What entered, not what is out. */
		EXPECT(page_pool_inflight(pool, true) == 64);
		s = pool_stats(pool);
		EXPECT(s.alloc_stats.slow == 1 && s.alloc_stats.empty == 1);
		EXPECT(s.alloc_stats.fast == 0);
		page_pool_recycle_direct(pool, page);
		EXPECT(page_pool_alloc_pages(pool, GFP_KERNEL) == page); /* LIFO */
		page_pool_recycle_direct(pool, page);
		s = pool_stats(pool);
		EXPECT(s.alloc_stats.fast == 1 && s.recycle_stats.cached == 2);
		EXPECT(page_pool_inflight(pool, false) == 64);
	}
	page_pool_destroy(pool);
}

void
test_cache_full(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *pages[MANY];
	struct page_pool_stats s;
	int n;

	if (pool == NULL)
		return;
	n = pool_take(t, pool, pages, MANY);
	pool_give(pool, pages, n, true);
	s = pool_stats(pool);
	if (n == MANY) {
		EXPECT(s.alloc_stats.slow == 3 && s.alloc_stats.fast == MANY - 3);
		EXPECT(s.recycle_stats.cached == 128);
		EXPECT(s.recycle_stats.cache_full == MANY - 128);
		EXPECT(s.recycle_stats.ring == MANY - 128);
		EXPECT(s.recycle_stats.ring_full == 0);
	}
	page_pool_destroy(pool);
}

void
test_ring_full(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *pages[64];
	struct page_pool_stats s;
	int n;

	params.pool_size = 16;
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	n = pool_take(t, pool, pages, 64);
	EXPECT(page_pool_inflight(pool, true) == n);
	for (int i = 0; i < n; i++) {
		page_pool_put_full_page(pool, pages[i], false);
		s = pool_stats(pool);
		EXPECT(s.recycle_stats.ring == MIN(i + 1, 16));
		EXPECT(s.recycle_stats.ring_full == (i < 16 ? 0 : i - 15));
		EXPECT(page_pool_inflight(pool, true) == n - MAX(i - 15, 0));
		EXPECT(lkpirs_page_live(pages[i]) == (i < 16));
	}
	EXPECT(s.recycle_stats.cached == 0);
	page_pool_destroy(pool);
}

/* What came back to the ring serves, 64 at a time. */
void
test_refill(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *pages[128];
	struct page_pool_stats s;
	int n;

	if (pool == NULL)
		return;
	n = pool_take(t, pool, pages, 128);
	pool_give(pool, pages, n, false);
	n = pool_take(t, pool, pages, n);
	s = pool_stats(pool);
	if (n == 128) {
		EXPECT(s.alloc_stats.refill == 2 && s.alloc_stats.slow == 2);
		EXPECT(s.alloc_stats.fast == 126 + 126 && s.alloc_stats.waive == 0);
		EXPECT(page_pool_inflight(pool, true) == 128);
	}
	pool_give(pool, pages, n, true);
	page_pool_destroy(pool);
}

struct others {
	struct page_pool *pool;
	struct page	*pages[64];
	int		 n;
};

static void
putter(struct test *t, void *arg, int id __unused)
{
	struct others *o = arg;

	pool_give(o->pool, o->pages, o->n, false);
}

/* A put without the consumer's right never lands in the cache. */
void
test_other_thread(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct others o = { pool_make(t, &params) };
	struct page_pool_stats s;

	if (o.pool == NULL)
		return;
	o.n = pool_take(t, o.pool, o.pages, 64);
	selftest_threads(t, 1, putter, &o);
	s = pool_stats(o.pool);
	EXPECT(s.recycle_stats.cached == 0 && s.recycle_stats.ring == o.n);
	page_pool_destroy(o.pool);
}

/* A page that somebody else holds too leaves the pool, and lives on. */
void
test_extra_ref(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *page;
	struct page_pool_stats s;
	int before;

	if (pool == NULL)
		return;
	page = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (EXPECT(page != NULL)) {
		before = page_pool_inflight(pool, true);
		get_page(page);
		page_pool_put_full_page(pool, page, true);
		s = pool_stats(pool);
		EXPECT(s.recycle_stats.released_refcnt == 1);
		EXPECT(s.recycle_stats.cached == 0 && s.recycle_stats.ring == 0);
		EXPECT(page_pool_inflight(pool, true) == before - 1);
		EXPECT(lkpirs_page_live(page) && page_count(page) == 1);
		EXPECT(page->pp == NULL);
		memset(page_address(page), 0x3c, PAGE_SIZE);
		put_page(page);
		EXPECT(!lkpirs_page_live(page));
	}
	page_pool_destroy(pool);
}

void
test_bulk(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *pages[64];
	struct page_pool_stats s;
	void *data[64];
	int i, n;

	params.pool_size = 32;
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	n = pool_take(t, pool, pages, 64);
	for (i = 0; i < n; i++)
		data[i] = (char *)page_address(pages[i]) + i * 7;
	if (n == 64) {
		page_pool_fragment_page(pages[5], 2);	/* not the last reference */
		page_pool_put_page_bulk(pool, data, 64);
		s = pool_stats(pool);
		EXPECT(s.recycle_stats.ring == 32);
		EXPECT(s.recycle_stats.ring_full == 1);	/* once for the rest */
		EXPECT(page_pool_inflight(pool, true) == 33);
		EXPECT(pages[5]->pp_ref_count == 1);
		page_pool_put_full_page(pool, pages[5], true);
	} else
		pool_give(pool, pages, n, false);
	page_pool_destroy(pool);
}

void
test_order1(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	struct page_pool_stats s;
	unsigned int off;

	params.order = 1;
	params.max_len = 2 * PAGE_SIZE;
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	page = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (EXPECT(page != NULL)) {
		s = pool_stats(pool);
		EXPECT(s.alloc_stats.slow_high_order == 1 && s.alloc_stats.slow == 0);
		EXPECT(page_pool_inflight(pool, true) == 1);
		EXPECT(compound_order(page) == 1 && compound_head(page + 1) == page);
		EXPECT(virt_to_head_page((char *)page_address(page) + 5000) == page);
		page_pool_free_va(pool, (char *)page_address(page) + 5000, true);
		EXPECT(page_pool_alloc_pages(pool, GFP_KERNEL) == page);
		page_pool_put_full_page(pool, page, false);
	}
	page = page_pool_dev_alloc_frag(pool, &off, 6000);
	if (EXPECT(page != NULL)) {
		EXPECT(off == 0 && compound_order(page) == 1);
		page_pool_put_full_page(pool, page, true);
	}
	page_pool_destroy(pool);
}

void
test_nid(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	int node;

	for (node = 0; node < vm_ndomains; node++) {
		params.nid = node;
		pool = pool_make(t, &params);
		if (pool == NULL)
			return;
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (EXPECT(page != NULL)) {
			EXPECT(vm_page_domain(page->vm_page) == node);
			page_pool_nid_changed(pool, node);
			EXPECT(page_pool_inflight(pool, true) == 64);
			/* The cache goes back to the system. */
			page_pool_nid_changed(pool, node + 1);
			EXPECT(pool->p.nid == node + 1);
			EXPECT(page_pool_inflight(pool, true) == 1);
			page_pool_nid_changed(pool, node);
			page_pool_put_full_page(pool, page, false);
		}
		page_pool_destroy(pool);
	}
}

static const struct napi_struct *polled;

static bool
polled_here(const struct napi_struct *napi)
{
	return (napi == polled);
}

static bool
never_polled(const struct napi_struct *napi __unused)
{
	return (false);
}

/* The thread that polls the pool's NAPI is its consumer, whatever it says. */
void
test_napi(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool_stats s;
	struct page_pool *pool;
	struct page *page;
	char mine, others;
	bool known;

	params.napi = (struct napi_struct *)&mine;
	if ((pool = pool_make(t, &params)) == NULL)
		return;
	/* With LinuxKPI's mt76.ko there is one who knows. */
	known = lkpirs_page_pool_napi_register(polled_here) == 0;
	EXPECT(lkpirs_page_pool_napi_register(never_polled) == EBUSY);
	for (int i = 0; known && i < 4; i++) {
		/* Off, another's, ours; and none after that. */
		polled = i == 1 ? (void *)&others : i == 2 ? (void *)&mine : NULL;
		if (i == 3) {
			page_pool_disable_direct_recycling(pool);
			polled = (void *)&mine;
		}
		if (pool_take(t, pool, &page, 1) != 1)
			break;
		page_pool_put_full_page(pool, page, false);
		s = pool_stats(pool);
		EXPECT(s.recycle_stats.cached == (i >= 2 ? 1 : 0));
		EXPECT(s.recycle_stats.ring == (i < 2 ? i + 1 : i));
	}
	lkpirs_page_pool_napi_unregister(never_polled);
	EXPECT(!known || lkpirs_page_pool_napi_polled_here(polled));
	lkpirs_page_pool_napi_unregister(polled_here);
	EXPECT(!known || !lkpirs_page_pool_napi_polled_here(polled));
	page_pool_destroy(pool);
}
