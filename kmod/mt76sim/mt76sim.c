/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mt76sim.ko: MediaTek Wi-Fi devices in software, to mt76 what mac80211_hwsim is
 * to mac80211.  `sysctl compat.mt76sim.devices=1' plugs one in; docs/mt76sim.md.
 */
#include "unit.h"

#include <sys/module.h>
#include <sys/sbuf.h>
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

static void
tell_ring(struct unit *u, struct sbuf *sb, const char *name, uint32_t r)
{
	sbuf_printf(sb, " %s %u/%u of %u", name,
	    reg_read(&u->chip, r + RING_DMA), reg_read(&u->chip, r + RING_CPU),
	    reg_read(&u->chip, r + RING_SIZE));
}

static void
tell_unit(struct unit *u, void *arg)
{
	struct sbuf *sb = arg;
	struct chip *c = &u->chip;

	mtx_lock(&u->lock);
	sbuf_printf(sb, "%d:%s%s%s pending %#x sta %#x ena %#x%s glo %#x "
	    "queued %u", u->slot, c->running ? " running" : "",
	    c->asleep ? " asleep" : "", c->in_reset ? " reset" : "",
	    c->pending, reg_read(c, R_INT_STA), reg_read(c, R_INT_ENA),
	    c->raised ? " raised" : "", reg_read(c, R_GLO_CFG),
	    c->event_tail - c->event_head);
	tell_ring(u, sb, "tx", R_TX_RING(TX_DATA));
	tell_ring(u, sb, "mcu", R_TX_RING(TX_MCU));
	tell_ring(u, sb, "rom", R_RX_RING(RX_ROM));
	tell_ring(u, sb, "event", R_RX_RING(RX_MCU));
	tell_ring(u, sb, "rx", R_RX_RING(RX_DATA));
	mtx_unlock(&u->lock);
}

static int
sysctl_state(SYSCTL_HANDLER_ARGS)
{
	struct sbuf sb;
	int error;

	sbuf_new_for_sysctl(&sb, NULL, 256, req);
	bus_topo_lock();
	bridge_each_unit(tell_unit, &sb);
	bus_topo_unlock();
	error = sbuf_finish(&sb);
	sbuf_delete(&sb);
	return (error);
}
SYSCTL_PROC(_compat_mt76sim, OID_AUTO, state, CTLTYPE_STRING | CTLFLAG_RD |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_state, "A",
    "Each chip's interrupts, and rings as chip's/driver's index");

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
