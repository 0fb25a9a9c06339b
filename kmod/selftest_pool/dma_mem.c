/* SPDX-License-Identifier: BSD-2-Clause */
/* Masks, memory that the device shares, and devices that go. */
#include "pool.h"
#include "dma.h"

void
test_dma_set_mask(struct test *t)
{
	/* A name of its own: the masks of other cases stay. */
	struct device *dev = lkpi_softdev(DMA_BIT_MASK(47) - 1);
	struct dma_case c;
	dma_addr_t dma;
	uint64_t top;
	void *va;

	if (!dma_setup(t, &c))
		return;
	EXPECT(dma_set_mask(dev, 0) == -EIO);
	EXPECT(dma_set_mask(dev, DMA_BIT_MASK(23)) == -EIO);
	EXPECT(dma_set_coherent_mask(dev, DMA_BIT_MASK(20)) == -EIO);
	EXPECT(dma_set_mask((struct device *)&c, DMA_BIT_MASK(32)) == -EIO);
	EXPECT(dma_set_coherent_mask((struct device *)&c, DMA_BIT_MASK(32)) == -EIO);
	EXPECT(dma_get_mask((struct device *)&c) == 0);
	top = dma_get_mask(dev);
	for (int bits = 64; bits >= 24; bits--) {
		EXPECT(dma_set_mask_and_coherent(dev, DMA_BIT_MASK(bits)) == 0);
		EXPECT(dma_get_mask(dev) <= DMA_BIT_MASK(bits));
		lkpi_softdev_pattern(c.va, 1000, bits);
		dma = dma_map_single(dev, c.va, 1000, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, dma) == 0) {
			EXPECT(dma + 999 <= DMA_BIT_MASK(bits));
			EXPECT(lkpi_softdev_check(dev, dma, 1000, bits) == 0);
			dma_unmap_single(dev, dma, 1000, DMA_TO_DEVICE);
		} else
			EXPECT(bits < 32);
	}
	/* Only what is shared has to be low. */
	EXPECT(dma_set_mask(dev, DMA_BIT_MASK(64)) == 0);
	EXPECT(dma_get_mask(dev) >= top);
	EXPECT(dma_set_coherent_mask(dev, DMA_BIT_MASK(25)) == 0);
	EXPECT(dma_get_mask(dev) >= top);
	va = dma_alloc_coherent(dev, 2 * PAGE_SIZE, &dma, GFP_KERNEL);
	if (va != NULL) {
		EXPECT(dma + 2 * PAGE_SIZE - 1 <= DMA_BIT_MASK(25));
		dma_free_coherent(dev, 2 * PAGE_SIZE, va, dma);
	}
	/* Whole cache lines: nothing has to take their place. */
	dma = dma_map_single(dev, c.va, 1024, DMA_TO_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		if (top >= DMA_BIT_MASK(40))
			EXPECT(c.translated || dma == page_to_phys(c.page));
		dma_unmap_single(dev, dma, 1024, DMA_TO_DEVICE);
	}
	/* A smaller mask while something is mapped: that stays, new ones obey. */
	dma = dma_map_single(dev, c.va, PAGE_SIZE, DMA_TO_DEVICE);
	EXPECT(dma_set_mask_and_coherent(dev, DMA_BIT_MASK(24)) == 0);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		dma_addr_t low = dma_map_single_attrs(dev, c.va, 100, DMA_TO_DEVICE,
		    DMA_ATTR_NO_WARN);

		if (dma_mapping_error(dev, low) == 0) {
			EXPECT(low + 99 <= DMA_BIT_MASK(24));
			dma_unmap_single(dev, low, 100, DMA_TO_DEVICE);
		}
		dma_unmap_single(dev, dma, PAGE_SIZE, DMA_TO_DEVICE);
	}
	EXPECT(dma_set_mask_and_coherent(dev, DMA_BIT_MASK(47)) == 0);
	EXPECT(dma_get_required_mask(dev) >= page_to_phys(c.page));
	EXPECT((dma_get_required_mask(dev) & (dma_get_required_mask(dev) + 1)) == 0);
	EXPECT(dma_max_mapping_size(dev) >= 256 * 1024);
	EXPECT(dma_set_max_seg_size(dev, 65536) == 0 && dma_get_max_seg_size(dev) >= 65536);
	dma_teardown(&c);
}

static void
shared(struct test *t, struct device *dev, void *va, dma_addr_t dma, size_t len)
{
	if (va == NULL)
		return;
	for (size_t i = 0; i < len; i++)
		if (!EXPECT(((char *)va)[i] == 0))
			break;
	EXPECT(lkpi_softdev_fill(dev, dma, len, 1) == 0);
	EXPECT(lkpi_softdev_pattern_check(va, len, 1) == 0);
	lkpi_softdev_pattern(va, len, 2);
	EXPECT(lkpi_softdev_check(dev, dma, len, 2) == 0);
}

void
test_dma_alloc(struct test *t)
{
	static const unsigned long attrs[] = {
		0, DMA_ATTR_FORCE_CONTIGUOUS, DMA_ATTR_WRITE_COMBINE,
		DMA_ATTR_NO_KERNEL_MAPPING | DMA_ATTR_FORCE_CONTIGUOUS,
		DMA_ATTR_WEAK_ORDERING | DMA_ATTR_ALLOC_SINGLE_PAGES | DMA_ATTR_NO_WARN,
	};
	struct device *dev = lkpi_softdev(DMA_BIT_MASK(36));
	struct page *page;
	dma_addr_t dma;
	size_t len;
	void *va;

	for (int i = 0; i < 2 * nitems(attrs); i++) {
		len = 3 * PAGE_SIZE + i * 1000;
		va = dma_alloc_attrs(dev, len, &dma, i & 1 ? GFP_ATOMIC : GFP_KERNEL,
		    attrs[i / 2]);
		if (!EXPECT(va != NULL))
			continue;
		shared(t, dev, va, dma, len);
		/* One piece, where a device does not translate or it is asked for. */
		for (size_t at = 0; at < len; at += PAGE_SIZE)
			EXPECT((dma != vtophys(va) &&
			    (attrs[i / 2] & DMA_ATTR_FORCE_CONTIGUOUS) == 0) ||
			    vtophys((char *)va + at) == vtophys(va) + at);
		dma_free_attrs(dev, len, va, dma, attrs[i / 2]);
	}
	va = dma_zalloc_coherent(dev, 100, &dma, GFP_KERNEL);
	shared(t, dev, va, dma, 100);
	dma_free_coherent(dev, 100, va, dma);
	va = dma_alloc_wc(dev, PAGE_SIZE, &dma, GFP_KERNEL);
	shared(t, dev, va, dma, PAGE_SIZE);
	dma_free_wc(dev, PAGE_SIZE, va, dma);
	/* Its syncs are allowed, and have nothing to do. */
	va = dma_alloc_noncoherent(dev, PAGE_SIZE, &dma, DMA_FROM_DEVICE, GFP_KERNEL);
	if (EXPECT(va != NULL)) {
		EXPECT(lkpi_softdev_fill(dev, dma, PAGE_SIZE, 5) == 0);
		dma_sync_single_for_cpu(dev, dma + 100, 200, DMA_FROM_DEVICE);
		EXPECT(lkpi_softdev_pattern_check(va, PAGE_SIZE, 5) == 0);
		dma_sync_single_for_device(dev, dma, PAGE_SIZE, DMA_FROM_DEVICE);
		dma_free_noncoherent(dev, PAGE_SIZE, va, dma, DMA_FROM_DEVICE);
	}
	page = dma_alloc_pages(dev, 2 * PAGE_SIZE, &dma, DMA_BIDIRECTIONAL, GFP_KERNEL);
	if (EXPECT(page != NULL)) {
		/* Without a direct map they have no address of ours. */
		if (PMAP_HAS_DMAP && EXPECT(page_address(page) != NULL)) {
			lkpi_softdev_pattern(page_address(page), 2 * PAGE_SIZE, 6);
			EXPECT(lkpi_softdev_check(dev, dma, 2 * PAGE_SIZE, 6) == 0);
		}
		dma_free_pages(dev, 2 * PAGE_SIZE, page, dma, DMA_BIDIRECTIONAL);
	}
	va = dma_alloc_attrs(dev, 0, &dma, GFP_KERNEL, DMA_ATTR_NO_WARN);
	EXPECT(va == NULL);
	va = dma_alloc_attrs(dev, (size_t)1 << (sizeof(size_t) == 8 ? 46 : 30), &dma, GFP_ATOMIC, DMA_ATTR_NO_WARN);
	EXPECT(va == NULL);
	va = dma_alloc_attrs((struct device *)&dma, 100, &dma, GFP_KERNEL, DMA_ATTR_NO_WARN);
	EXPECT(va == NULL);
	va = dma_alloc_coherent(dev, 100, &dma, GFP_KERNEL);
	if (EXPECT(va != NULL)) {
		MISTAKE(dma_unmap_single(dev, dma, PAGE_SIZE, DMA_TO_DEVICE));
		MISTAKE(dmam_free_coherent(dev, 100, va, dma));
		dma_free_coherent(dev, 100, va, dma);
		MISTAKE(dma_free_coherent(dev, 100, va, dma));
	}
}

/* What is managed goes with the device, what was forgotten too. */
void
test_dma_gone(struct test *t)
{
	struct device *dev = lkpi_softdev(DMA_BIT_MASK(45) - 1);
	uint64_t before = lkpirs_pool_stat("mappings");
	dma_addr_t dma, keep_dma;
	struct dma_case c;
	void *va, *keep;

	if (!dma_setup(t, &c))
		return;
	lkpirs_dma_device_gone(dev);
	va = dmam_alloc_coherent(dev, 5000, &dma, GFP_KERNEL);
	shared(t, dev, va, dma, 5000);
	dmam_free_coherent(dev, 5000, va, dma);
	EXPECT(lkpirs_pool_stat("mappings") == before);
	for (int i = 0; i < 3; i++)
		EXPECT(dmam_alloc_coherent(dev, 100 << i, &dma, GFP_KERNEL) != NULL);
	keep = dma_alloc_coherent(dev, 100, &keep_dma, GFP_KERNEL);
	lkpirs_dma_device_gone(dev);
	EXPECT(lkpirs_pool_stat("mappings") == before + (keep != NULL));
	dma_free_coherent(dev, 100, keep, keep_dma);
	EXPECT(lkpirs_pool_stat("mappings") == before);

	/* A mapping that nobody undid does not come back to life. */
	dma = dma_map_single(c.far != NULL ? c.far : dev, c.va, 2 * PAGE_SIZE, DMA_BIDIRECTIONAL);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		lkpi_softdev_pattern(c.va, 2 * PAGE_SIZE, 3);
		MISTAKE(lkpirs_dma_device_gone(c.far != NULL ? c.far : dev));
		EXPECT(lkpi_softdev_pattern_check(c.va, 2 * PAGE_SIZE, 3) == 0);
		MISTAKE(dma_unmap_single(c.far != NULL ? c.far : dev, dma,
		    2 * PAGE_SIZE, DMA_BIDIRECTIONAL));
	}
	EXPECT(lkpirs_pool_stat("mappings") == before);
	/* And is there again when it is asked for. */
	dma = dma_map_single(dev, c.va, 100, DMA_TO_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0))
		dma_unmap_single(dev, dma, 100, DMA_TO_DEVICE);
	dma_teardown(&c);
}
