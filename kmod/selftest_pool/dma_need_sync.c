/* SPDX-License-Identifier: BSD-2-Clause */
/* The count that lets syncs with nothing to do end in the caller. */
#include "pool.h"
#include "dma.h"

#if defined(__amd64__) || defined(__i386__)
#define	SNOOPS	1
#else
#define	SNOOPS	0	/* nobody knows, so that every mapping counts */
#endif

static uint64_t
need(void)
{
	return (lkpirs_pool_stat("need_sync"));
}

static void
streaming(struct test *t, struct dma_case *c, struct device *dev)
{
	uint64_t before = need(), each = 0;
	dma_addr_t dma[4];
	int n;

	for (n = 0; n < nitems(dma); n++) {
		dma[n] = dma_map_single(dev, c->va + n * 600, 100, DMA_TO_DEVICE);
		if (!EXPECT(dma_mapping_error(dev, dma[n]) == 0))
			break;
		each = !SNOOPS || c->translated || dma_bounced(c, dma[n], n * 600);
		EXPECT(dev != c->far || each != 0);
		EXPECT(need() == before + (n + 1) * each);
		EXPECT(each == 0 || dma_need_sync(dev, dma[n]));
	}
	while (n-- > 0) {
		dma_unmap_single(dev, dma[n], 100, DMA_TO_DEVICE);
		EXPECT(need() == before + n * each);
	}
}

/* A pool's pages never bounce; they count from the first to the last, also of
 * those that are out when the pool goes. */
static void
pools(struct test *t, uint64_t each)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	uint64_t before = need();
	struct page *page;

	if (pool == NULL)
		return;
	page = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (EXPECT(page != NULL))
		EXPECT(need() == before + each * page_pool_inflight(pool, true));
	page_pool_destroy(pool);
	EXPECT(need() == before);
	if (page != NULL)
		page_pool_put_full_page(pool, page, false);
	EXPECT(need() == before);
}

void
test_dma_need_sync(struct test *t)
{
	bool checked = lkpirs_dma_check_syncs(false);
	struct dma_case c;
	dma_addr_t dma;
	void *va;

	if (!dma_setup(t, &c)) {
		(void)lkpirs_dma_check_syncs(checked);
		return;
	}
	streaming(t, &c, c.near);
	if (c.far != NULL)
		streaming(t, &c, c.far);
	pools(t, c.translated || !SNOOPS);
	/* Memory that the device shares wants none. */
	va = dma_alloc_coherent(c.near, 100, &dma, GFP_KERNEL);
	EXPECT(va != NULL && need() == 0);
	if (va != NULL)
		dma_free_coherent(c.near, 100, va, dma);

	/* A mistake is seen while there is somebody to see it. */
	EXPECT(!lkpirs_dma_may_sync());
	dma_sync_single_for_cpu(c.near, 0x12345000, 100, DMA_TO_DEVICE);
	EXPECT(!lkpirs_dma_check_syncs(true));
	EXPECT(lkpirs_dma_may_sync() && need() == 0);
	MISTAKE(dma_sync_single_for_cpu(c.near, 0x12345000, 100, DMA_TO_DEVICE));
	EXPECT(lkpirs_dma_check_syncs(true));
	MISTAKE(dma_sync_single_range_for_device(c.near, 0x12345000, 64, 64, DMA_TO_DEVICE));
	EXPECT(lkpirs_dma_check_syncs(false));
	EXPECT(!lkpirs_dma_may_sync());
	(void)lkpirs_dma_check_syncs(checked);
	dma_teardown(&c);
}
