/* SPDX-License-Identifier: BSD-2-Clause */
/* The modinfo list: what the loader tells the kernel about files in memory.
 * Each record is type, size, data, on a multiple of the kernel's u_long. */
#include "stub.h"

static void
record(uint32_t type, const void *data, uint32_t size)
{
	uint32_t head[2] = { type, size };

	place(head, sizeof(head), sizeof(word));
	place(data, size, 1);
	place(0, round_up(top, sizeof(word)) - top, 1);
}

static void
record_word(uint32_t type, word value)
{
	record(type, &value, sizeof(value));
}

static void
record_file(const char *name, const char *type, uint32_t addr, uint32_t size)
{
	record(MODINFO_NAME, name, length(name) + 1);
	record(MODINFO_TYPE, type, length(type) + 1);
	record_word(MODINFO_ADDR, addr);
	record_word(MODINFO_SIZE, size);
}

uint32_t
place_modinfo(const struct placed *files, uint32_t nfiles, uint32_t howto,
    uint32_t envp, uint32_t smap, uint32_t smap_size, uint32_t *kernend)
{
	const struct placed *kernel = &files[0], *f;
	uint32_t modinfo, kernend_at;

	modinfo = top = round_up(top, PAGE);
	record_file("/boot/kernel/kernel", "elf kernel", kernel->addr,
	    kernel->size);
	record(MODINFO_METADATA | MD_ELFHDR, kernel->eh, sizeof(*kernel->eh));
	record(MODINFO_METADATA | MD_HOWTO, &howto, sizeof(howto));
	record_word(MODINFO_METADATA | MD_ENVP, envp);
	if (kernel->ssym != 0) {
		record_word(MODINFO_METADATA | MD_SSYM, kernel->ssym);
		record_word(MODINFO_METADATA | MD_ESYM, kernel->esym);
	}
	record(MODINFO_METADATA | MD_SMAP, (const void *)smap, smap_size);
	record_word(MODINFO_METADATA | MD_MODULEP, modinfo);
	kernend_at = top + 2 * sizeof(uint32_t);
	record_word(MODINFO_METADATA | MD_KERNEND, 0);
	for (f = files + 1; f < files + nfiles; f++) {
		record_file(f->name, f->eh == 0 ? "md_image" : KLD_TYPE,
		    f->addr, f->size);
		if (f->eh == 0)
			continue;
		record(MODINFO_METADATA | MD_ELFHDR, f->eh, sizeof(*f->eh));
		if (f->shdr != 0)
			record(MODINFO_METADATA | MD_SHDR,
			    (const void *)f->shdr,
			    f->eh->shnum * (uint32_t)sizeof(struct elf_shdr));
		if (f->dynamic != 0)
			record_word(MODINFO_METADATA | MD_DYNAMIC, f->dynamic);
	}
	place(0, 8, sizeof(word));	/* MODINFO_END */
	*kernend = round_up(top, PAGE);
	*(word *)kernend_at = *kernend;
	return (modinfo);
}
