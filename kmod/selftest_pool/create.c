/* SPDX-License-Identifier: BSD-2-Clause */
/* What create takes and refuses, and what a pool says of itself. */
#include "pool.h"

static void
refused(struct test *t, const struct page_pool_params *params, int error)
{
	struct page_pool *pool = page_pool_create(params);

	EXPECT(IS_ERR(pool) && PTR_ERR(pool) == error);
	if (!IS_ERR_OR_NULL(pool))
		page_pool_destroy(pool);
}

void
test_create_refused(struct test *t)
{
	static const unsigned int unknown[] = { 1U << 4, 1U << 30, ~0U };
	struct page_pool_params p;

	for (int i = 0; i < nitems(unknown); i++) {
		p = pool_params();
		p.flags = unknown[i];
		refused(t, &p, -EINVAL);
	}
	p = pool_params();
	p.dma_dir = DMA_TO_DEVICE;
	refused(t, &p, -EINVAL);
	p.dma_dir = DMA_NONE;
	refused(t, &p, -EINVAL);
	p = pool_params();
	p.flags = PP_FLAG_DMA_SYNC_DEV;
	refused(t, &p, -EINVAL);
	p = pool_params();
	p.max_len = 0;
	refused(t, &p, -EINVAL);
	/* A device that no provider knows. */
	p = pool_params();
	p.dev = (struct device *)t;
	EXPECT(IS_ERR(page_pool_create(&p)));
}

void
test_create_accepted(struct test *t)
{
	struct page_pool_params params[4];
	struct page_pool *pool;
	struct page *page;

	params[0] = (struct page_pool_params){		/* mt76 on USB */
		.dev = lkpi_softdev(DMA_BIT_MASK(32)), .nid = NUMA_NO_NODE,
		.flags = PP_FLAG_PAGE_FRAG,
	};
	params[1] = pool_params();
	params[1].pool_size = 1 << 20;			/* cut down, not refused */
	params[2] = pool_params();
	params[2].pool_size = 0;
	params[3] = pool_params();
	params[3].dma_dir = DMA_BIDIRECTIONAL;
	params[3].flags = PP_FLAG_DMA_MAP;
	params[3].max_len = 0;
	for (int i = 0; i < nitems(params); i++) {
		pool = pool_make(t, &params[i]);
		if (pool == NULL)
			continue;
		EXPECT(page_pool_get_dma_dir(pool) == params[i].dma_dir);
		page = page_pool_dev_alloc_pages(pool);
		if (EXPECT(page != NULL))
			page_pool_put_full_page(pool, page, i & 1);
		page_pool_destroy(pool);
	}
	page_pool_destroy(NULL);
}

void
test_strings(struct test *t)
{
	static const char *const names[] = {
		"alloc_fast", "alloc_slow", "alloc_slow_ho", "alloc_empty",
		"alloc_refill", "alloc_waive", "recycle_cached",
		"recycle_cache_full", "recycle_ring", "recycle_ring_full",
		"recycle_released_ref",
	};
	struct page_pool_stats s = { .recycle_stats.released_refcnt = 99 };
	u8 text[12 * ETH_GSTRING_LEN];
	u64 values[12] = { 0 };

	memset(text, 'x', sizeof(text));
	EXPECT(page_pool_ethtool_stats_get_count() == nitems(names));
	EXPECT(page_pool_ethtool_stats_get_strings(text) ==
	    text + nitems(names) * ETH_GSTRING_LEN);
	for (int i = 0; i < nitems(names); i++) {
		const char *name = (char *)text + i * ETH_GSTRING_LEN;

		EXPECT(strncmp(name, "rx_pp_", 6) == 0);
		EXPECT(strcmp(name + 6, names[i]) == 0);
	}
	EXPECT(text[nitems(names) * ETH_GSTRING_LEN] == 'x');
	EXPECT(page_pool_ethtool_stats_get(values, &s) == values + nitems(names));
	EXPECT(values[10] == 99 && values[11] == 0);
}

static void
count_page(netmem_ref netmem, void *arg)
{
	struct page *page = (struct page *)netmem;

	if (page->pp_ref_count == 1)
		++*(int *)arg;
}

void
test_init_callback(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	int calls = 0;

	params.init_callback = count_page;
	params.init_arg = &calls;
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	for (int i = 0; i < 10; i++) {
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (EXPECT(page != NULL)) {
			EXPECT(calls == 64 && page_pool_inflight(pool, true) == 64);
			page_pool_put_full_page(pool, page, i & 1);
		}
	}
	page_pool_destroy(pool);
}
