/* SPDX-License-Identifier: BSD-2-Clause */
/* The bridge's own: bridge.c and resource.c. */
#ifndef _MT76SIM_BRIDGE_H_
#define _MT76SIM_BRIDGE_H_

#include "unit.h"

#include <sys/rman.h>

struct bridge {
	struct rman	memory, irqs, buses;
	struct unit	*units[UNITS];
	device_t	bus;
};

/* resource.c: methods of a bus, see bus_alloc_resource(9) and its like */
struct resource *bridge_alloc(device_t dev, device_t child, int type, int *rid,
    rman_res_t start, rman_res_t end, rman_res_t count, u_int flags);
int	bridge_release(device_t dev, device_t child, int type, int rid,
    struct resource *);
int	bridge_activate(device_t dev, device_t child, int type, int rid,
    struct resource *);
int	bridge_deactivate(device_t dev, device_t child, int type, int rid,
    struct resource *);
int	bridge_adjust(device_t dev, device_t child, int type, struct resource *,
    rman_res_t start, rman_res_t end);

#endif /* _MT76SIM_BRIDGE_H_ */
