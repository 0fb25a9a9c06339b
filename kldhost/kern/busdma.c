/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus_dma(9) as x86 has it: the inline functions of the headers call through
 * the tag's implementation, of which there is one here with three modes.
 *
 * identity: the bus address is the physical one; what the tag cannot reach is
 *	bounced, with the copies made by sync only.
 * bounce: the same; the limit comes from compat.softdev.dma_limit.
 * translate: each load gets bus addresses of its own, seen by devices through
 *	the direct map while the load lasts and unmapped afterwards.
 */
#include "busdma.h"

int khi_iommu;
MALLOC_DEFINE(M_BUSDMA, "busdma", "busdma metadata");
static uint32_t iova_arena;
static uint64_t ram_top;

void	*host_alloc(size_t size);
void	host_free(void *p, size_t size);
void	*khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
	    uint64_t caller);
void	khi_kmem_free(void *p, vm_size_t size);

/*
 * Bus addresses come from where there is no memory: above all of it, and for
 * devices that cannot reach that far from holes.
 */
void
khi_busdma_init(void)
{
	vm_paddr_t prev = 64UL << 10, top;
	int i;

	malloc_init(M_BUSDMA);
	iova_arena = host_arena_create(0, 0);
	for (i = 0; i < vm_phys_nsegs; i++) {
		if (vm_phys_segs[i].start > prev)
			host_arena_add(iova_arena, prev,
			    vm_phys_segs[i].start - prev);
		prev = MAX(prev, vm_phys_segs[i].end);
	}
	ram_top = prev;
	top = kva_layout.dmap_high - kva_layout.dmap_low;
	host_arena_add(iova_arena, prev, top - prev);
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

static int
segments(bus_dma_tag_t t)
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
	int error;

	if (khi_fault(what, caller))
		return (ENOMEM);
	error = segments(t);
	if (error != 0)
		return (error);
	*mapp = NULL;
	if (khi_iommu == KHI_TRANSLATE || (t->common.flags & COULD_BOUNCE)) {
		*mapp = khi_malloc_at(sizeof(**mapp), 8, M_BUSDMA, M_NOWAIT |
		    M_ZERO, -1, KHI_INTERNAL);
		if (*mapp == NULL)
			return (ENOMEM);
		STAILQ_INIT(&(*mapp)->bpages);
		STAILQ_INIT(&(*mapp)->iovas);
		host_track_add(KHI_DMAMAP, *mapp, 0, "DMA map", caller);
	}
	atomic_add_int(&t->map_count, 1);
	t->map_caller = caller;
	return (0);
}

static int
map_create(bus_dma_tag_t t, int flags __unused, bus_dmamap_t *mapp)
{
	return (map_new(t, mapp, "bus_dmamap_create", KHI_CALLER));
}

static int
map_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (map != NULL) {
		if (map->loaded)
			return (EBUSY);
		if (host_track_del(KHI_DMAMAP, map) == 0)
			panic("bus_dmamap_destroy: %p is no map", map);
		free(map, M_BUSDMA);
	}
	if (t->map_count <= 0)
		panic("bus_dmamap_destroy: tag %p has no maps", t);
	atomic_subtract_int(&t->map_count, 1);
	return (0);
}

static int
mem_alloc(bus_dma_tag_t t, void **vaddr, int flags, bus_dmamap_t *mapp)
{
	uint64_t caller = KHI_CALLER;
	bus_size_t align = MAX(t->common.alignment, PAGE_SIZE);
	int error;

	if ((flags & BUS_DMA_NOWAIT) == 0)
		khi_sleep_check("bus_dmamem_alloc");
	else if (khi_fault("bus_dmamem_alloc", caller))
		return (ENOMEM);
	error = segments(t);
	if (error != 0)
		return (error);
	*mapp = NULL;
	if (khi_iommu == KHI_TRANSLATE) {
		error = map_new(t, mapp, "bus_dmamem_alloc map", caller);
		if (error != 0)
			return (error);
		(*mapp)->mem = 1;
	}
	*vaddr = khi_kmem(t->common.domain, t->common.maxsize, M_WAITOK |
	    ((flags & BUS_DMA_ZERO) != 0 ? M_ZERO : 0), 0,
	    khi_iommu == KHI_TRANSLATE ? ~0UL : t->common.lowaddr, align,
	    t->common.boundary, 1, caller);
	if (*vaddr == NULL) {
		if (*mapp != NULL)
			map_destroy(t, *mapp);
		*mapp = NULL;
		return (ENOMEM);
	}
	host_track_add(KHI_DMAMEM, *vaddr, t->common.maxsize, "bus_dmamem",
	    caller);
	return (0);
}

static void
mem_free(bus_dma_tag_t t, void *vaddr, bus_dmamap_t map)
{
	if (map != NULL && !map->mem)
		panic("bus_dmamem_free: Invalid map freed");
	if (host_track_del(KHI_DMAMEM, vaddr) == 0)
		panic("bus_dmamem_free: %p is not from bus_dmamem_alloc", vaddr);
	if (map != NULL && map_destroy(t, map) != 0)
		panic("bus_dmamem_free: map %p is still loaded", map);
	khi_kmem_free(vaddr, t->common.maxsize);
}

static int
unreachable(bus_dma_tag_t t, vm_paddr_t pa)
{
	return ((t->common.flags & COULD_BOUNCE) != 0 &&
	    ((pa > t->common.lowaddr && pa <= t->common.highaddr) ||
	    !vm_addr_align_ok(pa, t->common.alignment)));
}

static bool
id_mapped(bus_dma_tag_t t, vm_paddr_t pa, bus_size_t len)
{
	vm_paddr_t a;

	if (khi_iommu == KHI_TRANSLATE)
		return (false);
	for (a = pa; a < pa + len; a = trunc_page(a) + PAGE_SIZE)
		if (unreachable(t, a))
			return (false);
	return (true);
}

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

static void
bounce_release(bus_dmamap_t map)
{
	struct bpage *b;

	while ((b = STAILQ_FIRST(&map->bpages)) != NULL) {
		STAILQ_REMOVE_HEAD(&map->bpages, link);
		khi_page_free_run(b->page, 1);
		host_free(b, sizeof(*b));
	}
}

/* The bus address of a bounce page for [pa, pa + len), or 0. */
static bus_addr_t
bounce_add(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa, bus_size_t len,
    int flags, uint64_t caller)
{
	struct bpage *b;
	vm_page_t m;

	m = khi_page_alloc(t->common.domain, 1, 0, t->common.lowaddr,
	    MAX(t->common.alignment, PAGE_SIZE), 0, VM_ALLOC_WIRED, caller);
	if (m == NULL && t->common.domain >= 0)
		m = khi_page_alloc(-1, 1, 0, t->common.lowaddr,
		    MAX(t->common.alignment, PAGE_SIZE), 0, VM_ALLOC_WIRED,
		    caller);
	if (m == NULL)
		return (0);
	khi_page_own(m, 1, 1, caller);
	/* Nothing is in it until a sync copies something. */
	memset((void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)), 0xb5, PAGE_SIZE);
	b = host_alloc(sizeof(*b));
	b->page = m;
	b->data = pa;
	b->len = len;
	b->busaddr = VM_PAGE_TO_PHYS(m);
	if (((t->common.flags | flags) & BUS_DMA_KEEP_PG_OFFSET) != 0)
		b->busaddr |= pa & PAGE_MASK;
	STAILQ_INSERT_TAIL(&map->bpages, b, link);
	return (b->busaddr);
}

static void
iova_release(bus_dmamap_t map)
{
	struct iova *v;

	while ((v = STAILQ_FIRST(&map->iovas)) != NULL) {
		STAILQ_REMOVE_HEAD(&map->iovas, link);
		host_map_none(kva_layout.dmap_low + v->bus, v->len);
		host_arena_free(iova_arena, v->bus, v->len + PAGE_SIZE);
		host_free(v, sizeof(*v));
	}
}

static int
iova_add(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa, bus_size_t len,
    bus_addr_t *bus)
{
	bus_size_t off = pa & PAGE_MASK, size = round_page(off + len);
	bus_size_t align = MAX(t->common.alignment, PAGE_SIZE);
	uint64_t a, max = t->common.lowaddr;
	struct iova *v;

	/* A page more than needed: running over the end faults. */
	if (host_arena_alloc(iova_arena, size + PAGE_SIZE, align, 0, 0,
	    roundup2(ram_top, 1UL << 30), max, KHI_NEXT, &a) != 0 &&
	    host_arena_alloc(iova_arena, size + PAGE_SIZE, align, 0, 0, 0, max,
	    KHI_NEXT, &a) != 0)
		return (ENOMEM);
	v = host_alloc(sizeof(*v));
	v->bus = a;
	v->len = size;
	if (host_map_phys(kva_layout.dmap_low + a, trunc_page(pa), size, 1) != 0)
		panic("IOMMU: cannot map %#lx", pa);
	STAILQ_INSERT_TAIL(&map->iovas, v, link);
	*bus = a + off;
	return (0);
}

static void
map_unload(bus_dma_tag_t t __unused, bus_dmamap_t map)
{
	if (map->loaded)
		host_track_del(KHI_DMALOAD, map);
	map->loaded = 0;
	bounce_release(map);
	iova_release(map);
}

static int
load_at(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa, bus_size_t len,
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
			error = iova_add(t, map, pa, n, &bus);
		} else if ((t->common.flags & COULD_BOUNCE) != 0) {
			n = MIN(len, PAGE_SIZE - (pa & PAGE_MASK));
			if (unreachable(t, pa)) {
				bus = bounce_add(t, map, pa, n, flags, caller);
				error = bus == 0 ? ENOMEM : 0;
			}
		}
		if (error == 0 && !add_segs(t, bus, n, segs, segp))
			error = EFBIG;
		pa += n;
		len -= n;
	}
	if (map != NULL) {
		if (error != 0)
			map_unload(t, map);
		else if (!map->loaded) {
			map->loaded = 1;
			host_track_add(KHI_DMALOAD, map, 0, "DMA map load",
			    caller);
		}
	}
	return (error);
}

static int
load_phys(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa, bus_size_t len,
    int flags, bus_dma_segment_t *segs, int *segp)
{
	uint64_t caller = KHI_CALLER;

	if (khi_fault("_bus_dmamap_load_phys", caller))
		return (ENOMEM);
	return (load_at(t, map, pa, len, flags, segs, segp, caller));
}

static int
load_buffer(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len,
    struct pmap *pmap __unused, int flags, bus_dma_segment_t *segs, int *segp)
{
	uint64_t caller = KHI_CALLER;
	vm_offset_t va = (vm_offset_t)buf;
	int error;

	if (khi_fault("_bus_dmamap_load_buffer", caller))
		return (ENOMEM);
	while (len > 0) {
		vm_paddr_t pa = pmap_kextract(va);
		bus_size_t n = MIN(len, PAGE_SIZE - (va & PAGE_MASK));

		/* Physically contiguous pages go in one piece. */
		while (n < len && pmap_kextract(va + n) == pa + n)
			n += MIN(len - n, PAGE_SIZE);
		error = load_at(t, map, pa, n, flags, segs, segp, caller);
		if (error != 0)
			return (error);
		va += n;
		len -= n;
	}
	return (0);
}

static int
load_ma(bus_dma_tag_t t, bus_dmamap_t map, struct vm_page **ma,
    bus_size_t len, int off, int flags, bus_dma_segment_t *segs, int *segp)
{
	uint64_t caller = KHI_CALLER;
	int error = 0;

	if (khi_fault("_bus_dmamap_load_ma", caller))
		return (ENOMEM);
	for (; len > 0 && error == 0; ma++, off = 0) {
		bus_size_t n = MIN(len, (bus_size_t)PAGE_SIZE - off);

		error = load_at(t, map, VM_PAGE_TO_PHYS(*ma) + off, n, flags,
		    segs, segp, caller);
		len -= n;
	}
	return (error);
}

static void
map_waitok(bus_dma_tag_t t __unused, bus_dmamap_t map __unused,
    struct memdesc *mem __unused, bus_dmamap_callback_t *cb __unused,
    void *arg __unused)
{
}

static bus_dma_segment_t *
map_complete(bus_dma_tag_t t, bus_dmamap_t map __unused,
    bus_dma_segment_t *segs, int nsegs __unused, int error __unused)
{
	return (segs != NULL ? segs : t->segments);
}

static void
map_sync(bus_dma_tag_t t __unused, bus_dmamap_t map, bus_dmasync_op_t op)
{
	struct bpage *b;

	if (!map->loaded)
		panic("bus_dmamap_sync: map %p is not loaded", map);
	STAILQ_FOREACH(b, &map->bpages, link) {
		void *bounce = (void *)PHYS_TO_DMAP(b->busaddr);
		void *data = (void *)PHYS_TO_DMAP(b->data);

		if ((op & BUS_DMASYNC_PREWRITE) != 0)
			memcpy(bounce, data, b->len);
		if ((op & BUS_DMASYNC_POSTREAD) != 0)
			memcpy(data, bounce, b->len);
	}
}

static int
tag_domain(bus_dma_tag_t t __unused)
{
	return (0);
}

struct bus_dma_impl bus_dma_bounce_impl = {
	.tag_set_domain = tag_domain, .id_mapped = id_mapped,
	.map_create = map_create, .map_destroy = map_destroy,
	.mem_alloc = mem_alloc, .mem_free = mem_free, .load_ma = load_ma,
	.load_phys = load_phys, .load_buffer = load_buffer,
	.map_waitok = map_waitok, .map_complete = map_complete,
	.map_unload = map_unload, .map_sync = map_sync,
};
