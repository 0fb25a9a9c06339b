/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of segments: all of them reach the device, or none is mapped. */
#include "pool.h"
#include "dma.h"

#include <linux/scatterlist.h>

#define	NSEG	300		/* more than one page of list holds */

/* Segment i's bytes: pieces of pages, two to a page. */
static size_t
seg_len(int i)
{
	return (i % 5 == 0 ? 2048 : 100 + i * 6 % 1900);
}

static int
make(struct test *t, struct sg_table *sgt, struct page **pages)
{
	struct scatterlist *sg;
	int i, n = 0;

	if (!EXPECT(sg_alloc_table(sgt, NSEG, GFP_KERNEL) == 0))
		return (ENOMEM);
	EXPECT(sg_nents(sgt->sgl) == NSEG && sgt->nents == NSEG);
	for (; n < NSEG / 2; n++) {
		pages[n] = alloc_page(GFP_KERNEL);
		if (!EXPECT(pages[n] != NULL))
			break;
	}
	if (n < NSEG / 2) {
		while (n > 0)
			__free_page(pages[--n]);
		sg_free_table(sgt);
		return (ENOMEM);
	}
	for_each_sgtable_sg(sgt, sg, i)
		sg_set_page(sg, pages[i / 2], seg_len(i), i % 2 * 2048);
	return (0);
}

static void
unmake(struct sg_table *sgt, struct page **pages)
{
	for (int i = 0; i < NSEG / 2; i++)
		__free_page(pages[i]);
	sg_free_table(sgt);
}

static void
there_and_back(struct test *t, struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(sgt, sg, i)
		lkpi_softdev_pattern(sg_virt(sg), sg->length, i);
	if (!EXPECT(dma_map_sg(dev, sgt->sgl, NSEG, DMA_BIDIRECTIONAL) == NSEG))
		return;
	for_each_sg(sgt->sgl, sg, NSEG, i) {
		EXPECT(sg_dma_len(sg) == sg->length);
		EXPECT(sg_dma_address(sg) + sg_dma_len(sg) - 1 <= dma_get_mask(dev));
		EXPECT(lkpi_softdev_check(dev, sg_dma_address(sg), sg_dma_len(sg), i) == 0);
		EXPECT(lkpi_softdev_fill(dev, sg_dma_address(sg), sg_dma_len(sg), i + 1000) == 0);
	}
	dma_sync_sg_for_cpu(dev, sgt->sgl, NSEG, DMA_BIDIRECTIONAL);
	for_each_sg(sgt->sgl, sg, NSEG, i) {
		EXPECT(lkpi_softdev_pattern_check(sg_virt(sg), sg->length, i + 1000) == 0);
		lkpi_softdev_pattern(sg_virt(sg), sg->length, i + 2000);
	}
	dma_sync_sg_for_device(dev, sgt->sgl, NSEG, DMA_BIDIRECTIONAL);
	for_each_sg(sgt->sgl, sg, NSEG, i) {
		EXPECT(lkpi_softdev_check(dev, sg_dma_address(sg), sg_dma_len(sg), i + 2000) == 0);
		EXPECT(lkpi_softdev_fill(dev, sg_dma_address(sg), sg_dma_len(sg), i + 3000) == 0);
	}
	dma_unmap_sg(dev, sgt->sgl, NSEG, DMA_BIDIRECTIONAL);
	for_each_sg(sgt->sgl, sg, NSEG, i)
		EXPECT(lkpi_softdev_pattern_check(sg_virt(sg), sg->length, i + 3000) == 0);
}

void
test_dma_sg(struct test *t)
{
	uint64_t maps = lkpirs_pool_stat("dma_maps");
	struct page **pages = malloc(NSEG / 2 * sizeof(*pages), M_SELFTEST, M_WAITOK | M_ZERO);
	struct scatterlist one;
	struct sg_table sgt;
	struct dma_case c;
	u_int n;

	if (dma_setup(t, &c)) {
		if (make(t, &sgt, pages) == 0) {
			there_and_back(t, c.near, &sgt);
			/* Few addresses are so low, where an IOMMU gives them. */
			if (c.far != NULL && !c.translated)
				there_and_back(t, c.far, &sgt);
			/* Fewer than the list has. */
			n = dma_map_sg(c.near, sgt.sgl, 10, DMA_TO_DEVICE);
			if (EXPECT(n == 10)) {
				EXPECT(lkpirs_pool_stat("dma_maps") == maps + 10);
				dma_unmap_sg(c.near, sgt.sgl, 10, DMA_TO_DEVICE);
			}
			/* More than the list has, and a hole in it. */
			MISTAKE(n = dma_map_sg(c.near, sgt.sgl, NSEG + 1, DMA_TO_DEVICE));
			EXPECT(n == 0 && lkpirs_pool_stat("dma_maps") == maps);
			sg_assign_page(sg_last(sgt.sgl, NSEG), NULL);
			MISTAKE(n = dma_map_sg(c.near, sgt.sgl, NSEG, DMA_TO_DEVICE));
			EXPECT(n == 0 && lkpirs_pool_stat("dma_maps") == maps);
			unmake(&sgt, pages);
		}
		sg_init_one(&one, c.va + 100, 3000);
		EXPECT(sg_virt(&one) == c.va + 100 && sg_phys(&one) == page_to_phys(c.page) + 100);
		if (EXPECT(dma_map_sg(c.near, &one, 1, DMA_TO_DEVICE) == 1))
			dma_unmap_sg(c.near, &one, 1, DMA_TO_DEVICE);
		dma_teardown(&c);
	}
	free(pages, M_SELFTEST);
}

void
test_dma_sgtable(struct test *t)
{
	struct sg_dma_page_iter dit;
	struct sg_page_iter it;
	struct page *pages[6];
	struct sg_table sgt;
	struct dma_case c;
	struct device *dev;
	size_t size = 5 * PAGE_SIZE + 77;
	char *buf;
	int n;

	if (!dma_setup(t, &c))
		return;
	dev = c.far != NULL ? c.far : c.near;
	/* Four neighbours and two strays (their order in memory is nobody's). */
	for (n = 0; n < 4; n++)
		pages[n] = nth_page(c.page, n);
	for (; n < 6 && (pages[n] = alloc_page(GFP_KERNEL)) != NULL; n++)
		;
	buf = malloc(size, M_SELFTEST, M_WAITOK);
	if (EXPECT(n == 6) && EXPECT(sg_alloc_table_from_pages(&sgt, pages, 6, 50,
	    size, GFP_KERNEL) == 0)) {
		EXPECT(sgt.orig_nents >= 1 && sgt.orig_nents <= 3);
		EXPECT(sg_nents_for_len(sgt.sgl, size) > 0);
		EXPECT(sg_nents_for_len(sgt.sgl, 10 * size) == -EINVAL);
		lkpi_softdev_pattern(buf, size, 1);
		EXPECT(sg_copy_from_buffer(sgt.sgl, sgt.orig_nents, buf, size) == size);
		if (EXPECT(dma_map_sgtable(dev, &sgt, DMA_BIDIRECTIONAL, 0) == 0)) {
			struct scatterlist *sg;
			size_t at = 0;
			int i;

			for_each_sgtable_dma_sg(&sgt, sg, i) {
				EXPECT(lkpi_softdev_read(dev, sg_dma_address(sg), buf + at,
				    sg_dma_len(sg)) == 0);
				at += sg_dma_len(sg);
			}
			EXPECT(at == size && lkpi_softdev_pattern_check(buf, size, 1) == 0);
			i = 0;
			for_each_sgtable_page(&sgt, &it, 0)
				EXPECT(i < 6 && sg_page_iter_page(&it) == pages[i++]);
			EXPECT(i == 6);
			i = 0;
			for_each_sgtable_dma_page(&sgt, &dit, 0) {
				EXPECT((sg_page_iter_dma_address(&dit) & (PAGE_SIZE - 1)) == 0);
				i++;
			}
			EXPECT(i == 6);
			dma_sync_sgtable_for_cpu(dev, &sgt, DMA_BIDIRECTIONAL);
			memset(buf, 0, size);
			EXPECT(sg_pcopy_to_buffer(sgt.sgl, sgt.orig_nents, buf, 4000, 3000) == 4000);
			lkpi_softdev_pattern(c.tmp, DMA_TMP, 1);
			EXPECT(memcmp(buf, c.tmp + 3000, DMA_TMP - 3000) == 0);
			dma_unmap_sgtable(dev, &sgt, DMA_BIDIRECTIONAL, 0);
		}
		if (EXPECT(dma_map_sgtable(dev, &sgt, DMA_BIDIRECTIONAL, 0) == 0))
			dma_unmap_sgtable(dev, &sgt, DMA_BIDIRECTIONAL,
			    DMA_ATTR_SKIP_CPU_SYNC);
		sg_free_table(&sgt);
	}
	while (n > 4)
		__free_page(pages[--n]);
	free(buf, M_SELFTEST);
	dma_teardown(&c);
}
