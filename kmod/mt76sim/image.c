/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware images for the simulated chips, registered with firmware(9): in form
 * what MediaTek's are (a patch with one section; a RAM image with regions, some
 * with regulatory data and a list of features, and a trailer), in content a
 * count; and the EEPROM of chips that nobody programmed.
 */
#include "model.h"

#include <sys/firmware.h>
#include <sys/kernel.h>
#include <sys/malloc.h>

#include "image.h"

MALLOC_DECLARE(M_MT76SIM);

enum {
	PATCH_HEADER = 96, PATCH_SECTION = 64, PATCH_LEN = 9000,
	REGION = 40, TRAILER = 36, GAP = 16,
	NON_DL = 0x40, TYPE_CLC = 2,
	TAG_FEATURE = 4, CAP_CNM = 0x80,
	CLC_HEADER = 16, CLC_RULE = 6, CLC_DATA = 34, FEATURES = 4 + 4 + 16,
};

static const uint32_t region_len[] = { 5000, 12288, 640 };
#define	CLC_LEN	(CLC_HEADER + CLC_RULE + CLC_DATA)

/* All models' images, in the order of their tables. */
#define	IMAGES_MAX	8
static struct {
	const struct chip_image *image;
	uint8_t	*data;
	size_t	len;
} made[IMAGES_MAX];
static u_int nmade;
static bool patch_damaged, ram_damaged;

/* Bytes that differ by place, and their sum at the end. */
static void
fill(uint8_t *p, size_t len, uint8_t seed)
{
	size_t i;

	for (i = 0; i < len - 4; i++)
		p[i] = i * 7 + (i >> 8) + seed;
	le32enc(p + len - 4, download_sum(DOWNLOAD_SUM_START, p, len - 4));
}

static uint8_t *
make_patch(const struct chip_image *image, size_t *len)
{
	uint8_t *patch, *p;

	*len = PATCH_HEADER + PATCH_SECTION + PATCH_LEN;
	patch = p = malloc(*len, M_MT76SIM, M_WAITOK | M_ZERO);
	memcpy(p, "20260101000000a", 16);
	memcpy(p + 16, "ALPS", 4);
	be32enc(p + 20, 0x8a108a10);		/* hardware, software */
	be32enc(p + 44, 1);			/* sections */
	p += PATCH_HEADER;
	be32enc(p, 2);				/* kind: has an address */
	be32enc(p + 4, PATCH_HEADER + PATCH_SECTION);
	be32enc(p + 8, PATCH_LEN);
	be32enc(p + 12, image->addr);
	be32enc(p + 16, PATCH_LEN);
	be32enc(p + 20, 0);			/* not encrypted */
	fill(p + PATCH_SECTION, PATCH_LEN, 1);
	return (patch);
}

/* One rule for the world's domain. */
static void
clc(uint8_t *p)
{
	le32enc(p, CLC_LEN);
	p[4] = 1;				/* which: channels */
	p[5] = 1;				/* version */
	p[6] = 1;				/* countries */
	p += CLC_HEADER;
	memcpy(p, "00", 2);
	le16enc(p + 4, CLC_DATA);
}

static void
region(uint8_t *p, uint32_t addr, uint32_t len, uint8_t features, uint8_t type)
{
	le32enc(p + 16, addr);
	le32enc(p + 20, len);
	p[24] = features;
	p[25] = type;
}

/* The seed differs by image. */
static uint8_t *
make_ram(const struct chip_image *image, uint8_t seed, size_t *len)
{
	const size_t extra = image->clc ? CLC_LEN + GAP + FEATURES : 0;
	const u_int regions = nitems(region_len) + image->clc;
	uint8_t *ram, *p, *r;
	u_int i;

	*len = extra + regions * REGION + TRAILER;
	for (i = 0; i < nitems(region_len); i++)
		*len += region_len[i];
	ram = p = malloc(*len, M_MT76SIM, M_WAITOK | M_ZERO);
	r = ram + *len - TRAILER - regions * REGION;
	for (i = 0; i < nitems(region_len); i++) {
		fill(p, region_len[i], seed + i);
		region(r, image->addr + i * IMAGE_STRIDE, region_len[i], 0, 0);
		p += region_len[i];
		r += REGION;
	}
	if (image->clc) {
		clc(p);
		region(r, 0, CLC_LEN, NON_DL, TYPE_CLC);
		p += CLC_LEN + GAP;
		le16enc(p, 4 + 16);		/* length of what follows */
		le16enc(p + 4, 16);
		p[4 + 3] = TAG_FEATURE;
		p[8 + 1] = CAP_CNM;
	}
	p = ram + *len - TRAILER;
	p[0] = 0x61;
	p[2] = regions;
	p[3] = 2;
	memcpy(p + 7, "____010000", 10);
	memcpy(p + 17, "20260101000000", 15);
	return (ram);
}

static uint8_t *
make_eeprom(const struct chip_model *model, size_t *len)
{
	uint8_t *e = malloc(EEPROM_SIZE, M_MT76SIM, M_WAITOK | M_ZERO);

	*len = EEPROM_SIZE;
	le16enc(e, model->id);
	memcpy(e + 4, "\x02\x0c\x43\x76\x76\xff", 6);
	return (e);
}

void
image_eeprom(const struct chip_model *model)
{
	u_int i;

	for (i = 0; i < nmade; i++)
		if (made[i].image->kind == IMAGE_EEPROM &&
		    made[i].image >= model->images &&
		    made[i].image < model->images + model->nimages)
			model->eeprom(made[i].data);
}

/* One bit in the middle of the patch, or of an image's first region. */
static void
flip(enum image_kind kind)
{
	u_int i;

	for (i = 0; i < nmade; i++)
		if (made[i].image->kind == kind)
			made[i].data[(kind == IMAGE_PATCH ? made[i].len :
			    region_len[0]) / 2] ^= 1;
}

void
image_damage(bool in_patch, bool in_ram)
{
	if (in_patch != patch_damaged)
		flip(IMAGE_PATCH);
	if (in_ram != ram_damaged)
		flip(IMAGE_RAM);
	patch_damaged = in_patch;
	ram_damaged = in_ram;
}

static void
make(const struct chip_model *model, const struct chip_image *image)
{
	uint8_t *data = NULL;
	size_t len = 0;

	KASSERT(nmade < IMAGES_MAX, ("mt76sim: too many images"));
	switch (image->kind) {
	case IMAGE_PATCH:
		data = make_patch(image, &len);
		break;
	case IMAGE_RAM:
		data = make_ram(image, 0x40 + 0x10 * nmade, &len);
		break;
	case IMAGE_EEPROM:
		data = make_eeprom(model, &len);
		break;
	}
	made[nmade].image = image;
	made[nmade].data = data;
	made[nmade++].len = len;
}

int
image_load(void)
{
	u_int m, i;

	for (m = 0; m < chip_nmodels; m++)
		for (i = 0; i < chip_models[m]->nimages; i++)
			make(chip_models[m], &chip_models[m]->images[i]);
	for (i = 0; i < nmade; i++)
		if (firmware_register(made[i].image->name, made[i].data,
		    made[i].len, 1, NULL) == NULL) {
			(void)image_unload();
			return (EEXIST);
		}
	return (0);
}

int
image_unload(void)
{
	u_int i;

	for (i = 0; i < nmade; i++)
		if (firmware_unregister(made[i].image->name) == EBUSY)
			return (EBUSY);
	while (nmade > 0)
		free(made[--nmade].data, M_MT76SIM);
	return (0);
}
