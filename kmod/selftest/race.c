/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadows that several threads ask for first at the same time. */
#define	SELFTEST_PAGE
#include "selftest.h"

#include <machine/cpu.h>

#define	RACERS		4
#define	RACE_BLOCKS	64

struct race {
	u_long		pfn;
	volatile u_int	ready, set;
	struct page	*saw[RACERS][RACE_BLOCKS];
};

static void
racer(struct test *t, void *arg, int id)
{
	struct race *r = arg;
	int i, turn;

	/* All at once; a thread that could not be made is not waited for. */
	atomic_add_int(&r->ready, 1);
	for (turn = 0; turn < 100 && atomic_load_acq_int(&r->ready) < RACERS; turn++)
		pause_sbt("race", SBT_1MS, 0, C_HARDCLOCK);
	atomic_add_int(&r->set, 1);
	for (turn = 0; turn < 100000 && atomic_load_acq_int(&r->set) < RACERS; turn++)
		cpu_spinwait();
	for (i = 0; i < RACE_BLOCKS; i++) {
		u_long pfn = r->pfn + i * LKPIRS_BLOCK_PAGES + id;
		struct page *p = r->saw[id][i] = pfn_to_page(pfn);

		/* Lost if somebody makes the block a second time. */
		if (p != NULL)
			p->index = pfn;
	}
}

/* Threads that first look the same pages up at the same time agree. */
void
test_first_touch(struct test *t)
{
	struct race *r;
	u_long pfn = untouched_block(false), last;
	uint64_t blocks;
	int b, i;

	if (pfn == 0) {
		t->skip = "every shadow is backed already";
		return;
	}
	r = malloc(sizeof(*r), M_SELFTEST, M_WAITOK | M_ZERO);
	/* As many blocks below it as the segment has. */
	for (last = pfn; pfn >= LKPIRS_BLOCK_PAGES && is_memory(pfn -
	    LKPIRS_BLOCK_PAGES) && last - pfn < (RACE_BLOCKS - 1) * LKPIRS_BLOCK_PAGES;)
		pfn -= LKPIRS_BLOCK_PAGES;
	r->pfn = pfn;
	blocks = lkpirs_stat("blocks");
	for (b = 0; b < RACE_BLOCKS; b++) {
		u_long at = pfn + b * LKPIRS_BLOCK_PAGES;

		for (i = 0; i < RACERS && !is_memory(at + i); i++)
			;
		if (i < RACERS && !is_backed(at))
			blocks++;
	}
	selftest_threads(t, RACERS, racer, r);
	EXPECT(lkpirs_stat("blocks") == blocks);
	for (b = 0; b < RACE_BLOCKS; b++)
		for (i = 0; i < RACERS; i++) {
			u_long at = pfn + b * LKPIRS_BLOCK_PAGES + i;

			if (!is_memory(at)) {
				EXPECT(pfn_to_page(at) == NULL || r->saw[i][b] == NULL ||
				    page_to_pfn(r->saw[i][b]) == at);
				continue;
			}
			EXPECT(r->saw[i][b] != NULL || t->failed != 0);
			EXPECT(r->saw[i][b] == pfn_to_page(at));
			if (r->saw[i][b] == NULL)
				continue;
			EXPECT(page_to_pfn(r->saw[i][b]) == at);
			EXPECT(r->saw[i][b]->index == at);
			r->saw[i][b]->index = 0;
		}
	free(r, M_SELFTEST);
}
