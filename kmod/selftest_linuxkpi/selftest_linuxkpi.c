/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * selftest_linuxkpi.ko: what the rebuilt linuxkpi.ko makes of our pages: those
 * of VM objects and of processes come as ours, ours are mapped, and none is
 * lost on the way.  `sysctl compat.selftest_linuxkpi.run=1'.
 */
#define	SELFTEST_NAME	selftest_linuxkpi
#include "cases.h"
#include "kmod/selftest/harness.h"
#include "kmod/selftest/books.h"
#include "kmod/selftest/module.h"

int	selftest_linuxkpi_main(int argc, char **argv);

static const struct test_case cases[] = {
	{ "vmap", test_vmap },
	{ "vmap_foreign", test_vmap_foreign },
	{ "kmap", test_kmap },
	{ "attributes", test_attributes },
	{ "sg_pages", test_sg_pages },
	{ "shmem", test_shmem },
	{ "shmem_outside", test_shmem_outside },
	{ "user_pages", test_user_pages },
	{ "user_pages_fast", test_user_pages_fast },
	{ "user_pages_bad", test_user_pages_bad },
	{ "types", test_types },
	{ NULL, NULL },
};

const struct test_suite selftest_suite = { "selftest_linuxkpi", cases, live, errors };

int
selftest_linuxkpi_main(int argc, char **argv)
{
	return (selftest_main(argc, argv));
}

SELFTEST_MODULE(selftest_linuxkpi);
MODULE_DEPEND(selftest_linuxkpi, lkpi_page, 1, 1, 1);
MODULE_DEPEND(selftest_linuxkpi, page_pool, 1, 1, 1);
MODULE_DEPEND(selftest_linuxkpi, linuxkpi_page_abi, 1, 1, 1);
MODULE_DEPEND(selftest_linuxkpi, linuxkpi, 1, 1, 1);
