/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selftest_mt76.ko: what mt76.ko and our headers give to LinuxKPI's drivers,
 * on LinuxKPI itself.  `sysctl compat.selftest_mt76.run=1'.
 */
#define	SELFTEST_NAME	selftest_mt76
#include "cases.h"
#include "kmod/selftest/harness.h"
#include "kmod/selftest/books.h"
#include "kmod/selftest/module.h"

int	selftest_mt76_main(int argc, char **argv);

static const struct test_case cases[] = {
	{ "overhead", test_overhead },
	{ "recycle", test_recycle },
	{ "recycle_frags", test_recycle_frags },
	{ "not_recycled", test_not_recycled },
	{ "expand", test_expand },
	{ "cow", test_cow },
	{ "pad", test_pad },
	{ "linearize", test_linearize },
	{ "frag_list", test_frag_list },
	{ "bad_sizes", test_bad_sizes },
	{ "queue_order", test_queue_order },
	{ "queue_splice", test_queue_splice },
	{ "queue_threads", test_queue_threads },
	{ "list", test_list },
	{ "receive", test_receive },
	{ "capabilities", test_capabilities },
	{ "chandef", test_chandef },
	{ "rates", test_rates },
	{ "airtime", test_airtime },
	{ "frames", test_frames },
	{ "elements", test_elements },
	{ "absent", test_absent },
	{ "napi_here", test_napi_here },
	{ "napi_register", test_napi_register },
	{ NULL, NULL },
};

const struct test_suite selftest_suite = { "selftest_mt76", cases, live, errors };

int
selftest_mt76_main(int argc, char **argv)
{
	return (selftest_main(argc, argv));
}

struct page_pool *
mt76_pool(struct test *t)
{
	struct page_pool_params params = {
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = lkpi_softdev(DMA_BIT_MASK(64)),
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};
	struct page_pool *pool = page_pool_create(&params);

	return (EXPECT(!IS_ERR_OR_NULL(pool)) ? pool : NULL);
}

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

SELFTEST_MODULE(selftest_mt76);
MODULE_DEPEND(selftest_mt76, lkpi_page, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, page_pool, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, softdev, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, linuxkpi_page_abi, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, linuxkpi, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, mt76, 1, 1, 1);
