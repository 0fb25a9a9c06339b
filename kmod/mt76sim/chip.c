/* SPDX-License-Identifier: BSD-2-Clause */
/* Hand-shakes: reset, and who owns the chip. */
#include "chip.h"

struct chip_knobs chip_knobs = {
	.check_images = 1, .ap = 1, .channel = 6, .flood_size = 1400
};
u_int chip_counts[COUNTS];

void
chip_init(struct chip *c, uint16_t id, const struct chip_host *host, void *arg)
{
	c->id = id;
	c->host = host;
	c->arg = arg;
	ap_init(c);
	reg_write(c, R_CHIPID, id);
	reg_write(c, R_REVISION, 0x8a10);
	reg_write(c, R_WFSYS_RST, WFSYS_SW_RST_B | WFSYS_INIT_DONE);
}

/* All of the subsystem but the host's side of the DMA engine. */
static void
enter_reset(struct chip *c)
{
	COUNT(COUNT_RESETS);
	c->in_reset = true;
	c->running = c->crashed = false;
	memset(&c->load, 0, sizeof(c->load));
	wfdma_reset(c);
	frame_flush(c);
	bss_reset(c);
	c->ap.authenticated = c->ap.associated = false;
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

bool
chip_step(struct chip *c, uint64_t now)
{
	bool worked = false;

	c->now = now;
	if (chip_knobs.dead < 2) {
		worked |= reset_line(c);
		worked |= ownership(c);
	}
	if (c->running && !c->crashed) {
		if (chip_knobs.crash > 0 && mcu_room(c) > 0) {
			atomic_subtract_int(&chip_knobs.crash, 1);
			mcu_crash(c);
		} else if (chip_knobs.dead == 0)
			ap_step(c);
	}
	if (!c->in_reset && c->master)
		worked |= wfdma_step(c);
	wfdma_interrupts(c);
	return (worked);
}
