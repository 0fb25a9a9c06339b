/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mt76sim.ko: MediaTek Wi-Fi devices in software, to mt76 what mac80211_hwsim is
 * to mac80211.  `sysctl compat.mt76sim.devices=1' plugs one in; docs/mt76sim.md.
 */
#include "unit.h"

#include <sys/module.h>
#include <sys/sysctl.h>

#include "image.h"

MALLOC_DEFINE(M_MT76SIM, "mt76sim", "simulated MediaTek Wi-Fi");

int unit_msi = 1, unit_device = 0x7961;

SYSCTL_NODE(_compat, OID_AUTO, mt76sim, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "Simulated MediaTek Wi-Fi");

/* Drivers detach and attach in the write. */
static int
sysctl_devices(SYSCTL_HANDLER_ARGS)
{
	int error, n;

	bus_topo_lock();
	n = bridge_units();
	bus_topo_unlock();
	error = sysctl_handle_int(oidp, &n, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	bus_topo_lock();
	error = bridge_set_units(n);
	bus_topo_unlock();
	return (error);
}
SYSCTL_PROC(_compat_mt76sim, OID_AUTO, devices, CTLTYPE_INT | CTLFLAG_RW |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_devices, "I",
    "Devices on the bus; a write removes those there are");

#define	KNOB(name, var, text)						\
	SYSCTL_INT(_compat_mt76sim, OID_AUTO, name, CTLFLAG_RWTUN, &var, 0, text)
KNOB(device_id, unit_device, "PCI device ID of devices to come");
KNOB(msi, unit_msi, "Devices to come can interrupt by message");
KNOB(poll_us, unit_poll_us, "Microseconds between steps of a busy chip");
KNOB(idle_us, unit_idle_us, "Microseconds between steps of an idle chip");
KNOB(latency_us, chip_knobs.latency_us, "Microseconds from command to event");
KNOB(dead, chip_knobs.dead,
    "1: the firmware answers nothing; 2: nor are there hand-shakes");
KNOB(lose_interrupts, chip_knobs.lose_interrupts,
    "So many of the next interrupts are lost");
KNOB(sleep_forgets, chip_knobs.sleep_forgets,
    "The DMA engine's state is lost when the firmware owns the chip");
KNOB(check_images, chip_knobs.check_images,
    "Firmware must be this kld's own, to the byte");

#define	COUNTER(name, i, text)						\
	SYSCTL_UINT(_compat_mt76sim, OID_AUTO, name, CTLFLAG_RD,	\
	    &chip_counts[i], 0, text)
COUNTER(commands, COUNT_COMMANDS, "Commands to the firmware");
COUNTER(events, COUNT_EVENTS, "Events from it");
COUNTER(scatters, COUNT_SCATTERS, "Pieces of firmware");
COUNTER(scans, COUNT_SCANS, "Scans asked for");
COUNTER(frames, COUNT_FRAMES, "Frames sent");
COUNTER(interrupts, COUNT_INTERRUPTS, "Interrupts sent");
COUNTER(lost, COUNT_LOST, "Interrupts lost on purpose");
COUNTER(starts, COUNT_STARTS, "Times that firmware was started");
COUNTER(resets, COUNT_RESETS, "Resets of the Wi-Fi subsystem");
COUNTER(sleeps, COUNT_SLEEPS, "Times that the firmware got the chip");
COUNTER(bad_dma, COUNT_BAD_DMA, "DMA addresses that are no memory");
COUNTER(bad_commands, COUNT_BAD_COMMANDS, "Commands or frames not understood");
COUNTER(bad_images, COUNT_BAD_IMAGES, "Firmware that came incomplete or wrong");
COUNTER(bad_rings, COUNT_BAD_RINGS, "Rings or descriptors that cannot be");

static int
mt76sim_event(module_t mod, int what, void *arg)
{
	switch (what) {
	case MOD_LOAD:
		return (image_load());
	case MOD_UNLOAD:
		return (image_unload());
	case MOD_SHUTDOWN:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t mt76sim_mod = { "mt76sim", mt76sim_event, NULL };

/* Before the bridge: what a driver asks for when it attaches is there. */
DECLARE_MODULE(mt76sim_images, mt76sim_mod, SI_SUB_DRIVERS, SI_ORDER_FIRST);
MODULE_VERSION(mt76sim, 1);
MODULE_DEPEND(mt76sim, firmware, 1, 1, 1);
