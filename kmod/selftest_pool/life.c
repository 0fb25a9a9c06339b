/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a pool, mistakes, and traffic from several threads. */
#include "room.h"

struct out {
	struct page_pool *pool;
	struct page	*pages[48];
	int		 n;
};

static void
give_back(struct test *t __unused, void *arg, int id __unused)
{
	struct out *o = arg;

	pool_give(o->pool, o->pages, o->n, false);
}

static void
settle(void)
{
	for (int i = 0; i < 200 && lkpirs_pool_stat("waiting") != 0; i++)
		pause_sbt("settle", 5 * SBT_1MS, 0, C_HARDCLOCK);
}

/* Destroyed with pages out: unmapped at once, gone when the last is back. */
void
test_destroy_out(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct out o = { pool_make(t, &params) };

	if (o.pool == NULL)
		return;
	o.n = pool_take(t, o.pool, o.pages, 48);
	if (o.n == 48)
		EXPECT(lkpirs_pool_stat("dma_maps") == 64);
	page_pool_destroy(o.pool);
	EXPECT(lkpirs_pool_stat("dma_maps") == 0);
	EXPECT(lkpirs_pool_stat("in_flight") == o.n);
	EXPECT(lkpirs_pool_stat("waiting") == (o.n > 0 ? 1 : 0));
	for (int i = 0; i < o.n; i++)
		memset(page_address(o.pages[i]), i, PAGE_SIZE);
	/* All but one from here, the last one from another thread. */
	if (o.n > 1) {
		pool_give(o.pool, o.pages + 1, o.n - 1, false);
		EXPECT(lkpirs_pool_stat("in_flight") == 1);
		EXPECT(lkpirs_pool_stat("pools") == 1);
		o.n = 1;
	}
	selftest_threads(t, 1, give_back, &o);
	settle();
	EXPECT(lkpirs_pool_stat("pools") == 0);
}

/* The page being cut is the pool's and a user's when the pool goes. */
void
test_destroy_frags(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct page *a, *b;
	unsigned int off;

	if (pool == NULL)
		return;
	a = page_pool_dev_alloc_frag(pool, &off, 512);
	b = page_pool_dev_alloc_frag(pool, &off, 512);
	page_pool_destroy(pool);
	EXPECT(lkpirs_pool_stat("dma_maps") == 0);
	if (EXPECT(a != NULL && a == b)) {
		EXPECT(a->pp_ref_count == 2);
		page_pool_put_full_page(pool, a, false);
		EXPECT(lkpirs_pool_stat("in_flight") == 1);
	}
	if (b != NULL)
		page_pool_put_full_page(pool, b, false);
	settle();
	EXPECT(lkpirs_pool_stat("pools") == 0);
}

#define	POOLS	64

void
test_many_pools(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pools[POOLS];
	struct page *pages[POOLS];
	int i, n;

	params.pool_size = 16;
	for (n = 0; n < POOLS; n++) {
		pools[n] = pool_make(t, &params);
		if (pools[n] == NULL)
			break;
		pages[n] = page_pool_dev_alloc_pages(pools[n]);
	}
	EXPECT(lkpirs_pool_stat("pools") == n);
	for (i = 0; i < n; i++) {
		if (i & 1)
			page_pool_destroy(pools[i]);
		if (EXPECT(pages[i] != NULL)) {
			EXPECT(pages[i]->pp == pools[i]);
			page_pool_put_full_page(pools[i], pages[i], false);
		}
		if (!(i & 1))
			page_pool_destroy(pools[i]);
	}
	settle();
	EXPECT(lkpirs_pool_stat("pools") == 0);
}

void
test_misuse(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params), *other;
	struct page *page, *stranger;
	unsigned int off;

	if (pool == NULL)
		return;
	other = pool_make(t, &params);
	stranger = alloc_page(GFP_KERNEL);
	page = page_pool_alloc_pages(pool, GFP_KERNEL);
	if (!EXPECT(other != NULL && stranger != NULL && page != NULL))
		goto out;
	MISTAKE(page_pool_put_full_page(pool, NULL, false));
	MISTAKE(page_pool_put_full_page(pool, stranger, false));
	MISTAKE(page_pool_put_full_page(pool, stranger, true));
	MISTAKE(page_pool_put_full_page(other, page, false));
	MISTAKE(page_pool_put_full_page(NULL, page, false));
	MISTAKE(page_pool_put_full_page(pool, (struct page *)&params, false));
	MISTAKE(EXPECT(page_pool_dev_alloc_frag(pool, &off, PAGE_SIZE + 1) == NULL));
	/* The system may not have it while it is the pool's. */
	MISTAKE(put_page(page));
	MISTAKE(__free_page(page));
	MISTAKE(EXPECT(page_pool_unref_page(page, 2) < 0));
	EXPECT(page_count(page) == 1 && page->pp_ref_count == 1);
	EXPECT(page_pool_inflight(pool, true) == 64);
	page_pool_put_full_page(pool, page, false);
	MISTAKE(page_pool_put_full_page(pool, page, false));
	MISTAKE(page_pool_put_full_page(pool, page, true));
	EXPECT(page_pool_inflight(pool, true) == 64);
	page = NULL;
	page_pool_destroy(other);
	MISTAKE(page_pool_destroy(other));
	other = NULL;
	MISTAKE(page_pool_destroy((struct page_pool *)t));
	EXPECT(page_count(stranger) == 1);
out:
	if (page != NULL)
		page_pool_put_full_page(pool, page, false);
	if (stranger != NULL)
		__free_page(stranger);
	if (other != NULL)
		page_pool_destroy(other);
	page_pool_destroy(pool);
}

#define	FRAMES	100000

struct traffic {
	struct page_pool *pool;
	struct room	room;
	u_int		sent;
	volatile u_int	returned;
};

/* What it wrote is what the next one finds. */
static uint32_t *
stamp(const struct passed *f)
{
	return ((uint32_t *)((char *)page_address(f->p) + f->off));
}

static void
send_frames(struct test *t, struct traffic *x)
{
	struct page_pool *pool = x->pool;
	uint32_t seed = 5, r;
	struct passed f;

	for (int i = 0; i < FRAMES; i++) {
		r = selftest_random(&seed);
		f.off = 0;
		f.p = r & 1 ? page_pool_dev_alloc_frag(pool, &f.off, 2048) :
		    page_pool_dev_alloc_pages(pool);
		if (f.p == NULL)
			continue;
		stamp(&f)[0] = (uint32_t)(uintptr_t)f.p + f.off;
		stamp(&f)[511] = stamp(&f)[0];
		x->sent++;
		if (r % 16 != 2 && room_put(&x->room, f))
			continue;
		/* A frame dropped by the driver itself. */
		atomic_add_int(&x->returned, 1);
		page_pool_put_page(pool, f.p, r & 2 ? -1 : 2048, true);
	}
	room_close(&x->room);
}

static void
return_frames(struct test *t, struct traffic *x)
{
	struct passed f;

	while (room_take(&x->room, &f)) {
		atomic_add_int(&x->returned, 1);
		EXPECT(stamp(&f)[0] == (uint32_t)(uintptr_t)f.p + f.off);
		EXPECT(stamp(&f)[511] == stamp(&f)[0]);
		page_pool_put_full_page(x->pool, f.p, false);
	}
}

static void
traffic_thread(struct test *t, void *arg, int id)
{
	if (id == 0)
		send_frames(t, arg);
	else
		return_frames(t, arg);
}

/* One consumer, three threads that return what it sent. */
void
test_traffic(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct traffic *x;

	x = malloc(sizeof(*x), M_SELFTEST, M_WAITOK | M_ZERO);
	x->pool = pool_make(t, &params);
	if (x->pool != NULL) {
		room_init(&x->room);
		selftest_threads(t, 4, traffic_thread, x);
		room_end(&x->room);
		EXPECT(x->sent > 0 && x->returned == x->sent);
		page_pool_destroy(x->pool);
		EXPECT(lkpirs_pool_stat("pools") == 0);
		EXPECT(lkpirs_pool_stat("dma_maps") == 0);
	}
	free(x, M_SELFTEST);
}
