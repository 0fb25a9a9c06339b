/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a pool's pages, and what the log hears of it. */
#include "pool.h"

#include <machine/atomic.h>

#define	TEXT	2048

/* What is said of the one pool there is; free it. */
static char *
report(struct test *t)
{
	char *text = malloc(TEXT, M_SELFTEST, M_WAITOK | M_ZERO);

	EXPECT(lkpirs_pool_report(0, text, TEXT) != 0);
	return (text);
}

static bool
says(const char *text, const char *what)
{
	size_t len = strlen(what);

	for (; *text != '\0'; text++)
		if (strncmp(text, what, len) == 0)
			return (true);
	return (false);
}

/* Two callers, as a message names them: a call in a loop that was unrolled
 * would be several. */
static int __noinline
first_caller(struct test *t, struct page_pool *pool, struct page **pages, int n)
{
	int i;

#pragma clang loop unroll(disable)
	for (i = 0; i < n; i++) {
		pages[i] = page_pool_alloc_pages(pool, GFP_KERNEL);
		if (!EXPECT(pages[i] != NULL))
			break;
	}
	return (i);
}

static int __noinline
second_caller(struct test *t, struct page_pool *pool, struct page **pages, int n)
{
	unsigned int off;
	int i;

#pragma clang loop unroll(disable)
	for (i = 0; i < n; i++) {
		pages[i] = page_pool_dev_alloc_frag(pool, &off, PAGE_SIZE / 2);
		if (!EXPECT(pages[i] != NULL))
			break;
	}
	return (i);
}

static void
settle(struct test *t)
{
	for (int i = 0; i < 200 && lkpirs_pool_stat("pools") != 0; i++)
		pause_sbt("settle", 5 * SBT_1MS, 0, C_HARDCLOCK);
	EXPECT(lkpirs_pool_stat("pools") == 0);
}

/* A tracked pool that waits: how many pages from which call, for how long. */
static void
tracked(struct test *t, const struct page_pool_params *params)
{
	struct page *a[9], *b[4];
	struct page_pool *pool;
	char *text;
	int na, nb;

	lkpirs_page_pool_track = 1;
	pool = pool_make(t, params);
	lkpirs_page_pool_track = 0;
	if (pool == NULL)
		return;
	na = first_caller(t, pool, a, 9);
	nb = second_caller(t, pool, b, 4);
	if (na == 9 && nb == 4) {
		/* What came back is nobody's. */
		pool_give(pool, a + 7, 2, true);
		na = 7;
		pause_sbt("older", 1100 * SBT_1MS, 0, C_HARDCLOCK);
		page_pool_put_full_page(pool, a[--na], false);
		EXPECT(first_caller(t, pool, a + na, 1) == 1);
		na++;
		page_pool_destroy(pool);
		text = report(t);
		EXPECT(says(text, "s ago, 9 pages out; made by "));
		EXPECT(says(text, "] at pool_make+0x"));
		EXPECT(says(text, "9 pages with users, 11 buffers; allocated <1s 1, <10s 8,"));
		EXPECT(says(text, "  7 pages, 7 buffers, oldest 1 s: first_caller+0x"));
		EXPECT(says(text, "  2 pages, 4 buffers, oldest 1 s: second_caller+0x"));
		free(text, M_SELFTEST);
	} else
		page_pool_destroy(pool);
	pool_give(pool, a, na, false);
	pool_give(pool, b, nb, false);
	settle(t);
}

void
test_holders(struct test *t)
{
	struct page_pool_params params = pool_params();

	tracked(t, &params);
	params.flags = 0;
	tracked(t, &params);
}

/* A pool that is not tracked still knows how much is out. */
void
test_holders_untracked(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *pages[5];
	char *text;
	int n;

	for (int mapped = 1; mapped >= 0; mapped--) {
		params.flags = mapped ? pool_params().flags : 0;
		pool = pool_make(t, &params);
		if (pool == NULL)
			return;
		n = pool_take(t, pool, pages, 5);
		text = report(t);
		EXPECT(n == 0 || says(text, "64 pages in flight; made by "));
		free(text, M_SELFTEST);
		page_pool_destroy(pool);
		if (n > 0) {
			text = report(t);
			EXPECT(n != 5 || says(text, ": destroyed 0 s ago, 5 pages out; "));
			EXPECT(n != 5 || says(text, mapped ?
			    "5 pages with users, 5 buffers; from the system <1s" :
			    "ages and callers are not known"));
			free(text, M_SELFTEST);
			/* No room is no harm. */
			text = malloc(TEXT, M_SELFTEST, M_WAITOK);
			memset(text, 'x', TEXT);
			EXPECT(lkpirs_pool_report(0, text, 10) != 0);
			EXPECT(strlen(text) == 9 && text[10] == 'x');
			free(text, M_SELFTEST);
		}
		pool_give(pool, pages, n, false);
		settle(t);
	}
}

#define	ROUNDS	300

struct going {
	struct page_pool_params params;
	volatile u_int	over, seen;
};

/* Pools that wait and go, and one that reads what they say. */
static void
going_thread(struct test *t, void *arg, int id)
{
	struct going *g = arg;
	struct page *pages[8];
	struct page_pool *pool;
	uint32_t at;
	char *text;
	int n;

	if (id == 0) {
		text = malloc(TEXT, M_SELFTEST, M_WAITOK);
		do {
			at = 0;
			while ((at = lkpirs_pool_report(at, text, TEXT)) != 0) {
				EXPECT(strncmp(text, "pool ", 5) == 0);
				atomic_add_int(&g->seen, 1);
			}
			pause_sbt("reader", SBT_1US * 50, 0, 0);
		} while (g->over < 2);
		free(text, M_SELFTEST);
		return;
	}
	for (int i = 0; i < ROUNDS; i++) {
		pool = pool_make(t, &g->params);
		if (pool == NULL)
			break;
		n = pool_take(t, pool, pages, 8);
		page_pool_destroy(pool);
		if (i % 16 == 0)	/* for the reader's sake, on one CPU */
			pause_sbt("writer", SBT_1MS, 0, C_HARDCLOCK);
		pool_give(pool, pages, n, false);
	}
	atomic_add_int(&g->over, 1);
}

void
test_holders_going(struct test *t)
{
	struct going g = { pool_params() };

	lkpirs_page_pool_track = 1;
	selftest_threads(t, 3, going_thread, &g);
	lkpirs_page_pool_track = 0;
	EXPECT(g.seen > 0);
	settle(t);
}

/* One line in the log after the time asked for, and the next one not soon. */
void
test_stall(struct test *t)
{
	struct page_pool_params params = pool_params();
	int secs = lkpirs_page_pool_stall_secs;
	uint64_t said = lkpirs_pool_stat("stalls");
	struct page_pool *pools[2];
	struct page *pages[2];
	int n;

	lkpirs_page_pool_stall_secs = 1;
	for (n = 0; n < 2; n++) {
		pools[n] = pool_make(t, &params);
		if (pools[n] == NULL)
			break;
		pages[n] = page_pool_alloc_pages(pools[n], GFP_KERNEL);
		EXPECT(pages[n] != NULL);
		page_pool_destroy(pools[n]);
		if (pages[n] == NULL)
			break;
	}
	EXPECT(lkpirs_pool_stat("stalls") == said);
	for (int i = 0; i < 190 && lkpirs_pool_stat("stalls") < said + n; i++)
		pause_sbt("stall", 10 * SBT_1MS, 0, C_HARDCLOCK);
	EXPECT(lkpirs_pool_stat("stalls") == said + n);
	/* Then when it has waited twice as long. */
	for (int i = 0; i < 190 && lkpirs_pool_stat("stalls") < said + 2 * n; i++)
		pause_sbt("stall", 10 * SBT_1MS, 0, C_HARDCLOCK);
	EXPECT(lkpirs_pool_stat("stalls") == said + 2 * n);
	while (n > 0) {
		n--;
		page_pool_put_full_page(pools[n], pages[n], false);
	}
	settle(t);
	/* Never, if so asked. */
	lkpirs_page_pool_stall_secs = 0;
	said = lkpirs_pool_stat("stalls");
	pools[0] = pool_make(t, &params);
	if (pools[0] != NULL) {
		pages[0] = page_pool_alloc_pages(pools[0], GFP_KERNEL);
		page_pool_destroy(pools[0]);
		pause_sbt("stall", 1300 * SBT_1MS, 0, C_HARDCLOCK);
		EXPECT(lkpirs_pool_stat("stalls") == said);
		if (EXPECT(pages[0] != NULL))
			page_pool_put_full_page(pools[0], pages[0], false);
	}
	settle(t);
	lkpirs_page_pool_stall_secs = secs;
}
