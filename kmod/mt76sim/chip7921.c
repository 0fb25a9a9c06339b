/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MT7921: one DMA engine, one processor, commands of three kinds, scans and
 * remain-on-channel in its firmware, and sleep when it has nothing to do.
 */
#include "model.h"
#include "regs7921.h"

enum {
	/* "CE" commands */
	CE_SCAN = 0x03, CE_SCHED_SCAN = 0x61, CE_CAPABILITY = 0x8a,
	CE_REG_READ = 0xc0, CE_TXPWR = 0xd0,
	/* unified ones */
	UNI_DEV_INFO = 0x01, UNI_BSS_INFO = 0x02, UNI_STA_REC = 0x03,
	UNI_ROC = 0x27,
	/* Events */
	EV_GENERIC = 0x01, EV_SCAN_DONE = 0x0d, EV_COREDUMP = 0xf0,
	/* Capabilities */
	CAP_HW_VER = 5, CAP_MAC = 7, CAP_PHY = 8, CAP_6G = 0x18,
	/* Of the scan command */
	SCAN_TYPE = 2, SCAN_ACTIVE = 1,
	SCAN_CHANNEL_TYPE = 158, SCAN_CHANNELS = 159, SCAN_LIST = 160,
	SCAN_EXT = 826, SCAN_EXT_LIST = 830, SCAN_LISTED = 4,
	SCAN_US = 20000,
};

static void
init(struct chip *c)
{
	reg_write(c, R_CHIPID, c->model->id);
	reg_write(c, R_REVISION, 0x8a10);
	reg_write(c, R_WFSYS_RST, WFSYS_SW_RST_B | WFSYS_INIT_DONE);
}

/* All of the subsystem but the host's side of the DMA engine. */
static void
enter_reset(struct chip *c)
{
	COUNT(COUNT_RESETS);
	c->in_reset = true;
	chip_stop(c);
	atomic_clear_32(&c->bar[R_CONN_MISC / 4], MISC_FW_READY);
	atomic_clear_32(&c->bar[R_WFSYS_RST / 4], WFSYS_INIT_DONE);
}

/* The driver holds the reset bit at 0 for 50 ms, then waits for the other. */
static bool
reset_line(struct chip *c)
{
	uint32_t v = reg_read(c, R_WFSYS_RST);

	if ((v & WFSYS_SW_RST_B) == 0) {
		if (!c->in_reset) {
			enter_reset(c);
			return (true);
		}
		return (false);
	}
	if (!c->in_reset)
		return (false);
	c->in_reset = false;
	atomic_set_32(&c->bar[R_WFSYS_RST / 4], WFSYS_INIT_DONE);
	return (true);
}

/*
 * Ownership.  A request is a register's whole new value, and the answer is put
 * in its place only if no other request came.  One to own by the driver reads as
 * granted at once, having no bit of the firmware's.
 */
static bool
ownership(struct chip *c)
{
	uint32_t v = reg_read(c, R_LPCTL);
	bool worked = false;

	if ((v & LPCTL_SET_OWN) != 0) {
		if (chip_knobs.sleep_forgets)
			reg_write(c, R_WFDMA_DUMMY, 0);
		if (reg_swap(c, R_LPCTL, v, LPCTL_OWN_SYNC)) {
			COUNT(COUNT_SLEEPS);
			c->asleep = true;
		}
		worked = true;
	} else if ((v & LPCTL_CLR_OWN) != 0) {
		if (reg_swap(c, R_LPCTL, v, 0)) {
			c->asleep = false;
			reg_write(c, R_MCU_CMD, 0);
		}
		worked = true;
	}
	v = reg_read(c, R_TOP_LPCR);
	if ((v & TOP_DRV_OWN) != 0)
		worked |= reg_swap(c, R_TOP_LPCR, v, 0);
	return (worked);
}

static bool
hand_shakes(struct chip *c)
{
	bool worked = reset_line(c);

	return (ownership(c) || worked);
}

static void
started(struct chip *c)
{
	atomic_set_32(&c->bar[R_CONN_MISC / 4], MISC_FW_READY);
}

/* A driver that sleeps is asked once to wake the chip up. */
static bool
awake(struct chip *c)
{
	if (c->asleep) {
		if ((reg_read(c, R_MCU_CMD) & MCU_CMD_WAKE_RX) == 0) {
			COUNT(COUNT_WAKES);
			reg_write(c, R_MCU_CMD, MCU_CMD_WAKE_RX);
			wfdma_cause(c, INT_MCU_CMD);
		}
		return (false);
	}
	/* Not with rings that were forgotten. */
	return ((reg_read(c, R_WFDMA_DUMMY) & NEED_REINIT) != 0);
}

/* Real firmware sends its memory; the driver starts it anew after the last. */
static void
crash(struct chip *c)
{
	memset(mcu_notice(c, 0, EV_COREDUMP, false, 256), 0x76, 256);
}

/* Commands */

static uint8_t *
capability(uint8_t *p, uint32_t type, const void *data, uint32_t len)
{
	le32enc(p, type);
	le32enc(p + 4, len);
	memcpy(p + 8, data, len);
	return (p + 8 + len);
}

static void
capabilities(struct chip *c, const struct command *cmd)
{
	/* ht, vht, 5 GHz, bandwidth, streams, dbdc, 4 of coding, bands, he */
	static const uint8_t phy[12] = { 1, 1, 1, 2, 2, 0, 1, 1, 1, 1, 3, 1 };
	static const uint8_t ver[12] = { 0x10, 0x8a };
	const uint8_t six = 0;
	uint8_t *p = mcu_answer(c, cmd, EV_GENERIC, 0,
	    4 + 4 * 8 + 12 + 6 + 12 + 1);

	le16enc(p, 4);
	p = capability(p + 4, CAP_HW_VER, ver, sizeof(ver));
	p = capability(p, CAP_MAC, c->mac, sizeof(c->mac));
	p = capability(p, CAP_PHY, phy, sizeof(phy));
	capability(p, CAP_6G, &six, sizeof(six));
}

/* Whether a scan command names the channel. */
static bool
scans(const uint8_t *p, size_t len, uint8_t channel)
{
	u_int i, n;

	if (len < SCAN_LIST + 64)
		return (false);
	if (p[SCAN_CHANNEL_TYPE] != SCAN_LISTED)
		return (true);
	n = MIN(p[SCAN_CHANNELS], 32);
	for (i = 0; i < n; i++)
		if (p[SCAN_LIST + 2 * i + 1] == channel)
			return (true);
	n = len < SCAN_EXT_LIST + 64 ? 0 : MIN(p[SCAN_EXT], 32);
	for (i = 0; i < n; i++)
		if (p[SCAN_EXT_LIST + 2 * i + 1] == channel)
			return (true);
	return (false);
}

static void
scan(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	COUNT(COUNT_SCANS);
	if (scans(cmd->body, cmd->len, chip_knobs.channel))
		ap_scan(c, cmd->body[SCAN_TYPE] == SCAN_ACTIVE);
	p = mcu_notice(c, SCAN_US, EV_SCAN_DONE, false, 8);
	p[0] = cmd->len > 0 ? cmd->body[0] : 0;
}

static void
unified(struct chip *c, const struct command *cmd)
{
	static const struct {
		uint16_t	number;
		enum bss_what	what;
		size_t		header;
	} bss[] = {
		{ UNI_DEV_INFO, BSS_DEVICE, 4 }, { UNI_BSS_INFO, BSS_BSS, 4 },
		{ UNI_STA_REC, BSS_STATION, 8 }, { UNI_ROC, BSS_ROC, 4 },
	};
	uint8_t *p;
	u_int i;

	for (i = 0; i < nitems(bss); i++)
		if (bss[i].number == cmd->uni)
			bss_command(c, bss[i].what, bss[i].header, cmd->body,
			    cmd->len);
	if (!cmd->ack)
		return;
	p = mcu_answer(c, cmd, EV_GENERIC, 0, 8);
	p[0] = cmd->uni;
}

/* "CE" commands: sets are not answered, with one exception. */
static void
client(struct chip *c, const struct command *cmd)
{
	uint8_t *p;

	switch (cmd->id) {
	case CE_CAPABILITY:
		capabilities(c, cmd);
		break;
	case CE_SCAN:
		scan(c, cmd);
		break;
	case CE_SCHED_SCAN:
		break;
	case CE_REG_READ:
	case CE_TXPWR:
		if (cmd->set_query != COMMAND_QUERY)
			break;
		p = mcu_answer(c, cmd, EV_GENERIC, 0, 8);
		if (cmd->len >= 4)
			memcpy(p, cmd->body, 4);
		break;
	default:
		if (cmd->set_query == COMMAND_QUERY)
			(void)mcu_answer(c, cmd, EV_GENERIC, 0, 8);
	}
}

static void
command(struct chip *c, const struct command *cmd)
{
	if (cmd->unified)
		unified(c, cmd);
	else if (cmd->set_query == COMMAND_NA)
		mcu_boot_rom(c, cmd);
	else if (cmd->id == COMMAND_EXT)
		mcu_extended(c, cmd);
	else
		client(c, cmd);
}

static const struct chip_image images[] = {
	{ "WIFI_MT7961_patch_mcu_1_2_hdr.bin", IMAGE_PATCH, 0x900000, false },
	{ "WIFI_RAM_CODE_MT7961_1.bin", IMAGE_RAM, 0x900000, true },
};

const struct chip_model chip7921 = {
	.id = 0x7961,
	.images = images,
	.nimages = nitems(images),
	.start = { 0 },
	.starts = 1,
	.engine = { R_WFDMA },
	.tx = {
		[TX_MCU] = { R_TX_RING(TXQ_MCU), INT_TX_MCU },
		[TX_DOWNLOAD] = { R_TX_RING(TXQ_DOWNLOAD), INT_TX_DOWNLOAD },
		[TX_DATA] = { R_TX_RING(TXQ_DATA), INT_TX_DATA },
	},
	.rx = {
		[RX_ROM] = { R_RX_RING(RXQ_ROM), INT_RX_ROM },
		[RX_MCU] = { R_RX_RING(RXQ_MCU), INT_RX_MCU },
		[RX_DATA] = { R_RX_RING(RXQ_DATA), INT_RX_DATA },
	},
	.notices = RX_MCU,
	.int_sta = R_INT_STA,
	.int_ena = R_INT_ENA,
	.pcie_int_ena = R_PCIE_INT_ENABLE,
	.unread = INT_UNREAD,
	.init = init,
	.hand_shakes = hand_shakes,
	.started = started,
	.awake = awake,
	.command = command,
	.crash = crash,
	.pieces = frame_hw_txp,
};
