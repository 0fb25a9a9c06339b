/* SPDX-License-Identifier: BSD-2-Clause */
/* Received skbs as mbufs: what is copied, and whose the buffers are.  On LinuxKPI
 * and, in make test-mt76, on the hosted one. */
#include "cases.h"

#include <sys/lock.h>
#include <sys/mbuf.h>

#include <lkpirs/skb_mbuf.h>

extern int lkpirs_page_pool_mbuf_share;

static bool
is_lent(const struct mbuf *m)
{
	return ((m->m_flags & M_EXT) != 0 && m->m_ext.ext_type == EXT_NET_DRV);
}

/* The mbufs have n buffers. */
static bool
out(uint64_t n)
{
	return (lkpirs_pool_stat("mbufs") == n);
}

/* len bytes of the pattern, from this place of it on. */
static bool
holds(struct mbuf *m, int at, int from, int len)
{
	uint8_t c;

	for (int i = 0; i < len; i++) {
		m_copydata(m, at + i, 1, (char *)&c);
		if (!mt76_pattern(&c, from + i, 1))
			return (false);
	}
	return (true);
}

static void
add_frag(struct test *t, struct page_pool *pool, struct sk_buff *skb,
    unsigned int len)
{
	uint8_t *va = mt76_buf(t, pool);
	struct page *page;

	if (va == NULL)
		return;
	page = virt_to_head_page(va);
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page,
	    va - (uint8_t *)page_address(page), len, BUF_SIZE);
}

/* As a driver's receive path does it: the skb is freed first. */
static struct mbuf *
convert(struct sk_buff *skb, bool chain, u_int align)
{
	struct mbuf *m = lkpirs_skb_to_mbuf(skb, chain, align);

	kfree_skb(skb);
	return (m);
}

void
test_mbuf_whole(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	struct mbuf *m;
	uint8_t *data;

	if (pool == NULL)
		return;
	skb = mt76_skb(t, pool, 1500);
	if (skb != NULL) {
		data = skb->data;
		m = convert(skb, false, 0);
		if (EXPECT(m != NULL && is_lent(m) && out(1))) {
			EXPECT(mtod(m, uint8_t *) == data && m->m_len == 1500);
			EXPECT((m->m_flags & M_PKTHDR) != 0 &&
			    m->m_pkthdr.len == 1500 && m->m_next == NULL);
			EXPECT(M_WRITABLE(m) && M_LEADINGSPACE(m) == 64);
			EXPECT(M_TRAILINGSPACE(m) == BUF_SIZE - 64 - 1500);
			EXPECT(holds(m, 0, 64, 1500));
		}
		m_freem(m);
		EXPECT(out(0));
	}
	/* A destroyed pool lends nothing. */
	skb = mt76_skb(t, pool, 1500);
	page_pool_destroy(pool);
	if (skb != NULL) {
		m = convert(skb, false, 0);
		if (EXPECT(m != NULL))
			EXPECT(!is_lent(m) && out(0) && holds(m, 0, 64, 1500));
		m_freem(m);
	}
}

/* A short frame is copied, and its buffer goes back at once. */
void
test_mbuf_short(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	struct mbuf *m;

	if (pool == NULL)
		return;
	for (unsigned int len = lkpirs_skb_rx_copybreak - 1;
	    len <= lkpirs_skb_rx_copybreak + 1; len++) {
		skb = mt76_skb(t, pool, len);
		if (skb == NULL)
			break;
		m = convert(skb, true, 0);
		if (EXPECT(m != NULL)) {
			EXPECT(is_lent(m) == (len > lkpirs_skb_rx_copybreak));
			EXPECT(m->m_pkthdr.len == len && holds(m, 0, 64, len));
		}
		m_freem(m);
		EXPECT(out(0));
	}
	/* It can be switched off. */
	lkpirs_skb_rx_zero_copy = 0;
	skb = mt76_skb(t, pool, 1000);
	m = skb == NULL ? NULL : convert(skb, true, 0);
	lkpirs_skb_rx_zero_copy = 1;
	if (EXPECT(m != NULL))
		EXPECT(!is_lent(m) && out(0) && holds(m, 0, 64, 1000));
	m_freem(m);
	page_pool_destroy(pool);
}

void
test_mbuf_frags(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	struct mbuf *m;

	if (pool == NULL)
		return;
	/* Where they are, or in one piece; or not at all. */
	for (int turn = 0; turn < 3; turn++) {
		skb = mt76_skb(t, pool, 1500);
		if (skb == NULL)
			break;
		for (int i = 0; i < (turn == 2 ? 4 : 2); i++)
			add_frag(t, pool, skb, 1000);
		m = convert(skb, turn == 0, 0);
		EXPECT((m == NULL) == (turn == 2));
		if (m != NULL) {
			EXPECT(out(turn == 0 ? 3 : 0));
			EXPECT((m->m_next == NULL) == (turn == 1));
			EXPECT(m->m_pkthdr.len == 3500);
			EXPECT(holds(m, 0, 64, 1500));
			EXPECT(holds(m, 1500, 0, 1000));
			EXPECT(holds(m, 2500, 0, 1000));
		}
		for (struct mbuf *n = m; turn == 0 && n != NULL; n = n->m_next)
			EXPECT(is_lent(n) && M_WRITABLE(n));
		m_freem(m);
		EXPECT(out(0));
	}
	page_pool_destroy(pool);
}

/* A header that the driver has copied, and the rest in buffers; or with one that
 * has to be copied, too. */
static void
split(struct test *t, struct page_pool *pool, bool shared)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL);
	struct page *page = NULL;
	struct mbuf *m;

	if (!EXPECT(skb != NULL))
		return;
	memset(__skb_put(skb, 30), 'h', 30);
	skb_mark_for_recycle(skb);
	/* What net80211 looks at ends in the second buffer. */
	add_frag(t, pool, skb, 20);
	add_frag(t, pool, skb, 500);
	add_frag(t, pool, skb, 700);
	if (shared) {
		page = skb_frag_page(&skb_shinfo(skb)->frags[1]);
		get_page(page);
	}
	m = convert(skb, true, 0);
	if (EXPECT(m != NULL)) {
		EXPECT(m->m_len == LKPIRS_SKB_MBUF_HEADER && !is_lent(m));
		EXPECT(m->m_pkthdr.len == 1250 && (shared || out(2)));
		EXPECT(mtod(m, char *)[0] == 'h' && mtod(m, char *)[29] == 'h');
		EXPECT(holds(m, 30, 0, 20));
		EXPECT(holds(m, 50, 0, 500) && holds(m, 550, 0, 700));
		EXPECT(m->m_next != NULL && is_lent(m->m_next) == !shared &&
		    m->m_next->m_len == 500 - 14);
	}
	m_freem(m);
	EXPECT(out(0));
	if (page != NULL)
		put_page(page);
}

void
test_mbuf_split(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);

	if (pool == NULL)
		return;
	split(t, pool, false);
	split(t, pool, true);
	page_pool_destroy(pool);
}

/* A byte that must lie at a multiple of four: as it is, or in the copy. */
void
test_mbuf_align(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	struct mbuf *m;

	if (pool == NULL)
		return;
	for (u_int align = 32; align < 36; align++) {
		skb = mt76_skb(t, pool, 1500);
		if (skb == NULL)
			break;
		m = convert(skb, true, align);
		if (EXPECT(m != NULL)) {
			EXPECT(is_lent(m) == (align == 32));
			EXPECT((mtod(m, uintptr_t) + align) % 4 == 0);
			EXPECT(m->m_len == 1500 && holds(m, 0, 64, 1500));
		}
		m_freem(m);
	}
	page_pool_destroy(pool);
}

/* Pools that lend nothing, heads of no pool, pages that somebody else holds. */
void
test_mbuf_refused(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	int share = lkpirs_page_pool_mbuf_share;
	struct page_frag_cache cache = { 0 };
	struct sk_buff *skb;
	struct page *page;
	struct mbuf *m, *n;
	uint8_t *va;

	if (pool == NULL)
		return;
	lkpirs_page_pool_mbuf_share = 0;
	skb = mt76_skb(t, pool, 1500);
	if (skb != NULL) {
		add_frag(t, pool, skb, 1000);
		m = convert(skb, true, 0);
		if (EXPECT(m != NULL)) {
			EXPECT(out(0) && !is_lent(m) && m->m_pkthdr.len == 2500);
			EXPECT(holds(m, 0, 64, 1500) && holds(m, 1500, 0, 1000));
		}
		m_freem(m);
	}
	lkpirs_page_pool_mbuf_share = share;
	skb = mt76_skb(t, pool, 1500);
	if (skb != NULL) {
		page = virt_to_head_page(skb->head);
		get_page(page);
		m = convert(skb, true, 0);
		if (EXPECT(m != NULL))
			EXPECT(!is_lent(m) && holds(m, 0, 64, 1500));
		m_freem(m);
		put_page(page);
	}
	/* Of two pages that one alone. */
	skb = mt76_skb(t, pool, 1500);
	if (skb != NULL) {
		add_frag(t, pool, skb, 100);
		add_frag(t, pool, skb, 1000);
		add_frag(t, pool, skb, 1000);
		page = skb_frag_page(&skb_shinfo(skb)->frags[2]);
		get_page(page);
		m = convert(skb, true, 0);
		if (EXPECT(m != NULL)) {
			EXPECT(holds(m, 0, 64, 1500) && holds(m, 1500, 0, 100));
			EXPECT(holds(m, 1600, 0, 1000) && holds(m, 2600, 0, 1000));
			EXPECT(m->m_pkthdr.len == 3600 && is_lent(m));
			for (n = m; n->m_next != NULL; n = n->m_next)
				;
			EXPECT(!is_lent(n) && n->m_len == 1000);
		}
		m_freem(m);
		put_page(page);
	}
	EXPECT(out(0));
	va = page_frag_alloc(&cache, BUF_SIZE, GFP_KERNEL);
	if (EXPECT(va != NULL)) {
		memset(va, 'f', BUF_SIZE);
		page_frag_cache_drain(&cache);
		skb = napi_build_skb(va, BUF_SIZE);
		skb_mark_for_recycle(skb);
		__skb_put(skb, 1500);
		m = convert(skb, true, 0);
		if (EXPECT(m != NULL))
			EXPECT(!is_lent(m) && mtod(m, char *)[1499] == 'f');
		m_freem(m);
	}
	page_pool_destroy(pool);
}
