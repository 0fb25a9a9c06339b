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
#ifndef KH_BUSDMA_H
#define KH_BUSDMA_H

#include "kh.h"
#include <sys/bus.h>
#include <sys/memdesc.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <machine/bus.h>
#include <machine/bus_dma.h>

/* In bounce_flags. */
#define	COULD_BOUNCE	1		/* some address may be out of reach */
#define	HAS_PAGES	2		/* the zone got pages for this tag */

struct bounce_zone;

struct bus_dma_tag {
	struct bus_dma_tag_common common;	/* first, as the inlines want */
	volatile int	map_count;
	uint64_t	map_caller;		/* of the last map created */
	bus_dma_segment_t *segments;
	int		bounce_flags;
	struct bounce_zone *zone;
};

/* A page below the zone's limit, and the data it stands for while in use. */
struct bounce_page {
	STAILQ_ENTRY(bounce_page) link;
	bus_addr_t	busaddr;
	vm_paddr_t	data;
	bus_size_t	len;
};
STAILQ_HEAD(bounce_pages, bounce_page);

struct iova {
	STAILQ_ENTRY(iova) link;
	uint64_t	bus;
	size_t		len;
};

struct bus_dmamap {
	struct bounce_pages bpages;
	STAILQ_HEAD(, iova) iovas;
	int		loaded, mem;
	int		needed, reserved;	/* bounce pages of a load */
	int		waiting;
	bus_dma_tag_t	tag;
	/* A load that may have to wait for pages. */
	struct memdesc	desc;
	bus_dmamap_callback_t *callback;
	void		*callback_arg;
	STAILQ_ENTRY(bus_dmamap) link;
};

/* Not for klds, so not a name of the kernel's. */
#define	M_BUSDMA	khi_m_busdma
MALLOC_DECLARE(M_BUSDMA);

/* busdma_map.c */
int	khi_dma_segments(bus_dma_tag_t t);
int	khi_dma_map_create(bus_dma_tag_t t, int flags, bus_dmamap_t *mapp);
int	khi_dma_map_destroy(bus_dma_tag_t t, bus_dmamap_t map);
int	khi_dma_mem_alloc(bus_dma_tag_t t, void **vaddr, int flags,
	    bus_dmamap_t *mapp);
void	khi_dma_mem_free(bus_dma_tag_t t, void *vaddr, bus_dmamap_t map);

/* busdma_load.c */
int	khi_dma_load_phys(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa,
	    bus_size_t len, int flags, bus_dma_segment_t *segs, int *segp);
int	khi_dma_load_buffer(bus_dma_tag_t t, bus_dmamap_t map, void *buf,
	    bus_size_t len, struct pmap *pmap, int flags,
	    bus_dma_segment_t *segs, int *segp);
int	khi_dma_load_ma(bus_dma_tag_t t, bus_dmamap_t map, struct vm_page **ma,
	    bus_size_t len, int off, int flags, bus_dma_segment_t *segs,
	    int *segp);
void	khi_dma_waitok(bus_dma_tag_t t, bus_dmamap_t map, struct memdesc *mem,
	    bus_dmamap_callback_t *cb, void *arg);
bus_dma_segment_t *khi_dma_complete(bus_dma_tag_t t, bus_dmamap_t map,
	    bus_dma_segment_t *segs, int nsegs, int error);
void	khi_dma_unload(bus_dma_tag_t t, bus_dmamap_t map);
void	khi_dma_load_again(bus_dmamap_t map);

/* busdma_sync.c */
void	khi_dma_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_dmasync_op_t op);

/* busdma_bounce.c */
void	khi_bounce_init(void);
int	khi_bounce_tag_setup(bus_dma_tag_t t);
int	khi_bounce_map_create(bus_dma_tag_t t, uint64_t caller);
void	khi_bounce_map_destroy(bus_dma_tag_t t);
bool	khi_bounce_needed(bus_dma_tag_t t, vm_paddr_t pa);
int	khi_bounce_reserve(bus_dma_tag_t t, bus_dmamap_t map, int flags);
bus_addr_t khi_bounce_add(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa,
	    bus_size_t len, int flags);
void	khi_bounce_release(bus_dma_tag_t t, bus_dmamap_t map);
void	khi_bounce_count(bus_dma_tag_t t);

/* busdma_iommu.c */
int	khi_iommu_reserve(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t size,
	    bus_addr_t *bus);
void	khi_iommu_enter(bus_addr_t bus, vm_paddr_t pa, bus_size_t len);
void	khi_iommu_init(void);
int	khi_iommu_map(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa,
	    bus_size_t len, bus_addr_t *bus);
void	khi_iommu_unmap(bus_dmamap_t map);

#endif
