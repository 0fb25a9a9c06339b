/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounce zones: who may make one, who shares one, and when pages run out. */
#include "dma.h"

static struct mtx lock, spin;
MTX_SYSINIT(bounce_lock, &lock, "driver lock", MTX_DEF);
MTX_SYSINIT(bounce_spin, &spin, "driver spin lock", MTX_SPIN);

static int
tag_below(bus_addr_t low, bus_size_t size, int flags, bus_dma_tag_t *t)
{
	return (bus_dma_tag_create(NULL, 1, 0, low, BUS_SPACE_MAXADDR, NULL,
	    NULL, size, 2, size, flags, busdma_lock_mutex, &lock, t));
}

/* The first map of a zone sleeps: caught under a mutex. */
ENTRY(zone_under_mutex)
{
	bus_dma_tag_t t;
	bus_dmamap_t m;

	mtx_lock(&lock);
	CHECK(tag_below((16 << 20) - 1, PAGE_SIZE, 0, &t) == 0);
	CHECK(bus_dmamap_create(t, 0, &m) == 0);
	mtx_unlock(&lock);
	CHECK(bus_dmamap_destroy(t, m) == 0 && bus_dma_tag_destroy(t) == 0);
	return (0);
}

/* With BUS_DMA_ALLOCNOW it is the tag that sleeps. */
ENTRY(allocnow_under_mutex)
{
	bus_dma_tag_t t;

	mtx_lock(&lock);
	CHECK(tag_below((16 << 20) - 1, PAGE_SIZE, BUS_DMA_ALLOCNOW, &t) == 0);
	mtx_unlock(&lock);
	return (bus_dma_tag_destroy(t));
}

/* Neither does when the zone is there: later maps, and tags that share it. */
ENTRY(zone_before_mutex)
{
	bus_dma_tag_t t, u;
	bus_dmamap_t m, n, o;

	CHECK(tag_below((16 << 20) - 1, PAGE_SIZE, 0, &t) == 0);
	CHECK(bus_dmamap_create(t, 0, &m) == 0);
	mtx_lock(&lock);
	CHECK(bus_dmamap_create(t, 0, &n) == 0);
	CHECK(tag_below((17 << 20) - 1, 4 * PAGE_SIZE, 0, &u) == 0);
	CHECK(bus_dmamap_create(u, 0, &o) == 0);
	mtx_unlock(&lock);
	CHECK(bus_dmamap_destroy(u, o) == 0 && bus_dma_tag_destroy(u) == 0);
	CHECK(bus_dmamap_destroy(t, n) == 0 && bus_dmamap_destroy(t, m) == 0);
	return (bus_dma_tag_destroy(t));
}

/* A stricter tag has a zone of its own, and so has a stricter alignment. */
ENTRY(zone_stricter)
{
	bus_dma_tag_t t, u;
	bus_dmamap_t m;

	CHECK(zone_before_mutex(0, NULL) == 0);
	CHECK(tag_below((15 << 20) - 1, PAGE_SIZE, BUS_DMA_ALLOCNOW, &t) == 0);
	CHECK(bus_dma_tag_create(NULL, 2 * PAGE_SIZE, 0, BUS_SPACE_MAXADDR,
	    BUS_SPACE_MAXADDR, NULL, NULL, PAGE_SIZE, 1, PAGE_SIZE, 0, NULL,
	    NULL, &u) == 0);
	CHECK(bus_dmamap_create(u, 0, &m) == 0);
	CHECK(bus_dmamap_destroy(u, m) == 0);
	return (bus_dma_tag_destroy(t) + bus_dma_tag_destroy(u));
}

/* Bounced loads take a mutex: not for a spin lock's owner. */
ENTRY(load_under_spin)
{
	int n = -1;

	CHECK(setup(1) == 0);
	bus_dmamap_unload(dmat, map);
	mtx_lock_spin(&spin);
	CHECK(_bus_dmamap_load_phys(dmat, map, VM_PAGE_TO_PHYS(page), PAGE_SIZE,
	    BUS_DMA_NOWAIT, seg, &n) == 0);
	mtx_unlock_spin(&spin);
	return (teardown());
}

static void
deferred_cb(void *arg, bus_dma_segment_t *s, int n, int error)
{
	mtx_assert(&lock, MA_OWNED);	/* by the tag's lock function */
	cb(arg, s, n, error);
}

/* Two maps brought a page each, and each load needs two. */
ENTRY(zone_runs_out)
{
	bus_dma_tag_t t;
	bus_dmamap_t a, b;
	char *p;
	u_long l;
	int i;

	CHECK(getenv_ulong("compat.softdev.dma_limit", &l));
	CHECK(tag_below(l, PAGE_SIZE, 0, &t) == 0);
	CHECK(bus_dmamap_create(t, 0, &a) == 0 && bus_dmamap_create(t, 0, &b) == 0);
	p = contigmalloc(2 * PAGE_SIZE, M_DMA, M_WAITOK, l + 1, ~0UL, PAGE_SIZE, 0);
	strcpy(p + 100, "late");
	CHECK(bus_dmamap_load(t, a, p + 100, PAGE_SIZE, cb, NULL,
	    BUS_DMA_NOWAIT) == 0 && cb_segs == 2);
	/* Who may not wait gets nothing, */
	CHECK(bus_dmamap_load(t, b, p + 100, PAGE_SIZE, cb, NULL,
	    BUS_DMA_NOWAIT) == ENOMEM && cb_error == ENOMEM);
	/* who may is called when pages are free. */
	cb_segs = -1;
	mtx_lock(&lock);
	CHECK(bus_dmamap_load(t, b, p + 100, PAGE_SIZE, deferred_cb, NULL,
	    BUS_DMA_WAITOK) == EINPROGRESS && cb_segs == -1);
	bus_dmamap_unload(t, a);
	mtx_unlock(&lock);
	for (i = 0; i < 10 && cb_segs == -1; i++)
		pause("dma", 1);
	CHECK(cb_segs == 2 && cb_error == 0 && seg[1].ds_addr <= l);
	bus_dmamap_sync(t, b, BUS_DMASYNC_PREWRITE);
	CHECK(strcmp(DEV(0), "late") == 0);
	bus_dmamap_unload(t, b);
	CHECK(bus_dmamap_destroy(t, a) == 0 && bus_dmamap_destroy(t, b) == 0);
	free(p, M_DMA);
	return (bus_dma_tag_destroy(t));
}

/* A map that waits may not be destroyed. */
ENTRY(destroy_waiting)
{
	bus_dma_tag_t t;
	bus_dmamap_t a;
	char *p;
	u_long l;

	CHECK(getenv_ulong("compat.softdev.dma_limit", &l));
	CHECK(tag_below(l, PAGE_SIZE, 0, &t) == 0);
	CHECK(bus_dmamap_create(t, 0, &a) == 0);
	p = contigmalloc(2 * PAGE_SIZE, M_DMA, M_WAITOK, l + 1, ~0UL, PAGE_SIZE, 0);
	CHECK(bus_dmamap_load(t, a, p + 100, PAGE_SIZE, cb, NULL, 0) ==
	    EINPROGRESS);
	return (bus_dmamap_destroy(t, a));
}

/* No memory below the limit for the zone's pages. */
ENTRY(zone_without_pages)
{
	bus_dma_tag_t t;
	bus_dmamap_t m;

	CHECK(tag_below(2 * PAGE_SIZE - 1, PAGE_SIZE, 0, &t) == 0);
	CHECK(bus_dmamap_create(t, 0, &m) == ENOMEM && m == NULL);
	CHECK(bus_dma_tag_destroy(t) == 0);
	CHECK(tag_below(2 * PAGE_SIZE - 1, PAGE_SIZE, BUS_DMA_ALLOCNOW, &t) ==
	    ENOMEM && t == NULL);
	return (0);
}

/* Each domain has zones of its own, and a tag that moves gets another. */
ENTRY(zone_of_domain)
{
	bus_dma_tag_t t;
	bus_dmamap_t m;
	char *p;
	int d;

	CHECK(vm_ndomains == 2);
	CHECK(bus_dma_tag_create(NULL, 64, 0, BUS_SPACE_MAXADDR,
	    BUS_SPACE_MAXADDR, NULL, NULL, PAGE_SIZE, 2, PAGE_SIZE, 0, NULL,
	    NULL, &t) == 0);
	p = malloc(PAGE_SIZE, M_DMA, M_WAITOK);
	for (d = 0; d < 2; d++) {
		CHECK(bus_dma_tag_set_domain(t, d) == 0);
		CHECK(bus_dmamap_create(t, 0, &m) == 0);
		CHECK(bus_dmamap_load(t, m, p + 1, 100, cb, NULL,
		    BUS_DMA_NOWAIT) == 0 && cb_segs == 1);
		CHECK(vm_phys_segs[PHYS_TO_VM_PAGE(seg[0].ds_addr)->segind].domain ==
		    d);
		bus_dmamap_unload(t, m);
		CHECK(bus_dmamap_destroy(t, m) == 0);
	}
	free(p, M_DMA);
	return (bus_dma_tag_destroy(t));
}

MODULE_(bounce, plain_event);
