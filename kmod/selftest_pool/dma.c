/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device writes is what the CPU reads, whatever lies between. */
#include "pool.h"

static const int masks[] = { 24, 28, 30, 31, 32, 36, 40, 48, 64 };

/* The device writes into a page, some rounds long; the pool recycles it. */
static void
receive(struct test *t, struct page_pool *pool, struct device *dev, int rounds)
{
	struct page *page;
	dma_addr_t dma;

	for (int i = 0; i < rounds; i++) {
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(page != NULL))
			return;
		dma = page_pool_get_dma_addr(page);
		EXPECT(lkpi_softdev_fill(dev, dma, PAGE_SIZE, i) == 0);
		page_pool_dma_sync_for_cpu(pool, page, 0, PAGE_SIZE);
		EXPECT(lkpi_softdev_pattern_check(page_address(page), PAGE_SIZE, i) == 0);
		/* The stack scribbles over it; the device must still win. */
		memset(page_address(page), 0xee, 1000);
		page_pool_put_page(pool, page, 1000, i % 3 != 0);
	}
}

void
test_dma_pages(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;

	for (int bidir = 0; bidir <= 1; bidir++) {
		params.dma_dir = bidir ? DMA_BIDIRECTIONAL : DMA_FROM_DEVICE;
		pool = pool_make(t, &params);
		if (pool == NULL)
			return;
		receive(t, pool, params.dev, 300);
		page_pool_destroy(pool);
		EXPECT(lkpirs_pool_stat("dma_maps") == 0);
	}
}

/* Pool pages are where the device reaches them, or there are none. */
void
test_dma_masks(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	uint64_t mask;

	for (int i = 0; i < nitems(masks); i++) {
		mask = DMA_BIT_MASK(masks[i]);
		params.dev = lkpi_softdev(mask);
		pool = page_pool_create(&params);
		if (IS_ERR(pool)) {	/* no memory there at all */
			EXPECT(masks[i] < 32);
			continue;
		}
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (page != NULL) {
			EXPECT(page_pool_get_dma_addr(page) + PAGE_SIZE - 1 <= mask);
			page_pool_put_full_page(pool, page, true);
			receive(t, pool, params.dev, 70);
		} else
			EXPECT(masks[i] < 32);
		page_pool_destroy(pool);
	}
	/* The first page of memory alone: refused here or there, in peace. */
	params.dev = lkpi_softdev(DMA_BIT_MASK(12));
	pool = page_pool_create(&params);
	if (!IS_ERR(pool)) {
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (page != NULL) {
			EXPECT(page_pool_get_dma_addr(page) == 0);
			page_pool_put_full_page(pool, page, false);
		}
		page_pool_destroy(pool);
	}
}

/* Two pieces of a page, one with the CPU, one with the device: a sync of one
 * must not bring back old bytes of the other. */
void
test_dma_neighbours(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *a, *b;
	unsigned int off_a, off_b;
	char *mine;

	if (pool == NULL)
		return;
	a = page_pool_dev_alloc_frag(pool, &off_a, 2048);
	b = page_pool_dev_alloc_frag(pool, &off_b, 2048);
	if (EXPECT(a != NULL && a == b)) {
		dma_addr_t dma = page_pool_get_dma_addr(a);

		mine = (char *)page_address(a) + off_a;
		EXPECT(lkpi_softdev_fill(params.dev, dma + off_a, 2048, 1) == 0);
		page_pool_dma_sync_for_cpu(pool, a, off_a, 2048);
		EXPECT(lkpi_softdev_pattern_check(mine, 2048, 1) == 0);
		lkpi_softdev_pattern(mine, 2048, 77);
		EXPECT(lkpi_softdev_fill(params.dev, dma + off_b, 2048, 2) == 0);
		page_pool_dma_sync_for_cpu(pool, b, off_b, 2048);
		EXPECT(lkpi_softdev_pattern_check(mine, 2048, 77) == 0);
		EXPECT(lkpi_softdev_pattern_check((char *)page_address(b) + off_b,
		    2048, 2) == 0);
	}
	if (a != NULL)
		page_pool_put_full_page(pool, a, true);
	if (b != NULL)
		page_pool_put_full_page(pool, b, true);
	page_pool_destroy(pool);
}

/* mt76 syncs by DMA address, somewhere inside a page. */
void
test_dma_by_address(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct device *dev = params.dev;
	struct page_pool *pool = pool_make(t, &params);
	struct page *p;
	unsigned int off;
	dma_addr_t at;

	if (pool == NULL)
		return;
	for (int i = 0; i < 64; i++) {
		p = page_pool_dev_alloc_frag(pool, &off, 2048);
		if (!EXPECT(p != NULL))
			break;
		at = page_pool_get_dma_addr(p) + off;
		dma_sync_single_for_device(dev, at + 64, 1900, DMA_FROM_DEVICE);
		EXPECT(lkpi_softdev_fill(dev, at + 64, 1900, i) == 0);
		dma_sync_single_for_cpu(dev, at + 64, 1900, DMA_FROM_DEVICE);
		EXPECT(lkpi_softdev_pattern_check((char *)page_address(p) + off + 64,
		    1900, i) == 0);
		dma_sync_single_range_for_cpu(dev, at, 100, 100, DMA_FROM_DEVICE);
		page_pool_put_full_page(pool, p, true);
	}
	page_pool_destroy(pool);
}

/* Memory of the driver's own, both ways, near and far. */
void
test_dma_streaming(struct test *t)
{
	struct device *dev;
	dma_addr_t dma;
	char *buf;

	buf = malloc(8192, M_SELFTEST, M_WAITOK | M_ZERO);
	for (int i = 0; i < nitems(masks); i++) {
		size_t len = i & 1 ? PAGE_SIZE : 1000;
		int off = i & 1 ? 0 : 24;

		dev = lkpi_softdev(DMA_BIT_MASK(masks[i]));
		lkpi_softdev_pattern(buf + off, len, i);
		dma = dma_map_single(dev, buf + off, len, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, dma) != 0) {
			EXPECT(masks[i] < 32);
			continue;
		}
		EXPECT(dma + len - 1 <= DMA_BIT_MASK(masks[i]));
		EXPECT(lkpi_softdev_check(dev, dma, len, i) == 0);
		lkpi_softdev_pattern(buf + off, len, i + 50);
		dma_sync_single_for_device(dev, dma, len, DMA_TO_DEVICE);
		EXPECT(lkpi_softdev_check(dev, dma, len, i + 50) == 0);
		dma_unmap_single(dev, dma, len, DMA_TO_DEVICE);

		dma = dma_map_single(dev, buf + off, len, DMA_FROM_DEVICE);
		if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
			EXPECT(lkpi_softdev_fill(dev, dma, len, i + 100) == 0);
			dma_sync_single_for_cpu(dev, dma, len, DMA_FROM_DEVICE);
			EXPECT(lkpi_softdev_pattern_check(buf + off, len, i + 100) == 0);
			dma_sync_single_for_device(dev, dma, len, DMA_FROM_DEVICE);
			EXPECT(lkpi_softdev_fill(dev, dma, len, i + 101) == 0);
			dma_unmap_single(dev, dma, len, DMA_FROM_DEVICE);
			EXPECT(lkpi_softdev_pattern_check(buf + off, len, i + 101) == 0);
		}
	}
	free(buf, M_SELFTEST);
	dev = lkpi_softdev(DMA_BIT_MASK(64));
	MISTAKE(dma_unmap_single(dev, 0x12345000, 100, DMA_TO_DEVICE));
}

void
test_dma_coherent(struct test *t)
{
	struct device *dev;
	dma_addr_t dma;
	size_t size;
	char *va;

	for (int i = 0; i < nitems(masks); i++) {
		size = (size_t)512 << i;
		dev = lkpi_softdev(DMA_BIT_MASK(masks[i]));
		va = dma_alloc_coherent(dev, size, &dma, GFP_KERNEL);
		if (va == NULL) {
			EXPECT(masks[i] < 32);
			continue;
		}
		EXPECT(dma + size - 1 <= DMA_BIT_MASK(masks[i]));
		for (size_t j = 0; j < size; j++)
			if (!EXPECT(va[j] == 0))
				break;
		/* No sync between the two. */
		EXPECT(lkpi_softdev_fill(dev, dma, size, i) == 0);
		EXPECT(lkpi_softdev_pattern_check(va, size, i) == 0);
		lkpi_softdev_pattern(va, size, i + 9);
		EXPECT(lkpi_softdev_check(dev, dma, size, i + 9) == 0);
		dma_free_coherent(dev, size, va, dma);
	}
	dma_free_coherent(dev, 100, NULL, 0);
}
