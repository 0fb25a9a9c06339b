/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_dma(9): tags. */
#include "busdma.h"

MALLOC_DEFINE(M_BUSDMA, "busdma", "busdma metadata");

void
khi_busdma_init(void)
{
	malloc_init(M_BUSDMA);
	khi_iommu_init();
	khi_bounce_init();
}

void
_busdma_dflt_lock(void *arg __unused, bus_dma_lock_op_t op __unused)
{
	panic("driver error: _busdma_dflt_lock called");
}

void bus_dma_dflt_lock(void *arg, bus_dma_lock_op_t op) { _busdma_dflt_lock(arg, op); }

void
busdma_lock_mutex(void *arg, bus_dma_lock_op_t op)
{
	if (op == BUS_DMA_LOCK)
		mtx_lock((struct mtx *)arg);
	else
		mtx_unlock((struct mtx *)arg);
}

static bool
id_mapped(bus_dma_tag_t t, vm_paddr_t pa, bus_size_t len)
{
	vm_paddr_t a;

	if (khi_iommu == KHI_TRANSLATE)
		return (false);
	for (a = pa; a < pa + len; a = trunc_page(a) + PAGE_SIZE)
		if (khi_bounce_needed(t, a))
			return (false);
	return (true);
}

/* The domain has changed: another zone, if the tag had one. */
static int
tag_set_domain(bus_dma_tag_t t)
{
	if (t->map_count != 0)
		panic("bus_dma_tag_set_domain: domain set after use");
	if (t->zone == NULL)
		return (0);
	t->bounce_flags &= ~HAS_PAGES;
	return (khi_bounce_tag_setup(t));
}

struct bus_dma_impl bus_dma_bounce_impl = {
	.tag_set_domain = tag_set_domain, .id_mapped = id_mapped,
	.map_create = khi_dma_map_create, .map_destroy = khi_dma_map_destroy,
	.mem_alloc = khi_dma_mem_alloc, .mem_free = khi_dma_mem_free,
	.load_ma = khi_dma_load_ma, .load_phys = khi_dma_load_phys,
	.load_buffer = khi_dma_load_buffer, .map_waitok = khi_dma_waitok,
	.map_complete = khi_dma_complete, .map_unload = khi_dma_unload,
	.map_sync = khi_dma_sync,
};

int
bus_dma_tag_create(bus_dma_tag_t parent, bus_size_t align,
    bus_addr_t boundary, bus_addr_t lowaddr, bus_addr_t highaddr,
    bus_dma_filter_t *filter, void *filterarg, bus_size_t maxsize,
    int nsegments, bus_size_t maxsegsz, int flags, bus_dma_lock_t *lockfunc,
    void *lockarg, bus_dma_tag_t *dmat)
{
	uint64_t caller = KHI_CALLER;
	struct bus_dma_tag_common *c;
	bus_dma_tag_t t;

	if (maxsegsz == 0 || nsegments <= 0 || filter != NULL ||
	    filterarg != NULL || (align & (align - 1)) != 0 ||
	    (boundary & (boundary - 1)) != 0)
		return (EINVAL);
	*dmat = NULL;
	if (boundary != 0 && boundary < maxsegsz)
		maxsegsz = boundary;
	if (khi_fault("bus_dma_tag_create", caller))
		return (ENOMEM);
	t = khi_malloc_at(sizeof(*t), 8, M_BUSDMA, M_NOWAIT | M_ZERO, -1,
	    KHI_INTERNAL);
	if (t == NULL)
		return (ENOMEM);
	c = &t->common;
	c->impl = &bus_dma_bounce_impl;
	c->alignment = MAX(align, 1);
	c->boundary = boundary;
	c->lowaddr = trunc_page(lowaddr) + (PAGE_SIZE - 1);
	c->highaddr = trunc_page(highaddr) + (PAGE_SIZE - 1);
	c->maxsize = maxsize;
	c->nsegments = nsegments;
	c->maxsegsz = maxsegsz;
	c->flags = flags;
	c->lockfunc = lockfunc != NULL ? lockfunc : _busdma_dflt_lock;
	c->lockfuncarg = lockarg;
	c->domain = 0;
	if (parent != NULL) {
		struct bus_dma_tag_common *p = &parent->common;

		c->impl = p->impl;
		c->lowaddr = MIN(p->lowaddr, c->lowaddr);
		c->highaddr = MAX(p->highaddr, c->highaddr);
		if (c->boundary == 0)
			c->boundary = p->boundary;
		else if (p->boundary != 0)
			c->boundary = MIN(p->boundary, c->boundary);
		t->bounce_flags = parent->bounce_flags & COULD_BOUNCE;
		c->domain = p->domain;
	}
	if (khi_iommu != KHI_TRANSLATE &&
	    (c->lowaddr < khi_ram_top() || c->alignment > 1))
		t->bounce_flags = COULD_BOUNCE;
	c->domain = vm_phys_domain_match(c->domain, 0, c->lowaddr);
	if ((t->bounce_flags & COULD_BOUNCE) != 0 &&
	    (flags & BUS_DMA_ALLOCNOW) != 0 && khi_bounce_tag_setup(t) != 0) {
		free(t, M_BUSDMA);
		return (ENOMEM);
	}
	host_track_add(KHI_DMATAG, t, 0, "DMA tag", caller);
	*dmat = t;
	return (0);
}

int
bus_dma_tag_destroy(bus_dma_tag_t t)
{
	if (t == NULL)
		return (0);
	if (t->map_count != 0)
		return (EBUSY);
	if (host_track_del(KHI_DMATAG, t) == 0)
		panic("bus_dma_tag_destroy: %p is no tag", t);
	free(t->segments, M_BUSDMA);
	free(t, M_BUSDMA);
	return (0);
}

int
bus_dma_tag_set_domain(bus_dma_tag_t t, int domain)
{
	domain = vm_phys_domain_match(domain, 0, t->common.lowaddr);
	if (domain == t->common.domain)
		return (0);
	t->common.domain = domain;
	return (t->common.impl->tag_set_domain(t));
}

void
bus_dma_template_init(bus_dma_template_t *t, bus_dma_tag_t parent)
{
	bzero(t, sizeof(*t));
	t->parent = parent;
	t->alignment = 1;
	t->lowaddr = t->highaddr = BUS_SPACE_MAXADDR;
	t->maxsize = t->maxsegsize = BUS_SPACE_MAXSIZE;
	t->nsegments = BUS_SPACE_UNRESTRICTED;
}

int
bus_dma_template_tag(bus_dma_template_t *t, bus_dma_tag_t *dmat)
{
	return (bus_dma_tag_create(t->parent, t->alignment, t->boundary,
	    t->lowaddr, t->highaddr, NULL, NULL, t->maxsize, t->nsegments,
	    t->maxsegsize, t->flags, t->lockfunc, t->lockfuncarg, dmat));
}

bus_dma_tag_t bus_get_dma_tag(device_t dev __unused) { return (NULL); }
