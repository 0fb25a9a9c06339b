/* SPDX-License-Identifier: BSD-2-Clause */
/* Callers' mistakes, each counted and survived, and many callers at once. */
#define	SELFTEST_PAGE
#include "selftest.h"

#include <sys/limits.h>
#include <sys/lock.h>
#include <sys/mutex.h>

#include <machine/atomic.h>

static void
check_bad(struct test *t, struct page *p)
{
	MISTAKE(get_page(p));
	MISTAKE(put_page(p));
	MISTAKE(__free_pages(p, 0));
	MISTAKE(split_page(p, 1));
	MISTAKE(EXPECT(page_count(p) == 0));
	MISTAKE(EXPECT(page_address(p) == NULL));
	MISTAKE(set_page_dirty(p));
	MISTAKE(EXPECT(!trylock_page(p)));
	MISTAKE(unlock_page(p));
	MISTAKE(__page_frag_cache_drain(p, 1));
	EXPECT(!lkpirs_page_live(p));
}

/* Pointers that are no struct page; none of them is ever followed. */
void
test_bad_pointers(struct test *t)
{
	struct page on_stack, *in_heap, *good, *end;
	u_long pfn;

	memset(&on_stack, 0, sizeof(on_stack));
	check_bad(t, NULL);
	check_bad(t, &on_stack);
	check_bad(t, (struct page *)0x40);
	check_bad(t, (struct page *)0xdeadbeefcafe0000);
	check_bad(t, (struct page *)~0x3fUL);
	in_heap = malloc(sizeof(*in_heap), M_SELFTEST, M_WAITOK | M_ZERO);
	check_bad(t, in_heap);
	free(in_heap, M_SELFTEST);

	good = alloc_page(GFP_KERNEL);
	if (!EXPECT(good != NULL))
		return;
	check_bad(t, (struct page *)((char *)good + 8));
	check_bad(t, (struct page *)((char *)good - 1));
	check_bad(t, (struct page *)good->vm_page);
	/* The first frame behind the chunk, and the chunk before. */
	pfn = page_to_pfn(good);
	end = good + (LKPIRS_CHUNK_PAGES - pfn % LKPIRS_CHUNK_PAGES);
	if (!is_memory(rounddown2(pfn, LKPIRS_CHUNK_PAGES) + LKPIRS_CHUNK_PAGES) &&
	    !lkpirs_page_live(end) && lkpirs_stat("chunks") == 1)
		check_bad(t, end);
	EXPECT(page_count(good) == 1);
	__free_page(good);
	/* Where a shadow would be, had anybody asked for it. */
	pfn = untouched_block(true);
	if (pfn != 0)
		check_bad(t, lkpirs_vmemmap.base[pfn / LKPIRS_CHUNK_PAGES] + pfn);
}

/* Blocks that are given back in a wrong way, or twice. */
void
test_bad_frees(struct test *t)
{
	uint64_t live = lkpirs_stat("live");
	struct page *p;

	for (int comp = 0; comp <= 1; comp++) {
		p = alloc_pages(GFP_KERNEL | (comp ? __GFP_COMP : 0), 3);
		if (!EXPECT(p != NULL))
			return;
		MISTAKE(__free_pages(p, 2));
		MISTAKE(__free_pages(p, 0));
		MISTAKE(__free_pages(p, 4));
		MISTAKE(__free_pages(p, 1000));
		MISTAKE(__free_pages(p + 1, 0));
		MISTAKE(__free_pages(p + 4, 2));
		MISTAKE(free_pages((vm_offset_t)page_address(p + 7), 3));
		if (!comp)
			MISTAKE(put_page(p + 3));
		MISTAKE(split_page(p, comp ? 3 : 2));
		MISTAKE(split_page(p + 1, 0));
		MISTAKE(__page_frag_cache_drain(p, 2));
		MISTAKE(__page_frag_cache_drain(p, 0));
		EXPECT(page_count(p) == 1 && lkpirs_page_live(p));
		EXPECT(lkpirs_stat("live") == live + 8);
		__free_pages(p, 3);
		MISTAKE(__free_pages(p, 3));
		MISTAKE(put_page(p));
		MISTAKE(put_page(p + 2));
		MISTAKE(get_page(p));
		MISTAKE(split_page(p, 3));
		EXPECT(lkpirs_stat("live") == live);
	}
}

void
test_bad_calls(struct test *t)
{
	struct page_frag_cache cache = { 0 };
	struct page *p;

	MISTAKE(EXPECT(alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER + 1) == NULL));
	MISTAKE(EXPECT(alloc_pages(GFP_ATOMIC | __GFP_COMP, 63) == NULL));
	MISTAKE(EXPECT(alloc_pages(GFP_KERNEL, UINT_MAX) == NULL));
	MISTAKE(EXPECT(__get_free_pages(GFP_KERNEL, 64) == 0));
	MISTAKE(EXPECT(page_frag_alloc(&cache, 0, GFP_KERNEL) == NULL));
	MISTAKE(EXPECT(page_frag_alloc(&cache, 32769, GFP_KERNEL) == NULL));
	MISTAKE(EXPECT(page_frag_alloc(&cache, SIZE_MAX, GFP_KERNEL) == NULL));
	EXPECT(cache.va == NULL);
	MISTAKE(free_pages(0x1000, 0));
	p = alloc_page(GFP_KERNEL);
	if (!EXPECT(p != NULL))
		return;
	MISTAKE(unlock_page(p));
	EXPECT(trylock_page(p));
	unlock_page(p);
	MISTAKE(unlock_page(p));
	EXPECT(!PageLocked(p));
	/* What may not sleep does not, and says so. */
	__free_page(p);
}

#define	THREADS	4
#define	OPS	20000
#define	SLOTS	32

struct slot {
	struct page	*p;
	u_int		 order;
	int		 refs;		/* besides the allocation's */
};

struct shared {
	struct page	*p;		/* everybody's, with a tail */
	struct slot	 slots[THREADS][SLOTS];
};

static void
one_op(struct test *t, struct shared *s, struct slot *slot, uint32_t r, u_int id)
{
	struct page *p = slot->p;
	u_long *w;

	if (p == NULL) {
		slot->order = r % 8 == 0 ? 3 : r % 2;
		p = alloc_pages(GFP_ATOMIC | (r & 64 ? __GFP_COMP : 0), slot->order);
		if (p == NULL)
			return;
		slot->p = p;
		slot->refs = 0;
		w = page_address(p);
		*w = (uintptr_t)slot;
		return;
	}
	switch (r % 5) {
	case 0:
		get_page(p);
		slot->refs++;
		break;
	case 1:
		if (slot->refs > 0) {
			put_page(p);
			slot->refs--;
		}
		break;
	case 2:
		EXPECT(pfn_to_page(page_to_pfn(p)) == p);
		EXPECT(vm_page_to_page(p->vm_page) == p);
		EXPECT(page_count(p) == slot->refs + 1);
		break;
	case 3:
		get_page(s->p + r % 4);
		EXPECT(page_count(s->p) > 1);
		put_page(s->p + id % 4);
		break;
	default:
		w = page_address(p);
		EXPECT(*w == (uintptr_t)slot);
		while (slot->refs-- > 0)
			put_page(p);
		__free_pages(p, slot->order);
		slot->p = NULL;
	}
}

static void
worker(struct test *t, void *arg, int id)
{
	struct shared *s = arg;
	uint32_t seed = id * 7919 + 1;

	for (int i = 0; i < OPS; i++) {
		uint32_t r = selftest_random(&seed);

		one_op(t, s, &s->slots[id][r % SLOTS], r / SLOTS, id);
	}
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &s->slots[id][i];

		if (slot->p == NULL)
			continue;
		while (slot->refs-- > 0)
			put_page(slot->p);
		EXPECT(page_count(slot->p) == 1);
		__free_pages(slot->p, slot->order);
	}
}

void
test_threads(struct test *t)
{
	struct shared *s = malloc(sizeof(*s), M_SELFTEST, M_WAITOK | M_ZERO);

	s->p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	if (EXPECT(s->p != NULL)) {
		selftest_threads(t, THREADS, worker, s);
		EXPECT(page_count(s->p) == 1);
		__free_pages(s->p, 2);
	}
	free(s, M_SELFTEST);
}
