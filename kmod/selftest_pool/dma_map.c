/* SPDX-License-Identifier: BSD-2-Clause */
/* Mappings of a driver's memory: who sees which bytes when. */
#include "pool.h"
#include "dma.h"

#define	LEN	(3 * PAGE_SIZE)

/* Four pages, and a device that does not reach them without help. */
bool
dma_setup(struct test *t, struct dma_case *c)
{
	vm_paddr_t pa;
	dma_addr_t dma;

	memset(c, 0, sizeof(*c));
	c->page = alloc_pages(GFP_KERNEL, 2);
	if (!EXPECT(c->page != NULL))
		return (false);
	pa = page_to_phys(c->page);
	c->va = page_address(c->page);
	c->near = lkpi_softdev(DMA_BIT_MASK(64));
	/* Where bus_dma(9) bounces, it does so page by page: not at all what is
	 * longer, as here. */
	if (PMAP_HAS_DMAP && flsll(pa) > 24 &&
	    vm_phys_segs[0].start < DMA_BIT_MASK(24))
		c->far = lkpi_softdev(DMA_BIT_MASK(flsll(pa) - 1));
	/* Behind an IOMMU nothing is where it is. */
	dma = dma_map_page(c->near, c->page, 0, PAGE_SIZE, DMA_TO_DEVICE);
	if (!EXPECT(dma_mapping_error(c->near, dma) == 0)) {
		dma_teardown(c);
		return (false);
	}
	dma_unmap_page(c->near, dma, PAGE_SIZE, DMA_TO_DEVICE);
	c->tmp = malloc(DMA_TMP, M_SELFTEST, M_WAITOK);
	c->translated = dma != pa && dma_get_mask(c->near) >= pa + PAGE_SIZE;
	return (true);
}

void
dma_teardown(struct dma_case *c)
{
	__free_pages(c->page, 2);
	free(c->tmp, M_SELFTEST);
}

bool
dma_bounced(const struct dma_case *c, dma_addr_t dma, size_t off)
{
	return (!c->translated && dma != page_to_phys(c->page) + off);
}

/* The device reads; what it writes by mistake stays its own. */
static void
to_device(struct test *t, struct dma_case *c, struct device *dev, size_t off)
{
	char *at = c->va + off;
	dma_addr_t dma;

	lkpi_softdev_pattern(at, LEN, 1);
	dma = dma_map_single(dev, at, LEN, DMA_TO_DEVICE);
	if (!EXPECT(dma_mapping_error(dev, dma) == 0))
		return;
	EXPECT(dma + LEN - 1 <= dma_get_mask(dev));
	EXPECT(lkpi_softdev_check(dev, dma, LEN, 1) == 0);
	lkpi_softdev_pattern(at, LEN, 2);
	EXPECT(lkpi_softdev_check(dev, dma, LEN, dma_bounced(c, dma, off) ? 1 : 2) == 0);
	dma_sync_single_for_device(dev, dma, LEN, DMA_TO_DEVICE);
	EXPECT(lkpi_softdev_check(dev, dma, LEN, 2) == 0);
	/* The CPU takes it back: nothing to fetch. */
	lkpi_softdev_pattern(at, 512, 3);
	dma_sync_single_for_cpu(dev, dma, LEN, DMA_TO_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, 512, 3) == 0);
	dma_unmap_single(dev, dma, LEN, DMA_TO_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, 512, 3) == 0);
}

/* The device writes less than it may: the rest stays as it was. */
static void
from_device(struct test *t, struct dma_case *c, struct device *dev, size_t off)
{
	char *at = c->va + off;
	dma_addr_t dma;

	lkpi_softdev_pattern(at, LEN, 4);
	dma = dma_map_single(dev, at, LEN, DMA_FROM_DEVICE);
	if (!EXPECT(dma_mapping_error(dev, dma) == 0))
		return;
	EXPECT(lkpi_softdev_fill(dev, dma, 5000, 5) == 0);
	EXPECT((lkpi_softdev_pattern_check(at, 5000, 5) == 0) == !dma_bounced(c, dma, off));
	dma_sync_single_for_cpu(dev, dma, LEN, DMA_FROM_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, 5000, 5) == 0);
	/* Handing it over again does not carry the CPU's bytes along. */
	memset(at, 0x11, 1000);
	dma_sync_single_for_device(dev, dma, LEN, DMA_FROM_DEVICE);
	EXPECT((lkpi_softdev_check(dev, dma, 1000, 5) == 0) == dma_bounced(c, dma, off));
	EXPECT(lkpi_softdev_fill(dev, dma, 1000, 6) == 0);
	dma_unmap_single(dev, dma, LEN, DMA_FROM_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, 1000, 6) == 0);
	/* Past what the device wrote. */
	lkpi_softdev_pattern(c->tmp, DMA_TMP, 4);
	EXPECT(memcmp(at + 5000, c->tmp + 5000, DMA_TMP - 5000) == 0);
}

static void
both_ways(struct test *t, struct dma_case *c, struct device *dev, size_t off)
{
	char *at = c->va + off;
	dma_addr_t dma;

	lkpi_softdev_pattern(at, LEN, 7);
	dma = dma_map_page(dev, c->page, off, LEN, DMA_BIDIRECTIONAL);
	if (!EXPECT(dma_mapping_error(dev, dma) == 0))
		return;
	EXPECT(lkpi_softdev_check(dev, dma, LEN, 7) == 0);
	EXPECT(lkpi_softdev_fill(dev, dma, LEN, 8) == 0);
	dma_sync_single_for_cpu(dev, dma, LEN, DMA_BIDIRECTIONAL);
	EXPECT(lkpi_softdev_pattern_check(at, LEN, 8) == 0);
	lkpi_softdev_pattern(at, LEN, 9);
	dma_sync_single_for_device(dev, dma, LEN, DMA_BIDIRECTIONAL);
	EXPECT(lkpi_softdev_check(dev, dma, LEN, 9) == 0);
	dma_unmap_page(dev, dma, LEN, DMA_BIDIRECTIONAL);
	EXPECT(lkpi_softdev_pattern_check(at, LEN, 9) == 0);
}

/* DMA_ATTR_SKIP_CPU_SYNC: the driver says when. */
static void
by_hand(struct test *t, struct dma_case *c, struct device *dev, size_t off)
{
	char *at = c->va + off;
	dma_addr_t dma;

	lkpi_softdev_pattern(at, LEN, 10);
	dma = dma_map_phys(dev, page_to_phys(c->page) + off, LEN, DMA_FROM_DEVICE,
	    DMA_ATTR_SKIP_CPU_SYNC);
	if (!EXPECT(dma_mapping_error(dev, dma) == 0))
		return;
	EXPECT(lkpi_softdev_fill(dev, dma, LEN, 11) == 0);
	dma_sync_single_for_cpu(dev, dma, LEN, DMA_FROM_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, LEN, 11) == 0);
	EXPECT(lkpi_softdev_fill(dev, dma, LEN, 12) == 0);
	dma_unmap_phys(dev, dma, LEN, DMA_FROM_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
	EXPECT(lkpi_softdev_pattern_check(at, LEN, dma_bounced(c, dma, off) ? 11 : 12) == 0);
}

void
test_dma_directions(struct test *t)
{
	static const size_t offsets[] = { 0, 24, 700, PAGE_SIZE - 4 };
	struct dma_case c;
	struct device *dev;

	if (!dma_setup(t, &c))
		return;
	for (int i = 0; i < 2 * nitems(offsets); i++) {
		dev = i & 1 ? c.far : c.near;
		if (dev == NULL)
			continue;
		to_device(t, &c, dev, offsets[i / 2]);
		from_device(t, &c, dev, offsets[i / 2]);
		both_ways(t, &c, dev, offsets[i / 2]);
		by_hand(t, &c, dev, offsets[i / 2]);
	}
	dma_teardown(&c);
}

/* Two halves of a mapping, one with the CPU, one with the device. */
void
test_dma_ranges(struct test *t)
{
	struct dma_case c;
	struct device *dev;
	dma_addr_t dma;

	if (!dma_setup(t, &c))
		return;
	dev = c.far != NULL ? c.far : c.near;
	dma = dma_map_single(dev, c.va, PAGE_SIZE, DMA_BIDIRECTIONAL);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
#ifdef __amd64__	/* bus_dma(9) syncs all of a map */
		lkpi_softdev_pattern(c.va, 2048, 1);
		EXPECT(lkpi_softdev_fill(dev, dma + 2048, 2048, 2) == 0);
		dma_sync_single_for_cpu(dev, dma + 2048, 2048, DMA_BIDIRECTIONAL);
		EXPECT(lkpi_softdev_pattern_check(c.va, 2048, 1) == 0);
		EXPECT(lkpi_softdev_pattern_check(c.va + 2048, 2048, 2) == 0);
		EXPECT(lkpi_softdev_fill(dev, dma + 2048, 2048, 3) == 0);
		dma_sync_single_range_for_device(dev, dma, 0, 2048, DMA_BIDIRECTIONAL);
		EXPECT(lkpi_softdev_check(dev, dma, 2048, 1) == 0);
		EXPECT(lkpi_softdev_check(dev, dma + 2048, 2048, 3) == 0);
		/* More than there is: as far as it goes. */
		dma_sync_single_for_cpu(dev, dma + 2048, 1 << 20, DMA_BIDIRECTIONAL);
		EXPECT(lkpi_softdev_pattern_check(c.va + 2048, 2048, 3) == 0);
#endif
		MISTAKEN_SYNC(dma_sync_single_for_cpu(dev, dma + PAGE_SIZE, 64, DMA_BIDIRECTIONAL));
		MISTAKE(dma_unmap_single(dev, dma, PAGE_SIZE - 1, DMA_BIDIRECTIONAL));
		MISTAKE(dma_unmap_single(dev, dma + 64, PAGE_SIZE, DMA_BIDIRECTIONAL));
		MISTAKE(dma_unmap_single(dev, dma, PAGE_SIZE, DMA_NONE));
		dma_unmap_single(dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL);
		MISTAKE(dma_unmap_single(dev, dma, PAGE_SIZE, DMA_BIDIRECTIONAL));
	}
	dma_teardown(&c);
}

/* Device memory has no stand-in: it is reached, or it is not. */
void
test_dma_resource(struct test *t)
{
	struct dma_case c;
	dma_addr_t dma;
	vm_paddr_t pa;

	if (!dma_setup(t, &c))
		return;
	pa = page_to_phys(c.page);
	dma = dma_map_resource(c.near, pa, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
	if (c.translated || dma_get_mask(c.near) >= pa + PAGE_SIZE) {
		if (EXPECT(dma_mapping_error(c.near, dma) == 0)) {
			EXPECT(c.translated || dma == pa);
			dma_unmap_resource(c.near, dma, PAGE_SIZE, DMA_BIDIRECTIONAL, 0);
		}
	} else
		EXPECT(dma_mapping_error(c.near, dma) == -ENOMEM);
	if (c.far != NULL) {
		dma = dma_map_resource(c.far, pa, PAGE_SIZE, DMA_TO_DEVICE,
		    DMA_ATTR_NO_WARN);
		if (dma_mapping_error(c.far, dma) == 0) {
			EXPECT(c.translated || dma != pa);
			dma_unmap_resource(c.far, dma, PAGE_SIZE, DMA_TO_DEVICE, 0);
		} else
			EXPECT(dma == DMA_MAPPING_ERROR);
	}
	MISTAKE(dma = dma_map_page(c.near, NULL, 0, 64, DMA_TO_DEVICE));
	EXPECT(dma_mapping_error(c.near, dma) != 0);
	MISTAKE(dma = dma_map_page(c.near, c.page, 0, 0, DMA_TO_DEVICE));
	EXPECT(dma_mapping_error(c.near, dma) != 0);
	MISTAKE(dma = dma_map_page(c.near, c.page, 0, 64, DMA_NONE));
	EXPECT(dma_mapping_error(c.near, dma) != 0);
	/* A device that nobody knows. */
	dma = dma_map_page((struct device *)&c, c.page, 0, 64, DMA_TO_DEVICE);
	EXPECT(dma_mapping_error(c.near, dma) != 0);
	dma_teardown(&c);
}

/* A driver's first mapping may be with its lock held. */
void
test_dma_locked(struct test *t)
{
	struct dma_case c;
	struct device *dev;
	dma_addr_t dma;
	struct mtx m;

	if (!dma_setup(t, &c))
		return;
	/* Nobody else has this mask; it reaches nothing of ours, or all. */
	dev = lkpi_softdev(c.far != NULL ? DMA_BIT_MASK(25) - 1 : DMA_BIT_MASK(39) - 1);
	memset(&m, 0, sizeof(m));
	mtx_init(&m, "selftest softc", NULL, MTX_DEF);
	mtx_lock(&m);
	lkpi_softdev_pattern(c.va, LEN, 1);
	dma = dma_map_single(dev, c.va, LEN, DMA_TO_DEVICE);
	if (EXPECT(dma_mapping_error(dev, dma) == 0)) {
		EXPECT(lkpi_softdev_check(dev, dma, LEN, 1) == 0);
		dma_unmap_single(dev, dma, LEN, DMA_TO_DEVICE);
	}
	mtx_unlock(&m);
	mtx_destroy(&m);
	dma_teardown(&c);
}
