/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA to and from the pages of a pool. */
#include "cases.h"

#include <vm/vm_phys.h>

static struct page_pool *
pool_create(struct device *dev, enum dma_data_direction dir, u_int order)
{
	struct page_pool_params params = {
		.order = order,
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = dev,
		.dma_dir = dir,
		.max_len = PAGE_SIZE << order,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};

	return (page_pool_create(&params));
}

struct page_pool *
pool_make(struct test *t, struct device *dev, enum dma_data_direction dir,
    u_int order)
{
	struct page_pool *pool = pool_create(dev, dir, order);

	return (EXPECT(!IS_ERR_OR_NULL(pool)) ? pool : NULL);
}

/* Whether the device's addresses of n bytes are those that it has, and the
 * memory's own unless an IOMMU is between. */
static bool
reached(struct device *dev, uint64_t dma, uint64_t pa, size_t n)
{
	return (dma + n - 1 <= dma_get_mask(dev) &&
	    (edu_translated() || dma == pa));
}

struct page *
pool_take(struct test *t, struct page_pool *pool)
{
	struct page *p = page_pool_alloc_pages(pool, GFP_KERNEL);

	if (EXPECT(p != NULL))
		EXPECT(reached(pool->p.dev, page_pool_get_dma_addr(p),
		    page_to_phys(p), page_size(p)));
	return (p);
}

/* Whole pages, which the stack writes to before it gives them back. */
CASE(receive)
{
	struct page_pool *pool;
	struct page *p, *q;
	uint64_t dma;

	for (int bidir = 0; bidir <= 1; bidir++) {
		pool = pool_make(t, dev, bidir ? DMA_BIDIRECTIONAL :
		    DMA_FROM_DEVICE, 0);
		if (pool == NULL)
			return;
		for (int i = 0; i < 3; i++) {
			p = pool_take(t, pool);
			q = pool_take(t, pool);
			if (p == NULL || q == NULL)
				break;
			dma = page_pool_get_dma_addr(p);
			memset(page_address(q), 0x77, PAGE_SIZE);
			device_writes(t, dma, PAGE_SIZE, i);
			page_pool_dma_sync_for_cpu(pool, p, 0, PAGE_SIZE);
			EXPECT(holds(page_address(p), PAGE_SIZE, i));
			EXPECT(filled(page_address(q), PAGE_SIZE, 0x77));
			memset(page_address(p), 0xee, PAGE_SIZE);
			page_pool_put_full_page(pool, q, i != 1);
			page_pool_put_full_page(pool, p, i != 1);
			/* It comes back as it went, mapping and all. */
			p = pool_take(t, pool);
			if (p == NULL)
				break;
			EXPECT(i == 1 || page_pool_get_dma_addr(p) == dma);
			page_pool_put_full_page(pool, p, true);
		}
		page_pool_destroy(pool);
		EXPECT(lkpirs_pool_stat("dma_maps") == EDU_MAPS);
	}
}

/* What the CPU wrote is what the device reads. */
CASE(transmit)
{
	struct page_pool *pool = pool_make(t, dev, DMA_BIDIRECTIONAL, 0);
	struct page *p;
	uint64_t dma;

	if (pool == NULL)
		return;
	for (int i = 0; i < 3 && (p = pool_take(t, pool)) != NULL; i++) {
		dma = page_pool_get_dma_addr(p);
		pattern(page_address(p), PAGE_SIZE, i);
		dma_sync_single_for_device(dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
		EXPECT(device_holds(t, dma, PAGE_SIZE, i));
		/* Some of it anew, as a header is. */
		pattern((char *)page_address(p) + 300, 64, i + 10);
		dma_sync_single_range_for_device(dev, dma, 300, 64, DMA_TO_DEVICE);
		EXPECT(device_holds(t, dma + 300, 64, i + 10));
		page_pool_put_full_page(pool, p, i == 1);
	}
	page_pool_destroy(pool);
}

/* Two pieces of a page, one with the CPU, one with the device. */
CASE(fragments)
{
	struct page_pool *pool = pool_make(t, dev, DMA_BIDIRECTIONAL, 0);
	struct page *a, *b;
	unsigned int off_a, off_b;
	uint64_t at_a, at_b;
	char *mine, *other;

	if (pool == NULL)
		return;
	a = page_pool_dev_alloc_frag(pool, &off_a, 2048);
	b = page_pool_dev_alloc_frag(pool, &off_b, 2048);
	if (EXPECT(a != NULL && a == b && off_a + 2048 == off_b)) {
		at_a = page_pool_get_dma_addr(a) + off_a;
		at_b = page_pool_get_dma_addr(b) + off_b;
		mine = (char *)page_address(a) + off_a;
		other = (char *)page_address(b) + off_b;
		device_writes(t, at_a, 2048, 1);
		dma_sync_single_for_cpu(dev, at_a, 2048, DMA_FROM_DEVICE);
		EXPECT(holds(mine, 2048, 1));
		pattern(mine, 2048, 2);		/* the stack has it now */
		device_writes(t, at_b, 2048, 3);
		dma_sync_single_for_cpu(dev, at_b, 2048, DMA_FROM_DEVICE);
		EXPECT(holds(mine, 2048, 2) && holds(other, 2048, 3));
		/* The first goes out while the CPU has the second. */
		dma_sync_single_for_device(dev, at_a, 2048, DMA_TO_DEVICE);
		pattern(other, 2048, 4);
		EXPECT(device_holds(t, at_a, 2048, 2));
		EXPECT(holds(other, 2048, 4));
		/* One is back, the other still works. */
		page_pool_put_page(pool, a, 2048, true);
		a = NULL;
		device_writes(t, at_b, 2000, 5);
		page_pool_dma_sync_for_cpu(pool, b, off_b, 2000);
		EXPECT(holds(other, 2000, 5));
	}
	if (a != NULL)
		page_pool_put_full_page(pool, a, true);
	if (b != NULL)
		page_pool_put_full_page(pool, b, true);
	page_pool_destroy(pool);
}

/* Odd places, odd lengths; the bytes around stay. */
CASE(offsets)
{
	static const struct { u_int off, len; } where[] = {
		{ 0, 1 }, { 1, 3 }, { 63, 66 }, { 64, 1900 }, { 2047, 2 },
		{ 1, EDU_MOST }, { PAGE_SIZE - 1, 1 },
	};
	struct page_pool *pool = pool_make(t, dev, DMA_BIDIRECTIONAL, 0);
	struct page *p = pool != NULL ? pool_take(t, pool) : NULL;
	u_int off, len;
	uint64_t dma;
	uint8_t *va;

	for (int i = 0; p != NULL && i < nitems(where); i++) {
		off = where[i].off;
		len = where[i].len;
		va = page_address(p);
		dma = page_pool_get_dma_addr(p);
		memset(va, 0x5a, PAGE_SIZE);
		dma_sync_single_for_device(dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
		device_writes(t, dma + off, len, i);
		dma_sync_single_range_for_cpu(dev, dma, off, len, DMA_FROM_DEVICE);
		EXPECT(holds(va + off, len, i));
		EXPECT(filled(va, off, 0x5a));
		EXPECT(filled(va + off + len, PAGE_SIZE - off - len, 0x5a));
		EXPECT(device_holds(t, dma + off, len, i));
	}
	if (p != NULL)
		page_pool_put_full_page(pool, p, true);
	page_pool_destroy(pool);
}

/* Two pages that are neighbours for the device as well. */
CASE(order1)
{
	struct page_pool *pool = pool_make(t, dev, DMA_BIDIRECTIONAL, 1);
	struct page *p = pool != NULL ? pool_take(t, pool) : NULL;
	uint64_t dma;
	char *va;

	if (p != NULL) {
		va = page_address(p);
		dma = page_pool_get_dma_addr(p);
		EXPECT(page_size(p) == 2 * PAGE_SIZE);
		device_writes(t, dma + PAGE_SIZE - 1000, 2000, 1);
		dma_sync_single_for_cpu(dev, dma + PAGE_SIZE - 1000, 2000,
		    DMA_FROM_DEVICE);
		EXPECT(holds(va + PAGE_SIZE - 1000, 2000, 1));
		pattern(va + 100, 2 * PAGE_SIZE - 100, 2);
		dma_sync_single_for_device(dev, dma + PAGE_SIZE + 5, 100,
		    DMA_TO_DEVICE);
		EXPECT(device_holds(t, dma + 100, 2 * PAGE_SIZE - 100, 2));
		page_pool_put_full_page(pool, p, true);
	}
	page_pool_destroy(pool);
}

#define	MANY	160	/* more than the cache, and three refills */

/* A lot of pages at once: each its own, and each again. */
CASE(recycle)
{
	struct page_pool *pool = pool_make(t, dev, DMA_FROM_DEVICE, 0);
	struct page **pages;
	struct page_pool_stats s = { 0 };
	u_long translated = 0;
	int n;

	if (pool == NULL)
		return;
	pages = malloc(MANY * sizeof(*pages), M_SELFTEST, M_WAITOK | M_ZERO);
	for (int round = 0; round < 3; round++) {
		for (n = 0; n < MANY; n++) {
			pages[n] = pool_take(t, pool);
			if (pages[n] == NULL)
				break;
			translated += page_pool_get_dma_addr(pages[n]) !=
			    page_to_phys(pages[n]);
			memset(page_address(pages[n]), n, PAGE_SIZE);
		}
		EXPECT(lkpirs_pool_stat("dma_maps") >= MANY);
		for (int i = 0; i < n; i += MANY / 4) {
			device_writes(t, page_pool_get_dma_addr(pages[i]), 256, i);
			page_pool_dma_sync_for_cpu(pool, pages[i], 0, 256);
			EXPECT(holds(page_address(pages[i]), 256, i));
		}
		for (int i = 0; i < n; i++) {
			EXPECT(i % (MANY / 4) == 0 ||
			    filled(page_address(pages[i]), PAGE_SIZE, i));
			page_pool_put_full_page(pool, pages[i], i % 2);
		}
	}
	EXPECT(page_pool_get_stats(pool, &s));
	EXPECT(s.recycle_stats.ring + s.recycle_stats.cached == 3 * MANY);
	/* The IOMMU has addresses of its own for them, or there is none. */
	EXPECT(edu_translated() ? translated > 0 : translated == 0);
	free(pages, M_SELFTEST);
	page_pool_destroy(pool);
}

/* A mask that the driver sets through our header is what pools keep to; where
 * it reaches no memory they have no pages. */
CASE(masks)
{
	struct page_pool *pool;
	struct page *p;

	for (int less = 0; less <= 4; less += 2) {
		uint64_t mask = edu_reach() >> less;

		EXPECT(dma_set_mask(dev, mask) == 0 && dma_get_mask(dev) == mask);
		pool = pool_create(dev, DMA_FROM_DEVICE, 0);
		if (vm_phys_segs[0].start > mask) {
			/* There is no such pool, or it has no pages. */
			if (IS_ERR(pool)) {
				EXPECT(PTR_ERR(pool) == -ENOMEM);
				continue;
			}
			EXPECT(page_pool_alloc_pages(pool, GFP_KERNEL) == NULL);
		} else if (!EXPECT(!IS_ERR_OR_NULL(pool))) {
			return;
		} else if ((p = pool_take(t, pool)) != NULL) {
			device_writes(t, page_pool_get_dma_addr(p), 500, less);
			page_pool_dma_sync_for_cpu(pool, p, 0, 500);
			EXPECT(holds(page_address(p), 500, less));
			page_pool_put_full_page(pool, p, true);
		}
		page_pool_destroy(pool);
	}
}

/* What was received stays when the pool goes; the device is done with it. */
CASE(destroy_out)
{
	struct page_pool *pool = pool_make(t, dev, DMA_FROM_DEVICE, 0);
	struct page *p = pool != NULL ? pool_take(t, pool) : NULL;

	if (p == NULL) {
		page_pool_destroy(pool);
		return;
	}
	device_writes(t, page_pool_get_dma_addr(p), PAGE_SIZE, 9);
	page_pool_dma_sync_for_cpu(pool, p, 0, PAGE_SIZE);
	page_pool_destroy(pool);
	EXPECT(lkpirs_pool_stat("dma_maps") == EDU_MAPS);
	EXPECT(holds(page_address(p), PAGE_SIZE, 9));
	page_pool_put_full_page(pool, p, false);
}

/* Pools of one device on some CPUs, the device busy with all of them. */
static void
worker(struct test *t, void *arg, int id)
{
	struct page_pool *pool = pool_make(t, arg, DMA_FROM_DEVICE, 0);
	struct page *p;
	unsigned int off;
	uint64_t dma, ref_dma;
	uint8_t *ref = edu_reference(&ref_dma);

	if (pool == NULL)
		return;
	for (int i = 0; i < 6; i++) {
		p = page_pool_dev_alloc_frag(pool, &off, 1024);
		if (!EXPECT(p != NULL))
			break;
		dma = page_pool_get_dma_addr(p) + off;
		/* Each its own part of both buffers: no lock but the driver's. */
		pattern(ref + id * 1000, 1000, id * 100 + i);
		spoil(ref + id * 1000, 1000);
		EXPECT(edu_fetch(ref_dma + id * 1000, id * 1000, 1000) == 0);
		EXPECT(edu_store(dma, id * 1000, 1000) == 0);
		dma_sync_single_for_cpu(arg, dma, 1000, DMA_FROM_DEVICE);
		EXPECT(holds((char *)page_address(p) + off, 1000, id * 100 + i));
		page_pool_put_full_page(pool, p, i % 2);
	}
	page_pool_destroy(pool);
}

CASE(threads)
{
	selftest_threads(t, 4, worker, dev);
}
