/* SPDX-License-Identifier: BSD-2-Clause */
/* Lays the kernel and preloaded klds out in memory as FreeBSD's loader does. */
#include "stub.h"

#define MAX_SECTIONS	256

/* Symbols and their strings, each after its size, follow the kernel. */
static void
place_symbols(struct placed *f, const uint8_t *file, const struct elf_shdr *sh)
{
	uint32_t i;
	word n;

	for (i = 0; i < f->eh->shnum && sh[i].type != SHT_SYMTAB; i++)
		;
	if (i == f->eh->shnum)
		return;
	n = sh[i].size;
	f->ssym = place(&n, sizeof(n), 8);
	place(file + sh[i].offset, (uint32_t)n, 1);
	n = sh[sh[i].link].size;
	place(&n, sizeof(n), sizeof(n));
	place(file + sh[sh[i].link].offset, (uint32_t)n, 1);
	top = f->esym = round_up(top, 8);
}

/*
 * The kernel: segments to their physical addresses, symbols after them.  An
 * i386 kernel is entered before paging, at its entry's low 24 bits.
 */
uint32_t
place_kernel(struct placed *f)
{
	const uint8_t *file = (const uint8_t *)f->eh;
	const struct elf_phdr *ph = (const void *)(file + f->eh->phoff);
	uint32_t low = ~0u, high = 0, i;

	for (i = 0; i < f->eh->phnum; i++) {
		uint32_t pa = (uint32_t)ph[i].paddr;
		uint32_t end = pa + (uint32_t)ph[i].memsz;

		if (ph[i].type != PT_LOAD)
			continue;
		if (pa < LOWEST || end > (uint32_t)stub_start)
			fail("a segment has no place", f->name);
		memmove((void *)pa, file + ph[i].offset,
		    (uint32_t)ph[i].filesz);
		memset((void *)(pa + (uint32_t)ph[i].filesz), 0,
		    (uint32_t)(ph[i].memsz - ph[i].filesz));
		low = pa < low ? pa : low;
		high = end > high ? end : high;
	}
	f->addr = low;
	f->size = high - low;
	top = round_up(high, PAGE);
	place_symbols(f, file, (const void *)(file + f->eh->shoff));
	return ((uint32_t)f->eh->entry & 0xffffff);
}

#if KERNEL_BITS == 64
/* Whether a section is wanted in a pass: contents first, then what serves to
 * relocate them. */
static int
wanted(const struct elf_ehdr *eh, const struct elf_shdr *sh, uint32_t i,
    uint32_t symtab, int pass)
{
	switch (sh[i].type) {
	case SHT_PROGBITS:
	case SHT_NOBITS:
	case SHT_X86_64_UNWIND:
	case SHT_INIT_ARRAY:
	case SHT_FINI_ARRAY:
		return (pass == 0 && (sh[i].flags & SHF_ALLOC) != 0);
	case SHT_REL:
	case SHT_RELA:
		return (pass == 1 && sh[sh[i].info].addr != 0);
	case SHT_SYMTAB:
	case SHT_STRTAB:
		return (pass == 1 && (i == symtab || i == sh[symtab].link ||
		    i == eh->shstrndx));
	default:
		return (0);
	}
}

/* A relocatable kld: what link_elf_obj wants is laid out, unrelocated. */
void
place_kld(struct placed *f)
{
	const uint8_t *file = (const uint8_t *)f->eh;
	struct elf_shdr *sh;
	uint32_t i, symtab = 0;
	int pass;

	if (f->eh->type != ET_REL)
		fail("not a relocatable kld", f->name);
	top = round_up(top, PAGE);
	if (f->eh->shnum > MAX_SECTIONS)
		fail("too many sections", f->name);
	f->shdr = place(file + f->eh->shoff,
	    f->eh->shnum * (uint32_t)sizeof(*sh), 8);
	sh = (struct elf_shdr *)f->shdr;
	for (i = 0; i < f->eh->shnum; i++) {
		sh[i].addr = 0;
		if (sh[i].type == SHT_SYMTAB)
			symtab = i;
	}
	if (symtab == 0)
		fail("no symbol table", f->name);

	f->addr = top = round_up(top, PAGE);
	for (pass = 0; pass < 2; pass++)
		for (i = 1; i < f->eh->shnum; i++)
			if (wanted(f->eh, sh, i, symtab, pass))
				sh[i].addr = place(sh[i].type == SHT_NOBITS ?
				    0 : file + sh[i].offset,
				    (uint32_t)sh[i].size,
				    (uint32_t)sh[i].addralign);
	/* The kernel takes the lowest section for the address of the file. */
	for (i = 1; i < f->eh->shnum; i++)
		if (sh[i].addr != 0) {
			f->addr = (uint32_t)sh[i].addr;
			break;
		}
	top = round_up(top, PAGE);
	f->size = top - f->addr;
}
#else
/* A shared kld: segments as they are mapped, and where _DYNAMIC is. */
void
place_kld(struct placed *f)
{
	const uint8_t *file = (const uint8_t *)f->eh;
	const struct elf_phdr *ph = (const void *)(file + f->eh->phoff);
	uint32_t i, size = 0;

	if (f->eh->type != ET_DYN)
		fail("not a shared kld", f->name);
	for (i = 0; i < f->eh->phnum; i++) {
		if (ph[i].type == PT_DYNAMIC)
			f->dynamic = ph[i].vaddr;
		if (ph[i].type == PT_LOAD && ph[i].vaddr + ph[i].memsz > size)
			size = ph[i].vaddr + ph[i].memsz;
	}
	if (f->dynamic == 0)
		fail("no _DYNAMIC", f->name);
	f->size = round_up(size, PAGE);
	f->addr = place(0, f->size, PAGE);
	for (i = 0; i < f->eh->phnum; i++)
		if (ph[i].type == PT_LOAD)
			memmove((void *)(f->addr + ph[i].vaddr),
			    file + ph[i].offset, ph[i].filesz);
}
#endif
