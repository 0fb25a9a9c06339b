/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA to and from memory of the driver's, near and far. */
#include "cases.h"

#include <machine/bus.h>

/* Out, by dma_map_single(), from a place that is no page's beginning. */
CASE(single)
{
	char *buf = malloc(2 * PAGE_SIZE, M_SELFTEST, M_WAITOK | M_ZERO);
	char *at = buf + 600;
	dma_addr_t dma;

	pattern(at, 1500, 1);
	dma = dma_map_single(dev, at, 1500, DMA_TO_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		EXPECT(device_holds(t, dma, 1500, 1));
		pattern(at, 1500, 2);
		dma_sync_single_for_device(dev, dma, 1500, DMA_TO_DEVICE);
		EXPECT(device_holds(t, dma, 1500, 2));
		dma_unmap_single(dev, dma, 1500, DMA_TO_DEVICE);
	}
	/* And in. */
	memset(buf, 0x5a, 2 * PAGE_SIZE);
	dma = dma_map_single(dev, at, 1500, DMA_FROM_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		device_writes(t, dma, 1500, 3);
		dma_sync_single_for_cpu(dev, dma, 1500, DMA_FROM_DEVICE);
		EXPECT(holds(at, 1500, 3));
		dma_sync_single_for_device(dev, dma, 1500, DMA_FROM_DEVICE);
		device_writes(t, dma, 1500, 4);
		dma_unmap_single(dev, dma, 1500, DMA_FROM_DEVICE);
		EXPECT(holds(at, 1500, 4));
		EXPECT(filled(buf, 600, 0x5a));
		EXPECT(filled(at + 1500, 2 * PAGE_SIZE - 2100, 0x5a));
	}
	free(buf, M_SELFTEST);
}

/* A page of alloc_page(), by dma_map_page(). */
CASE(page)
{
	struct page *p = alloc_page(GFP_KERNEL);
	dma_addr_t dma;
	char *at;

	if (!EXPECT(p != NULL))
		return;
	at = (char *)page_address(p) + 512;
	pattern(at, 1024, 1);
	dma = dma_map_page(dev, p, 512, 1024, DMA_TO_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		EXPECT(device_holds(t, dma, 1024, 1));
		dma_unmap_page(dev, dma, 1024, DMA_TO_DEVICE);
	}
	dma = dma_map_page(dev, p, 0, PAGE_SIZE, DMA_FROM_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		device_writes(t, dma, PAGE_SIZE, 2);
		dma_unmap_page(dev, dma, PAGE_SIZE, DMA_FROM_DEVICE);
		EXPECT(holds(page_address(p), PAGE_SIZE, 2));
	}
	__free_page(p);
}

/* A request and its answer in one buffer. */
CASE(both_ways)
{
	char *buf = malloc(1024, M_SELFTEST, M_WAITOK | M_ZERO);
	dma_addr_t dma;

	pattern(buf, 1024, 1);
	dma = dma_map_single(dev, buf, 1024, DMA_BIDIRECTIONAL);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		EXPECT(device_holds(t, dma, 1024, 1));
		device_writes(t, dma, 512, 2);
		dma_sync_single_for_cpu(dev, dma, 1024, DMA_BIDIRECTIONAL);
		EXPECT(holds(buf, 512, 2));
		pattern(buf + 512, 512, 3);
		dma_sync_single_for_device(dev, dma, 1024, DMA_BIDIRECTIONAL);
		EXPECT(device_holds(t, dma, 512, 2));
		EXPECT(device_holds(t, dma + 512, 512, 3));
		dma_unmap_single(dev, dma, 1024, DMA_BIDIRECTIONAL);
		EXPECT(holds(buf, 512, 2) && holds(buf + 512, 512, 3));
	}
	free(buf, M_SELFTEST);
}

/* No sync: the device and the CPU share it. */
CASE(coherent)
{
	dma_addr_t dma;
	char *va = dma_alloc_coherent(dev, 3 * PAGE_SIZE, &dma, GFP_KERNEL);

	if (!EXPECT(va != NULL))
		return;
	EXPECT(dma + 3 * PAGE_SIZE - 1 <= dma_get_mask(dev));
	EXPECT(filled(va, 3 * PAGE_SIZE, 0));
	device_writes(t, dma + 3000, 1500, 1);
	EXPECT(holds(va + 3000, 1500, 1));
	pattern(va + 7000, 5000, 2);
	EXPECT(device_holds(t, dma + 7000, 5000, 2));
	dma_free_coherent(dev, 3 * PAGE_SIZE, va, dma);
}

/* Memory that is contiguous and beyond the device's reach; NULL, and the case
 * is skipped, if there is none. */
static char *
far_memory(struct test *t, size_t len)
{
	char *va = NULL;

	if (edu_reach() < BUS_SPACE_MAXADDR)
		va = contigmalloc(len, M_SELFTEST, M_NOWAIT, edu_reach() + 1,
		    BUS_SPACE_MAXADDR, PAGE_SIZE, 0);
	if (va == NULL)
		t->skip = "no memory beyond the device's mask";
	return (va);
}

/* The device has it elsewhere, unless it is behind an IOMMU: before a sync
 * neither side sees what the other wrote. */
static void
far_away(struct test *t, struct device *dev, char *va, u_int off, size_t len)
{
	struct page *p = virt_to_page(va);
	char *at = va + off;
	bool bounced = !edu_translated();
	dma_addr_t dma;

	pattern(at, len, 1);
	dma = dma_map_page(dev, p, off, len, DMA_TO_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		EXPECT(dma + len - 1 <= dma_get_mask(dev));
		EXPECT(dma != page_to_phys(p) + off);
		EXPECT(device_holds(t, dma, len, 1));
		pattern(at, len, 2);
		EXPECT(device_holds(t, dma, len, bounced ? 1 : 2));
		dma_sync_single_for_device(dev, dma, len, DMA_TO_DEVICE);
		EXPECT(device_holds(t, dma, len, 2));
		dma_unmap_page(dev, dma, len, DMA_TO_DEVICE);
		EXPECT(holds(at, len, 2));
	}
	dma = dma_map_single(dev, at, len, DMA_FROM_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		EXPECT(dma + len - 1 <= dma_get_mask(dev));
		device_writes(t, dma, len, 3);
		EXPECT(holds(at, len, bounced ? 2 : 3));
		dma_sync_single_for_cpu(dev, dma, len, DMA_FROM_DEVICE);
		EXPECT(holds(at, len, 3));
		dma_sync_single_for_device(dev, dma, len, DMA_FROM_DEVICE);
		device_writes(t, dma, len, 4);
		dma_unmap_single(dev, dma, len, DMA_FROM_DEVICE);
		EXPECT(holds(at, len, 4));
	}
}

CASE(bounce)
{
	char *va = far_memory(t, PAGE_SIZE);

	if (va == NULL)
		return;
	memset(va, 0x5a, PAGE_SIZE);
	far_away(t, dev, va, 320, 1234);
	EXPECT(filled(va, 320, 0x5a));
	EXPECT(filled(va + 320 + 1234, PAGE_SIZE - 320 - 1234, 0x5a));
	far_away(t, dev, va, 0, PAGE_SIZE);
	contigfree(va, PAGE_SIZE, M_SELFTEST);
}

/* bus_dma(9) bounces page by page, a mapping of ours has one address.  Its
 * bytes are reached through the direct map: without one it is refused. */
CASE(bounce_block)
{
	char *va = far_memory(t, 2 * PAGE_SIZE);

	if (va == NULL)
		return;
#ifdef __i386__
	EXPECT(dma_mapping_error(dev, dma_map_single(dev, va + 100, PAGE_SIZE,
	    DMA_TO_DEVICE)) != 0);
	t->skip = "no direct map: refused";
#else
	far_away(t, dev, va, PAGE_SIZE - 700, 1400);
#endif
	contigfree(va, 2 * PAGE_SIZE, M_SELFTEST);
}
