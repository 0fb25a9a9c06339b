/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers as mbufs' external storage, as a network stack treats them. */
#include "pool.h"

#include <sys/lock.h>
#include <sys/mbuf.h>

#include <lkpirs/page_pool_mbuf.h>

#define	SIZE	2048
#define	DATA	64	/* where a frame begins in its buffer */

extern int lkpirs_page_pool_mbuf_share;

/* A buffer of the pool, in consumer's context; NULL without memory. */
static char *
buffer(struct page_pool *pool)
{
	unsigned int off;
	struct page *page = page_pool_dev_alloc_frag(pool, &off, SIZE);

	return (page == NULL ? NULL : (char *)page_address(page) + off);
}

/* An mbuf with a frame of len bytes in a buffer of its own; NULL without
 * memory, and then nothing is left. */
static struct mbuf *
frame(struct test *t, struct page_pool *pool, int len, int flags)
{
	struct mbuf *m = flags & M_PKTHDR ? m_gethdr(M_NOWAIT, MT_DATA) :
	    m_get(M_NOWAIT, MT_DATA);
	char *buf = buffer(pool);

	if (!EXPECT(m != NULL && buf != NULL &&
	    lkpirs_page_pool_m_extadd(m, buf, SIZE) == 0)) {
		if (buf != NULL)
			page_pool_free_va(pool, buf, true);
		if (m != NULL)
			m_free(m);
		return (NULL);
	}
	EXPECT(mtod(m, char *) == buf);
	m->m_data += DATA;
	m->m_len = len;
	if (flags & M_PKTHDR)
		m->m_pkthdr.len = len;
	for (int i = 0; i < len; i++)
		mtod(m, char *)[i] = i * 7;
	return (m);
}

static bool
intact(struct mbuf *m, int len)
{
	char c;

	for (int i = 0; i < len; i++) {
		m_copydata(m, i, 1, &c);
		if (c != (char)(i % 1000 * 7))
			return (false);
	}
	return (true);
}

/* One frame: writable, with room on both sides; its page comes back. */
void
test_mbuf_one(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	uint64_t lent = lkpirs_pool_stat("mbufs_lent");
	struct page_pool_stats s;
	struct page *page;
	struct mbuf *m;

	if (pool == NULL)
		return;
	m = frame(t, pool, 1000, M_PKTHDR);
	if (m != NULL) {
		page = virt_to_head_page(mtod(m, char *));
		EXPECT((m->m_flags & M_EXT) != 0 && M_WRITABLE(m));
		EXPECT(M_LEADINGSPACE(m) == DATA);
		EXPECT(M_TRAILINGSPACE(m) == SIZE - DATA - 1000);
		EXPECT(page->pp == pool && page_count(page) == 1);
		EXPECT(lkpirs_pool_stat("mbufs") == 1);
		EXPECT(lkpirs_pool_stat("mbufs_lent") == lent + 1);
		/* In front there is room: no other mbuf. */
		M_PREPEND(m, 24, M_NOWAIT);
		EXPECT(m->m_len == 1024 && m->m_next == NULL);
		m_adj(m, 24);
		EXPECT(intact(m, 1000));
		m_freem(m);
		EXPECT(lkpirs_pool_stat("mbufs") == 0);
		EXPECT(lkpirs_pool_stat("mbufs_lent") == lent + 1);
		/* The pool has the other half of the page. */
		EXPECT(page->pp == pool && page->pp_ref_count > 1);
	}
	page_pool_destroy(pool);
	/* Whole pages come to rest. */
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	page = page_pool_dev_alloc_pages(pool);
	m = m_get(M_NOWAIT, MT_DATA);
	if (EXPECT(page != NULL && m != NULL && lkpirs_page_pool_m_extadd(m,
	    page_address(page), PAGE_SIZE) == 0)) {
		m_freem(m);
		s = pool_stats(pool);
		EXPECT(s.recycle_stats.ring == 1 && s.recycle_stats.cached == 0);
		EXPECT(page->pp_ref_count == 0);
	} else {
		if (page != NULL)
			page_pool_put_full_page(pool, page, true);
		if (m != NULL)
			m_free(m);
	}
	page_pool_destroy(pool);
}

/* Storage that several mbufs share is read-only, and goes with the last. */
void
test_mbuf_shared(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct mbuf *m, *copy, *own;

	if (pool == NULL)
		return;
	m = frame(t, pool, 1000, M_PKTHDR);
	copy = m == NULL ? NULL : m_copym(m, 0, M_COPYALL, M_NOWAIT);
	if (m != NULL && EXPECT(copy != NULL)) {
		EXPECT(mtod(copy, char *) == mtod(m, char *));
		EXPECT(!M_WRITABLE(m) && !M_WRITABLE(copy));
		EXPECT(M_LEADINGSPACE(m) == 0 && M_TRAILINGSPACE(copy) == 0);
		/* A header in front takes another mbuf, */
		M_PREPEND(copy, 14, M_NOWAIT);
		if (EXPECT(copy != NULL))
			EXPECT(copy->m_next != NULL && copy->m_len == 14);
		/* and one to be written to gets storage of its own. */
		own = m_unshare(m, M_NOWAIT);
		EXPECT(own != NULL);
		if (own != NULL && copy != NULL) {
			EXPECT(M_WRITABLE(own) && intact(own, 1000));
			EXPECT(mtod(own, char *) != mtod(copy->m_next, char *));
		}
		/* The first user's mbuf has gone, its storage has not. */
		if (copy != NULL) {
			EXPECT(lkpirs_pool_stat("mbufs") == 1);
			m_adj(copy, 14);
			EXPECT(intact(copy, 1000));
		}
		m = own;
	}
	m_freem(copy);
	EXPECT(lkpirs_pool_stat("mbufs") == 0 || copy == NULL);
	m_freem(m);
	EXPECT(lkpirs_pool_stat("mbufs") == 0);
	page_pool_destroy(pool);
}

/* A frame over three buffers: what pulls it up copies that much and no more. */
void
test_mbuf_chain(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct mbuf *m, *n;

	if (pool == NULL)
		return;
	m = frame(t, pool, 40, M_PKTHDR);
	n = m;
	for (int i = 0; i < 2 && n != NULL; i++) {
		n->m_next = frame(t, pool, 1000, 0);
		n = n->m_next;
		if (n != NULL)
			m->m_pkthdr.len += 1000;
	}
	if (n != NULL) {
		EXPECT(lkpirs_pool_stat("mbufs") == 3);
		/* The third buffer begins another page. */
		EXPECT(virt_to_page(mtod(m, char *)) ==
		    virt_to_page(mtod(m->m_next, char *)));
		EXPECT(virt_to_page(mtod(n, char *)) !=
		    virt_to_page(mtod(m, char *)));
		m = m_pullup(m, 60);
		if (EXPECT(m != NULL)) {
			EXPECT(m->m_len >= 60 && m->m_pkthdr.len == 2040);
			EXPECT((m->m_flags & M_EXT) == 0);
			EXPECT(intact(m, 40));
			m_adj(m, 40);
			EXPECT(intact(m, 2000));
			/* The head's buffer went back, the others did not. */
			EXPECT(lkpirs_pool_stat("mbufs") == 2);
			/* Off the end: FCS. */
			m_adj(m, -4);
			EXPECT(m->m_pkthdr.len == 1996 && n->m_len == 996);
		}
	}
	m_freem(m);
	EXPECT(lkpirs_pool_stat("mbufs") == 0);
	page_pool_destroy(pool);
}

/* The pool goes first; its last buffer comes from another thread. */
static void
free_one(struct test *t __unused, void *arg, int id __unused)
{
	m_freem(arg);
}

void
test_mbuf_destroyed(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = pool_make(t, &params);
	struct mbuf *a, *b, *c = NULL;
	char *late;

	if (pool == NULL)
		return;
	a = frame(t, pool, 1000, M_PKTHDR);
	b = frame(t, pool, 1000, M_PKTHDR);
	if (a != NULL)
		c = m_copym(a, 0, M_COPYALL, M_NOWAIT);
	late = buffer(pool);
	page_pool_destroy(pool);
	EXPECT(lkpirs_pool_stat("dma_maps") == 0);
	EXPECT(lkpirs_pool_stat("mbufs") == (a != NULL) + (b != NULL));
	if (late != NULL) {
		struct mbuf *m = m_get(M_NOWAIT, MT_DATA);

		/* No more are lent. */
		if (m != NULL) {
			EXPECT(lkpirs_page_pool_m_extadd(m, late, SIZE) == ENXIO);
			EXPECT((m->m_flags & M_EXT) == 0);
			m_free(m);
		}
		page_pool_free_va(virt_to_head_page(late)->pp, late, false);
	}
	if (b != NULL) {
		/* Its bytes are there, and may be written. */
		EXPECT(M_WRITABLE(b) && intact(b, 1000));
		memset(mtod(b, char *) - DATA, 1, SIZE);
		m_freem(b);
	}
	if (a != NULL) {
		EXPECT(intact(a, 1000));
		EXPECT(lkpirs_pool_stat("pools") == 1);
		m_freem(a);
		if (c != NULL) {
			EXPECT(intact(c, 1000) && lkpirs_pool_stat("mbufs") == 1);
			selftest_threads(t, 1, free_one, c);
		}
	}
	for (int i = 0; i < 200 && lkpirs_pool_stat("waiting") != 0; i++)
		pause_sbt("settle", 5 * SBT_1MS, 0, C_HARDCLOCK);
	EXPECT(lkpirs_pool_stat("pools") == 0);
}

/* What is refused stays the caller's. */
void
test_mbuf_refused(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct mbuf *m[16] = { NULL }, *one = m_get(M_WAITOK, MT_DATA);
	int share = lkpirs_page_pool_mbuf_share, i;
	uint64_t refused = lkpirs_pool_stat("mbufs_refused");
	struct page_pool *pool;
	char stack[64], *buf;

	params.pool_size = 16;
	pool = pool_make(t, &params);
	if (pool == NULL) {
		m_free(one);
		return;
	}
	/* Half of 16 pages may be out, which is 16 buffers. */
	lkpirs_page_pool_mbuf_share = 50;
	for (i = 0; i < 16; i++) {
		m[i] = frame(t, pool, 100, M_PKTHDR);
		if (m[i] == NULL)
			break;
	}
	buf = buffer(pool);
	if (i == 16 && EXPECT(buf != NULL)) {
		EXPECT(lkpirs_page_pool_m_extadd(one, buf, SIZE) == ENOBUFS);
		EXPECT(lkpirs_pool_stat("mbufs_refused") == refused + 1);
		EXPECT((one->m_flags & M_EXT) == 0);
		/* One comes back. */
		m_freem(m[3]);
		m[3] = NULL;
		EXPECT(lkpirs_page_pool_m_extadd(one, buf, SIZE) == 0);
		m_free(one);
		one = m_get(M_WAITOK, MT_DATA);
		buf = buffer(pool);
	}
	for (i = 0; i < 16; i++)
		m_freem(m[i]);
	if (EXPECT(buf != NULL)) {
		lkpirs_page_pool_mbuf_share = 0;
		EXPECT(lkpirs_page_pool_m_extadd(one, buf, SIZE) == ENOBUFS);
		lkpirs_page_pool_mbuf_share = share;
		/* Somebody else sees what is written. */
		get_page(virt_to_head_page(buf));
		EXPECT(lkpirs_page_pool_m_extadd(one, buf, SIZE) == EBUSY);
		put_page(virt_to_head_page(buf));
		MISTAKE(EXPECT(lkpirs_page_pool_m_extadd(one, buf, 0) == EINVAL));
		MISTAKE(EXPECT(lkpirs_page_pool_m_extadd(one, buf,
		    PAGE_SIZE + 1) == EINVAL));
		MISTAKE(EXPECT(lkpirs_page_pool_m_extadd(one, buf, ~0U) == EINVAL));
		EXPECT(lkpirs_page_pool_m_extadd(one, stack, sizeof(stack)) ==
		    EOPNOTSUPP);
		EXPECT(lkpirs_page_pool_m_extadd(one, NULL, 64) == EOPNOTSUPP);
		page_pool_free_va(pool, buf, true);
	}
	EXPECT(lkpirs_pool_stat("mbufs") == 0);
	m_free(one);
	lkpirs_page_pool_mbuf_share = share;
	page_pool_destroy(pool);
}

/* A buffer of several pages. */
void
test_mbuf_order1(struct test *t)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool;
	struct page *page;
	struct mbuf *m;

	params.order = 1;
	params.max_len = 2 * PAGE_SIZE;
	pool = pool_make(t, &params);
	if (pool == NULL)
		return;
	m = m_get(M_WAITOK, MT_DATA);
	page = page_pool_dev_alloc_pages(pool);
	if (EXPECT(page != NULL)) {
		MISTAKE(EXPECT(lkpirs_page_pool_m_extadd(m, page_address(page),
		    2 * PAGE_SIZE + 1) == EINVAL));
		if (EXPECT(lkpirs_page_pool_m_extadd(m, page_address(page),
		    2 * PAGE_SIZE) == 0))
			EXPECT(M_TRAILINGSPACE(m) == 2 * PAGE_SIZE);
		else
			page_pool_put_full_page(pool, page, true);
	}
	m_free(m);
	EXPECT(lkpirs_pool_stat("mbufs") == 0);
	page_pool_destroy(pool);
}
