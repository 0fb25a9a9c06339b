/* SPDX-License-Identifier: BSD-2-Clause */
/* Page fragments: pieces of blocks, as network drivers use them. */
#define	SELFTEST_PAGE
#include "selftest.h"

#define	NFRAGS	256

struct frag {
	unsigned char	*va;
	size_t		 size;
};

static const size_t sizes[] = {
	1, 63, 64, 65, 100, 256, 512, 1500, 1536, 2048, 3000, 4096, 4097, 9000,
	16384, 32768,
};

static bool
is_filled(const struct frag *f, unsigned char with)
{
	for (size_t i = 0; i < f->size; i++)
		if (f->va[i] != with)
			return (false);
	return (true);
}

/* Many at once: apart, aligned, theirs alone; the last one frees the block. */
void
test_frag_many(struct test *t)
{
	struct page_frag_cache cache = { 0 };
	struct frag *f;
	uint32_t seed = 1;
	int i, n;

	f = malloc(NFRAGS * sizeof(*f), M_SELFTEST, M_WAITOK | M_ZERO);
	for (n = 0; n < NFRAGS; n++) {
		f[n].size = n < nitems(sizes) ? sizes[n] :
		    selftest_random(&seed) % 4096 + 1;
		f[n].va = page_frag_alloc(&cache, f[n].size, GFP_ATOMIC);
		if (!EXPECT(f[n].va != NULL))
			break;
		EXPECT(((uintptr_t)f[n].va & 7) == 0);
		EXPECT(virt_to_head_page(f[n].va) ==
		    virt_to_head_page(f[n].va + f[n].size - 1));
		memset(f[n].va, n & 0xff, f[n].size);
	}
	for (i = 0; i < n; i++)
		EXPECT(is_filled(&f[i], i & 0xff));
	if (n > 0)
		EXPECT(lkpirs_stat("live_frag") != 0);
	/* The cache goes in the middle: what is out stays whole. */
	for (i = 0; i < n; i += 2)
		page_frag_free(f[i].va);
	page_frag_cache_drain(&cache);
	EXPECT(cache.va == NULL);
	for (i = 1; i < n; i += 2)
		EXPECT(is_filled(&f[i], i & 0xff));
	for (i = 1; i < n; i += 2)
		page_frag_free(f[i].va);
	EXPECT(lkpirs_stat("live_frag") == 0);
	free(f, M_SELFTEST);
}

/* A block whose pieces all came back serves again, without an allocation. */
void
test_frag_reuse(struct test *t)
{
	struct page_frag_cache cache = { 0 };
	struct page *first = NULL, *p;
	uint64_t live = 0;
	void *va;

	for (int i = 0; i < 1000; i++) {
		va = page_frag_alloc(&cache, 2048, GFP_KERNEL);
		if (!EXPECT(va != NULL))
			break;
		p = virt_to_head_page(va);
		if (first == NULL) {
			first = p;
			p->private = 0x1234;	/* gone after an allocation */
			live = lkpirs_stat("live_frag");
		}
		EXPECT(p == first && p->private == 0x1234);
		EXPECT(lkpirs_stat("live_frag") == live);
		EXPECT(page_count(p) == cache.pagecnt_bias + 1);
		page_frag_free(va);
	}
	page_frag_cache_drain(&cache);
	EXPECT(first == NULL || !lkpirs_page_live(first));
	page_frag_cache_drain(&cache);	/* an empty one */
}

/* As drivers with a cache of their own empty it, and a piece that outlives
 * the cache, with a reference of the stack's besides. */
void
test_frag_drain(struct test *t)
{
	struct page_frag_cache cache = { 0 };
	struct page *p;
	char *va;

	va = page_frag_alloc(&cache, 1000, GFP_KERNEL);
	if (!EXPECT(va != NULL))
		return;
	p = virt_to_head_page(va);
	EXPECT(p == virt_to_head_page(cache.va));
	__page_frag_cache_drain(p, cache.pagecnt_bias);
	EXPECT(page_count(p) == 1);
	memset(va, 0x5a, 1000);
	get_page(p);
	page_frag_free(va);
	EXPECT(lkpirs_page_live(p) && va[999] == 0x5a);
	put_page(p);
	EXPECT(!lkpirs_page_live(p));
	EXPECT(lkpirs_stat("live_frag") == 0);
}
