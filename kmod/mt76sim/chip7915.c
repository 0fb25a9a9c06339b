/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MT7915 with one band and one PCI function: two DMA engines, two
 * processors (WM, and WA for what is sent), extended commands only.  The host
 * scans: it tunes the radio, sends probe requests, and gets what there is to
 * hear.
 *
 * The driver reaches some of the chip's own addresses by fixed maps, others
 * through a window of 64 KiB (L1) or of 4 KiB (L2) that it switches before each
 * access.  Here the windows are not switched.  L2 is the first page of the BAR,
 * where nothing is played.  Of L1 only the places below are used; in_window()
 * does not compile if two of them collide.
 */
#include "model.h"

#define	L1(address)	(0xe0000 | ((address) & 0xffff))

enum {
	R_DUMMY = 0x02120,		/* 0xffff0000 after a reset */
	R_WFDMA0 = 0xd4000, R_WFDMA1 = 0xd5000,
	R_INT_STA = 0xd7010, R_INT_ENA = 0xd7014,
	R_PWR_CTRL = L1(0x18000000),
	  PWR_HW_CTRL = 0x10, PWR_KEY = 0x5746,
	R_LPCR = L1(0x18060010),
	  LPCR_FW_OWN = 0x1, LPCR_DRV_OWN = 0x2, LPCR_FW_OWN_STAT = 0x4,
	R_LPCR_IRQ = L1(0x18060014),
	R_TOP_MISC = L1(0x180600f0),
	  MISC_FW_STATE = 0x7,
	R_HOST_CONFIG = L1(0x18027030),
	R_HIF_MISC = L1(0x18027044),
	R_HW_BOUND = L1(0x70010020),	/* bit 5: two bands */
	R_REVISION = L1(0x70010204),
	R_PCIE_INT_ENABLE = L1(0x74030188),
};

static inline bool __unused
in_window(uint32_t r)
{
	switch (r) {
	case R_PWR_CTRL: case R_LPCR: case R_LPCR_IRQ: case R_TOP_MISC:
	case R_HOST_CONFIG: case R_HIF_MISC: case R_HW_BOUND: case R_REVISION:
	case R_PCIE_INT_ENABLE:
		return (true);
	}
	return (false);
}

enum {
	/* States of the firmware */
	STATE_INITIAL = 0, STATE_DOWNLOAD = 1, STATE_READY = 7,
	BOOT_US = 5000,
	/* Commands */
	WA_PARAM = 0xc4,
	EXT_CHANNEL_SWITCH = 0x08, EXT_STA_REC = 0x25, EXT_DEV_INFO = 0x2a,
	EXT_MAC_INIT = 0x46, EXT_EFUSE_FREE = 0x4f, EXT_MIB = 0x5a,
	EV_EXT = 0xed,
	BSS_HEADER = 8,
	EFUSE_BLOCKS_FREE = 29,		/* of one that nobody programmed */
	MIB_HEADER = 20, MIB_COUNTER = 16,
	/* The EEPROM */
	EE_WIFI_CONF = 0x190,
	  CONF_PATHS = 2, CONF_5GHZ = 1 << 6, CONF_2GHZ = 2 << 6,
	EE_POWER_2G = 0x2fc, EE_POWER_5G = 0x34b,
	  CHAINS = 2, CHAIN_2G = 3, CHAIN_5G = 12, GROUPS_5G = 8,
	HALF_DBM = 40,
	START_WA = 0x4,
};

/* Two chains, 20 dBm on each. */
static void
eeprom(uint8_t *e)
{
	int i;

	e[EE_WIFI_CONF] = CONF_PATHS |
	    ((chip_knobs.bands & 1) != 0 ? CONF_2GHZ : 0) |
	    ((chip_knobs.bands & 2) != 0 ? CONF_5GHZ : 0);
	for (i = 0; i < CHAINS; i++) {
		e[EE_POWER_2G + i * CHAIN_2G] = HALF_DBM;
		memset(e + EE_POWER_5G + i * CHAIN_5G, HALF_DBM, GROUPS_5G);
	}
}

static void
init(struct chip *c)
{
	reg_write(c, R_REVISION, 0x8a10);
	reg_write(c, R_LPCR, LPCR_FW_OWN_STAT);
}

/* The firmware ends and the boot ROM begins. */
static void
restart(struct chip *c)
{
	chip_stop(c);
	c->boot = c->now + BOOT_US;
}

/*
 * Four values are written at once, of which the last is what can be relied on to
 * be seen.  The key does not read back.
 */
static bool
reset_line(struct chip *c)
{
	uint32_t v = reg_read(c, R_PWR_CTRL);

	if (v >> 16 != PWR_KEY || (v & PWR_HW_CTRL) == 0 ||
	    !reg_swap(c, R_PWR_CTRL, v, v & 0xffff))
		return (false);
	COUNT(COUNT_RESETS);
	restart(c);
	reg_write(c, R_DUMMY, 0xffff0000);
	return (true);
}

/* As the MT7921's: see there. */
static bool
ownership(struct chip *c)
{
	uint32_t v = reg_read(c, R_LPCR);

	if ((v & LPCR_FW_OWN) != 0) {
		if (reg_swap(c, R_LPCR, v, LPCR_FW_OWN_STAT))
			COUNT(COUNT_SLEEPS);
		return (true);
	}
	return ((v & LPCR_DRV_OWN) != 0 && reg_swap(c, R_LPCR, v, 0));
}

static bool
hand_shakes(struct chip *c)
{
	bool worked = reset_line(c);

	return (ownership(c) || worked);
}

/* The driver clears it by read, change and write, so it is shown again. */
static void
show_state(struct chip *c)
{
	uint32_t v = reg_read(c, R_TOP_MISC), state;

	state = c->running ? STATE_READY :
	    c->now < c->boot ? STATE_INITIAL : STATE_DOWNLOAD;
	if ((v & MISC_FW_STATE) != state)
		(void)reg_swap(c, R_TOP_MISC, v, (v & ~MISC_FW_STATE) | state);
}

static void
extended(struct chip *c, const struct command *cmd)
{
	uint8_t first = cmd->len > 0 ? cmd->body[0] : 0;
	uint8_t *p;

	switch (cmd->ext) {
	case EXT_DEV_INFO:
		bss_command(c, BSS_DEVICE, BSS_HEADER, cmd->body, cmd->len);
		break;
	case EXT_STA_REC:
		bss_command(c, BSS_STATION, BSS_HEADER, cmd->body, cmd->len);
		break;
	case EXT_CHANNEL_SWITCH:
		COUNT(COUNT_CHANNELS);
		c->radio_channel = first;
		break;
	case EXT_MAC_INIT:
		c->radio = first != 0;
		break;
	case EXT_EFUSE_FREE:
		p = mcu_answer(c, cmd, EV_EXT, cmd->ext, 8);
		p[0] = chip_knobs.efuse ? 0 : EFUSE_BLOCKS_FREE;
		return;
	case EXT_MIB:
		/* As many counters as were named, all 0. */
		(void)mcu_answer(c, cmd, EV_EXT, cmd->ext,
		    MIB_HEADER + MIN(cmd->len, 16 * MIB_COUNTER));
		return;
	}
	mcu_extended(c, cmd);
}

static void
command(struct chip *c, const struct command *cmd)
{
	if (cmd->unified)
		COUNT(COUNT_BAD_COMMANDS);
	else if (cmd->id == COMMAND_POWER)
		restart(c);
	else if (cmd->id == WA_PARAM && cmd->s2d == COMMAND_TO_WA)
		;	/* never answered */
	else if (cmd->set_query == COMMAND_NA)
		mcu_boot_rom(c, cmd);
	else if (cmd->id == COMMAND_EXT && c->running)
		extended(c, cmd);
	else
		COUNT(COUNT_BAD_COMMANDS);
}

static const struct chip_image images[] = {
	{ "mt7915_rom_patch.bin", IMAGE_PATCH, 0x200000, false },
	{ "mt7915_wm.bin", IMAGE_RAM, 0x900000, false },
	{ "mt7915_wa.bin", IMAGE_RAM, 0xe0000000, false },
	{ "mt7915_eeprom.bin", IMAGE_EEPROM, 0, false },
};

const struct chip_model chip7915 = {
	.id = 0x7915,
	.images = images,
	.nimages = nitems(images),
	.start = { 0, START_WA },
	.starts = 2,
	.engine = { R_WFDMA0, R_WFDMA1 },
	.tx = {
		[TX_MCU] = { R_WFDMA1 + ENGINE_TX_RING(17), 1u << 27 },
		[TX_WA] = { R_WFDMA1 + ENGINE_TX_RING(20), 1u << 15 },
		[TX_DOWNLOAD] = { R_WFDMA1 + ENGINE_TX_RING(16), 1u << 26 },
		[TX_DATA] = { R_WFDMA1 + ENGINE_TX_RING(18), 1u << 30 },
	},
	.rx = {
		[RX_ROM] = { R_WFDMA1 + ENGINE_RX_RING(0), 1u << 0 },
		[RX_MCU] = { R_WFDMA1 + ENGINE_RX_RING(0), 1u << 0 },
		[RX_WA] = { R_WFDMA1 + ENGINE_RX_RING(1), 1u << 1 },
		[RX_DATA] = { R_WFDMA0 + ENGINE_RX_RING(0), 1u << 16 },
	},
	.notices = RX_WA,
	.int_sta = R_INT_STA,
	.int_ena = R_INT_ENA,
	.pcie_int_ena = R_PCIE_INT_ENABLE,
	.unread = 1u << 28,
	.init = init,
	.eeprom = eeprom,
	.hand_shakes = hand_shakes,
	.show_state = show_state,
	.command = command,
	.pieces = frame_fw_txp,
};
