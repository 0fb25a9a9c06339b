/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selftest.ko: drives lkpi_page.ko's C interface as a driver would.
 *
 * In kldhost: `-- selftest_main [case...]'.  On a real kernel:
 * `sysctl compat.selftest.run=1'.
 */
#define	SELFTEST_PAGE
#define	SELFTEST_NAME	selftest
#include "harness.h"
#include "module.h"

static uint64_t
live(void)
{
	return (lkpirs_stat("live"));
}

static uint64_t
errors(void)
{
	return (lkpirs_stat("errors"));
}

/* first_touch needs shadows that nobody asked for yet. */
static const struct test_case cases[] = {
	{ "first_touch", test_first_touch },
	{ "holes", test_holes },
	{ "bad_pointers", test_bad_pointers },
	{ "every_page", test_every_page },
	{ "identity", test_identity },
	{ "overlaps", test_overlaps },
	{ "virt", test_virt },
	{ "fictitious", test_fictitious },
	{ "orders", test_orders },
	{ "flags", test_flags },
	{ "zero", test_zero },
	{ "dma32", test_dma32 },
	{ "nodes", test_nodes },
	{ "bulk", test_bulk },
	{ "kmem", test_kmem },
	{ "refs", test_refs },
	{ "tails", test_tails },
	{ "split", test_split },
	{ "foreign", test_foreign },
	{ "ttm", test_ttm },
	{ "lock", test_lock },
	{ "frag_many", test_frag_many },
	{ "frag_reuse", test_frag_reuse },
	{ "frag_drain", test_frag_drain },
	{ "drm_pool", test_drm_pool },
	{ "drm_capture", test_drm_capture },
	{ "drm_sg_walk", test_drm_sg_walk },
	{ "drm_sg_opaque", test_drm_sg_opaque },
	{ "drm_caching", test_drm_caching },
	{ "drm_kmap", test_drm_kmap },
	{ "drm_shmem", test_drm_shmem },
	{ "drm_any_pfn", test_drm_any_pfn },
	{ "bad_frees", test_bad_frees },
	{ "bad_calls", test_bad_calls },
	{ "threads", test_threads },
	{ NULL, NULL },
};

/*
 * For tests of unload: pages that nobody but lkpi_page.ko remembers, and
 * their return by a selftest.ko that was loaded later.
 */
#define	HELD	0x68656c64

int	selftest_hold(int argc, char **argv);
int	selftest_release(int argc, char **argv);

int
selftest_hold(int argc __unused, char **argv __unused)
{
	for (int i = 0; i < 3; i++) {
		struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, i);

		if (p == NULL)
			return (ENOMEM);
		p->private = HELD;
	}
	return (0);
}

int
selftest_release(int argc __unused, char **argv __unused)
{
	int found = 0;

	for (u_long pfn = 0; pfn < memory_end() && found < 3; pfn++) {
		struct page *p = is_memory(pfn) ? pfn_to_page(pfn) : NULL;

		if (p != NULL && p->private == HELD && lkpirs_page_live(p)) {
			put_page(p);
			found++;
		}
	}
	return (found == 3 ? 0 : ENOENT);
}

const struct test_suite selftest_suite = { "selftest", cases, live, errors };

SELFTEST_MODULE(selftest);
MODULE_DEPEND(selftest, lkpi_page, 1, 1, 1);
