/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's own page_pool of 2026 as a side, modelled: every buffer is a page
 * from the system, mapped when it is handed out, unmapped and freed when it is
 * put.  A mapping is found by its exact address in a table under a lock, as
 * LinuxKPI's is (a radix tree there; a hash here, which is cheaper).  On the
 * kernel functions that our side has too.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_page.h>
#include <machine/bus.h>
#include <machine/bus_dma.h>

#include "kernel.h"
#include "side.h"

#define	HASH	4096

struct mapping {
	struct mapping	*next;
	uint64_t	addr;
	bus_dmamap_t	map;
};

static struct pool {
	struct mtx	lock;
	bus_dma_tag_t	tag;
	struct mapping	*hash[HASH];
	struct mapping	*unused;
} pool;

struct buffer {
	vm_page_t	page;
	uint64_t	addr;
};

static inline struct mapping **
place(uint64_t addr)
{
	return (&pool.hash[addr / PAGE_SIZE % HASH]);
}

static struct buffer
get(void)
{
	vm_page_t m = vm_page_alloc_noobj(VM_ALLOC_WIRED | VM_ALLOC_NOWAIT);
	bus_dma_segment_t seg;
	struct mapping *p;
	int n = -1;

	if (m == NULL)
		host_panic("no page");
	mtx_lock(&pool.lock);
	p = pool.unused;
	if (p != NULL)
		pool.unused = p->next;
	else
		p = host_alloc(sizeof(*p), CACHE_LINE_SIZE);
	if (bus_dmamap_create(pool.tag, 0, &p->map) != 0 ||
	    _bus_dmamap_load_phys(pool.tag, p->map, VM_PAGE_TO_PHYS(m), PAGE_SIZE,
	    BUS_DMA_NOWAIT, &seg, &n) != 0)
		host_panic("no mapping");
	p->addr = seg.ds_addr;
	p->next = *place(p->addr);
	*place(p->addr) = p;
	mtx_unlock(&pool.lock);
	return ((struct buffer){ m, seg.ds_addr });
}

static void
put(struct buffer b)
{
	struct mapping **at, *p;

	mtx_lock(&pool.lock);
	for (at = place(b.addr); (p = *at)->addr != b.addr; at = &p->next)
		;
	*at = p->next;
	bus_dmamap_unload(pool.tag, p->map);
	bus_dmamap_destroy(pool.tag, p->map);
	p->next = pool.unused;
	pool.unused = p;
	mtx_unlock(&pool.lock);
	if (vm_page_unwire_noq(b.page))
		vm_page_free(b.page);
}

static void
sync(uint64_t addr)
{
	struct mapping *p;

	mtx_lock(&pool.lock);
	/* By the exact address: a sync at an offset finds nothing. */
	for (p = *place(addr); p != NULL && p->addr != addr; p = p->next)
		;
	if (p != NULL)
		bus_dmamap_sync(pool.tag, p->map, BUS_DMASYNC_POSTREAD);
	mtx_unlock(&pool.lock);
}

/* One out, one in. */
static void
bench_stub_loop_cache(const struct bench_args *a)
{
	for (unsigned long i = 0; i < a->n; i++)
		put(get());
}

static void
bench_stub_loop_cycle(const struct bench_args *a)
{
	static struct buffer ring[BENCH_DESCS];

	for (unsigned long i = 0; i < a->n; i += BENCH_DESCS) {
		for (int k = 0; k < BENCH_DESCS; k++)
			ring[k] = get();
		for (int k = 0; k < BENCH_DESCS; k++)
			sync(ring[k].addr + 64);
		for (int k = 0; k < BENCH_DESCS; k++)
			put(ring[k]);
	}
}

static const struct bench_loop loops[] = {
	{ "cache", bench_stub_loop_cache },
	{ "cycle", bench_stub_loop_cycle },
	{ NULL, NULL },
};

static void
boot(void)
{
	mtx_init(&pool.lock, "stub dma", NULL, MTX_DEF);
	if (bus_dma_tag_create(NULL, 1, 0, 0xffffffff, BUS_SPACE_MAXADDR, NULL, NULL,
	    PAGE_SIZE, 1, PAGE_SIZE, 0, NULL, NULL, &pool.tag) != 0)
		host_panic("no tag");
}

static void *create(const struct bench_conf *c __unused) { return (&pool); }
static void destroy(void *p __unused) { }

/* Its kernel is that of our side, which has booted. */
const struct bench_side bench_stub = {
	.name = "stub",
	.boot = boot,
	.enter = bench_kernel_enter,
	.create = create,
	.destroy = destroy,
	.loops = loops,
};
