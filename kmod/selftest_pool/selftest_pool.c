/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selftest_pool.ko: drives page_pool.ko's C interface as a driver would, on
 * softdev's devices.
 *
 * In kldhost: `-- selftest_pool_main [case...]'.  On a real kernel:
 * `sysctl compat.selftest_pool.run=1'.
 */
#define	SELFTEST_NAME	selftest_pool
#include "pool.h"
#include "dma.h"
#include "kmod/selftest/harness.h"
#include "kmod/selftest/books.h"
#include "kmod/selftest/module.h"

int	selftest_pool_main(int argc, char **argv);
int	selftest_pool_hold(int argc, char **argv);
int	selftest_pool_release(int argc, char **argv);

#define	HELD	"a page that selftest_pool_hold() left"

static const struct test_case cases[] = {
	{ "create_refused", test_create_refused },
	{ "create_accepted", test_create_accepted },
	{ "inflight", test_inflight },
	{ "cache_full", test_cache_full },
	{ "ring_full", test_ring_full },
	{ "refill", test_refill },
	{ "other_thread", test_other_thread },
	{ "extra_ref", test_extra_ref },
	{ "bulk", test_bulk },
	{ "order1", test_order1 },
	{ "nid", test_nid },
	{ "napi", test_napi },
	{ "strings", test_strings },
	{ "init_callback", test_init_callback },
	{ "frag_two", test_frag_two },
	{ "frag_reuse", test_frag_reuse },
	{ "frag_outstanding", test_frag_outstanding },
	{ "frag_sizes", test_frag_sizes },
	{ "fragment_page", test_fragment_page },
	{ "sized", test_sized },
	{ "netmem", test_netmem },
	{ "destroy_out", test_destroy_out },
	{ "destroy_frags", test_destroy_frags },
	{ "many_pools", test_many_pools },
	{ "misuse", test_misuse },
	{ "dma_pages", test_dma_pages },
	{ "dma_masks", test_dma_masks },
	{ "dma_neighbours", test_dma_neighbours },
	{ "dma_by_address", test_dma_by_address },
	{ "dma_streaming", test_dma_streaming },
	{ "dma_coherent", test_dma_coherent },
	{ "dma_directions", test_dma_directions },
	{ "dma_ranges", test_dma_ranges },
	{ "dma_resource", test_dma_resource },
	{ "dma_locked", test_dma_locked },
	{ "dma_many", test_dma_many },
	{ "dma_threads", test_dma_threads },
	{ "dma_pool_threads", test_dma_pool_threads },
	{ "dma_need_sync", test_dma_need_sync },
	{ "dma_scattered", test_dma_scattered },
	{ "dma_sg", test_dma_sg },
	{ "dma_sgtable", test_dma_sgtable },
	{ "dma_set_mask", test_dma_set_mask },
	{ "dma_alloc", test_dma_alloc },
	{ "dma_gone", test_dma_gone },
	{ "traffic", test_traffic },
	{ "holders", test_holders },
	{ "holders_untracked", test_holders_untracked },
	{ "holders_going", test_holders_going },
	{ "stall", test_stall },
	{ "scrub", test_scrub },
	{ "scrub_unmapped", test_scrub_unmapped },
	{ "poison", test_poison },
	{ "put_twice", test_put_twice },
	{ "mbuf_one", test_mbuf_one },
	{ "mbuf_shared", test_mbuf_shared },
	{ "mbuf_chain", test_mbuf_chain },
	{ "mbuf_destroyed", test_mbuf_destroyed },
	{ "mbuf_refused", test_mbuf_refused },
	{ "mbuf_order1", test_mbuf_order1 },
	{ "mbuf_traffic", test_mbuf_traffic },
	{ NULL, NULL },
};

const struct test_suite selftest_suite = { "selftest_pool", cases, live, errors };

int
selftest_pool_main(int argc, char **argv)
{
	return (selftest_main(argc, argv));
}

/*
 * For tests of unload: a pool and a page of it that this kld forgets, and that
 * a selftest_pool.ko loaded later finds.  With an argument the pool is
 * destroyed while the page is out.
 */
int
selftest_pool_hold(int argc, char **argv __unused)
{
	struct page_pool_params params = pool_params();
	struct page_pool *pool = page_pool_create(&params);
	struct page *page;

	if (IS_ERR(pool))
		return (-PTR_ERR(pool));
	page = page_pool_dev_alloc_pages(pool);
	if (page == NULL)
		return (ENOMEM);
	memcpy(page_address(page), HELD, sizeof(HELD));
	if (argc > 1)
		page_pool_destroy(pool);
	return (0);
}

static struct page *
find_held(void)
{
	for (u_long pfn = 0; pfn < lkpirs_vmemmap.npfns; pfn++) {
		struct page *p = pfn_to_page(pfn);

		if (p != NULL && p->page_type == LKPIRS_OWNER_POOL &&
		    lkpirs_page_live(p) && strcmp(page_address(p), HELD) == 0)
			return (p);
	}
	return (NULL);
}

int
selftest_pool_release(int argc, char **argv __unused)
{
	struct page *page = find_held();
	struct page_pool *pool;

	if (page == NULL)
		return (ENOENT);
	pool = page->pp;
	page_pool_put_full_page(pool, page, false);
	if (argc <= 1)
		page_pool_destroy(pool);
	return (0);
}

SELFTEST_MODULE(selftest_pool);
MODULE_DEPEND(selftest_pool, lkpi_page, 1, 1, 1);
MODULE_DEPEND(selftest_pool, page_pool, 1, 1, 1);
MODULE_DEPEND(selftest_pool, softdev, 1, 1, 1);
