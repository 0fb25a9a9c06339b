/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's own design of a page_pool (2026), to compare with: each buffer is a
 * page from the system, mapped when it is handed out, unmapped and freed when it
 * is put; a mapping is found by its address in a table under a lock, as
 * LinuxKPI's are (in a radix tree there; a hash is cheaper).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/bus.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <machine/bus.h>
#include <machine/bus_dma.h>

#include <linux/device.h>
#include <net/page_pool/helpers.h>

#define	HASH	4096

struct page *lkpirs_alloc_pages_owner(gfp_t, u_int order, int nid, uint64_t high,
	    int owner);
void	lkpirs_free_owned_bulk(int owner, u_long n, struct page **);

static MALLOC_DEFINE(M_STUB, "stub pool", "page_pool as FreeBSD has it");

struct mapping {
	struct mapping	*next;
	uint64_t	addr;
	bus_dmamap_t	map;
};

struct stub {
	struct page_pool pool;		/* first: drivers hold this */
	uint64_t	mask;
	bus_dma_tag_t	tag;
	struct mtx	lock;
	struct mapping	*hash[HASH];
	u_long		refs;		/* pages out, and the driver's */
};

static volatile u_long out;

u_long
stub_page_pool_out(void)
{
	return (out);
}

static void
no_lock(void *arg __unused, bus_dma_lock_op_t op __unused)
{
}

struct page_pool *
stub_page_pool_create(const struct page_pool_params *p)
{
	struct stub *s = malloc(sizeof(*s), M_STUB, M_WAITOK | M_ZERO);
	int error;

	s->pool.p = p->fast;
	s->mask = dma_get_mask(p->dev);
	error = bus_dma_tag_create(NULL, 1, 0, s->mask, BUS_SPACE_MAXADDR, NULL,
	    NULL, PAGE_SIZE, 1, PAGE_SIZE, 0, no_lock, NULL, &s->tag);
	if (error != 0) {
		free(s, M_STUB);
		return (ERR_PTR(-error));
	}
	mtx_init(&s->lock, "stub pool", NULL, MTX_DEF);
	s->refs = 1;
	return (&s->pool);
}

static void
unref(struct stub *s)
{
	if (atomic_fetchadd_long(&s->refs, -1) != 1)
		return;
	mtx_destroy(&s->lock);
	bus_dma_tag_destroy(s->tag);
	free(s, M_STUB);
}

/* The real one frees it under the pages that are out; so much is not needed to
 * compare. */
void
stub_page_pool_destroy(struct page_pool *pool)
{
	if (pool != NULL)
		unref((struct stub *)pool);
}

static struct mapping **
place(struct stub *s, uint64_t addr)
{
	return (&s->hash[addr / PAGE_SIZE % HASH]);
}

static struct mapping *
map(struct stub *s, vm_paddr_t pa)
{
	struct mapping *m = malloc(sizeof(*m), M_STUB, M_NOWAIT);
	bus_dma_segment_t seg;
	int n = -1;

	if (m == NULL)
		return (NULL);
	mtx_lock(&s->lock);
	if (bus_dmamap_create(s->tag, 0, &m->map) != 0) {
		mtx_unlock(&s->lock);
		free(m, M_STUB);
		return (NULL);
	}
	if (_bus_dmamap_load_phys(s->tag, m->map, pa, PAGE_SIZE, BUS_DMA_NOWAIT,
	    &seg, &n) != 0) {
		bus_dmamap_destroy(s->tag, m->map);
		mtx_unlock(&s->lock);
		free(m, M_STUB);
		return (NULL);
	}
	m->addr = seg.ds_addr;
	m->next = *place(s, m->addr);
	*place(s, m->addr) = m;
	mtx_unlock(&s->lock);
	return (m);
}

struct page *
stub_page_pool_alloc_frag(struct page_pool *pool, unsigned int *offset,
    unsigned int size __unused, gfp_t gfp)
{
	struct stub *s = (struct stub *)pool;
	struct mapping *m;
	struct page *page;

	page = lkpirs_alloc_pages_owner(gfp, 0, NUMA_NO_NODE, s->mask,
	    LKPIRS_OWNER_POOL);
	if (page == NULL)
		return (NULL);
	m = map(s, page_to_phys(page));
	if (m == NULL) {
		lkpirs_free_owned_bulk(LKPIRS_OWNER_POOL, 1, &page);
		return (NULL);
	}
	page->pp = pool;
	page->dma_addr = m->addr;
	*offset = 0;
	atomic_add_long(&s->refs, 1);
	atomic_add_long(&out, 1);
	return (page);
}

void
stub_page_pool_put(struct page_pool *pool, struct page *page,
    unsigned int dma_sync_size __unused)
{
	struct stub *s = (struct stub *)pool;
	struct mapping **at, *m;

	mtx_lock(&s->lock);
	for (at = place(s, page->dma_addr); (m = *at)->addr != page->dma_addr;
	    at = &m->next)
		;
	*at = m->next;
	bus_dmamap_unload(s->tag, m->map);
	bus_dmamap_destroy(s->tag, m->map);
	mtx_unlock(&s->lock);
	free(m, M_STUB);
	page->pp = NULL;
	lkpirs_free_owned_bulk(LKPIRS_OWNER_POOL, 1, &page);
	atomic_subtract_long(&out, 1);
	unref(s);
}

bool
stub_page_pool_get_stats(const struct page_pool *pool __unused,
    struct page_pool_stats *stats __unused)
{
	return (false);
}
