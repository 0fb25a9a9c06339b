/* SPDX-License-Identifier: BSD-2-Clause */
/* The bridge's resources: BARs, interrupts, bus numbers. */
#include "bridge.h"

#include <machine/bus.h>
#include <machine/resource.h>

#if defined(__amd64__) || defined(__i386__)
#define	MEMORY_TAG	X86_BUS_SPACE_MEM
#else
#define	MEMORY_TAG	(&memmap_bus)
#endif

static struct rman *
rman_of(struct bridge *b, int type)
{
	switch (type) {
	case SYS_RES_MEMORY:
		return (&b->memory);
	case SYS_RES_IRQ:
		return (&b->irqs);
#ifdef PCI_RES_BUS
	case PCI_RES_BUS:
		return (&b->buses);
#endif
	}
	return (NULL);
}

int
bridge_activate(device_t dev, device_t child, int type, int rid,
    struct resource *r)
{
	struct bridge *b = device_get_softc(dev);
	rman_res_t start = rman_get_start(r);
	char *va;
	int i;

	for (i = 0; type == SYS_RES_MEMORY && i < UNITS; i++) {
		struct unit *u = b->units[i];

		if (u == NULL || start - u->bar_pa >= BAR_SIZE)
			continue;
		va = (char *)u->bar + (start - u->bar_pa);
		rman_set_bustag(r, MEMORY_TAG);
		rman_set_bushandle(r, (bus_space_handle_t)va);
		rman_set_virtual(r, va);
	}
	return (rman_activate_resource(r));
}

int
bridge_deactivate(device_t dev, device_t child, int type, int rid,
    struct resource *r)
{
	return (rman_deactivate_resource(r));
}

struct resource *
bridge_alloc(device_t dev, device_t child, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags)
{
	struct rman *rm = rman_of(device_get_softc(dev), type);
	struct resource *r;

	if (rm == NULL)
		return (NULL);
	r = rman_reserve_resource(rm, start, end, count, flags & ~RF_ACTIVE,
	    child);
	if (r == NULL)
		return (NULL);
	rman_set_rid(r, *rid);
	if ((flags & RF_ACTIVE) != 0 &&
	    bus_activate_resource(child, type, *rid, r) != 0) {
		rman_release_resource(r);
		return (NULL);
	}
	return (r);
}

int
bridge_release(device_t dev, device_t child, int type, int rid,
    struct resource *r)
{
	if ((rman_get_flags(r) & RF_ACTIVE) != 0)
		(void)bus_deactivate_resource(child, type, rid, r);
	return (rman_release_resource(r));
}

int
bridge_adjust(device_t dev, device_t child, int type, struct resource *r,
    rman_res_t start, rman_res_t end)
{
	return (rman_adjust_resource(r, start, end));
}
