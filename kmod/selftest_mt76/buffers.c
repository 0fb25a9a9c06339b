/* SPDX-License-Identifier: BSD-2-Clause */
/* RX buffers, as mt76 has them, and skbs around them. */
#include "cases.h"

static uint8_t
pattern(unsigned int i)
{
	return (i * 7 + i / 256);
}

void *
mt76_buf(struct test *t, struct page_pool *pool)
{
	unsigned int offset;
	struct page *page;
	uint8_t *va;

	page = page_pool_dev_alloc_frag(pool, &offset, BUF_SIZE);
	if (!EXPECT(page != NULL))
		return (NULL);
	va = (uint8_t *)page_address(page) + offset;
	for (int i = 0; i < BUF_SIZE; i++)
		va[i] = pattern(i);
	return (va);
}

struct sk_buff *
mt76_skb(struct test *t, struct page_pool *pool, unsigned int len)
{
	void *va = mt76_buf(t, pool);
	struct sk_buff *skb;

	if (va == NULL)
		return (NULL);
	skb = napi_build_skb(va, BUF_SIZE);
	if (!EXPECT(skb != NULL))
		return (NULL);
	skb_reserve(skb, 64);
	skb_mark_for_recycle(skb);
	__skb_put(skb, len);
	return (skb);
}

bool
mt76_pattern(const uint8_t *p, unsigned int from, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		if (p[i] != pattern(from + i))
			return (false);
	return (true);
}
