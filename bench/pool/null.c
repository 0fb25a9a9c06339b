/* SPDX-License-Identifier: BSD-2-Clause */
/* No pool at all: what handing pages from thread to thread costs by itself. */
#include <sys/types.h>

struct page;
struct page_pool;

static inline struct page *page_pool_dev_alloc_pages(struct page_pool *pool) { return ((struct page *)pool); }
static inline void page_pool_put_full_page(struct page_pool *pool, struct page *page, bool direct) { __asm__ volatile("" :: "r"(pool), "r"(page), "r"(direct)); }

#define	SIDE(name)	bench_null_##name
#define	BENCH_ONLY_FEED
#include "loops.h"
#include "kernel.h"

static void boot(void) { }
static void *create(const struct bench_conf *c) { static long pool; (void)c; return (&pool); }
static void destroy(void *p) { (void)p; }

const struct bench_side bench_null = {
	.name = "null",
	.boot = boot,
	.enter = bench_kernel_enter,
	.create = create,
	.destroy = destroy,
	.put_all = bench_null_put_all,
	.loops = bench_null_loops,
};
