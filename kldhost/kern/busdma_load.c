/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_dma(9): loading, which gives segments of bus addresses, and unloading. */
#include "busdma.h"

/* Appends to the segment list, splitting as the tag demands. */
static int
add_segs(bus_dma_tag_t t, bus_addr_t addr, bus_size_t len,
    bus_dma_segment_t *segs, int *segp)
{
	while (len > 0) {
		bus_size_t n = MIN(len, t->common.maxsegsz);
		bus_dma_segment_t *s = *segp >= 0 ? &segs[*segp] : NULL;

		if (t->common.boundary != 0)
			n = MIN(n, roundup2(addr + 1, t->common.boundary) - addr);
		if (s != NULL && s->ds_addr + s->ds_len == addr &&
		    s->ds_len + n <= t->common.maxsegsz &&
		    (t->common.boundary == 0 || vm_addr_bound_ok(s->ds_addr,
		    s->ds_len + n, t->common.boundary)))
			s->ds_len += n;
		else {
			if (*segp + 1 >= (int)t->common.nsegments)
				return (0);
			segs[++*segp] = (bus_dma_segment_t){ addr, n };
		}
		addr += n;
		len -= n;
	}
	return (1);
}

void
khi_dma_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (map->loaded)
		host_track_del(KHI_DMALOAD, map);
	map->loaded = 0;
	khi_bounce_release(t, map);
	khi_iommu_unmap(map);
}

/* Pages of [pa, pa + len) that will be bounced. */
static int
count(bus_dma_tag_t t, vm_paddr_t pa, bus_size_t len)
{
	vm_paddr_t end = pa + len;
	int n = 0;

	for (; pa < end; pa = trunc_page(pa) + PAGE_SIZE)
		n += khi_bounce_needed(t, pa);
	return (n);
}

/* Sets bounce pages aside before anything is loaded. */
static int
reserve(bus_dma_tag_t t, bus_dmamap_t map, int needed, int flags)
{
	/* Memory of bus_dmamem_alloc() has no map and is never bounced. */
	if (map == NULL || khi_iommu == KHI_TRANSLATE)
		return (0);
	/* A load that waited for its pages has them already. */
	if (map->needed == 0)
		map->needed = needed;
	return (map->needed != 0 ? khi_bounce_reserve(t, map, flags) : 0);
}

/* A load is noted, or undone if it failed. */
static int
settled(bus_dma_tag_t t, bus_dmamap_t map, int error, uint64_t caller)
{
	if (map != NULL) {
		if (error != 0)
			khi_dma_unload(t, map);
		else if (!map->loaded) {
			map->loaded = 1;
			host_track_add(KHI_DMALOAD, map, 0, "DMA map load",
			    caller);
		}
	}
	return (error);
}

/* A physically contiguous piece. */
static int
load_piece(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa, bus_size_t len,
    int flags, bus_dma_segment_t *segs, int *segp, uint64_t caller)
{
	int error = 0;

	if (segs == NULL)
		segs = t->segments;
	while (len > 0 && error == 0) {
		bus_size_t n = len;
		bus_addr_t bus = pa;

		if (khi_iommu == KHI_TRANSLATE) {
			if (map == NULL)
				panic("bus_dmamap_load: NULL map");
			error = khi_iommu_map(t, map, pa, n, &bus);
		} else if ((t->bounce_flags & COULD_BOUNCE) != 0) {
			n = MIN(len, PAGE_SIZE - (pa & PAGE_MASK));
			if (map != NULL && khi_bounce_needed(t, pa))
				bus = khi_bounce_add(t, map, pa, n, flags);
		}
		if (error == 0 && !add_segs(t, bus, n, segs, segp))
			error = EFBIG;
		pa += n;
		len -= n;
	}
	return (settled(t, map, error, caller));
}

int
khi_dma_load_phys(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa,
    bus_size_t len, int flags, bus_dma_segment_t *segs, int *segp)
{
	uint64_t caller = KHI_CALLER;
	int error;

	if (khi_fault("_bus_dmamap_load_phys", caller))
		return (ENOMEM);
	error = reserve(t, map, count(t, pa, len), flags);
	if (error == 0)
		error = load_piece(t, map, pa, len, flags, segs, segp, caller);
	return (error);
}

/* The length of the contiguous piece that starts at va. */
static bus_size_t
piece(vm_offset_t va, bus_size_t len, vm_paddr_t *pa)
{
	bus_size_t n = MIN(len, PAGE_SIZE - (va & PAGE_MASK));

	*pa = pmap_kextract(va);
	while (n < len && pmap_kextract(va + n) == *pa + n)
		n += MIN(len - n, PAGE_SIZE);
	return (n);
}

/* The IOMMU shows scattered pages as one piece. */
static int
load_translated(bus_dma_tag_t t, bus_dmamap_t map, vm_offset_t va,
    bus_size_t len, bus_dma_segment_t *segs, int *segp, uint64_t caller)
{
	bus_size_t n, at, off = va & PAGE_MASK;
	bus_addr_t bus;
	vm_paddr_t pa;
	int error;

	if (map == NULL)
		panic("bus_dmamap_load: NULL map");
	error = khi_iommu_reserve(t, map, off + len, &bus);
	if (error != 0)
		return (error);
	bus += off;
	for (at = 0; at < len; at += n) {
		n = piece(va + at, len - at, &pa);
		khi_iommu_enter(bus + at, pa, n);
	}
	if (segs == NULL)
		segs = t->segments;
	return (settled(t, map, add_segs(t, bus, len, segs, segp) ? 0 : EFBIG,
	    caller));
}

int
khi_dma_load_buffer(bus_dma_tag_t t, bus_dmamap_t map, void *buf,
    bus_size_t len, struct pmap *pmap __unused, int flags,
    bus_dma_segment_t *segs, int *segp)
{
	uint64_t caller = KHI_CALLER;
	vm_offset_t va = (vm_offset_t)buf, end = va + len;
	int error, needed = 0;
	bus_size_t n;
	vm_paddr_t pa;

	if (khi_fault("_bus_dmamap_load_buffer", caller))
		return (ENOMEM);
	if (khi_iommu == KHI_TRANSLATE)
		return (load_translated(t, map, va, len, segs, segp, caller));
	for (; va < end; va += n) {
		n = piece(va, end - va, &pa);
		needed += count(t, pa, n);
	}
	error = reserve(t, map, needed, flags);
	for (va = (vm_offset_t)buf; va < end && error == 0; va += n) {
		n = piece(va, end - va, &pa);
		error = load_piece(t, map, pa, n, flags, segs, segp, caller);
	}
	return (error);
}

int
khi_dma_load_ma(bus_dma_tag_t t, bus_dmamap_t map, struct vm_page **ma,
    bus_size_t len, int off, int flags, bus_dma_segment_t *segs, int *segp)
{
	uint64_t caller = KHI_CALLER;
	bus_size_t o, n;
	int error, needed = 0;

	if (khi_fault("_bus_dmamap_load_ma", caller))
		return (ENOMEM);
#define	MA_EACH								\
	for (o = off; o < off + len && error == 0; o += n)
#define	MA_PIECE(o)							\
	(n = MIN(off + len - (o), PAGE_SIZE - ((o) & PAGE_MASK)),		\
	VM_PAGE_TO_PHYS(ma[atop(o)]) + ((o) & PAGE_MASK))
	error = 0;
	MA_EACH {
		vm_paddr_t pa = MA_PIECE(o);

		needed += count(t, pa, n);
	}
	error = reserve(t, map, needed, flags);
	MA_EACH {
		vm_paddr_t pa = MA_PIECE(o);

		error = load_piece(t, map, pa, n, flags, segs, segp, caller);
	}
	return (error);
}

bus_dma_segment_t *
khi_dma_complete(bus_dma_tag_t t, bus_dmamap_t map __unused,
    bus_dma_segment_t *segs, int nsegs __unused, int error __unused)
{
	return (segs != NULL ? segs : t->segments);
}

/* --- loads with a callback --------------------------------------------------- */
void
khi_dma_waitok(bus_dma_tag_t t __unused, bus_dmamap_t map, struct memdesc *mem,
    bus_dmamap_callback_t *cb, void *arg)
{
	if (map == NULL)
		return;
	map->desc = *mem;
	map->callback = cb;
	map->callback_arg = arg;
}

static int
load_and_call(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len,
    bus_dmamap_callback_t *cb, void *arg, int flags, uint64_t caller)
{
	int nsegs = -1, error;

	if (khi_fault("bus_dmamap_load", caller))
		error = ENOMEM;
	else
		error = _bus_dmamap_load_buffer(t, map, buf, len, kernel_pmap,
		    flags, NULL, &nsegs);
	if (error == EINPROGRESS)
		return (error);
	nsegs++;
	if (error != 0)
		cb(arg, t->segments, 0, error);
	else
		cb(arg, t->segments, nsegs, 0);
	/* As the kernel: other errors are the callback's only. */
	return (error == ENOMEM ? error : 0);
}

int
bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len,
    bus_dmamap_callback_t *cb, void *arg, int flags)
{
	struct memdesc mem = memdesc_vaddr(buf, len);

	if (map != NULL && map->loaded)
		panic("bus_dmamap_load: map %p is loaded already", map);
	if (map != NULL && map->waiting)
		panic("bus_dmamap_load: map %p waits for pages", map);
	if ((flags & BUS_DMA_NOWAIT) == 0)
		khi_dma_waitok(t, map, &mem, cb, arg);
	return (load_and_call(t, map, buf, len, cb, arg, flags, KHI_CALLER));
}

/* A load that waited: under the driver's lock, by the busdma thread. */
void
khi_dma_load_again(bus_dmamap_t map)
{
	bus_dma_tag_t t = map->tag;

	if (map->desc.md_type != MEMDESC_VADDR)
		panic("bus_dma: only loads of a buffer can wait here");
	t->common.lockfunc(t->common.lockfuncarg, BUS_DMA_LOCK);
	load_and_call(t, map, map->desc.u.md_vaddr, map->desc.md_len,
	    map->callback, map->callback_arg, BUS_DMA_WAITOK, 0);
	t->common.lockfunc(t->common.lockfuncarg, BUS_DMA_UNLOCK);
}
