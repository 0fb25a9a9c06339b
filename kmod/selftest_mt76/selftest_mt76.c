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
	{ "mbuf_whole", test_mbuf_whole },
	{ "mbuf_short", test_mbuf_short },
	{ "mbuf_frags", test_mbuf_frags },
	{ "mbuf_split", test_mbuf_split },
	{ "mbuf_align", test_mbuf_align },
	{ "mbuf_refused", test_mbuf_refused },
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

SELFTEST_MODULE(selftest_mt76);
MODULE_DEPEND(selftest_mt76, lkpi_page, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, page_pool, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, softdev, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, linuxkpi_page_abi, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, linuxkpi, 1, 1, 1);
MODULE_DEPEND(selftest_mt76, mt76, 1, 1, 1);
