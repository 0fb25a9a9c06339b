/* SPDX-License-Identifier: BSD-2-Clause */
/* Into the FreeBSD/i386 kernel: with a struct bootinfo, paging off. */
#include "stub.h"

/* <machine/bootinfo.h>, version 1. */
struct bootinfo {
	uint32_t version, kernelname, nfs_diskless, n_bios_used;
	uint32_t bios_geom[8];
	uint32_t size;
	uint8_t memsizes_valid, bios_dev, pad[2];
	uint32_t basemem, extmem, symtab, esymtab;
	uint32_t kernend, envp, modulep;
};

void	enter_i386(uint32_t entry, uint32_t howto, const struct bootinfo *,
	    uint32_t modulep, uint32_t kernend);

static struct bootinfo bootinfo;

void
start_kernel(uint32_t entry, uint32_t howto, uint32_t envp, uint32_t modulep,
    uint32_t kernend, const struct placed *kernel)
{
	bootinfo.version = 1;
	bootinfo.kernelname = (uint32_t)"/boot/kernel/kernel";
	bootinfo.size = sizeof(bootinfo);
	bootinfo.symtab = kernel->ssym;
	bootinfo.esymtab = kernel->esym;
	bootinfo.kernend = kernend;
	bootinfo.envp = envp;
	bootinfo.modulep = modulep;
	enter_i386(entry, howto | RB_BOOTINFO, &bootinfo, modulep, kernend);
	fail("came back", "kernel");
}
