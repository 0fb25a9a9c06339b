/* SPDX-License-Identifier: BSD-2-Clause */
/* A mapping of kernel memory whose pages are anywhere, as malloc(9) may give. */
#include "pool.h"
#include "dma.h"

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_param.h>

#define	PAGES	4
#define	OFF	0x140
#define	LEN	(PAGES * PAGE_SIZE - 2 * OFF)

struct scattered {
	struct page	*page[PAGES];
	vm_offset_t	 kva;
};

/* No page beside the one before it. */
static bool
setup(struct test *t, struct scattered *s)
{
	struct page *block = alloc_pages(GFP_KERNEL, 2);
	vm_page_t m[PAGES];

	memset(s, 0, sizeof(*s));
	if (!EXPECT(block != NULL))
		return (false);
	split_page(block, 2);
	for (int i = 0; i < PAGES; i++) {
		s->page[i] = block + i;
		m[PAGES - 1 - i] = page_to_vm_page(block + i);
	}
	s->kva = kva_alloc(PAGES * PAGE_SIZE);
	if (!EXPECT(s->kva != 0))
		return (false);
	pmap_qenter(s->kva, m, PAGES);
	return (true);
}

static void
teardown(struct scattered *s)
{
	if (s->kva != 0) {
		pmap_qremove(s->kva, PAGES);
		kva_free(s->kva, PAGES * PAGE_SIZE);
	}
	for (int i = 0; i < PAGES; i++)
		if (s->page[i] != NULL)
			__free_page(s->page[i]);
}

static void
bytes(struct test *t, struct device *dev, char *at)
{
	dma_addr_t dma;

	lkpi_softdev_pattern(at, LEN, 1);
	dma = dma_map_single(dev, at, LEN, DMA_TO_DEVICE);
	if (!EXPECT(dma_mapping_error(dev, dma) == 0))
		return;
	EXPECT(dma + LEN - 1 <= dma_get_mask(dev));
	EXPECT(lkpi_softdev_check(dev, dma, LEN, 1) == 0);
	lkpi_softdev_pattern(at + PAGE_SIZE, 512, 2);
	dma_sync_single_range_for_device(dev, dma, PAGE_SIZE, 512, DMA_TO_DEVICE);
	EXPECT(lkpi_softdev_check(dev, dma + PAGE_SIZE, 512, 2) == 0);
	dma_unmap_single(dev, dma, LEN, DMA_TO_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at + PAGE_SIZE, 512, 2) == 0);

	dma = dma_map_single(dev, at, LEN, DMA_FROM_DEVICE);
	if (!EXPECT(dma_mapping_error(dev, dma) == 0))
		return;
	EXPECT(lkpi_softdev_fill(dev, dma, LEN, 3) == 0);
	dma_sync_single_for_cpu(dev, dma, LEN, DMA_FROM_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, LEN, 3) == 0);
	EXPECT(lkpi_softdev_fill(dev, dma, LEN, 4) == 0);
	dma_unmap_single(dev, dma, LEN, DMA_FROM_DEVICE);
	EXPECT(lkpi_softdev_pattern_check(at, LEN, 4) == 0);
}

void
test_dma_scattered(struct test *t)
{
	uint64_t maps = lkpirs_pool_stat("dma_maps");
	struct scattered s;
	struct dma_case c;
	dma_addr_t dma;
	char *at;

	if (!dma_setup(t, &c))
		return;
	if (setup(t, &s)) {
		at = (char *)s.kva + OFF;
		if (PMAP_HAS_DMAP) {
			bytes(t, c.near, at);
			if (c.far != NULL)
				bytes(t, c.far, at);
		} else {
			dma = dma_map_single(c.near, at, LEN, DMA_TO_DEVICE);
			EXPECT(dma_mapping_error(c.near, dma) != 0);
		}
		/* One page of it needs no help. */
		dma = dma_map_single(c.near, at, 512, DMA_TO_DEVICE);
		EXPECT(dma_mapping_error(c.near, dma) == 0);
		dma_unmap_single(c.near, dma, 512, DMA_TO_DEVICE);
	}
	EXPECT(lkpirs_pool_stat("dma_maps") == maps);
	teardown(&s);
	dma_teardown(&c);
}
