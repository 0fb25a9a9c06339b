/* SPDX-License-Identifier: BSD-2-Clause */
/* skbs around pool pages: who gets the pages back, and what the data are. */
#include "cases.h"

/* The pool is destroyed by the case that made it: what is not back by then
 * shows in the books. */

void
test_overhead(struct test *t)
{
	EXPECT(SKB_WITH_OVERHEAD(2048) == 2048);
	EXPECT(sizeof(struct skb_shared_info) > 1024);
}

void
test_recycle(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct page_pool_stats s = { 0 };
	struct sk_buff *skb;

	if (pool == NULL)
		return;
	for (int i = 0; i < 1000; i++) {
		skb = mt76_skb(t, pool, 1500);
		if (skb == NULL)
			break;
		EXPECT(mt76_pattern(skb->data, 64, 1500));
		EXPECT(skb_tailroom(skb) == BUF_SIZE - 64 - 1500);
		kfree_skb(skb);
	}
	/* The first pages from the system, 64 at once, do for all of them. */
	page_pool_get_stats(pool, &s);
	EXPECT(s.alloc_stats.slow == 1 && page_pool_inflight(pool, true) <= 64);
	page_pool_destroy(pool);
}

void
test_recycle_frags(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	uint8_t *va;
	int i;

	if (pool == NULL)
		return;
	for (int turn = 0; turn < 100; turn++) {
		skb = mt76_skb(t, pool, 1500);
		for (i = 0; skb != NULL && i < 7; i++) {
			va = mt76_buf(t, pool);
			if (va == NULL)
				break;
			skb_add_rx_frag(skb, i, virt_to_head_page(va),
			    va - (uint8_t *)page_address(virt_to_head_page(va)),
			    1000, BUF_SIZE);
			EXPECT(skb_frag_address(&skb_shinfo(skb)->frags[i]) == va);
			EXPECT(skb_frag_size(&skb_shinfo(skb)->frags[i]) == 1000);
		}
		if (skb != NULL) {
			EXPECT(skb->len == 8500 && skb->data_len == 7000);
			kfree_skb(skb);
		}
	}
	page_pool_destroy(pool);
}

/* Memory that is not a pool's goes its own way, though the skb recycles. */
void
test_not_recycled(struct test *t)
{
	struct page_frag_cache cache = { 0 };
	struct sk_buff *skb;
	void *va = page_frag_alloc(&cache, BUF_SIZE, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);

	if (!EXPECT(va != NULL && page != NULL))
		return;
	page_frag_cache_drain(&cache);
	skb = napi_build_skb(va, BUF_SIZE);
	if (EXPECT(skb != NULL)) {
		skb_mark_for_recycle(skb);
		skb_add_rx_frag(skb, 0, page, 0, 100, PAGE_SIZE);
		napi_consume_skb(skb, 1);
	}
	skb = alloc_skb(128, GFP_KERNEL);
	if (EXPECT(skb != NULL)) {
		skb_mark_for_recycle(skb);
		dev_kfree_skb(skb);
	}
	kfree_skb(NULL);
}

static void
expand(struct test *t, struct sk_buff *skb)
{
	unsigned int len;
	ptrdiff_t room;

	if (skb == NULL)
		return;
	len = skb->len;
	room = skb_headroom(skb);
	skb_reset_mac_header(skb);
	for (int i = 1; i <= 3; i++) {
		unsigned int tail = skb_tailroom(skb);

		EXPECT(pskb_expand_head(skb, 128, 256, GFP_KERNEL) == 0);
		EXPECT(skb->len == len && mt76_pattern(skb->data, 64, len));
		EXPECT(skb_headroom(skb) == room + 128 * i);
		EXPECT(skb_tailroom(skb) == tail + 256);
		EXPECT(skb_mac_header(skb) == skb->data);
	}
	memset(skb_push(skb, 128), 0xff, 128);
	EXPECT(mt76_pattern(skb->data + 128, 64, len));
	kfree_skb(skb);
}

void
test_expand(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;

	if (pool == NULL)
		return;
	/* A head of a pool, and one within the skb. */
	expand(t, mt76_skb(t, pool, 1000));
	skb = alloc_skb(1200, GFP_KERNEL);
	if (EXPECT(skb != NULL)) {
		uint8_t *va = mt76_buf(t, pool);

		skb_reserve(skb, 32);
		if (va != NULL) {
			skb_put_data(skb, va + 64, 1000);
			page_pool_free_va(pool, va, false);
			expand(t, skb);
		}
	}
	page_pool_destroy(pool);
}

void
test_cow(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	uint8_t *head;

	if (pool == NULL)
		return;
	skb = mt76_skb(t, pool, 1000);
	if (skb != NULL) {
		head = skb->head;
		EXPECT(skb_cow_head(skb, 64) == 0 && skb->head == head);
		EXPECT(skb_cow_head(skb, 65) == 0 && skb->head != head);
		EXPECT(skb_headroom(skb) >= 65);
		EXPECT(mt76_pattern(skb->data, 64, 1000));
		EXPECT(skb_cow_head(skb, UINT_MAX) == -EINVAL);
		kfree_skb(skb);
	}
	page_pool_destroy(pool);
}

void
test_pad(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	uint8_t *va;

	if (pool == NULL)
		return;
	/* With room behind the data, and without. */
	for (int pad = 1; pad < 4000; pad += 997) {
		skb = mt76_skb(t, pool, 1000);
		if (skb == NULL)
			break;
		EXPECT(skb_pad(skb, pad) == 0 && skb->len == 1000);
		EXPECT(skb_tailroom(skb) >= pad);
		EXPECT(mt76_pattern(skb->data, 64, 1000));
		for (int i = 0; i < pad; i++)
			EXPECT(skb->data[1000 + i] == 0);
		EXPECT(skb_put_padto(skb, 1000) == 0 && skb->len == 1000);
		EXPECT(skb_put_padto(skb, 1003) == 0 && skb->len == 1003);
		kfree_skb(skb);
	}
	skb = mt76_skb(t, pool, 1000);
	if (skb != NULL) {
		/* Kept if it is asked for, and gone otherwise. */
		EXPECT(__skb_pad(skb, -1, false) == -EINVAL && skb->len == 1000);
		EXPECT(skb_pad(skb, -1) == -EINVAL);
	}
	/* Behind a fragment, which moves into the head. */
	skb = mt76_skb(t, pool, 1000);
	va = skb != NULL ? mt76_buf(t, pool) : NULL;
	if (va != NULL) {
		skb_add_rx_frag(skb, 0, virt_to_head_page(va),
		    va - (uint8_t *)page_address(virt_to_head_page(va)), 500,
		    BUF_SIZE);
		EXPECT(__skb_pad(skb, 10, false) == 0 && skb->len == 1500);
		EXPECT(!skb_is_nonlinear(skb) && skb_tailroom(skb) >= 10);
		EXPECT(mt76_pattern(skb->data, 64, 1000));
		EXPECT(mt76_pattern(skb->data + 1000, 0, 500));
		EXPECT(skb->data[1500] == 0 && skb->data[1509] == 0);
	}
	kfree_skb(skb);
	page_pool_destroy(pool);
}

void
test_linearize(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb;
	uint8_t *va, copy[300];

	if (pool == NULL)
		return;
	skb = mt76_skb(t, pool, 1000);
	for (int i = 0; skb != NULL && i < 3; i++) {
		va = mt76_buf(t, pool);
		if (va == NULL)
			break;
		skb_add_rx_frag(skb, i, virt_to_head_page(va),
		    va + 100 * i - (uint8_t *)page_address(virt_to_head_page(va)),
		    1000 + i, BUF_SIZE);
	}
	if (skb != NULL) {
		EXPECT(skb->len == 4003);
		/* The end of the head, the first piece's first bytes. */
		EXPECT(skb_copy_bits(skb, 900, copy, 300) == 0);
		EXPECT(mt76_pattern(copy, 964, 100));
		EXPECT(mt76_pattern(copy + 100, 0, 200));
		EXPECT(skb_copy_bits(skb, 3704, copy, 300) == -EFAULT);
		EXPECT(skb_linearize(skb) == 0 && !skb_is_nonlinear(skb));
		EXPECT(skb->len == 4003 && skb_shinfo(skb)->nr_frags == 0);
		EXPECT(mt76_pattern(skb->data, 64, 1000));
		EXPECT(mt76_pattern(skb->data + 1000, 0, 1000));
		EXPECT(mt76_pattern(skb->data + 2000, 100, 1001));
		EXPECT(mt76_pattern(skb->data + 3001, 200, 1002));
		EXPECT(skb_linearize(skb) == 0);
		kfree_skb(skb);
	}
	page_pool_destroy(pool);
}

/* The skbs of an A-MSDU behind the first go with it. */
void
test_frag_list(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	struct sk_buff *skb, *last, *frag;
	int n = 0;

	if (pool == NULL)
		return;
	skb = mt76_skb(t, pool, 100);
	for (int i = 0; skb != NULL && i < 3; i++) {
		frag = mt76_skb(t, pool, 200 + i);
		if (frag == NULL)
			break;
		frag->next = skb_shinfo(skb)->frag_list;
		skb_shinfo(skb)->frag_list = frag;
	}
	if (skb != NULL) {
		last = NULL;
		skb_walk_frags(skb, frag) {
			n++;
			last = frag;
		}
		EXPECT(n == 3 && last != NULL && last->len == 200);
		EXPECT(skb_has_frag_list(skb));
		kfree_skb(skb);
	}
	page_pool_destroy(pool);
}

void
test_bad_sizes(struct test *t)
{
	struct sk_buff *skb = alloc_skb(100, GFP_KERNEL);

	EXPECT(napi_build_skb(NULL, 100) == NULL);
	EXPECT(napi_build_skb(t, 0) == NULL);
	if (!EXPECT(skb != NULL))
		return;
	EXPECT(pskb_expand_head(skb, -1, 0, GFP_KERNEL) == -EINVAL);
	EXPECT(pskb_expand_head(skb, 0, -1, GFP_KERNEL) == -EINVAL);
	EXPECT(pskb_expand_head(skb, INT_MAX, INT_MAX, GFP_KERNEL) == -EINVAL);
	EXPECT(skb->end - skb->head == 100);
	kfree_skb(skb);
}
