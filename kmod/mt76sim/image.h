/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _MT76SIM_IMAGE_H_
#define _MT76SIM_IMAGE_H_

/* Registers the images: EEXIST if there are such already.  May sleep. */
int	image_load(void);
/* EBUSY while a driver holds one.  May sleep. */
int	image_unload(void);
/* The EEPROM file of a model's devices to come is as the knobs say. */
struct chip_model;
void	image_eeprom(const struct chip_model *);
/* Which of them a driver finds damaged from now on, between load and unload. */
void	image_damage(bool patch, bool ram);

#endif /* _MT76SIM_IMAGE_H_ */
