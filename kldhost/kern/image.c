/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of loaded klds: simulated pages, as in the kernel, so that a kld's
 * own data has physical addresses too.
 */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_kern.h>

uint64_t
khi_image_alloc(uint64_t va, uint64_t size)
{
	vm_page_t m;
	u_long i, n = atop(size);

	m = khi_page_alloc(-1, n, 0, ~0UL, PAGE_SIZE, 0, VM_ALLOC_WIRED |
	    VM_ALLOC_ZERO, 0);
	if (m == NULL)
		return (0);
	khi_page_own(m, n, 1, 0);
	for (i = 0; i < n; i++)
		m[i].object = kernel_object;
	if (host_map_phys(va, VM_PAGE_TO_PHYS(m), size, 1) != 0) {
		khi_page_free_run(m, n);
		return (0);
	}
	return (VM_PAGE_TO_PHYS(m));
}

void
khi_image_free(uint64_t va, uint64_t pa, uint64_t size)
{
	host_map_none(va, size);
	khi_page_free_run(PHYS_TO_VM_PAGE(pa), atop(size));
}

_Static_assert(sizeof(struct vm_page) == 88, "machine.rs counts on it");
