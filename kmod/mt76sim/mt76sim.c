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
tell_rings(struct chip *c, struct sbuf *sb, const char *const *names,
    const struct chip_ring *ring, u_int n)
{
	for (; n-- > 0; ring++, names++)
		if (ring->reg != 0)
			sbuf_printf(sb, " %s %u/%u of %u", *names,
			    reg_read(c, ring->reg + RING_DMA),
			    reg_read(c, ring->reg + RING_CPU),
			    reg_read(c, ring->reg + RING_SIZE));
}

static void
tell_unit(struct unit *u, void *arg)
{
	static const char *const tx[TX_RINGS] = {
		"mcu", "wa", "download", "tx"
	};
	static const char *const rx[RX_RINGS] = {
		"rom", "event", "wa-event", "rx"
	};
	struct sbuf *all = arg, one, *sb = &one;
	struct chip *c = &u->chip;
	const struct chip_model *m = c->model;
	char text[768];

	/* The other may sleep to give away what it has. */
	(void)sbuf_new(sb, text, sizeof(text), SBUF_FIXEDLEN);
	mtx_lock(&u->lock);
	sbuf_printf(sb, "%d: %04x%s%s%s pending %#x sta %#x ena %#x%s glo %#x "
	    "queued %u frames %u channel %u/%u/%u", u->slot, m->id,
	    c->running ? " running" : "", c->asleep ? " asleep" : "",
	    c->in_reset ? " reset" : c->crashed ? " crashed" : "",
	    c->pending, reg_read(c, m->int_sta), reg_read(c, m->int_ena),
	    c->raised ? " raised" : "",
	    reg_read(c, m->engine[0] + ENGINE_GLO_CFG),
	    c->event_tail - c->event_head, c->frame_tail - c->frame_head,
	    c->bss_channel, c->roc_channel, c->radio ? c->radio_channel : 0);
	tell_rings(c, sb, tx, m->tx, TX_RINGS);
	tell_rings(c, sb, rx, m->rx, RX_RINGS);
	mtx_unlock(&u->lock);
	(void)sbuf_finish(sb);
	sbuf_cat(all, sbuf_data(sb));
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

static int
sysctl_damage(SYSCTL_HANDLER_ARGS)
{
	static int damage;
	int error = sysctl_handle_int(oidp, &damage, 0, req);

	if (error == 0 && req->newptr != NULL)
		image_damage((damage & 1) != 0, (damage & 2) != 0);
	return (error);
}
SYSCTL_PROC(_compat_mt76sim, OID_AUTO, damage, CTLTYPE_INT | CTLFLAG_RW |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_damage, "I",
    "Firmware with a wrong bit: 1: the patch, 2: the image, 3: both");

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
KNOB(crash, chip_knobs.crash,
    "So many chips, from now on, lose their firmware");
KNOB(ap, chip_knobs.ap, "The access point is there");
KNOB(channel, chip_knobs.channel, "The access point's channel");
KNOB(flood, chip_knobs.flood,
    "Frames that the access point still sends to port 9");
KNOB(flood_size, chip_knobs.flood_size, "Bytes of data in each, 8 to 1472");
KNOB(efuse, chip_knobs.efuse,
    "An MT7915 has its EEPROM in the efuse; else a file is its default");
KNOB(bands, chip_knobs.bands,
    "What the EEPROM of MT7915s to come allows: 1: 2.4 GHz, 2: 5 GHz, 3: both");
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
COUNTER(wakes, COUNT_WAKES, "Times that the chip asked to be woken");
COUNTER(crashes, COUNT_CRASHES, "Times that firmware was lost");
COUNTER(received, COUNT_RECEIVED, "Frames put in the driver's buffers");
COUNTER(flushed, COUNT_FLUSHED, "Frames lost on the way there, by a reset");
COUNTER(unheard, COUNT_UNHEARD,
    "Frames sent to nobody or on another channel");
COUNTER(channels, COUNT_CHANNELS, "Channels that a host's scan or BSS chose");
COUNTER(probes, COUNT_PROBES, "Probe requests sent by a host");
COUNTER(beacons, COUNT_BEACONS, "Beacons and probe responses");
COUNTER(auths, COUNT_AUTHS, "Authentications");
COUNTER(assocs, COUNT_ASSOCS, "Associations");
COUNTER(deauths, COUNT_DEAUTHS, "Their ends");
COUNTER(arps, COUNT_ARPS, "ARP requests answered");
COUNTER(pings, COUNT_PINGS, "Pings answered");
COUNTER(echoes, COUNT_ECHOES, "UDP datagrams echoed");
COUNTER(discards, COUNT_DISCARDS, "UDP datagrams to port 9");
COUNTER(flooded, COUNT_FLOODED, "Frames of the flood");
COUNTER(others, COUNT_OTHERS, "Frames that the access point has no use for");
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
