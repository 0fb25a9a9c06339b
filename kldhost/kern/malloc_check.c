/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is around and behind malloc(9)'s memory: bytes after the requested size
 * are a redzone, freed memory is 0xdeadc0de; both are checked.
 */
#include "malloc.h"

#define	JUNK		0xdeadc0deU

void
khi_junk(void *p, size_t n)
{
	uint32_t *w = p;
	size_t i;

	for (i = 0; i < n / 4; i++)
		w[i] = JUNK;
}

static void
name_of(uint64_t caller, char *sym, size_t len, long *off)
{
	*off = 0;
	if (host_symbol((uint32_t)caller, sym, len, off) != 0)
		strlcpy(sym, "?", len);
}

/* Nobody wrote to it while it was free. */
void
khi_junk_check(const void *p, size_t n, uint64_t freed_by)
{
	const uint32_t *w = p;
	char sym[128];
	long off;
	size_t i;

	for (i = 0; i < n / 4; i++)
		if (w[i] != JUNK) {
			name_of(freed_by, sym, sizeof(sym), &off);
			panic("memory modified after free: %p + %lu is %#x; "
			    "freed by %s+%#lx", p, i * 4, w[i], sym, off);
		}
}

void
khi_redzone_check(const u_char *p, size_t size, size_t end, uint64_t caller)
{
	char sym[128];
	long off;
	size_t i;

	for (i = size; i < end; i++)
		if (p[i] != REDZONE) {
			name_of(caller, sym, sizeof(sym), &off);
			panic("free: %p (%lu bytes, allocated by %s+%#lx): "
			    "byte %lu past the end was overwritten", p, size,
			    sym, off, i - size);
		}
}
