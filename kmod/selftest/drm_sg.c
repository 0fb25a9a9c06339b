/* SPDX-License-Identifier: BSD-2-Clause */
/* What drm-kmod does with scatterlists of pages. */
#define	SELFTEST_PAGE
#include "selftest.h"

#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>

#include <linux/scatterlist.h>

#define	SG_PAGES	40	/* in blocks of 8 and pages between them */

/* i915's for_each_sgt_page: frame by frame through each segment. */
static u_int
walk(struct test *t, struct sg_table *sgt, struct page **pages)
{
	struct scatterlist *sg;
	u_int i, n = 0;

	for_each_sgtable_sg(sgt, sg, i) {
		u_long pfn = page_to_pfn(sg_page(sg));

		for (u_int j = 0; j < sg->length >> PAGE_SHIFT; j++, n++) {
			EXPECT(pfn_to_page(pfn + j) == pages[n]);
			EXPECT(nth_page(sg_page(sg), j) == pages[n]);
		}
	}
	return (n);
}

void
test_drm_sg_walk(struct test *t)
{
	struct page *pages[SG_PAGES], *p;
	struct sg_page_iter it;
	struct sg_table sgt;
	struct mtx lock;
	u_long pfn;
	u_int n = 0;

	while (n < SG_PAGES) {
		u_int order = n % 10 < 8 ? 3 : 0;

		p = alloc_pages(GFP_KERNEL, order);
		if (!EXPECT(p != NULL))
			break;
		split_page(p, order);
		for (u_int i = 0; i < 1U << order; i++)
			pages[n++] = p + i;
	}
	mtx_init(&lock, "selftest drm", NULL, MTX_DEF | MTX_NEW);
	if (n == SG_PAGES && EXPECT(sg_alloc_table_from_pages(&sgt, pages, n, 0,
	    ptoa(n), GFP_KERNEL) == 0)) {
		EXPECT(sgt.orig_nents <= n - 7 * 4);
		/* Where an ordinary mutex may be taken ... */
		mtx_lock(&lock);
		EXPECT(walk(t, &sgt, pages) == n);
		mtx_unlock(&lock);
		/* ... and, where the shadows are there, anywhere. */
		critical_enter();
		EXPECT(walk(t, &sgt, pages) == n);
		critical_exit();
		n = 0;
		for_each_sgtable_page(&sgt, &it, 0)
			EXPECT(sg_page_iter_page(&it) == pages[n++]);
		EXPECT(n == SG_PAGES);
		sg_free_table(&sgt);
	}
	/* Segments no longer than a device takes. */
	if (n == SG_PAGES && EXPECT(sg_alloc_table_from_pages_segment(&sgt, pages,
	    n, 0, ptoa(n), 3 * PAGE_SIZE + 7, GFP_KERNEL) == 0)) {
		struct scatterlist *sg;
		u_int i;

		for_each_sgtable_sg(&sgt, sg, i)
			EXPECT(sg->length <= 3 * PAGE_SIZE);
		EXPECT(sgt.orig_nents >= (n + 2) / 3);
		EXPECT(walk(t, &sgt, pages) == n);
		sg_free_table(&sgt);
		EXPECT(sg_alloc_table_from_pages_segment(&sgt, pages, n, 0,
		    ptoa(n), PAGE_SIZE - 1, GFP_KERNEL) == -EINVAL);
	}
	/* Shadows that are not there are backed under a mutex. */
	pfn = untouched_block(true);
	if (pfn != 0) {
		mtx_lock(&lock);
		for (u_int i = 0; i < 8; i++) {
			p = pfn_to_page(pfn + i);
			EXPECT(p != NULL && page_to_pfn(p) == pfn + i);
		}
		mtx_unlock(&lock);
		EXPECT(is_backed(pfn));
	}
	mtx_destroy(&lock);
	while (n-- > 0)
		__free_page(pages[n]);
}

/*
 * i915's phys objects store an address in a scatterlist, others nothing: what
 * was put there comes back, and the two low bits are the list's.
 */
void
test_drm_sg_opaque(struct test *t)
{
	struct scatterlist sg[4], more[2];
	uint32_t seed = 4711;
	char *va = malloc(64, M_SELFTEST, M_WAITOK);

	sg_init_table(sg, 4);
	sg_init_table(more, 2);
	for (int i = 0; i < 1000; i++) {
		uintptr_t any = selftest_random(&seed);

		any = (any << 8 | selftest_random(&seed)) * 0x9e3779b9;
		any &= ~(uintptr_t)3;
		if (i == 0)
			any = 0;
		if (i == 1)
			any = ~(uintptr_t)3;
		sg_set_page(&sg[0], (struct page *)any, i * 4096, i);
		EXPECT(sg_page(&sg[0]) == (struct page *)any);
		EXPECT(sg[0].length == i * 4096U && sg[0].offset == (u_int)i);
		EXPECT(!sg_is_last(&sg[0]) && !sg_is_chain(&sg[0]));
		sg_assign_page(&sg[3], (struct page *)any);
		EXPECT(sg_page(&sg[3]) == (struct page *)any);
		EXPECT(sg_is_last(&sg[3]) && !sg_is_chain(&sg[3]));
	}
	/* An address of 4-byte alignment that is inside a page. */
	sg_assign_page(&sg[1], (struct page *)(va + 4));
	EXPECT((char *)sg_page(&sg[1]) == va + 4);
	sg_set_page(&sg[2], NULL, 0, 0);
	EXPECT(sg_page(&sg[2]) == NULL && sg_next(&sg[2]) == &sg[3]);
	/* The bits go and come with the page staying. */
	sg_mark_end(&sg[1]);
	EXPECT((char *)sg_page(&sg[1]) == va + 4 && sg_next(&sg[1]) == NULL);
	sg_unmark_end(&sg[1]);
	EXPECT((char *)sg_page(&sg[1]) == va + 4 && sg_next(&sg[1]) == &sg[2]);
	sg_assign_page(&more[0], (struct page *)va);
	sg_chain(sg, 4, more);
	EXPECT(sg_is_chain(&sg[3]) && sg_next(&sg[2]) == &more[0]);
	EXPECT((char *)sg_page(&more[0]) == va && sg_next(&more[1]) == NULL);
	free(va, M_SELFTEST);
}
