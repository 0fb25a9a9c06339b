/* SPDX-License-Identifier: BSD-2-Clause */
/* Tags and maps of bus_dma(9). */
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

#define	COULD_BOUNCE	BUS_DMA_BUS1

struct bus_dma_tag {
	struct bus_dma_tag_common common;	/* first, as the inlines want */
	volatile int	map_count;
	uint64_t	map_caller;		/* of the last map created */
	bus_dma_segment_t *segments;
};

struct bpage {
	STAILQ_ENTRY(bpage) link;
	vm_page_t	page;
	vm_paddr_t	busaddr, data;
	bus_size_t	len;
};

struct iova {
	STAILQ_ENTRY(iova) link;
	uint64_t	bus;
	size_t		len;
};

struct bus_dmamap {
	STAILQ_HEAD(, bpage) bpages;
	STAILQ_HEAD(, iova) iovas;
	int		loaded, mem;
};

MALLOC_DECLARE(M_BUSDMA);

#endif
