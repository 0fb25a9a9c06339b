/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A multiboot kernel that starts a FreeBSD/amd64 or i386 kernel the way
 * FreeBSD's own loader would: `qemu -kernel stub -initrd "a,b,c"'.
 *
 * What a multiboot module is, is seen from its contents:
 *   ELF executable        the FreeBSD kernel (exactly one)
 *   other ELF             a kld, preloaded
 *   name ends in ".env"   lines of name=value for the kernel environment
 *   anything else         a memory disk ("md_image")
 * howto=NUMBER in the environment sets boothowto (RB_SERIAL unless given).
 */
#include "stub.h"

#define COM1		0x3f8
#define DEBUG_EXIT	0xf4
#define MAX_FILES	32

uint32_t top;
static uint32_t howto = RB_SERIAL;
static struct placed files[MAX_FILES];

static void
outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t
inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return (value);
}

static void
print(const char *s)
{
	for (; *s != '\0'; s++) {
		while ((inb(COM1 + 5) & 0x20) == 0)
			;
		outb(COM1, (uint8_t)*s);
	}
}

void
fail(const char *what, const char *name)
{
	print("not ok - the stub could not start the kernel: ");
	print(name);
	print(": ");
	print(what);
	print("\n");
	outb(DEBUG_EXIT, 0x7f);
	for (;;)
		__asm__ volatile("hlt");
}

void *
memmove(void *dst, const void *src, uint32_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	if (d < s)
		__asm__ volatile("rep movsb"
		    : "+D"(d), "+S"(s), "+c"(n) : : "memory");
	else
		while (n-- != 0)
			d[n] = s[n];
	return (dst);
}

void *
memcpy(void *dst, const void *src, uint32_t n)
{
	return (memmove(dst, src, n));
}

void *
memset(void *dst, int c, uint32_t n)
{
	uint8_t *d = dst;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return (dst);
}

uint32_t
length(const char *s)
{
	uint32_t n;

	for (n = 0; s[n] != '\0'; n++)
		;
	return (n);
}

uint32_t
round_up(uint32_t value, uint32_t align)
{
	return (align <= 1 ? value : (value + align - 1) & ~(align - 1));
}

/* Copies n bytes (zeros, without `from') to the next free place so aligned. */
uint32_t
place(const void *from, uint32_t n, uint32_t align)
{
	uint32_t at = round_up(top, align);

	if (at + n > (uint32_t)stub_start || at + n < at)
		fail("no room below the stub", "memory");
	if (from != 0)
		memmove((void *)at, from, n);
	else
		memset((void *)at, 0, n);
	top = at + n;
	return (at);
}

/* The name of a module: its path, after the last '/', up to a blank. */
static const char *
mod_name(const struct mb_mod *m, char *buf, uint32_t size)
{
	const char *s = (const char *)m->string;
	uint32_t n = 0;

	for (; *s != '\0' && *s != ' '; s++) {
		if (*s == '/')
			n = 0;
		else if (n + 1 < size)
			buf[n++] = *s;
	}
	buf[n] = '\0';
	return (buf);
}

static int
is_env(const char *name)
{
	uint32_t n = length(name);

	return (n >= 4 && name[n - 4] == '.' && name[n - 3] == 'e' &&
	    name[n - 2] == 'n' && name[n - 1] == 'v');
}

static const struct elf_ehdr *
mod_elf(const struct mb_mod *m)
{
	const struct elf_ehdr *eh = (const struct elf_ehdr *)m->start;

	if (m->end - m->start < sizeof(*eh) || eh->ident[0] != 0x7f ||
	    eh->ident[1] != 'E' || eh->ident[2] != 'L' || eh->ident[3] != 'F')
		return (0);
	return (eh);
}

static uint32_t
number(const char *s, const char *end)
{
	uint32_t value = 0, base = 10;

	if (end - s > 2 && s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (; s < end; s++)
		value = value * base + (uint32_t)(*s >= 'a' ?
		    *s - 'a' + 10 : *s - '0');
	return (value);
}

static int
is_howto(const char *s)
{
	const char *want = "howto=";

	while (*want != '\0' && *s == *want) {
		s++;
		want++;
	}
	return (*want == '\0');
}

/* Puts the lines name=value of a text into the environment. */
static void
place_env(const char *s, const char *end)
{
	while (s < end) {
		const char *line = s;
		int has = 0;

		while (s < end && *s != '\n' && *s != '\0') {
			has |= *s == '=' && s != line;
			s++;
		}
		if (has && s - line > 6 && is_howto(line))
			howto = number(line + 6, s);
		else if (has && *line != '#') {
			place(line, (uint32_t)(s - line), 1);
			place("", 1, 1);
		}
		s++;
	}
}

static uint32_t
place_smap(const struct mb_info *mbi, uint32_t *size)
{
	uint32_t at = mbi->mmap_addr, end = at + mbi->mmap_length, smap;

	smap = top = round_up(top, 8);
	while (at < end) {
		const struct mb_mmap *e = (const struct mb_mmap *)at;

		place(&e->base, 20, 1);	/* base, length, type: struct bios_smap */
		at += e->size + 4;
	}
	*size = top - smap;
	return (smap);
}

static int
find_kernel(const struct mb_mod *mods, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct elf_ehdr *eh = mod_elf(&mods[i]);

		if (eh == 0 || eh->type != ET_EXEC)
			continue;
		if (eh->ident[4] != ELF_CLASS || eh->machine != ELF_MACHINE)
			fail("a kernel of another architecture", "multiboot");
		return ((int)i);
	}
	fail("no FreeBSD kernel among the modules", "multiboot");
}

void
stub_main(uint32_t magic, const struct mb_info *mbi)
{
	const struct mb_mod *mods = (const struct mb_mod *)mbi->mods_addr;
	uint32_t i, nfiles = 0, entry, envp, smap, smap_size, modulep, kernend;
	int kernel;

	if (magic != MB_BOOT_MAGIC || (mbi->flags & MBI_MODS) == 0 ||
	    (mbi->flags & MBI_MMAP) == 0 || mbi->mods_count > MAX_FILES)
		fail("no modules or no memory map", "multiboot");

	kernel = find_kernel(mods, mbi->mods_count);
	files[0].eh = mod_elf(&mods[kernel]);
	mod_name(&mods[kernel], files[0].name, sizeof(files[0].name));
	entry = place_kernel(&files[nfiles++]);

	for (i = 0; i < mbi->mods_count; i++) {
		struct placed *f = &files[nfiles];

		mod_name(&mods[i], f->name, sizeof(f->name));
		if ((int)i == kernel || is_env(f->name))
			continue;
		f->eh = mod_elf(&mods[i]);
		if (f->eh != 0) {
			place_kld(f);
		} else {
			f->size = mods[i].end - mods[i].start;
			f->addr = place((void *)mods[i].start, f->size, PAGE);
		}
		nfiles++;
	}

	envp = top = round_up(top, PAGE);
	for (i = 0; i < mbi->mods_count; i++) {
		char name[64];

		if (is_env(mod_name(&mods[i], name, sizeof(name))))
			place_env((const char *)mods[i].start,
			    (const char *)mods[i].end);
	}
	place("\0", 2, 1);
	smap = place_smap(mbi, &smap_size);
	modulep = place_modinfo(files, nfiles, howto, envp, smap, smap_size,
	    &kernend);
	start_kernel(entry, howto, envp, modulep, kernend, &files[0]);
}
