/* SPDX-License-Identifier: BSD-2-Clause */
/* pmap(9): what maps simulated memory into kernel addresses. */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>

void
khi_pmap_enter(vm_offset_t va, vm_paddr_t pa, vm_size_t len)
{
	if (va < khi_kva_low || va + len > kva_layout.km_high)
		panic("mapping at %#lx is not in kernel_map", va);
	if (host_map_phys(va, pa, len, 1) != 0)
		panic("cannot map %#lx at %#lx", pa, va);
}

void
pmap_qenter(vm_offset_t va, vm_page_t *ma, int count)
{
	int i, j;

	/* Runs of contiguous pages are one mapping. */
	for (i = 0; i < count; i = j) {
		for (j = i + 1; j < count && VM_PAGE_TO_PHYS(ma[j]) ==
		    VM_PAGE_TO_PHYS(ma[i]) + ptoa(j - i); j++)
			;
		khi_pmap_enter(va + ptoa(i), VM_PAGE_TO_PHYS(ma[i]), ptoa(j - i));
	}
}

void
pmap_qremove(vm_offset_t va, int count)
{
	host_map_none(va, ptoa(count));
}

void pmap_kenter(vm_offset_t va, vm_paddr_t pa) { khi_pmap_enter(va, pa, PAGE_SIZE); }
void pmap_kremove(vm_offset_t va) { host_map_none(va, PAGE_SIZE); }
int host_kva_lookup(uint64_t va, uint64_t *pa);

static int
lookup(vm_offset_t va, uint64_t *pa)
{
	if (va >= kva_layout.dmap_low && va < kva_layout.dmap_low + dmaplimit) {
		*pa = DMAP_TO_PHYS(va);
		return (1);
	}
	return (host_kva_lookup(va, pa) == 0);
}

vm_paddr_t
pmap_kextract(vm_offset_t va)
{
	uint64_t pa;

	/* The hosted kernel's own data and stacks have no physical address. */
	if (!lookup(va, &pa))
		panic("pmap_kextract: %#lx is not mapped to simulated memory",
		    va);
	return (pa);
}

vm_paddr_t khi_vtophys(vm_offset_t va) { return (pmap_kextract(va)); }

/* Of any address: 0 if nothing is mapped there. */
vm_paddr_t
pmap_extract(pmap_t p __unused, vm_offset_t va)
{
	uint64_t pa;

	return (lookup(va, &pa) ? pa : 0);
}

void
pmap_zero_page(vm_page_t m)
{
	host_memset((void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)), 0, PAGE_SIZE);
}

void
pmap_zero_page_area(vm_page_t m, int off, int size)
{
	host_memset((char *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)) + off, 0, size);
}

void
pmap_copy_page(vm_page_t s, vm_page_t d)
{
	host_memmove((void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(d)),
	    (void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(s)), PAGE_SIZE);
}

vm_offset_t
pmap_quick_enter_page(vm_page_t m)
{
	return (PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)));
}

void pmap_quick_remove_page(vm_offset_t va __unused) { }
void pmap_page_set_memattr(vm_page_t m, vm_memattr_t ma) { m->md.pat_mode = ma; }
void pmap_page_set_memattr_noflush(vm_page_t m, vm_memattr_t ma) { m->md.pat_mode = ma; }

int
pmap_change_attr(vm_offset_t va, vm_size_t size, int mode)
{
	vm_offset_t p;
	uint64_t pa;

	for (p = trunc_page(va); p < va + size; p += PAGE_SIZE)
		if (!lookup(p, &pa))
			return (EINVAL);
	for (p = trunc_page(va); p < va + size; p += PAGE_SIZE) {
		vm_page_t m = PHYS_TO_VM_PAGE(pmap_kextract(p));

		if (m != NULL)
			m->md.pat_mode = mode;
	}
	return (0);
}

bool pmap_page_is_mapped(vm_page_t m __unused) { return (false); }
void pmap_remove_all(vm_page_t m __unused) { }
bool pmap_is_modified(vm_page_t m) { return (m->dirty != 0); }
void pmap_invalidate_cache_range(vm_offset_t s __unused, vm_offset_t e __unused) { }
void pmap_invalidate_cache_pages(vm_page_t *p __unused, int n __unused) { }
void pmap_flush_cache_range(vm_offset_t s __unused, vm_offset_t e __unused) { }

void *
pmap_mapdev_attr(vm_paddr_t pa, vm_size_t size, int mode __unused)
{
	vm_offset_t off = pa & PAGE_MASK, va;

	size = round_page(size + off);
	va = khi_kva_alloc(size, PAGE_SIZE, KHI_CALLER);
	if (va == 0)
		panic("pmap_mapdev: out of KVA");
	khi_pmap_enter(va, trunc_page(pa), size);
	return ((void *)(va + off));
}

void *pmap_mapdev(vm_paddr_t pa, vm_size_t size) { return (pmap_mapdev_attr(pa, size, 0)); }

void
pmap_unmapdev(void *p, vm_size_t size)
{
	vm_offset_t va = (vm_offset_t)p;

	khi_kva_free(trunc_page(va), round_page(size + (va & PAGE_MASK)));
}
