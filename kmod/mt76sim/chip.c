/* SPDX-License-Identifier: BSD-2-Clause */
/* What all chips do: power, a step, and the end of the firmware. */
#include "model.h"

struct chip_knobs chip_knobs = {
	.check_images = 1, .efuse = 1, .bands = 3, .ap = 1, .channel = 6,
	.flood_size = 1400
};
u_int chip_counts[COUNTS];

const struct chip_model *const chip_models[] = { &chip7921, &chip7915 };
const u_int chip_nmodels = nitems(chip_models);

const struct chip_model *
chip_model_of(uint16_t id)
{
	u_int i;

	for (i = 0; i < chip_nmodels; i++)
		if (chip_models[i]->id == id)
			return (chip_models[i]);
	return (NULL);
}

void
chip_init(struct chip *c, const struct chip_model *model,
    const struct chip_host *host, void *arg)
{
	c->model = model;
	c->host = host;
	c->arg = arg;
	ap_init(c);
	le16enc(c->eeprom, model->id);
	memcpy(c->eeprom + 4, c->mac, sizeof(c->mac));
	if (model->eeprom != NULL)
		model->eeprom(c->eeprom);
	model->init(c);
}

void
chip_stop(struct chip *c)
{
	c->running = c->crashed = false;
	memset(&c->load, 0, sizeof(c->load));
	wfdma_reset(c);
	frame_flush(c);
	bss_reset(c);
	c->ap.authenticated = c->ap.associated = false;
}

bool
chip_step(struct chip *c, uint64_t now)
{
	bool worked = false;

	c->now = now;
	if (chip_knobs.dead < 2)
		worked |= c->model->hand_shakes(c);
	if (c->running && !c->crashed) {
		if (c->model->crash != NULL && chip_knobs.crash > 0 &&
		    mcu_room(c) > 0) {
			atomic_subtract_int(&chip_knobs.crash, 1);
			mcu_crash(c);
		} else if (chip_knobs.dead == 0)
			ap_step(c);
	}
	if (!c->in_reset && c->master)
		worked |= wfdma_step(c);
	if (chip_knobs.dead < 2 && c->model->show_state != NULL)
		c->model->show_state(c);
	wfdma_interrupts(c);
	return (worked);
}
