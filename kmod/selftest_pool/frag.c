/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments: the bias, and who recycles. */
#include "pool.h"

static uint64_t
recycled(const struct page_pool *pool)
{
	struct page_pool_stats s = pool_stats(pool);

	return (s.recycle_stats.cached + s.recycle_stats.ring);
}

/* Two pieces of one page: the second put recycles it, once. */
void
test_frag_two(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *a, *b, *next;
	unsigned int off_a = 1, off_b = 1, off = 1;

	if (pool == NULL)
		return;
	a = page_pool_dev_alloc_frag(pool, &off_a, 2048);
	b = page_pool_dev_alloc_frag(pool, &off_b, 2048);
	next = page_pool_dev_alloc_frag(pool, &off, 2048); /* lets go of the page */
	if (EXPECT(a != NULL && b != NULL && next != NULL)) {
		EXPECT(a == b && off_a == 0 && off_b == 2048);
		EXPECT(next != a && off == 0);
		EXPECT(a->pp_ref_count == 2);
		page_pool_put_full_page(pool, a, true);
		EXPECT(a->pp_ref_count == 1 && recycled(pool) == 0);
		page_pool_put_full_page(pool, b, true);
		EXPECT(a->pp_ref_count == 0 && recycled(pool) == 1); /* at rest */
		EXPECT(page_count(a) == 1);
		EXPECT(page_pool_alloc_pages(pool, GFP_KERNEL) == a);
		page_pool_recycle_direct(pool, a);
		page_pool_put_full_page(pool, next, true);
	} else {
		if (a != NULL)
			page_pool_put_full_page(pool, a, true);
		if (b != NULL)
			page_pool_put_full_page(pool, b, true);
		if (next != NULL)
			page_pool_put_full_page(pool, next, true);
	}
	page_pool_destroy(pool);
}

/* All pieces are back when the page is used up: it is cut again in place. */
void
test_frag_reuse(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page_pool_stats before, after;
	struct page *first = NULL, *p;
	unsigned int off;

	if (pool == NULL)
		return;
	for (int i = 0; i < 100; i++) {
		before = pool_stats(pool);
		p = page_pool_dev_alloc_frag(pool, &off, 2048);
		if (!EXPECT(p != NULL))
			break;
		after = pool_stats(pool);
		if (first == NULL)
			first = p;
		else
			EXPECT(after.alloc_stats.fast == before.alloc_stats.fast + 1);
		EXPECT(p == first && off == (i & 1) * 2048);
		EXPECT(after.alloc_stats.slow == 1);
		page_pool_put_full_page(pool, p, true);
		/* The pool still cuts it: nothing to recycle. */
		EXPECT(recycled(pool) == 0);
	}
	page_pool_destroy(pool);
}

/* One piece is out when the page is used up: its holder recycles the page. */
void
test_frag_outstanding(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *a, *b, *c;
	unsigned int off;

	if (pool == NULL)
		return;
	a = page_pool_dev_alloc_frag(pool, &off, 2048);
	if (!EXPECT(a != NULL))
		goto out;
	b = page_pool_dev_alloc_frag(pool, &off, 2048);
	EXPECT(b == a);
	page_pool_put_full_page(pool, b, true);
	c = page_pool_dev_alloc_frag(pool, &off, 3000);
	if (EXPECT(c != NULL)) {
		EXPECT(c != a && off == 0 && a->pp_ref_count == 1);
		EXPECT(recycled(pool) == 0);
		/* 3000 more do not fit; the page is nobody's but ours now. */
		page_pool_put_full_page(pool, c, true);
		EXPECT(page_pool_dev_alloc_frag(pool, &off, 3000) == c && off == 0);
		page_pool_put_full_page(pool, c, true);
	}
	page_pool_put_full_page(pool, a, false);
	EXPECT(recycled(pool) == 1 && a->pp_ref_count == 0);
out:
	page_pool_destroy(pool);
}

#define	PIECES	512

/* Any sizes: apart, theirs alone, and all pages come back. */
void
test_frag_sizes(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct piece { struct page *page; unsigned int off, size; } *f;
	uint32_t seed = 3;
	int i, n;

	if (pool == NULL)
		return;
	f = malloc(PIECES * sizeof(*f), M_SELFTEST, M_WAITOK | M_ZERO);
	for (n = 0; n < PIECES; n++) {
		f[n].size = n < 2 ? 1 + n * (PAGE_SIZE - 1) :
		    selftest_random(&seed) % (n & 1 ? PAGE_SIZE : 300) + 1;
		f[n].page = page_pool_alloc_frag(pool, &f[n].off, f[n].size,
		    n & 2 ? GFP_KERNEL : GFP_ATOMIC);
		if (!EXPECT(f[n].page != NULL))
			break;
		EXPECT(f[n].off + f[n].size <= PAGE_SIZE && (f[n].off & 7) == 0);
		memset((char *)page_address(f[n].page) + f[n].off, n & 0xff, f[n].size);
	}
	for (i = 0; i < n; i++) {
		unsigned char *at = (unsigned char *)page_address(f[i].page) + f[i].off;

		EXPECT(at[0] == (i & 0xff) && at[f[i].size - 1] == (i & 0xff) &&
		    at[f[i].size / 2] == (i & 0xff));
	}
	for (i = 0; i < n; i++)
		page_pool_put_full_page(pool, f[(i * 101) % n].page, i & 1);
	page_pool_destroy(pool);
	EXPECT(lkpirs_pool_stat("in_flight") == 0);
	free(f, M_SELFTEST);
}

/* A driver that cuts pages itself. */
void
test_fragment_page(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *p;

	if (pool == NULL)
		return;
	p = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (EXPECT(p != NULL)) {
		page_pool_fragment_page(p, 5);
		EXPECT(page_pool_unref_page(p, 2) == 3);
		page_pool_ref_page(p);
		EXPECT(!page_pool_is_last_ref(p));
		EXPECT(page_pool_unref_page(p, 3) == 0);
		/* 0 is never seen in a page at rest. */
		EXPECT(p->pp_ref_count == 1);
		page_pool_put_unrefed_page(pool, p, -1, true);
		EXPECT(recycled(pool) == 1);
		EXPECT(page_pool_alloc_pages(pool, GFP_KERNEL) == p);
		EXPECT(page_pool_is_last_ref(p));
		page_pool_put_unrefed_page(pool, p, 0, false);
		EXPECT(recycled(pool) == 2);
	}
	page_pool_destroy(pool);
}

/* A page or a piece, by size, and what the caller really gets. */
void
test_sized(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *p, *q;
	unsigned int off = 7, size = 2049;
	void *va;

	if (pool == NULL)
		return;
	p = page_pool_dev_alloc(pool, &off, &size);
	if (EXPECT(p != NULL)) {
		EXPECT(off == 0 && size == PAGE_SIZE && p->pp_ref_count == 1);
		page_pool_put_full_page(pool, p, true);
	}
	size = 1500;
	p = page_pool_dev_alloc(pool, &off, &size);
	if (EXPECT(p != NULL)) {
		EXPECT(off == 0 && size == 1500);
		/* No third one fits: the second gets the rest. */
		q = page_pool_dev_alloc(pool, &off, &size);
		if (EXPECT(q == p))
			EXPECT(off >= 1500 && off + size == PAGE_SIZE);
		if (q != NULL)
			page_pool_put_full_page(pool, q, true);
		page_pool_put_full_page(pool, p, true);
	}
	size = 700;
	va = page_pool_dev_alloc_va(pool, &size);
	if (EXPECT(va != NULL)) {
		EXPECT(size >= 700);
		memset(va, 0x42, size);
		page_pool_free_va(pool, va, true);
	}
	page_pool_destroy(pool);
}

/* The netmem forms are the page forms under other names. */
void
test_netmem(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	unsigned int off, size = 1500;
	netmem_ref n, m;

	if (pool == NULL)
		return;
	n = page_pool_alloc_netmems(pool, GFP_KERNEL);
	m = page_pool_alloc_netmem(pool, &off, &size, GFP_KERNEL);
	if (EXPECT(n != 0 && m != 0 && n != m)) {
		EXPECT(!netmem_is_net_iov(n) && netmem_to_page(n) == virt_to_page(netmem_address(n)));
		EXPECT(netmem_get_pp(n) == pool && netmem_ref_count(n) == 1);
		EXPECT(netmem_pfn_trace(n) == page_to_pfn(netmem_to_page(n)));
		EXPECT(netmem_compound_head(n) == n && virt_to_netmem(netmem_address(n)) == n);
		EXPECT(netmem_get_dma_addr(n) == page_pool_get_dma_addr_netmem(n));
		EXPECT(off == 0 && size == 1500);
		page_pool_fragment_netmem(n, 3);
		page_pool_ref_netmem(n);
		EXPECT(page_pool_unref_netmem(n, 3) == 1);
		page_pool_dma_sync_netmem_for_cpu(pool, n, 0, PAGE_SIZE);
		page_pool_put_full_netmem(pool, n, true);
		page_pool_put_netmem(pool, m, 1500, false);
		EXPECT(page_pool_alloc_netmems(pool, GFP_KERNEL) == n);
		EXPECT(page_pool_unref_netmem(n, 1) == 0);
		page_pool_put_unrefed_netmem(pool, n, -1, true);
	}
	page_pool_destroy(pool);
}
