/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames as mbufs that other threads free, the last of them after the pool; and
 * one that stays when this kld goes. */
#include "room.h"

#include <sys/mbuf.h>

#include <lkpirs/page_pool_mbuf.h>

#define	FRAMES	50000
#define	SIZE	2048
/* A buffer has its address in front and here. */
#define	LAST	(SIZE - sizeof(char *))

struct traffic {
	struct page_pool *pool;
	struct room	room;
	uint64_t	sent, copied;
};

static void
send(struct test *t, struct traffic *x)
{
	uint32_t seed = 3, r;
	unsigned int off;
	struct page *page;
	struct mbuf *m, *dup;
	char *buf;

	for (int i = 0; i < FRAMES; i++) {
		r = selftest_random(&seed);
		m = m_get(M_NOWAIT, MT_DATA);
		page = page_pool_dev_alloc_frag(x->pool, &off, SIZE);
		if (m == NULL || page == NULL) {
			if (m != NULL)
				m_free(m);
			if (page != NULL)
				page_pool_put_full_page(x->pool, page, true);
			continue;
		}
		buf = (char *)page_address(page) + off;
		*(char **)(void *)buf = *(char **)(void *)(buf + LAST) = buf;
		if (lkpirs_page_pool_m_extadd(m, buf, SIZE) != 0) {
			m_free(m);
			page_pool_put_full_page(x->pool, page, true);
			x->copied++;
			continue;
		}
		m->m_len = SIZE;
		x->sent++;
		/* Some are shared, by the sender itself with the others. */
		dup = r % 4 == 0 ? m_copym(m, 0, M_COPYALL, M_NOWAIT) : NULL;
		if (r % 16 == 2 || !room_put(&x->room, (struct passed){ m, 0 }))
			m_freem(m);
		m_freem(dup);
	}
	/* The others have what is left. */
	page_pool_destroy(x->pool);
	room_close(&x->room);
}

static void
receive(struct test *t, struct traffic *x)
{
	struct passed got;
	struct mbuf *m;

	while (room_take(&x->room, &got)) {
		m = got.p;
		EXPECT(*mtod(m, char **) == mtod(m, char *));
		EXPECT(*(char **)mtodo(m, LAST) == mtod(m, char *));
		m_freem(m);
	}
}

static void
thread(struct test *t, void *arg, int id)
{
	if (id == 0)
		send(t, arg);
	else
		receive(t, arg);
}

void
test_mbuf_traffic(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct traffic *x;

	x = malloc(sizeof(*x), M_SELFTEST, M_WAITOK | M_ZERO);
	x->pool = pool_make(t, &params);
	if (x->pool != NULL) {
		room_init(&x->room);
		selftest_threads(t, 4, thread, x);
		room_end(&x->room);
		EXPECT(x->sent > 0);
		for (int i = 0; i < 200 && lkpirs_pool_stat("waiting") != 0; i++)
			pause_sbt("settle", 5 * SBT_1MS, 0, C_HARDCLOCK);
		EXPECT(lkpirs_pool_stat("pools") == 0);
		EXPECT(lkpirs_pool_stat("mbufs") == 0);
	}
	free(x, M_SELFTEST);
}

/* In the buffer of an mbuf that a selftest_pool.ko left, its address is. */
static const char held[] = "an mbuf that selftest_pool_hold_mbuf() left";

int	selftest_pool_hold_mbuf(int argc, char **argv);
int	selftest_pool_free_mbuf(int argc, char **argv);

/* For tests of unload: a pool that is gone, and an mbuf with a buffer of its. */
int
selftest_pool_hold_mbuf(int argc __unused, char **argv __unused)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = page_pool_create(&params);
	struct mbuf *m = m_get(M_WAITOK, MT_DATA);
	unsigned int off;
	struct page *page;
	int error;

	if (IS_ERR(pool))
		return (-PTR_ERR(pool));
	page = page_pool_dev_alloc_frag(pool, &off, SIZE);
	if (page == NULL)
		return (ENOMEM);
	error = lkpirs_page_pool_m_extadd(m, (char *)page_address(page) + off,
	    SIZE);
	if (error != 0)
		return (error);
	memcpy(mtod(m, char *), held, sizeof(held));
	memcpy(mtod(m, char *) + sizeof(held), &m, sizeof(m));
	page_pool_destroy(pool);
	return (0);
}

int
selftest_pool_free_mbuf(int argc __unused, char **argv __unused)
{
	struct mbuf *m;

	for (u_long pfn = 0; pfn < lkpirs_vmemmap.npfns; pfn++) {
		struct page *p = pfn_to_page(pfn);

		if (p == NULL || p->page_type != LKPIRS_OWNER_POOL ||
		    !lkpirs_page_live(p) || strcmp(page_address(p), held) != 0)
			continue;
		memcpy(&m, (char *)page_address(p) + sizeof(held), sizeof(m));
		m_freem(m);
		return (0);
	}
	return (ENOENT);
}
