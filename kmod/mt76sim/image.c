/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware images for the simulated chip, registered with firmware(9): in form
 * what MediaTek's are (a patch with one section; a RAM image with regions, the
 * regulatory data, a list of features and a trailer), in content a count.
 */
#include "chip.h"

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
	CLC_HEADER = 16, CLC_RULE = 6, CLC_DATA = 34,
};

static const uint32_t region_len[] = { 5000, 12288, 640 };
#define	CLC_LEN	(CLC_HEADER + CLC_RULE + CLC_DATA)
#define	REGIONS	(nitems(region_len) + 1)

static const char *const patch_names[] = {
	"WIFI_MT7961_patch_mcu_1_2_hdr.bin",
};
static const char *const ram_names[] = {
	"WIFI_RAM_CODE_MT7961_1.bin",
};

static uint8_t *patch, *ram;
static size_t patch_len, ram_len;

/* Bytes that differ by place, and their sum at the end. */
static void
fill(uint8_t *p, size_t len, uint8_t seed)
{
	size_t i;

	for (i = 0; i < len - 4; i++)
		p[i] = i * 7 + (i >> 8) + seed;
	le32enc(p + len - 4, download_sum(DOWNLOAD_SUM_START, p, len - 4));
}

static void
make_patch(void)
{
	uint8_t *p;

	patch_len = PATCH_HEADER + PATCH_SECTION + PATCH_LEN;
	patch = p = malloc(patch_len, M_MT76SIM, M_WAITOK | M_ZERO);
	memcpy(p, "20260101000000a", 16);
	memcpy(p + 16, "ALPS", 4);
	be32enc(p + 20, 0x8a108a10);		/* hardware, software */
	be32enc(p + 44, 1);			/* sections */
	p += PATCH_HEADER;
	be32enc(p, 2);				/* kind: has an address */
	be32enc(p + 4, PATCH_HEADER + PATCH_SECTION);
	be32enc(p + 8, PATCH_LEN);
	be32enc(p + 12, 0x900000);
	be32enc(p + 16, PATCH_LEN);
	be32enc(p + 20, 0);			/* not encrypted */
	fill(p + PATCH_SECTION, PATCH_LEN, 1);
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

static void
make_ram(void)
{
	const size_t info = 4 + 4 + 16;
	uint8_t *p, *r;
	u_int i;

	ram_len = CLC_LEN + GAP + info + REGIONS * REGION + TRAILER;
	for (i = 0; i < nitems(region_len); i++)
		ram_len += region_len[i];
	ram = p = malloc(ram_len, M_MT76SIM, M_WAITOK | M_ZERO);
	r = ram + ram_len - TRAILER - REGIONS * REGION;
	for (i = 0; i < nitems(region_len); i++) {
		fill(p, region_len[i], 0x40 + i);
		region(r, 0x900000 + i * 0x10000, region_len[i], 0, 0);
		p += region_len[i];
		r += REGION;
	}
	clc(p);
	region(r, 0, CLC_LEN, NON_DL, TYPE_CLC);
	p += CLC_LEN + GAP;
	le16enc(p, 4 + 16);			/* length of what follows */
	le16enc(p + 4, 16);
	p[4 + 3] = TAG_FEATURE;
	p[8 + 1] = CAP_CNM;
	p = ram + ram_len - TRAILER;
	p[0] = 0x61;
	p[2] = REGIONS;
	p[3] = 2;
	memcpy(p + 7, "____010000", 10);
	memcpy(p + 17, "20260101000000", 15);
}

/* One bit in the middle, wrong or right again. */
void
image_damage(bool in_patch, bool in_ram)
{
	static bool patch_is, ram_is;

	patch[patch_len / 2] ^= in_patch != patch_is;
	ram[region_len[0] / 2] ^= in_ram != ram_is;
	patch_is = in_patch;
	ram_is = in_ram;
}

int
image_load(void)
{
	u_int i;

	make_patch();
	make_ram();
	for (i = 0; i < nitems(patch_names); i++)
		if (firmware_register(patch_names[i], patch, patch_len, 1,
		    NULL) == NULL)
			goto fail;
	for (i = 0; i < nitems(ram_names); i++)
		if (firmware_register(ram_names[i], ram, ram_len, 1,
		    NULL) == NULL)
			goto fail;
	return (0);
fail:
	(void)image_unload();
	return (EEXIST);
}

int
image_unload(void)
{
	u_int i;
	int error, first = 0;

	for (i = 0; i < nitems(patch_names) + nitems(ram_names); i++) {
		error = firmware_unregister(i < nitems(patch_names) ?
		    patch_names[i] : ram_names[i - nitems(patch_names)]);
		if (error != 0 && first == 0)
			first = error;
	}
	if (first == EBUSY)
		return (first);
	free(patch, M_MT76SIM);
	free(ram, M_MT76SIM);
	patch = ram = NULL;
	return (0);
}
