/* SPDX-License-Identifier: BSD-2-Clause */
/* Into the FreeBSD/amd64 kernel: long mode with the first page tables. */
#include "stub.h"

void	enter_amd64(uint32_t pml4, const uint64_t *entry, uint32_t modulep,
	    uint32_t kernend);

static uint64_t pml4[512] __attribute__((aligned(4096)));
static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t pd[512] __attribute__((aligned(4096)));
static uint64_t kernel_entry;

void
start_kernel(uint32_t entry, uint32_t howto, uint32_t envp, uint32_t modulep,
    uint32_t kernend, const struct placed *kernel)
{
	uint32_t i;

	(void)entry;
	(void)howto;
	(void)envp;
	kernel_entry = kernel->eh->entry;
	/*
	 * The first GB at 0 and at KERNBASE (0xffffffff80000000), in 2 MB pages:
	 * the kernel looks up where it is in the page directory.
	 */
	for (i = 0; i < 512; i++)
		pd[i] = ((uint64_t)i << 21) | 0x83;	/* P, RW, PS */
	pdpt[0] = pdpt[510] = (uint32_t)pd | 0x3;
	pml4[0] = pml4[511] = (uint32_t)pdpt | 0x3;
	enter_amd64((uint32_t)pml4, &kernel_entry, modulep, kernend);
	fail("came back", "kernel");
}
