/* SPDX-License-Identifier: BSD-2-Clause */
/* The IOMMU that translates: bus addresses where there is no memory. */
#include "busdma.h"

int khi_iommu;
static uint32_t iova_arena;
static uint64_t ram_top;

void	*host_alloc(size_t size);
void	host_free(void *p, size_t size);

/*
 * Bus addresses come from where there is no memory: above all of it, and for
 * devices that cannot reach that far from holes.
 */
void
khi_iommu_init(void)
{
	vm_paddr_t prev = 64UL << 10, top;
	int i;

	iova_arena = host_arena_create(0, 0);
	for (i = 0; i < vm_phys_nsegs; i++) {
		if (vm_phys_segs[i].start > prev)
			host_arena_add(iova_arena, prev,
			    vm_phys_segs[i].start - prev);
		prev = MAX(prev, vm_phys_segs[i].end);
	}
	ram_top = prev;
	/* Devices of software look through the direct map, so that has to reach
	 * as far as bus addresses do. */
	top = MIN(dmaplimit + (64UL << 30), kva_layout.dmap_high - kva_layout.dmap_low);
	if (khi_iommu == KHI_TRANSLATE)
		dmaplimit = top;
	host_arena_add(iova_arena, prev, top - prev);
}

/* Bus addresses for `size' bytes, of which nothing is mapped yet. */
int
khi_iommu_reserve(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t size,
    bus_addr_t *bus)
{
	bus_size_t align = MAX(t->common.alignment, PAGE_SIZE);
	uint64_t a, max = t->common.lowaddr;
	struct iova *v;

	size = round_page(size);
	/* A page more than needed: running over the end faults. */
	if (host_arena_alloc(iova_arena, size + PAGE_SIZE, align, 0, 0,
	    roundup2(ram_top, 1UL << 30), max, KHI_NEXT, &a) != 0 &&
	    host_arena_alloc(iova_arena, size + PAGE_SIZE, align, 0, 0, 0, max,
	    KHI_NEXT, &a) != 0)
		return (ENOMEM);
	v = host_alloc(sizeof(*v));
	v->bus = a;
	v->len = size;
	STAILQ_INSERT_TAIL(&map->iovas, v, link);
	*bus = a;
	return (0);
}

/* Memory at `pa' is seen at `bus'; both begin at the same byte of a page. */
void
khi_iommu_enter(bus_addr_t bus, vm_paddr_t pa, bus_size_t len)
{
	bus_size_t off = pa & PAGE_MASK;

	if (host_map_phys(kva_layout.dmap_low + trunc_page(bus), trunc_page(pa),
	    round_page(off + len), 1) != 0)
		panic("IOMMU: cannot map %#lx", pa);
}

int
khi_iommu_map(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa, bus_size_t len,
    bus_addr_t *bus)
{
	bus_size_t off = pa & PAGE_MASK;
	int error = khi_iommu_reserve(t, map, off + len, bus);

	if (error != 0)
		return (error);
	*bus += off;
	khi_iommu_enter(*bus, pa, len);
	return (0);
}

void
khi_iommu_unmap(bus_dmamap_t map)
{
	struct iova *v;

	while ((v = STAILQ_FIRST(&map->iovas)) != NULL) {
		STAILQ_REMOVE_HEAD(&map->iovas, link);
		host_map_none(kva_layout.dmap_low + v->bus, v->len);
		host_arena_free(iova_arena, v->bus, v->len + PAGE_SIZE);
		host_free(v, sizeof(*v));
	}
}
