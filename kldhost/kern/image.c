/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of loaded klds: wired pages of an object, as the kernel linker's, so
 * that a kld's own text and data have physical addresses and vm_pages too.
 */
#include "kh.h"
#include <sys/rwlock.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_kern.h>

/* As the kernel linker makes one for each file. */
static struct vm_object image_object = { .type = OBJT_PHYS };

void
khi_image_init(void)
{
	rw_init_flags(&image_object.lock, "vm object", RW_DUPOK);
}

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
	for (i = 0; i < n; i++) {
		m[i].object = &image_object;
		m[i].pindex = atop(va - VM_MIN_KERNEL_ADDRESS) + i;
		m[i].ref_count |= VPRC_OBJREF;
		m[i].valid = VM_PAGE_BITS_ALL;
	}
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
