/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of selftest_pool.ko. */
#ifndef _SELFTEST_POOL_H_
#define _SELFTEST_POOL_H_

#include "kmod/selftest/selftest.h"

#include <net/page_pool/helpers.h>
#include <lkpirs/softdev.h>

uint64_t lkpirs_stat(const char *name);
int	lkpirs_page_live(const struct page *);

/* Variables of compat.page_pool. */
extern int lkpirs_page_pool_track, lkpirs_page_pool_poison;
extern int lkpirs_page_pool_stall_secs;

/* A pool as mt76 has it, unless the case wants otherwise. */
struct page_pool_params pool_params(void);
/* NULL, and the case has failed, if there is none. */
struct page_pool *pool_make(struct test *, const struct page_pool_params *);
/* n pages; how many there were. */
int	pool_take(struct test *, struct page_pool *, struct page **, int n);
void	pool_give(struct page_pool *, struct page **, int n, bool direct);
struct page_pool_stats pool_stats(const struct page_pool *);

/* create.c */
void	test_create_refused(struct test *);
void	test_create_accepted(struct test *);
void	test_strings(struct test *);
void	test_init_callback(struct test *);
/* pool.c */
void	test_inflight(struct test *);
void	test_cache_full(struct test *);
void	test_ring_full(struct test *);
void	test_refill(struct test *);
void	test_other_thread(struct test *);
void	test_extra_ref(struct test *);
void	test_bulk(struct test *);
void	test_order1(struct test *);
void	test_nid(struct test *);
void	test_napi(struct test *);
/* frag.c */
void	test_frag_two(struct test *);
void	test_frag_reuse(struct test *);
void	test_frag_outstanding(struct test *);
void	test_frag_sizes(struct test *);
void	test_fragment_page(struct test *);
void	test_sized(struct test *);
void	test_netmem(struct test *);
/* life.c */
void	test_destroy_out(struct test *);
void	test_destroy_frags(struct test *);
void	test_many_pools(struct test *);
void	test_misuse(struct test *);
void	test_traffic(struct test *);
/* dma.c */
void	test_dma_pages(struct test *);
void	test_dma_masks(struct test *);
void	test_dma_neighbours(struct test *);
void	test_dma_by_address(struct test *);
void	test_dma_streaming(struct test *);
void	test_dma_coherent(struct test *);

/* holders.c */
void	test_holders(struct test *);
void	test_holders_untracked(struct test *);
void	test_holders_going(struct test *);
void	test_stall(struct test *);
/* scrub.c */
void	test_scrub(struct test *);
void	test_scrub_unmapped(struct test *);
void	test_poison(struct test *);
void	test_put_twice(struct test *);

/* mbuf.c */
void	test_mbuf_one(struct test *);
void	test_mbuf_shared(struct test *);
void	test_mbuf_chain(struct test *);
void	test_mbuf_destroyed(struct test *);
void	test_mbuf_refused(struct test *);
void	test_mbuf_order1(struct test *);
/* mbuf_traffic.c */
void	test_mbuf_traffic(struct test *);

#endif /* _SELFTEST_POOL_H_ */
