/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of selftest_mt76.ko that run on the hosted LinuxKPI as well. */
#include "test.h"
#include "kmod/selftest_mt76/cases.h"
#include "kmod/selftest/harness.h"
#include "kmod/selftest/books.h"

MALLOC_DEFINE(M_SELFTEST, "selftest", "self-tests");

static const struct test_case cases[] = {
	{ "mbuf_whole", test_mbuf_whole },
	{ "mbuf_short", test_mbuf_short },
	{ "mbuf_frags", test_mbuf_frags },
	{ "mbuf_split", test_mbuf_split },
	{ "mbuf_align", test_mbuf_align },
	{ "mbuf_refused", test_mbuf_refused },
	{ NULL, NULL },
};

const struct test_suite selftest_suite = { "mt76_test", cases, live, errors };

static struct device device;

struct page_pool *
mt76_pool(struct test *t)
{
	struct page_pool_params params = {
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = &device,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};
	struct page_pool *pool = page_pool_create(&params);

	return (EXPECT(!IS_ERR_OR_NULL(pool)) ? pool : NULL);
}

int
run_cases(void)
{
	int error;

	hosted_device_add(&device, "cases", DMA_BIT_MASK(64));
	error = selftest_main(0, NULL);
	hosted_device_gone(&device);
	return (error);
}
