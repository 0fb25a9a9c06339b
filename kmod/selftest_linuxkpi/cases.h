/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of selftest_linuxkpi.ko. */
#ifndef _SELFTEST_LINUXKPI_H_
#define _SELFTEST_LINUXKPI_H_

#include "kmod/selftest/selftest.h"

#include <linux/mm.h>
#include <linux/err.h>
#include <linux/pagemap.h>
#include <net/page_pool/helpers.h>

uint64_t lkpirs_stat(const char *name);

/* kernel.c: pages that the kernel maps. */
void	test_vmap(struct test *);
void	test_vmap_foreign(struct test *);
void	test_kmap(struct test *);
void	test_attributes(struct test *);
void	test_sg_pages(struct test *);
/* A page filled with a pattern of its own, and whether it still holds it. */
void	fill_page(void *va, uint32_t seed);
bool	page_holds(const void *va, uint32_t seed);
/* foreign.c: pages of VM objects and of processes. */
void	test_shmem(struct test *);
void	test_shmem_outside(struct test *);
void	test_user_pages(struct test *);
void	test_user_pages_fast(struct test *);
void	test_user_pages_bad(struct test *);
void	test_types(struct test *);

#endif /* _SELFTEST_LINUXKPI_H_ */
