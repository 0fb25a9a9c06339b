/* SPDX-License-Identifier: BSD-2-Clause */
/* Many mappings and many threads: each finds its own. */
#include "pool.h"
#include "dma.h"

#define	MANY	1500

struct mapping {
	char		*va;
	dma_addr_t	 dma;
	size_t		 len;
	uint32_t	 seed;
};

static const size_t sizes[] = { 1, 64, 300, 1500, 2048, 4096, 5000, 12288 };

static bool
map_one(struct test *t, struct device *dev, struct mapping *m, int i)
{
	m->len = sizes[i % nitems(sizes)];
	m->seed = i;
	/* Contiguous, as what is mapped has to be. */
	m->va = (char *)__get_free_pages(GFP_KERNEL, get_order(m->len));
	if (!EXPECT(m->va != NULL))
		return (false);
	lkpi_softdev_pattern(m->va, m->len, m->seed);
	m->dma = dma_map_single(dev, m->va, m->len, DMA_BIDIRECTIONAL);
	if (dma_mapping_error(dev, m->dma) == 0)
		return (true);
	free_pages((unsigned long)m->va, get_order(m->len));
	m->va = NULL;
	return (EXPECT(!"mapped"));
}

static void
unmap_one(struct test *t, struct device *dev, struct mapping *m)
{
	if (m->va == NULL)
		return;
	/* In the middle, and at the very end. */
	dma_sync_single_for_cpu(dev, m->dma + m->len / 2, m->len - m->len / 2,
	    DMA_BIDIRECTIONAL);
	dma_sync_single_for_device(dev, m->dma + m->len - 1, 1, DMA_BIDIRECTIONAL);
	EXPECT(lkpi_softdev_check(dev, m->dma, m->len, m->seed) == 0);
	EXPECT(lkpi_softdev_fill(dev, m->dma, m->len, ~m->seed) == 0);
	dma_unmap_single(dev, m->dma, m->len, DMA_BIDIRECTIONAL);
	EXPECT(lkpi_softdev_pattern_check(m->va, m->len, ~m->seed) == 0);
	free_pages((unsigned long)m->va, get_order(m->len));
	m->va = NULL;
}

void
test_dma_many(struct test *t)
{
	struct mapping *m = malloc(MANY * sizeof(*m), M_SELFTEST, M_WAITOK | M_ZERO);
	uint64_t before = lkpirs_pool_stat("mappings");
	uint32_t seed = 1;
	struct dma_case c;
	struct device *dev;
	int i, j, n = 0;

	if (!dma_setup(t, &c)) {
		free(m, M_SELFTEST);
		return;
	}
	dev = c.near;
	for (i = 0; i < MANY; i++)
		n += map_one(t, dev, &m[i], i);
	EXPECT(lkpirs_pool_stat("mappings") == before + n);
	/* The same memory again: each mapping has its own end. */
	if (m[5].va != NULL) {
		struct mapping twice = m[5];

		twice.dma = dma_map_single(dev, twice.va, twice.len, DMA_TO_DEVICE);
		if (EXPECT(dma_mapping_error(dev, twice.dma) == 0)) {
			EXPECT(lkpirs_pool_stat("mappings") == before + n + 1);
			dma_unmap_single(dev, twice.dma, twice.len, DMA_TO_DEVICE);
		}
	}
	for (i = 0; i < MANY; i++) {
		j = selftest_random(&seed) % MANY;
		unmap_one(t, dev, &m[j]);
		if (m[j].va == NULL && i % 2 == 0)
			map_one(t, dev, &m[j], i);
	}
	for (i = 0; i < MANY; i++)
		unmap_one(t, dev, &m[i]);
	EXPECT(lkpirs_pool_stat("mappings") == before);
	free(m, M_SELFTEST);
	dma_teardown(&c);
}

static void
mapper(struct test *t, void *arg, int id)
{
	struct device *shared = arg, *own = lkpi_softdev(DMA_BIT_MASK(40) - id);
	struct mapping m[8] = { 0 };
	uint32_t seed = id + 1;

	for (int i = 0; i < 3000; i++) {
		int k = selftest_random(&seed) % nitems(m);

		/* One device for all, or this thread's. */
		if (m[k].va != NULL)
			unmap_one(t, k & 1 ? shared : own, &m[k]);
		else
			map_one(t, k & 1 ? shared : own, &m[k], i);
	}
	for (int k = 0; k < nitems(m); k++)
		unmap_one(t, k & 1 ? shared : own, &m[k]);
}

void
test_dma_threads(struct test *t)
{
	selftest_threads(t, 6, mapper, lkpi_softdev(DMA_BIT_MASK(41)));
}

/*
 * Syncs by address, at any offset, while other pools' pages come and go.  Where
 * the address is not the physical one they go through the table that is read
 * without a lock; a page that is not found is a mistake, and counted.
 */
static void
by_address(struct test *t, void *arg __unused, int id)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *pages[32];
	uint32_t seed = id + 1;

	params.dev = lkpi_softdev(DMA_BIT_MASK(42) - id % 3);
	params.dma_dir = DMA_BIDIRECTIONAL;
	for (int round = 0; round < 12; round++) {
		int n = 0, len;

		params.order = round & 1 ? id % 3 : 0;
		params.max_len = len = PAGE_SIZE << params.order;
		pool = pool_make(t, &params);
		if (pool == NULL)
			return;
		for (; n < nitems(pages); n++) {
			pages[n] = page_pool_alloc_pages(pool, GFP_KERNEL);
			if (!EXPECT(pages[n] != NULL))
				break;
		}
		for (int i = 0; n > 0 && i < 400; i++) {
			struct page *p = pages[selftest_random(&seed) % n];
			u32 off = selftest_random(&seed) % (len - 200);
			dma_addr_t at = page_pool_get_dma_addr(p) + off;
			char *va = (char *)page_address(p) + off;

			EXPECT(lkpi_softdev_fill(params.dev, at, 200, i) == 0);
			dma_sync_single_for_cpu(params.dev, at, 200, DMA_BIDIRECTIONAL);
			EXPECT(lkpi_softdev_pattern_check(va, 200, i) == 0);
			dma_sync_single_range_for_device(params.dev, at, 100, 100,
			    DMA_BIDIRECTIONAL);
		}
		pool_give(pool, pages, n, round % 3 != 0);
		page_pool_destroy(pool);
	}
}

void
test_dma_pool_threads(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	dma_addr_t dma = 0;

	selftest_threads(t, 6, by_address, NULL);
	/* A page is found as long as it is its pool's, by its device alone. */
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	page = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (EXPECT(page != NULL)) {
		dma = page_pool_get_dma_addr(page);
		dma_sync_single_for_cpu(params.dev, dma + PAGE_SIZE - 1, 1, DMA_FROM_DEVICE);
		MISTAKEN_SYNC(dma_sync_single_for_cpu(lkpi_softdev(DMA_BIT_MASK(42)),
		    dma, 64, DMA_FROM_DEVICE));
		page_pool_put_full_page(pool, page, true);
	}
	page_pool_destroy(pool);
	if (page != NULL)
		MISTAKEN_SYNC(dma_sync_single_for_cpu(params.dev, dma, 64, DMA_FROM_DEVICE));
}
