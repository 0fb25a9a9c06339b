/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes, and their way through the device. */
#include "cases.h"

/* What goes at once; the device's buffer takes nearly twice of it. */
#define	CHUNK	2048

int edu_spoil;

void
spoil(uint8_t *b, size_t len)
{
	if (edu_spoil != 0)
		b[len / 2] ^= 0x10;
}

/* From byte `from' of the seed's on. */
static uint8_t
byte(uint32_t seed, size_t i)
{
	return (((uint32_t)i * 0x9e3779b9U ^ (seed + 1) * 0x85ebca6bU) >> 23);
}

static void
put(uint8_t *b, size_t from, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		b[i] = byte(seed, from + i);
}

static bool
same(const uint8_t *b, size_t from, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++)
		if (b[i] != byte(seed, from + i))
			return (false);
	return (true);
}

void
pattern(void *b, size_t len, uint32_t seed)
{
	put(b, 0, len, seed);
}

bool
holds(const void *b, size_t len, uint32_t seed)
{
	return (same(b, 0, len, seed));
}

bool
filled(const void *b, size_t len, uint8_t value)
{
	const uint8_t *p = b;

	while (len > 0 && p[len - 1] == value)
		len--;
	return (len == 0);
}

void
device_writes(struct test *t, uint64_t dma, size_t len, uint32_t seed)
{
	uint64_t ref_dma;
	uint8_t *ref = edu_reference(&ref_dma);
	size_t n;

	for (size_t from = 0; from < len; from += n) {
		n = MIN(len - from, CHUNK);
		put(ref, from, n, seed);
		spoil(ref, n);
		/* Not at the beginning of its buffer, for once. */
		if (!EXPECT(edu_fetch(ref_dma, 16, n) == 0) ||
		    !EXPECT(edu_store(dma + from, 16, n) == 0))
			return;
	}
}

bool
device_holds(struct test *t, uint64_t dma, size_t len, uint32_t seed)
{
	uint64_t ref_dma;
	uint8_t *ref = edu_reference(&ref_dma);
	size_t n;

	for (size_t from = 0; from < len; from += n) {
		n = MIN(len - from, CHUNK);
		memset(ref, 0x99, PAGE_SIZE);
		if (!EXPECT(edu_fetch(dma + from, 0, n) == 0) ||
		    !EXPECT(edu_store(ref_dma, 0, n) == 0))
			return (false);
		spoil(ref, n);
		if (!same(ref, from, n, seed))
			return (false);
	}
	return (true);
}
