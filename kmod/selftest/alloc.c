/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation. */
#define	SELFTEST_PAGE
#include "selftest.h"

#include <sys/limits.h>

void
write_block(struct page *p, u_int order)
{
	for (u_long i = 0; i < 1UL << order; i++) {
		u_long *w = page_address(nth_page(p, i));

		w[0] = w[PAGE_SIZE / sizeof(*w) - 1] = page_to_pfn(p) + i;
	}
}

bool
block_holds(struct page *p, u_int order)
{
	for (u_long i = 0; i < 1UL << order; i++) {
		u_long *w = page_address(p + i);

		if (w[0] != page_to_pfn(p) + i ||
		    w[PAGE_SIZE / sizeof(*w) - 1] != page_to_pfn(p) + i)
			return (false);
	}
	return (true);
}

static void
check_block(struct test *t, struct page *p, u_int order, bool comp)
{
	u_long n = 1UL << order, pfn = page_to_pfn(p), i;

	comp = comp && order > 0;
	EXPECT((pfn & (n - 1)) == 0);
	EXPECT(page_count(p) == 1);
	EXPECT(lkpirs_page_live(p));
	EXPECT(compound_order(p) == (comp ? order : 0));
	EXPECT(page_size(p) == (comp ? PAGE_SIZE << order : PAGE_SIZE));
	for (i = 0; i < n; i++) {
		struct page *q = p + i;
		char *va = page_address(q);

		if (!EXPECT(q == pfn_to_page(pfn + i)) ||
		    !EXPECT(page_to_pfn(q) == pfn + i) ||
		    !EXPECT(vm_page_to_page(q->vm_page) == q) ||
		    !EXPECT(q->vm_page == p->vm_page + i) || !EXPECT(va != NULL))
			return;
		EXPECT(virt_to_page(va) == q && virt_to_page(va + 4095) == q);
		EXPECT(compound_head(q) == (comp ? p : q));
		EXPECT(PageCompound(q) == comp);
		EXPECT(virt_to_head_page(va) == (comp ? p : q));
		EXPECT(page_count(q) == (comp || i == 0 ? 1 : 0));
		EXPECT(vm_page_wired(q->vm_page));
	}
	write_block(p, order);
	EXPECT(block_holds(p, order));
}

static void
try_order(struct test *t, gfp_t gfp, u_int order)
{
	uint64_t live = lkpirs_stat("live_alloc");
	struct page *p, *q;

	p = alloc_pages(gfp, order);
	if (!EXPECT(p != NULL))
		return;
	EXPECT(lkpirs_stat("live_alloc") == live + (1UL << order));
	check_block(t, p, order, (gfp & __GFP_COMP) != 0);
	/* Another one is another one. */
	q = alloc_pages(gfp, order);
	if (EXPECT(q != NULL)) {
		EXPECT(q >= p + (1UL << order) || p >= q + (1UL << order));
		write_block(q, order);
		EXPECT(block_holds(p, order));
		__free_pages(q, order);
	}
	EXPECT(lkpirs_page_live(p));
	__free_pages(p, order);
	EXPECT(!lkpirs_page_live(p));
	EXPECT(!PageCompound(p) && compound_head(p + (1UL << order) - 1) ==
	    p + (1UL << order) - 1);
	EXPECT(lkpirs_stat("live_alloc") == live);
}

void
test_orders(struct test *t)
{
	for (u_int order = 0; order <= MAX_PAGE_ORDER; order++) {
		try_order(t, GFP_KERNEL, order);
		try_order(t, GFP_KERNEL | __GFP_COMP, order);
	}
}

void
test_flags(struct test *t)
{
	static const gfp_t flags[] = {
		0, GFP_NOWAIT, GFP_ATOMIC, GFP_KERNEL, GFP_USER, GFP_NOIO,
		GFP_KERNEL | __GFP_NORETRY, GFP_ATOMIC | __GFP_NOWARN | __GFP_COMP,
		GFP_KERNEL | __GFP_ZERO | __GFP_COMP, GFP_TRANSHUGE | __GFP_COMP,
	};

	EXPECT(gfpflags_allow_blocking(GFP_KERNEL));
	EXPECT(!gfpflags_allow_blocking(GFP_ATOMIC) && !gfpflags_allow_blocking(0));
	for (int i = 0; i < nitems(flags); i++) {
		try_order(t, flags[i], 0);
		try_order(t, flags[i], 2);
	}
}

static bool
is_zero(const struct page *p, u_int order)
{
	const u_long *w = page_address(p);

	for (size_t i = 0; i < (PAGE_SIZE << order) / sizeof(*w); i++)
		if (w[i] != 0)
			return (false);
	return (true);
}

/* Pages that were written, freed and are had again. */
void
test_zero(struct test *t)
{
	struct page *p;
	vm_offset_t va;

	for (int turn = 0; turn < 20; turn++) {
		u_int order = turn % 4;

		p = alloc_pages(GFP_KERNEL | __GFP_COMP, order);
		if (EXPECT(p != NULL)) {
			memset(page_address(p), 0xa5, PAGE_SIZE << order);
			__free_pages(p, order);
		}
		p = alloc_pages((turn & 4 ? GFP_ATOMIC : GFP_KERNEL) | __GFP_ZERO, order);
		if (EXPECT(p != NULL)) {
			EXPECT(is_zero(p, order));
			memset(page_address(p), 0xa5, PAGE_SIZE << order);
			__free_pages(p, order);
		}
		va = get_zeroed_page(GFP_KERNEL);
		if (EXPECT(va != 0)) {
			EXPECT(is_zero(virt_to_page(va), 0));
			free_page(va);
		}
	}
}

void
test_dma32(struct test *t)
{
	struct page *p;

	for (u_int order = 0; order <= 4; order++)
		for (int i = 0; i < 4; i++) {
			p = alloc_pages(GFP_DMA32 | (i & 1 ? GFP_KERNEL : GFP_ATOMIC) |
			    (i & 2 ? __GFP_COMP : 0), order);
			if (!EXPECT(p != NULL))
				continue;
			EXPECT(page_to_phys(p) + (PAGE_SIZE << order) <= 1ULL << 32);
			check_block(t, p, order, (i & 2) != 0);
			__free_pages(p, order);
		}
}

void
test_nodes(struct test *t)
{
	static const int bad[] = { -1, -2, 64, 1000, INT_MAX, INT_MIN };
	struct page *p;
	int i;

	for (i = 0; i < vm_ndomains; i++)
		for (u_int order = 0; order <= 2; order++) {
			p = alloc_pages_node(i, GFP_KERNEL, order);
			if (!EXPECT(p != NULL))
				continue;
			EXPECT(vm_page_domain(p->vm_page) == i);
			check_block(t, p, order, false);
			__free_pages(p, order);
		}
	for (i = 0; i < nitems(bad); i++) {
		p = alloc_pages_node(bad[i], GFP_KERNEL, i % 3);
		if (EXPECT(p != NULL))
			__free_pages(p, i % 3);
	}
	p = alloc_pages_node(vm_ndomains, GFP_ATOMIC, 0);
	if (EXPECT(p != NULL))
		__free_page(p);
}

void
test_bulk(struct test *t)
{
	struct page *pages[32] = { NULL }, *mine;
	u_long i, j;

	mine = pages[3] = alloc_page(GFP_KERNEL);
	i = alloc_pages_bulk_array(GFP_KERNEL, 32, pages);
	EXPECT(i == 32);
	EXPECT(pages[3] == mine);
	for (i = 0; i < 32; i++)
		for (j = 0; j < i; j++)
			EXPECT(pages[i] == NULL || pages[i] != pages[j]);
	/* Some are used up: only these are filled. */
	for (i = 0; i < 32; i += 5)
		if (pages[i] != NULL) {
			__free_page(pages[i]);
			pages[i] = NULL;
		}
	mine = pages[1];
	i = alloc_pages_bulk_array_node(GFP_ATOMIC, 0, 32, pages);
	EXPECT(i == 32 && pages[1] == mine);
	for (i = 0; i < 32; i++)
		if (EXPECT(pages[i] != NULL)) {
			EXPECT(page_count(pages[i]) == 1);
			__free_page(pages[i]);
		}
	EXPECT(alloc_pages_bulk_array(GFP_KERNEL, 0, pages) == 0);
}

void
test_kmem(struct test *t)
{
	struct folio *folio;
	vm_offset_t va;
	u_int order;

	for (order = 0; order <= 5; order++) {
		va = __get_free_pages(GFP_KERNEL, order);
		if (!EXPECT(va != 0))
			continue;
		EXPECT((va & ((PAGE_SIZE << order) - 1)) == 0);
		check_block(t, virt_to_page(va), order, false);
		EXPECT((vm_offset_t)page_address(virt_to_page(va)) == va);
		free_pages(va, order);
	}
	free_pages(0, 3);	/* as kfree(NULL): nothing */
	EXPECT(get_order(1) == 0 && get_order(PAGE_SIZE) == 0 &&
	    get_order(PAGE_SIZE + 1) == 1 && get_order(9 * PAGE_SIZE) == 4);
	folio = folio_alloc(GFP_KERNEL, 2);
	if (!EXPECT(folio != NULL))
		return;
	EXPECT(folio_nr_pages(folio) == 4);
	EXPECT(page_folio(&folio->page + 3) == folio);
	EXPECT(virt_to_folio((char *)folio_address(folio) + 5000) == folio);
	folio_get(folio);
	folio_put(folio);
	EXPECT(page_count(&folio->page) == 1);
	folio_put(folio);
}
