/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SDT(9) probes: page_pool(4), DTRACE PROBES.  They are where a pool is made or
 * goes, and where its pages come and leave many at once: a page that goes round
 * in a pool passes none.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/sdt.h>

struct page;
struct page_pool;

void	lkpirs_probe_pool_create(const struct page_pool *pool, uint32_t id);
void	lkpirs_probe_pool_destroy(const struct page_pool *pool, uint32_t id,
	    int in_flight);
void	lkpirs_probe_pool_wait(const struct page_pool *pool, int in_flight);
void	lkpirs_probe_pool_free(const struct page_pool *pool, uint32_t id);
void	lkpirs_probe_pool_stall(uint32_t id, int in_flight, uint64_t seconds);
void	lkpirs_probe_pool_slow(const struct page_pool *pool, u_int pages);
void	lkpirs_probe_pool_refill(const struct page_pool *pool, u_int pages);
void	lkpirs_probe_pool_release(const struct page_pool *pool, u_int pages);
void	lkpirs_probe_pool_shared(const struct page_pool *pool,
	    const struct page *page);

SDT_PROVIDER_DEFINE(page_pool);
SDT_PROBE_DEFINE2(page_pool, , , create, "struct page_pool *", "uint32_t");
SDT_PROBE_DEFINE3(page_pool, , , destroy, "struct page_pool *", "uint32_t",
    "int");
SDT_PROBE_DEFINE2(page_pool, , , wait, "struct page_pool *", "int");
SDT_PROBE_DEFINE2(page_pool, , , free, "struct page_pool *", "uint32_t");
SDT_PROBE_DEFINE3(page_pool, , , stall, "uint32_t", "int", "uint64_t");
SDT_PROBE_DEFINE2(page_pool, , , alloc__slow, "struct page_pool *", "u_int");
SDT_PROBE_DEFINE2(page_pool, , , refill, "struct page_pool *", "u_int");
SDT_PROBE_DEFINE2(page_pool, , , release, "struct page_pool *", "u_int");
SDT_PROBE_DEFINE2(page_pool, , , release__shared, "struct page_pool *",
    "struct page *");

void
lkpirs_probe_pool_create(const struct page_pool *pool, uint32_t id)
{
	SDT_PROBE2(page_pool, , , create, pool, id);
}

void
lkpirs_probe_pool_destroy(const struct page_pool *pool, uint32_t id,
    int in_flight)
{
	SDT_PROBE3(page_pool, , , destroy, pool, id, in_flight);
}

void
lkpirs_probe_pool_wait(const struct page_pool *pool, int in_flight)
{
	SDT_PROBE2(page_pool, , , wait, pool, in_flight);
}

void
lkpirs_probe_pool_free(const struct page_pool *pool, uint32_t id)
{
	SDT_PROBE2(page_pool, , , free, pool, id);
}

void
lkpirs_probe_pool_stall(uint32_t id, int in_flight, uint64_t seconds)
{
	SDT_PROBE3(page_pool, , , stall, id, in_flight, seconds);
}

void
lkpirs_probe_pool_slow(const struct page_pool *pool, u_int pages)
{
	SDT_PROBE2(page_pool, , , alloc__slow, pool, pages);
}

void
lkpirs_probe_pool_refill(const struct page_pool *pool, u_int pages)
{
	SDT_PROBE2(page_pool, , , refill, pool, pages);
}

void
lkpirs_probe_pool_release(const struct page_pool *pool, u_int pages)
{
	SDT_PROBE2(page_pool, , , release, pool, pages);
}

void
lkpirs_probe_pool_shared(const struct page_pool *pool, const struct page *page)
{
	SDT_PROBE2(page_pool, , , release__shared, pool, page);
}
