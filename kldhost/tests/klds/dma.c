/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_dma in every mode: round trips, limits, mistakes with syncs. */
#include "dma.h"

/* argv[1]: identity, translate or bounce: what is expected of the address. */
ENTRY(roundtrip)
{
	int same;

	CHECK(setup(1) == 0);
	same = seg[0].ds_addr == VM_PAGE_TO_PHYS(page);
	CHECK(same == (strcmp(argv[1], "identity") == 0));
	if (strcmp(argv[1], "bounce") == 0)
		CHECK(seg[0].ds_addr + seg[0].ds_len - 1 <= limit);
	strcpy(cpu, "to the device");
	bus_dmamap_sync(dmat, map, BUS_DMASYNC_PREWRITE | BUS_DMASYNC_PREREAD);
	CHECK(strcmp(DEV(0), "to the device") == 0);
	strcpy(DEV(0), "from the device");
	bus_dmamap_sync(dmat, map, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	CHECK(strcmp(cpu, "from the device") == 0);
	return (teardown());
}

/* Returns 0 only if leaving out the syncs gives wrong data. */
ENTRY(nosync)
{
	int wrong;

	CHECK(setup(1) == 0);
	strcpy(cpu, "to the device");
	wrong = strcmp(DEV(0), "to the device") != 0;
	strcpy(DEV(0), "from the device");
	wrong += strcmp(cpu, "from the device") != 0;
	CHECK(teardown() == 0);
	CHECK(wrong == 2);
	return (0);
}

ENTRY(stale)
{
	bus_addr_t old;

	CHECK(setup(1) == 0);
	old = seg[0].ds_addr;
	bus_dmamap_unload(dmat, map);
	return (*(volatile char *)PHYS_TO_DMAP(old));
}

ENTRY(sync_unloaded)
{
	CHECK(setup(1) == 0);
	bus_dmamap_unload(dmat, map);
	bus_dmamap_sync(dmat, map, BUS_DMASYNC_PREREAD);
	return (0);
}

ENTRY(destroy_loaded)
{
	CHECK(setup(1) == 0);
	CHECK(map == NULL || bus_dmamap_destroy(dmat, map) == EBUSY);
	return (teardown());
}

/* Segment limits: a boundary splits, too many segments are EFBIG. */
ENTRY(limits)
{
	bus_dma_tag_t t;
	bus_dmamap_t m;
	char *p;
	int i;

	p = contigmalloc(8 * PAGE_SIZE, M_DMA, M_WAITOK, 0, ~0UL, 65536, 0);
	CHECK(bus_dma_tag_create(NULL, 1, 8192, BUS_SPACE_MAXADDR,
	    BUS_SPACE_MAXADDR, NULL, NULL, 65536, 3, 65536, 0, NULL, NULL,
	    &t) == 0);
	CHECK(bus_dmamap_create(t, 0, &m) == 0);
	CHECK(bus_dmamap_load(t, m, p + 4096, 8192, cb, NULL,
	    BUS_DMA_NOWAIT) == 0);
	CHECK(cb_error == 0 && cb_segs >= 1);
	for (i = 0; i < cb_segs; i++)
		CHECK((seg[i].ds_addr ^ (seg[i].ds_addr + seg[i].ds_len - 1)) <
		    8192);
	bus_dmamap_unload(t, m);
	CHECK(bus_dmamap_load(t, m, p, 32768, cb, NULL, BUS_DMA_NOWAIT) == 0);
	CHECK(cb_error == EFBIG);
	CHECK(bus_dmamap_destroy(t, m) == 0 && bus_dma_tag_destroy(t) == 0);
	free(p, M_DMA);
	return (0);
}

ENTRY(dmamem)
{
	bus_dma_tag_t t;
	bus_dmamap_t m;
	void *p;

	CHECK(bus_dma_tag_create(NULL, 4096, 0, limit, BUS_SPACE_MAXADDR, NULL,
	    NULL, 16384, 1, 16384, 0, NULL, NULL, &t) == 0);
	CHECK(bus_dmamem_alloc(t, &p, BUS_DMA_WAITOK | BUS_DMA_ZERO, &m) == 0);
	CHECK(bus_dmamap_load(t, m, p, 16384, cb, NULL, BUS_DMA_NOWAIT) == 0);
	CHECK(cb_error == 0 && cb_segs == 1 && seg[0].ds_len == 16384);
	strcpy(DEV(0) + 9000, "device");
	CHECK(strcmp((char *)p + 9000, "device") == 0);
	bus_dmamap_unload(t, m);
	bus_dmamem_free(t, p, m);
	CHECK(bus_dma_tag_destroy(t) == 0);
	return (0);
}

/* Memory that may not sleep, under a driver's lock. */
static struct mtx lock;
MTX_SYSINIT(dma_lock, &lock, "driver lock", MTX_DEF);

ENTRY(dmamem_nowait)
{
	bus_dma_tag_t t;
	bus_dmamap_t m;
	void *p;

	CHECK(bus_dma_tag_create(NULL, 1, 0, limit, BUS_SPACE_MAXADDR, NULL,
	    NULL, 8192, 1, 8192, 0, NULL, NULL, &t) == 0);
	mtx_lock(&lock);
	CHECK(bus_dmamem_alloc(t, &p, BUS_DMA_NOWAIT, &m) == 0);
	bus_dmamem_free(t, p, m);
	mtx_unlock(&lock);
	return (bus_dma_tag_destroy(t));
}

MODULE_(dma, plain_event);
