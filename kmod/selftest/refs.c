/* SPDX-License-Identifier: BSD-2-Clause */
/* References, and what owners do with the pages they hold. */
#define	SELFTEST_PAGE
#include "selftest.h"

void
test_refs(struct test *t)
{
	struct page *p;

	for (u_int order = 0; order <= 3; order++) {
		p = alloc_pages(GFP_KERNEL | __GFP_COMP, order);
		if (!EXPECT(p != NULL))
			return;
		for (int i = 1; i <= 100; i++) {
			get_page(p + i % (1 << order));
			EXPECT(page_count(p) == i + 1);
		}
		/* The native page has its one wiring, however many we count. */
		EXPECT(VPRC_WIRE_COUNT(p->vm_page->ref_count) == 1);
		for (int i = 100; i >= 1; i--) {
			put_page(p + i % (1 << order));
			EXPECT(page_ref_count(p) == i);
		}
		/* The owner frees it while somebody holds it. */
		get_page(p);
		write_block(p, order);
		__free_pages(p, order);
		EXPECT(lkpirs_page_live(p) && page_count(p) == 1);
		EXPECT(block_holds(p, order));
		put_page(p);
		EXPECT(!lkpirs_page_live(p));
	}
}

/* Any page of a compound block stands for all of it. */
void
test_tails(struct test *t)
{
	uint64_t live = lkpirs_stat("live");
	struct page *p, *pages[8];

	p = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	if (!EXPECT(p != NULL))
		return;
	get_page(p + 7);
	EXPECT(page_count(p) == 2 && page_count(p + 3) == 2);
	put_page(p + 1);
	EXPECT(lkpirs_page_live(p + 5));
	for (int i = 0; i < 8; i++) {
		get_page(p + i);
		pages[i] = p + i;
	}
	release_pages(pages, 8);
	EXPECT(page_count(p) == 1);
	put_page(p + 6);
	EXPECT(!lkpirs_page_live(p) && !lkpirs_page_live(p + 6));
	EXPECT(lkpirs_stat("live") == live);
}

void
test_split(struct test *t)
{
	uint64_t live = lkpirs_stat("live");
	struct page *p;
	int i;

	p = alloc_pages(GFP_KERNEL, 3);
	if (!EXPECT(p != NULL))
		return;
	write_block(p, 3);
	split_page(p, 3);
	EXPECT(block_holds(p, 3));
	for (i = 0; i < 8; i++) {
		EXPECT(page_count(p + i) == 1);
		EXPECT(compound_head(p + i) == p + i);
	}
	for (i = 0; i < 8; i++) {
		struct page *q = p + (i * 5) % 8;

		EXPECT(lkpirs_stat("live") == live + 8 - i);
		if (i & 1)
			put_page(q);
		else
			__free_page(q);
		EXPECT(!lkpirs_page_live(q));
	}
	p = alloc_page(GFP_KERNEL);
	if (EXPECT(p != NULL)) {
		split_page(p, 0);
		EXPECT(page_count(p) == 1);
		__free_page(p);
	}
}

static void
check_foreign(struct test *t, void *va)
{
	struct page *p = virt_to_page(va);
	u_int wired;

	if (!EXPECT(p != NULL))
		return;
	wired = VPRC_WIRE_COUNT(p->vm_page->ref_count);
	EXPECT(page_count(p) == wired);
	EXPECT(!lkpirs_page_live(p));
	get_page(p);
	get_page(p);
	EXPECT(VPRC_WIRE_COUNT(p->vm_page->ref_count) == wired + 2);
	EXPECT(page_count(p) == wired + 2);
	put_page(p);
	put_page(p);
	EXPECT(VPRC_WIRE_COUNT(p->vm_page->ref_count) == wired);
	/* drm-kmod lists pages that it did not allocate. */
	INIT_LIST_HEAD(&p->lru);
	p->private = 0x1234;
	EXPECT(p->lru.next == &p->lru && page_count(p) == wired);
	p->private = 0;
}

/* Pages that others allocated are counted by their native wirings. */
void
test_foreign(struct test *t)
{
	char *small, *large;

	small = malloc(64, M_SELFTEST, M_WAITOK);
	large = malloc(256 * 1024, M_SELFTEST, M_WAITOK);
	memset(small, 0x11, 64);
	check_foreign(t, small);
	check_foreign(t, large);
	check_foreign(t, large + 256 * 1024 - 1);
	EXPECT(small[0] == 0x11 && small[63] == 0x11);
	free(large, M_SELFTEST);
	free(small, M_SELFTEST);
}

/* TTM's pool: free pages on a list by lru, each with its record in private. */
void
test_ttm(struct test *t)
{
	struct list_head pool;
	struct page *p, *next;
	u_int n = 0, order;

	INIT_LIST_HEAD(&pool);
	for (u_int i = 0; i < 12; i++) {
		p = alloc_pages(GFP_KERNEL | (i & 1 ? __GFP_COMP : 0), i % 4);
		if (!EXPECT(p != NULL))
			continue;
		p->private = i % 4;
		p->index = ~0UL;
		p->mapping = t;
		list_add_tail(&p->lru, &pool);
		n++;
	}
	list_for_each_entry(p, &pool, lru) {
		get_page(p);
		n--;
		EXPECT(page_count(p) == 2 && p->private < 4 && p->mapping == t);
		put_page(p);
	}
	EXPECT(n == 0);
	list_for_each_entry_safe(p, next, &pool, lru) {
		order = p->private;
		EXPECT(p->index == ~0UL && page_to_pfn(p) != 0);
		list_del(&p->lru);
		__free_pages(p, order);
		EXPECT(!lkpirs_page_live(p));
	}
}

void
test_lock(struct test *t)
{
	struct page *p = alloc_page(GFP_KERNEL | __GFP_ZERO), *q;

	if (!EXPECT(p != NULL))
		return;
	set_page_dirty(p);
	mark_page_accessed(p);
	EXPECT(!PageLocked(p));
	EXPECT(trylock_page(p) == 1);
	EXPECT(trylock_page(p) == 0);
	EXPECT(PageLocked(p));
	unlock_page(p);
	EXPECT(!PageLocked(p));
	lock_page(p);
	EXPECT(PageLocked(p));
	unlock_page(p);
	q = alloc_page(GFP_KERNEL);
	if (EXPECT(q != NULL)) {
		memset(page_address(q), 0x77, PAGE_SIZE);
		copy_highpage(p, q);
		EXPECT(memcmp(page_address(p), page_address(q), PAGE_SIZE) == 0);
		__free_page(q);
	}
	__free_page(p);
}
