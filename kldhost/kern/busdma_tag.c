/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_dma(9): tags, and loading with a callback. */
#include "busdma.h"

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
	c->flags = flags & ~COULD_BOUNCE;
	c->lockfunc = lockfunc != NULL ? lockfunc : _busdma_dflt_lock;
	c->lockfuncarg = lockarg;
	c->domain = -1;
	if (parent != NULL) {
		struct bus_dma_tag_common *p = &parent->common;

		c->impl = p->impl;
		c->lowaddr = MIN(p->lowaddr, c->lowaddr);
		c->highaddr = MAX(p->highaddr, c->highaddr);
		if (c->boundary == 0)
			c->boundary = p->boundary;
		else if (p->boundary != 0)
			c->boundary = MIN(p->boundary, c->boundary);
		c->flags |= p->flags & COULD_BOUNCE;
		c->domain = p->domain;
	}
	if (khi_iommu != KHI_TRANSLATE &&
	    (c->lowaddr < khi_ram_top() || c->alignment > 1))
		c->flags |= COULD_BOUNCE;
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
	t->common.domain = domain < vm_ndomains ? domain : -1;
	return (0);
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

int
bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len,
    bus_dmamap_callback_t *cb, void *arg, int flags)
{
	uint64_t caller = KHI_CALLER;
	int nsegs = -1, error;

	if (map != NULL && map->loaded)
		panic("bus_dmamap_load: map %p is loaded already", map);
	if (khi_fault("bus_dmamap_load", caller))
		error = ENOMEM;
	else
		error = _bus_dmamap_load_buffer(t, map, buf, len, kernel_pmap,
		    flags, NULL, &nsegs);
	nsegs++;
	if (error != 0)
		cb(arg, t->segments, 0, error);
	else
		cb(arg, t->segments, nsegs, 0);
	/* As the kernel: other errors are the callback's only. */
	return (error == ENOMEM ? error : 0);
}
