/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus_dma(9) of a device that reaches all memory, as x86 has it: no map is ever
 * made, a load is one segment at the physical address.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/malloc.h>
#include <vm/vm.h>
#include <machine/bus.h>
#include <machine/bus_dma.h>

#include "side.h"

struct bus_dma_tag {
	struct bus_dma_tag_common common;
	volatile int	map_count;
	int		bounce_flags;
	bus_dma_segment_t *segments;
};

static int
map_create(bus_dma_tag_t t, int flags __unused, bus_dmamap_t *map)
{
	if (t->bounce_flags != 0)
		host_panic("nothing bounces here");
	*map = NULL;
	t->map_count++;
	return (0);
}

static int
map_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (map != NULL)
		host_panic("not a map of ours");
	t->map_count--;
	return (0);
}

static int
load_phys(bus_dma_tag_t t, bus_dmamap_t map __unused, vm_paddr_t pa, bus_size_t len,
    int flags __unused, bus_dma_segment_t *segs, int *segp)
{
	bus_size_t n;

	if (segs == NULL)
		segs = t->segments;
	for (; len > 0; len -= n, pa += n) {
		n = MIN(len, t->common.maxsegsz);
		if (*segp >= 0 && segs[*segp].ds_addr + segs[*segp].ds_len == pa &&
		    segs[*segp].ds_len + n <= t->common.maxsegsz)
			segs[*segp].ds_len += n;
		else if (*segp + 1 < (int)t->common.nsegments)
			segs[++*segp] = (bus_dma_segment_t){ pa, n };
		else
			return (EFBIG);
	}
	return (0);
}

static bus_dma_segment_t *
map_complete(bus_dma_tag_t t, bus_dmamap_t map __unused, bus_dma_segment_t *segs,
    int nsegs __unused, int error __unused)
{
	return (segs != NULL ? segs : t->segments);
}

static bool
id_mapped(bus_dma_tag_t t, vm_paddr_t pa __unused, bus_size_t len __unused)
{
	return (t->bounce_flags == 0);
}

static int tag_set_domain(bus_dma_tag_t t __unused) { return (0); }

struct bus_dma_impl bus_dma_bounce_impl = {
	.tag_set_domain = tag_set_domain, .id_mapped = id_mapped,
	.map_create = map_create, .map_destroy = map_destroy,
	.load_phys = load_phys, .map_complete = map_complete,
};

int
bus_dma_tag_create(bus_dma_tag_t parent __unused, bus_size_t align, bus_addr_t boundary,
    bus_addr_t low, bus_addr_t high, bus_dma_filter_t *filter __unused, void *arg __unused,
    bus_size_t maxsize, int nsegments, bus_size_t maxsegsz, int flags,
    bus_dma_lock_t *lock, void *lockarg, bus_dma_tag_t *tag)
{
	bus_dma_tag_t t = malloc(sizeof(*t), M_DEVBUF, M_NOWAIT | M_ZERO);

	t->segments = malloc(nsegments * sizeof(*t->segments), M_DEVBUF, M_NOWAIT | M_ZERO);
	t->common = (struct bus_dma_tag_common){
		.impl = &bus_dma_bounce_impl, .alignment = align, .boundary = boundary,
		.lowaddr = low, .highaddr = high, .maxsize = maxsize,
		.nsegments = nsegments, .maxsegsz = maxsegsz, .flags = flags,
		.lockfunc = lock, .lockfuncarg = lockarg,
	};
	*tag = t;
	return (0);
}

int
bus_dma_tag_destroy(bus_dma_tag_t t)
{
	if (t != NULL) {
		free(t->segments, M_DEVBUF);
		free(t, M_DEVBUF);
	}
	return (0);
}

int bus_dma_tag_set_domain(bus_dma_tag_t t, int domain) { t->common.domain = domain; return (0); }
struct malloc_type M_DEVBUF[1];
