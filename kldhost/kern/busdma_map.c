/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_dma(9): maps, and memory that a device shares. */
#include "busdma.h"

void	*khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
	    uint64_t caller);
void	khi_kmem_free(void *p, vm_size_t size);

int
khi_dma_segments(bus_dma_tag_t t)
{
	if (t->segments == NULL)
		t->segments = khi_malloc_at(sizeof(bus_dma_segment_t) *
		    t->common.nsegments, 8, M_BUSDMA, M_NOWAIT, -1,
		    KHI_INTERNAL);
	return (t->segments == NULL ? ENOMEM : 0);
}

static int
map_new(bus_dma_tag_t t, bus_dmamap_t *mapp, const char *what, uint64_t caller)
{
	bus_dmamap_t map = NULL;
	int error;

	*mapp = NULL;
	if (khi_fault(what, caller))
		return (ENOMEM);
	error = khi_dma_segments(t);
	if (error != 0)
		return (error);
	if (khi_iommu == KHI_TRANSLATE || (t->bounce_flags & COULD_BOUNCE)) {
		map = khi_malloc_at(sizeof(*map), 8, M_BUSDMA, M_NOWAIT |
		    M_ZERO, -1, KHI_INTERNAL);
		if (map == NULL)
			return (ENOMEM);
		STAILQ_INIT(&map->bpages);
		STAILQ_INIT(&map->iovas);
		map->tag = t;
	}
	if ((t->bounce_flags & COULD_BOUNCE) != 0) {
		error = khi_bounce_map_create(t, caller);
		if (error != 0) {
			free(map, M_BUSDMA);
			return (error);
		}
	}
	if (map != NULL)
		host_track_add(KHI_DMAMAP, map, 0, "DMA map", caller);
	atomic_add_int(&t->map_count, 1);
	t->map_caller = caller;
	*mapp = map;
	return (0);
}

int
khi_dma_map_create(bus_dma_tag_t t, int flags __unused, bus_dmamap_t *mapp)
{
	return (map_new(t, mapp, "bus_dmamap_create", KHI_CALLER));
}

int
khi_dma_map_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (map != NULL) {
		if (map->loaded)
			return (EBUSY);
		if (map->waiting)
			panic("bus_dmamap_destroy: map %p waits for pages", map);
		if (host_track_del(KHI_DMAMAP, map) == 0)
			panic("bus_dmamap_destroy: %p is no map", map);
		khi_bounce_map_destroy(t);
		free(map, M_BUSDMA);
	}
	if (t->map_count <= 0)
		panic("bus_dmamap_destroy: tag %p has no maps", t);
	atomic_subtract_int(&t->map_count, 1);
	return (0);
}

int
khi_dma_mem_alloc(bus_dma_tag_t t, void **vaddr, int flags, bus_dmamap_t *mapp)
{
	uint64_t caller = KHI_CALLER;
	bus_size_t align = MAX(t->common.alignment, PAGE_SIZE);
	vm_paddr_t high = khi_iommu == KHI_TRANSLATE ? ~0UL : t->common.lowaddr;
	vm_paddr_t boundary = t->common.boundary;
	int error, mflags, contig;

	*mapp = NULL;
	mflags = (flags & BUS_DMA_NOWAIT) != 0 ? M_NOWAIT : M_WAITOK;
	if (mflags == M_WAITOK)
		khi_sleep_check("bus_dmamem_alloc");
	else if (khi_fault("bus_dmamem_alloc", caller))
		return (ENOMEM);
	if ((flags & BUS_DMA_ZERO) != 0)
		mflags |= M_ZERO;
	error = khi_dma_segments(t);
	if (error != 0)
		return (error);
	if (khi_iommu == KHI_TRANSLATE) {
		error = map_new(t, mapp, "bus_dmamem_alloc map", caller);
		if (error != 0)
			return (error);
		(*mapp)->mem = 1;
	}
	/* An IOMMU puts together what need not be contiguous, and here never
	 * is: only every other page is taken. */
	contig = khi_iommu != KHI_TRANSLATE;
	if (!contig) {
		align = 2 * PAGE_SIZE;
		boundary = 0;
	}
	*vaddr = khi_kmem(t->common.domain, t->common.maxsize, mflags, 0, high,
	    align, boundary, contig, caller);
	if (*vaddr == NULL)	/* the domain is a preference only */
		*vaddr = khi_kmem(-1, t->common.maxsize, mflags, 0, high,
		    align, boundary, contig, caller);
	if (*vaddr == NULL) {
		if (*mapp != NULL)
			khi_dma_map_destroy(t, *mapp);
		*mapp = NULL;
		return (ENOMEM);
	}
	host_track_add(KHI_DMAMEM, *vaddr, t->common.maxsize, "bus_dmamem",
	    caller);
	return (0);
}

void
khi_dma_mem_free(bus_dma_tag_t t, void *vaddr, bus_dmamap_t map)
{
	if (map != NULL && !map->mem)
		panic("bus_dmamem_free: Invalid map freed");
	if (host_track_del(KHI_DMAMEM, vaddr) == 0)
		panic("bus_dmamem_free: %p is not from bus_dmamem_alloc", vaddr);
	if (map != NULL && khi_dma_map_destroy(t, map) != 0)
		panic("bus_dmamem_free: map %p is still loaded", map);
	khi_kmem_free(vaddr, t->common.maxsize);
}
