/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages without a byte of their last user, and users that do not let go. */
#include "pool.h"

#include <machine/atomic.h>
#include <machine/cpu.h>
#include <machine/vmparam.h>

#define	MANY	64

/* Of all bytes that the device reads there, how many are not 0. */
static int
left(struct test *t, struct device *dev, dma_addr_t at, char *tmp, size_t len)
{
	int n = 0;

	memset(tmp, 1, len);
	EXPECT(lkpi_softdev_read(dev, at, tmp, len) == 0);
	for (size_t i = 0; i < len; i++)
		n += tmp[i] != 0;
	return (n);
}

/* Memory that the next allocation is likely to get, with something in it. */
static void
soil(int order)
{
	struct page *pages[MANY];
	int n;

	for (n = 0; n < MANY; n++) {
		pages[n] = alloc_pages(GFP_KERNEL, order);
		if (pages[n] == NULL)
			break;
		memset(page_address(pages[n]), 0xee, PAGE_SIZE << order);
	}
	while (n > 0)
		__free_pages(pages[--n], order);
}

static void
scrub_pages(struct test *t, struct page_pool_params *params, char *tmp)
{
	size_t len = PAGE_SIZE << params->order;
	struct page_pool *pool;
	struct page *page;
	dma_addr_t at;

	soil(params->order);
	pool = pool_make(t, params);
	if (pool == NULL)
		return;
	for (int i = 0; i < 3 * MANY; i++) {
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(page != NULL))
			break;
		at = page_pool_get_dma_addr(page);
		EXPECT(left(t, params->dev, at, tmp, len) == 0);
		memset(page_address(page), 0xee, len);
		if (i & 1)
			EXPECT(lkpi_softdev_fill(params->dev, at, len, i) == 0);
		/* Nothing to sync, the driver says. */
		page_pool_put_page(pool, page, i % 3 == 0 ? 0 : len, i & 4);
		/* At rest, and the device looks. */
		EXPECT(left(t, params->dev, at, tmp, len) == 0);
	}
	page_pool_destroy(pool);
}

static void
scrub_frags(struct test *t, struct page_pool_params *params, char *tmp)
{
	struct page_pool *pool = pool_make(t, params);
	struct page *a, *b;
	unsigned int off_a, off_b;

	if (pool == NULL)
		return;
	for (int i = 0; i < MANY; i++) {
		a = page_pool_dev_alloc_frag(pool, &off_a, PAGE_SIZE / 2);
		if (!EXPECT(a != NULL))
			break;
		b = page_pool_dev_alloc_frag(pool, &off_b, PAGE_SIZE / 2);
		if (!EXPECT(a == b)) {
			page_pool_put_full_page(pool, a, true);
			break;
		}
		EXPECT(left(t, params->dev, page_pool_get_dma_addr(a), tmp, PAGE_SIZE) == 0);
		memset(page_address(a), 0xee, PAGE_SIZE);
		page_pool_put_full_page(pool, a, i & 1);
		/* The other user still has its bytes. */
		EXPECT(((char *)page_address(a))[off_b] != 0);
		page_pool_put_full_page(pool, b, i & 2);
	}
	/* A page that is cut again in place. */
	for (int i = 0; i < 8; i++) {
		a = page_pool_dev_alloc_frag(pool, &off_a, PAGE_SIZE);
		if (!EXPECT(a != NULL))
			break;
		EXPECT(left(t, params->dev, page_pool_get_dma_addr(a), tmp, PAGE_SIZE) == 0);
		memset(page_address(a), 0xee, PAGE_SIZE);
		page_pool_put_full_page(pool, a, true);
	}
	page_pool_destroy(pool);
}

/* Neither device nor user sees what was in a page before. */
void
test_scrub(struct test *t)
{
	struct page_pool_params params = pool_params();
	char *tmp = malloc(PAGE_SIZE << 1, M_SELFTEST, M_WAITOK);

	for (int i = 0; i < 4; i++) {
		params.flags = LKPIRS_PP_FLAG_SCRUB | PP_FLAG_DMA_MAP |
		    (i & 1 ? PP_FLAG_DMA_SYNC_DEV : 0);
		params.dma_dir = i & 1 ? DMA_FROM_DEVICE : DMA_BIDIRECTIONAL;
		params.order = i / 2;
		scrub_pages(t, &params, tmp);
	}
	params = pool_params();
	params.flags |= LKPIRS_PP_FLAG_SCRUB;
	scrub_frags(t, &params, tmp);
	free(tmp, M_SELFTEST);
}

/* The same without a device: the next user looks. */
void
test_scrub_unmapped(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	int n;

	params.flags = LKPIRS_PP_FLAG_SCRUB;
	soil(0);
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	for (int i = 0; i < 3 * MANY; i++) {
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(page != NULL))
			break;
		n = 0;
		for (int j = 0; j < PAGE_SIZE; j++)
			n += ((char *)page_address(page))[j] != 0;
		EXPECT(n == 0);
		memset(page_address(page), 0xee, PAGE_SIZE);
		page_pool_put_full_page(pool, page, i & 1);
	}
	page_pool_destroy(pool);
}

/* Take pages until this one comes; how many were taken. */
static int
find(struct test *t, struct page_pool *pool, struct page *page, struct page **all, int n)
{
	for (int i = 0; i < n; i++) {
		all[i] = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(all[i] != NULL))
			return (i);
		if (all[i] == page)
			return (i + 1);
	}
	EXPECT(!"the page comes again");
	return (n);
}

/* A user or a device that writes to a page after the put. */
void
test_poison(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page, *all[MANY];
	int n;

#if !PMAP_HAS_DMAP
	t->skip = "no direct map";
	return;
#endif
	lkpirs_page_pool_poison = 1;
	pool = pool_make(t, &params);
	lkpirs_page_pool_poison = 0;
	if (pool == NULL)
		return;
	for (int i = 0; i < 4; i++) {
		page = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(page != NULL))
			break;
		memset(page_address(page), i, PAGE_SIZE);
		page_pool_put_full_page(pool, page, i & 1);
		if (i & 2)
			EXPECT(lkpi_softdev_fill(params.dev,
			    page_pool_get_dma_addr(page) + 1000, 64, i) == 0);
		else
			((char *)page_address(page))[PAGE_SIZE - 1] ^= 1;
		MISTAKE(n = find(t, pool, page, all, MANY));
		/* Found once, and the page is as good as any. */
		pool_give(pool, all, n, false);
		n = find(t, pool, page, all, MANY);
		pool_give(pool, all, n, false);
	}
	EXPECT(page_pool_inflight(pool, true) == 64);
	page_pool_destroy(pool);
}

#define	ROUNDS	2000

struct twice {
	struct page_pool *pool;
	struct page *volatile page;	/* for the second thread, which takes it */
	volatile bool	over;
};

static void
twice_thread(struct test *t, void *arg, int id)
{
	struct twice *w = arg;
	struct page *page;

	for (int i = 0; i < ROUNDS && id == 0; i++) {
		page = page_pool_alloc_pages(w->pool, GFP_KERNEL);
		if (!EXPECT(page != NULL))
			break;
		atomic_store_rel_ptr((volatile uintptr_t *)&w->page, (uintptr_t)page);
		/* Now the other one is about to. */
		page_pool_put_full_page(w->pool, page, i & 1);
		for (int j = 0; w->page != NULL; j++)
			if (j < 100000)
				cpu_spinwait();
			else
				pause_sbt("twice", SBT_1MS, 0, C_HARDCLOCK);
	}
	if (id == 0) {
		w->over = true;
		return;
	}
	for (int j = 0; !w->over; j++) {
		page = (struct page *)atomic_load_acq_ptr((volatile uintptr_t *)&w->page);
		if (page == NULL) {
			if (j % 1000 == 999)
				pause_sbt("twice", SBT_1US, 0, 0);
			continue;
		}
		page_pool_put_full_page(w->pool, page, false);
		atomic_store_rel_ptr((volatile uintptr_t *)&w->page, 0);
	}
}

/* Two users put a page at the same time: one of them is told off. */
void
test_put_twice(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct twice *w = malloc(sizeof(*w), M_SELFTEST, M_WAITOK | M_ZERO);
	uint64_t before = selftest_suite.errors();

	lkpirs_page_pool_track = 1;
	w->pool = pool_make(t, &params);
	lkpirs_page_pool_track = 0;
	if (w->pool != NULL) {
		selftest_threads(t, 2, twice_thread, w);
		t->mistakes = selftest_suite.errors() - before;
		EXPECT(t->mistakes == ROUNDS);
		EXPECT(page_pool_inflight(w->pool, true) == 64);
		page_pool_destroy(w->pool);
	}
	free(w, M_SELFTEST);
}
