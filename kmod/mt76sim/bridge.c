/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host bridge in software: a "pcib" under nexus whose child is FreeBSD's own
 * pci bus.  That bus reads and writes configuration space, sizes BARs, allocates
 * messages and attaches drivers as on any other bridge; the bridge answers from
 * its units.
 */
#include "bridge.h"

#include <sys/module.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>
#include <dev/pci/pcib_private.h>

#include "pcib_if.h"

#define	DOMAIN		0x76	/* no other bridge's */

static device_t bridge_dev;

static struct unit *
unit_at(device_t dev, u_int slot, u_int func)
{
	struct bridge *b = device_get_softc(dev);

	return (slot < UNITS && func == 0 ? b->units[slot] : NULL);
}

static struct unit *
unit_of_irq(device_t dev, struct resource *r)
{
	return (unit_at(dev, (rman_get_start(r) - IRQ_BASE) / 2, 0));
}

/* Units */

int
bridge_units(void)
{
	struct bridge *b;
	int i, n = 0;

	if (bridge_dev == NULL)
		return (0);
	b = device_get_softc(bridge_dev);
	for (i = 0; i < UNITS; i++)
		n += b->units[i] != NULL;
	return (n);
}

static int
remove_units(struct bridge *b)
{
	struct unit *u;
	int error, i;

	if (b->bus != NULL) {
		error = device_delete_child(bridge_dev, b->bus);
		if (error != 0)
			return (error);
		b->bus = NULL;
	}
	for (i = 0; i < UNITS; i++) {
		u = b->units[i];
		if (u == NULL)
			continue;
		b->units[i] = NULL;
		error = rman_fini(&b->memory) != 0 ? EBUSY : 0;
		KASSERT(error == 0, ("mt76sim: BAR still reserved"));
		b->memory.rm_type = RMAN_ARRAY;
		b->memory.rm_descr = "mt76sim BARs";
		(void)rman_init(&b->memory);
		unit_destroy(u);
	}
	return (0);
}

int
bridge_set_units(int n)
{
	const struct chip_model *model = chip_model_of(unit_device);
	struct bridge *b;
	struct unit *u;
	int error, i;

	if (bridge_dev == NULL)
		return (ENXIO);
	if (n < 0 || n > UNITS || (n > 0 && model == NULL))
		return (EINVAL);
	b = device_get_softc(bridge_dev);
	error = remove_units(b);
	for (i = 0; i < n && error == 0; i++) {
		u = unit_create(i, model, unit_msi != 0);
		if (u == NULL) {
			error = ENOMEM;
			break;
		}
		b->units[i] = u;
		error = rman_manage_region(&b->memory, u->bar_pa,
		    u->bar_pa + BAR_SIZE - 1);
	}
	if (error == 0 && n > 0) {
		b->bus = device_add_child(bridge_dev, "pci", -1);
		error = b->bus == NULL ? ENXIO : bus_generic_attach(bridge_dev);
	}
	if (error != 0)
		(void)remove_units(b);
	return (error);
}

void
bridge_each_unit(void (*f)(struct unit *, void *), void *arg)
{
	struct bridge *b;
	int i;

	if (bridge_dev == NULL)
		return;
	b = device_get_softc(bridge_dev);
	for (i = 0; i < UNITS; i++)
		if (b->units[i] != NULL)
			f(b->units[i], arg);
}

/* The device itself */

static void
bridge_identify(driver_t *driver, device_t parent)
{
	if (bridge_dev == NULL)
		bridge_dev = BUS_ADD_CHILD(parent, 0, "pcib", -1);
}

static int
bridge_probe(device_t dev)
{
	if (dev != bridge_dev)
		return (ENXIO);
	device_set_desc(dev, "Simulated MediaTek Wi-Fi");
	return (BUS_PROBE_SPECIFIC);
}

static int
manage(struct rman *rm, const char *what, rman_res_t start, rman_res_t end)
{
	rm->rm_type = RMAN_ARRAY;
	rm->rm_descr = what;
	if (rman_init(rm) != 0)
		return (ENOMEM);
	return (end == 0 ? 0 : rman_manage_region(rm, start, end));
}

static int
bridge_attach(device_t dev)
{
	struct bridge *b = device_get_softc(dev);

	if (manage(&b->memory, "mt76sim BARs", 0, 0) != 0 ||
	    manage(&b->irqs, "mt76sim interrupts", IRQ_BASE, IRQ_END) != 0 ||
	    manage(&b->buses, "mt76sim buses", 0, 255) != 0)
		return (ENOMEM);
	return (0);
}

static int
bridge_detach(device_t dev)
{
	struct bridge *b = device_get_softc(dev);
	int error = remove_units(b);

	if (error != 0)
		return (error);
	rman_fini(&b->memory);
	rman_fini(&b->irqs);
	rman_fini(&b->buses);
	return (0);
}

static int
bridge_read_ivar(device_t dev, device_t child, int which, uintptr_t *result)
{
	switch (which) {
	case PCIB_IVAR_DOMAIN:
		*result = DOMAIN;
		return (0);
	case PCIB_IVAR_BUS:
		*result = 0;
		return (0);
	}
	return (ENOENT);
}

/* Interrupts */

static struct vector *
vector_of(device_t dev, struct resource *r)
{
	struct unit *u = unit_of_irq(dev, r);

	if (u == NULL)
		return (NULL);
	return (rman_get_start(r) == IRQ_MSI(u->slot) ? &u->msi : &u->pin);
}

static int
bridge_setup_intr(device_t dev, device_t child, struct resource *r, int flags,
    driver_filter_t *filter, driver_intr_t *intr, void *arg, void **cookiep)
{
	struct vector *v = vector_of(dev, r);

	if (v == NULL)
		return (EINVAL);
	return (vector_add(v, device_get_nameunit(child), flags, filter, intr,
	    arg, (struct handler **)cookiep));
}

static int
bridge_teardown_intr(device_t dev, device_t child, struct resource *r,
    void *cookie)
{
	vector_remove(vector_of(dev, r), cookie);
	return (0);
}

static int
bridge_bind_intr(device_t dev, device_t child, struct resource *r, int cpu)
{
	return (0);
}

static int
bridge_describe_intr(device_t dev, device_t child, struct resource *r,
    void *cookie, const char *text)
{
	return (0);
}

static int
bridge_alloc_msi(device_t dev, device_t child, int count, int maxcount,
    int *irqs)
{
	if (count != 1 || unit_at(dev, pci_get_slot(child), 0) == NULL)
		return (ENXIO);
	irqs[0] = IRQ_MSI(pci_get_slot(child));
	return (0);
}

static int
bridge_release_msi(device_t dev, device_t child, int count, int *irqs)
{
	return (0);
}

/* Nobody decodes the address: the chip's thread is who sends. */
static int
bridge_map_msi(device_t dev, device_t child, int irq, uint64_t *addr,
    uint32_t *data)
{
	*addr = 0xfee00000;
	*data = (irq - IRQ_BASE) & 0xffff;
	return (0);
}

static int
bridge_route_interrupt(device_t dev, device_t child, int pin)
{
	return (IRQ_PIN(pci_get_slot(child)));
}

/* Configuration space */

static int
bridge_maxslots(device_t dev)
{
	return (UNITS - 1);
}

static uint32_t
bridge_read_config(device_t dev, u_int bus, u_int slot, u_int func, u_int reg,
    int width)
{
	struct unit *u = unit_at(dev, slot, func);

	if (bus != 0 || u == NULL)
		return (0xffffffff >> 8 * (4 - width));
	return (unit_config_read(u, reg, width));
}

static void
bridge_write_config(device_t dev, u_int bus, u_int slot, u_int func, u_int reg,
    uint32_t value, int width)
{
	struct unit *u = unit_at(dev, slot, func);

	if (bus == 0 && u != NULL)
		unit_config_write(u, reg, value, width);
}

static device_method_t bridge_methods[] = {
	DEVMETHOD(device_identify,	bridge_identify),
	DEVMETHOD(device_probe,		bridge_probe),
	DEVMETHOD(device_attach,	bridge_attach),
	DEVMETHOD(device_detach,	bridge_detach),

	DEVMETHOD(bus_read_ivar,	bridge_read_ivar),
	DEVMETHOD(bus_alloc_resource,	bridge_alloc),
	DEVMETHOD(bus_release_resource,	bridge_release),
	DEVMETHOD(bus_activate_resource, bridge_activate),
	DEVMETHOD(bus_deactivate_resource, bridge_deactivate),
	DEVMETHOD(bus_adjust_resource,	bridge_adjust),
	DEVMETHOD(bus_setup_intr,	bridge_setup_intr),
	DEVMETHOD(bus_teardown_intr,	bridge_teardown_intr),
	DEVMETHOD(bus_bind_intr,	bridge_bind_intr),
	DEVMETHOD(bus_describe_intr,	bridge_describe_intr),

	DEVMETHOD(pcib_maxslots,	bridge_maxslots),
	DEVMETHOD(pcib_read_config,	bridge_read_config),
	DEVMETHOD(pcib_write_config,	bridge_write_config),
	DEVMETHOD(pcib_route_interrupt,	bridge_route_interrupt),
	DEVMETHOD(pcib_alloc_msi,	bridge_alloc_msi),
	DEVMETHOD(pcib_release_msi,	bridge_release_msi),
	DEVMETHOD(pcib_map_msi,		bridge_map_msi),
	DEVMETHOD_END
};

static driver_t bridge_driver = {
	"pcib", bridge_methods, sizeof(struct bridge)
};

/* On unload the driver has been detached by now: its device goes. */
static int
bridge_event(module_t mod, int what, void *arg)
{
	if (what == MOD_UNLOAD && bridge_dev != NULL) {
		bus_topo_lock();
		device_delete_child(device_get_parent(bridge_dev), bridge_dev);
		bus_topo_unlock();
		bridge_dev = NULL;
	}
	return (0);
}

DRIVER_MODULE(mt76sim, nexus, bridge_driver, bridge_event, NULL);
MODULE_DEPEND(mt76sim, pci, 1, 1, 1);
