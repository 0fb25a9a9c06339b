/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Firmware download: a patch under a semaphore, then the regions of a RAM image,
 * each announced with its length and sent in pieces, then a start; some chips have
 * two such images.  The firmware runs only if every byte came.
 */
#include "model.h"

enum { SEM_RELEASE, SEM_GET, START_PROCESSOR = 0x4 };
enum { SEM_FAIL, SEM_PATCHED, SEM_TAKEN, SEM_RELEASED };

/* FNV-1a. */
uint32_t
download_sum(uint32_t sum, const uint8_t *p, size_t len)
{
	while (len-- > 0)
		sum = (sum ^ *p++) * 0x01000193u;
	return (sum);
}

uint8_t
download_semaphore(struct chip *c, uint32_t op)
{
	if (op == SEM_RELEASE)
		return (SEM_RELEASED);
	return (c->load.patched ? SEM_PATCHED : SEM_TAKEN);
}

/* Whether the region under way is complete, and is what image.c made. */
static bool
complete(struct chip *c)
{
	struct download *d = &c->load;

	if (d->got == d->want && (d->want == 0 || !chip_knobs.check_images ||
	    d->tail == d->sum))
		return (true);
	if (!d->broken)
		COUNT(COUNT_BAD_IMAGES);
	d->broken = true;
	return (false);
}

/* Whether a region begins where one of the image under way does. */
static bool
in_place(struct chip *c, uint32_t addr)
{
	const struct download *d = &c->load;
	const struct chip_image *image =
	    &c->model->images[d->patched ? 1 + d->images : 0];

	if (!chip_knobs.check_images ||
	    addr == image->addr + d->regions * IMAGE_STRIDE)
		return (true);
	COUNT(COUNT_BAD_IMAGES);
	return (false);
}

uint8_t
download_region(struct chip *c, uint32_t addr, uint32_t len)
{
	struct download *d = &c->load;

	if (!complete(c) || !in_place(c, addr))
		return (1);
	d->regions++;
	d->want = len;
	d->got = 0;
	d->sum = DOWNLOAD_SUM_START;
	d->tail = 0;
	return (0);
}

/* The last four bytes of a region are the sum of those before. */
void
download_scatter(struct chip *c, const uint8_t *p, size_t len)
{
	struct download *d = &c->load;
	size_t body, i;

	COUNT(COUNT_SCATTERS);
	if (len > d->want - d->got) {
		d->got = d->want + 1;
		(void)complete(c);
		return;
	}
	body = d->want < 4 || d->got > d->want - 4 ? 0 :
	    MIN(len, d->want - 4 - d->got);
	d->sum = download_sum(d->sum, p, body);
	for (i = body; i < len; i++)
		d->tail = d->tail >> 8 | (uint32_t)p[i] << 24;
	d->got += len;
}

uint8_t
download_finish_patch(struct chip *c)
{
	struct download *d = &c->load;

	if (!complete(c) || d->want == 0)
		return (1);
	d->patched = true;
	d->regions = 0;
	return (0);
}

/* The option says for which processor. */
void
download_start(struct chip *c, uint32_t option)
{
	struct download *d = &c->load;

	if (!complete(c) || !d->patched || d->regions == 0)
		return;
	if ((option & START_PROCESSOR) != c->model->start[d->images]) {
		COUNT(COUNT_BAD_COMMANDS);
		return;
	}
	d->want = d->got = d->regions = 0;
	if (++d->images < c->model->starts)
		return;
	d->images = 0;
	COUNT(COUNT_STARTS);
	c->running = true;
	if (c->model->started != NULL)
		c->model->started(c);
}
