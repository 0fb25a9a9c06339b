/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus_dma as a driver and its device: the device's side works at the direct
 * map's address of the bus address, as kmod/softdev does.
 */
#include "mod.h"
#include <sys/bus.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <machine/bus.h>
#include <sys/bus_dma.h>

static MALLOC_DEFINE(M_DMA, "dmatest", "dma test memory");
static bus_addr_t limit = BUS_SPACE_MAXADDR;
static bus_dma_tag_t dmat;
static bus_dmamap_t map;
static bus_dma_segment_t seg[4];
static vm_page_t page;
static char *cpu;
#define	DEV(i)	((char *)PHYS_TO_DMAP(seg[i].ds_addr))

static int
setup(bus_size_t align)
{
	u_long l;
	int n = -1;

	if (getenv_ulong("compat.softdev.dma_limit", &l))
		limit = l;
	CHECK(bus_dma_tag_create(NULL, align, 0, limit, BUS_SPACE_MAXADDR, NULL,
	    NULL, 65536, 4, 65536, 0, NULL, NULL, &dmat) == 0);
	CHECK(bus_dmamap_create(dmat, 0, &map) == 0);
	page = vm_page_alloc_noobj(VM_ALLOC_WIRED | VM_ALLOC_ZERO);
	CHECK(page != NULL);
	cpu = (char *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(page));
	CHECK(_bus_dmamap_load_phys(dmat, map, VM_PAGE_TO_PHYS(page), PAGE_SIZE,
	    BUS_DMA_NOWAIT, seg, &n) == 0);
	CHECK(n == 0 && seg[0].ds_len == PAGE_SIZE);
	return (0);
}

static int
teardown(void)
{
	bus_dmamap_unload(dmat, map);
	CHECK(bus_dma_tag_destroy(dmat) == EBUSY);
	CHECK(bus_dmamap_destroy(dmat, map) == 0);
	CHECK(bus_dma_tag_destroy(dmat) == 0);
	vm_page_unwire_noq(page);
	vm_page_free(page);
	return (0);
}

/* What a load's callback was called with. */
static int cb_segs, cb_error;
static void __unused
cb(void *arg __unused, bus_dma_segment_t *s, int n, int error)
{
	cb_segs = n;
	cb_error = error;
	if (n > 0 && n <= 4)
		memcpy(seg, s, n * sizeof(*s));
}
