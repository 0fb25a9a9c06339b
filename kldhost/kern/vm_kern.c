/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel address space: KVA, its mappings, kmem_*, vmem(9) arenas. */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>
#include <vm/vm_map.h>
#include <vm/vm_kern.h>
#include <sys/rwlock.h>
#include <vm/vm_object.h>

#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <sys/domainset.h>
#include <vm/vm_pageout.h>
#include <sys/vmem.h>

struct vm_map kernel_map_store, exec_map_store, pipe_map_store;
struct vm_object kernel_object_store;
struct pmap kernel_pmap_store;
vm_offset_t kernel_vm_end, virtual_avail, virtual_end;
u_long vm_kmem_size;
static uint64_t pt_pages;
static uint32_t kva_arena;
uint64_t khi_kva_low;
void	khi_vmem_init(uint32_t arena);

void
khi_kern_init(void)
{
	/* The first page of KVA stays free: 0 means failure. */
	kva_arena = host_arena_create(khi_kva_low + (1UL << 21),
	    kva_layout.km_high - khi_kva_low - (2UL << 21));
	khi_vmem_init(kva_arena);
	kernel_vm_end = khi_kva_low + (1UL << 21);
	virtual_avail = kernel_vm_end;
	virtual_end = kva_layout.km_high;
	vm_kmem_size = kva_layout.km_high - khi_kva_low;
	kernel_object_store.type = OBJT_PHYS;
	rw_init_flags(&kernel_object_store.lock, "kernel vm object", RW_DUPOK);
}

/* The page-table pages that pmap_growkernel would have taken, for ever. */
void
khi_kva_touch(uint64_t end)
{
	while (kernel_vm_end < end) {
		kernel_vm_end += NBPDR;
		pt_pages++;
	}
}

uint64_t khi_pt_bytes(void) { return (pt_pages * PAGE_SIZE); }

int
khi_kva_xalloc(vm_size_t size, vm_size_t align, vm_size_t phase, vm_size_t nocross,
    uint64_t min, uint64_t max, int policy, uint64_t caller, vm_offset_t *va)
{
	if (size == 0)
		panic("kva_alloc: size 0");
	if (host_arena_alloc(kva_arena, size, align, phase, nocross, min, max,
	    policy, va) != 0)
		return (ENOMEM);
	khi_kva_touch(*va + size);
	host_track_add(KHI_KVA, (void *)*va, size, "KVA", caller);
	return (0);
}

vm_offset_t
khi_kva_alloc(vm_size_t size, vm_size_t align, uint64_t caller)
{
	vm_offset_t va;

	return (khi_kva_xalloc(size, align, 0, 0, 0, ~0UL, KHI_FIRST, caller,
	    &va) == 0 ? va : 0);
}

void
khi_kva_free(vm_offset_t va, vm_size_t size)
{
	size = round_page(size);
	host_track_del(KHI_KVA, (void *)va);
	host_map_none(va, size);
	/* Last: whoever gets the addresses next maps something there. */
	if (host_arena_free(kva_arena, va, size) != 0)
		panic("kva_free: %#lx + %#lx was not allocated like this", va,
		    size);
}

vm_offset_t
kva_alloc(vm_size_t size)
{
	uint64_t caller = KHI_CALLER;

	if (khi_fault("kva_alloc", caller))
		return (0);
	return (khi_kva_alloc(round_page(size), PAGE_SIZE, caller));
}

vm_offset_t
kva_alloc_aligned(vm_size_t size, vm_size_t align)
{
	uint64_t caller = KHI_CALLER;

	if (khi_fault("kva_alloc_aligned", caller))
		return (0);
	return (khi_kva_alloc(round_page(size), align, caller));
}

void kva_free(vm_offset_t va, vm_size_t size) { khi_kva_free(va, size); }

/* --- kmem ------------------------------------------------------------------------ */
int host_kva_lookup(uint64_t va, uint64_t *pa);

static void *
kmem_common(int domain, vm_size_t size, int flags, vm_paddr_t low,
    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
    vm_memattr_t attr, int system, const char *what, uint64_t caller)
{
	vm_offset_t va, o, step, run = 0;
	vm_paddr_t run_pa = 0;
	int req;

	size = round_page(size);
	step = contig ? size : PAGE_SIZE;
	if ((flags & M_WAITOK) != 0)
		khi_sleep_check(what);
	else if (!system && khi_fault(what, caller))
		return (NULL);	/* malloc(9) has asked already */
	va = khi_kva_alloc(size, contig && align > PAGE_SIZE ? align :
	    PAGE_SIZE, caller);
	if (va == 0)
		return (NULL);
	req = VM_ALLOC_WIRED | ((flags & M_ZERO) != 0 ? VM_ALLOC_ZERO : 0);
	for (o = 0; o < size; o += step) {
		vm_page_t m = khi_page_alloc(domain, atop(step), low, high,
		    align, boundary, req, caller);
		u_long i;

		if (m == NULL) {
			if ((flags & M_WAITOK) != 0 && !contig) {
				vm_wait(NULL);
				o -= step;
				continue;
			}
			break;
		}
		for (i = 0; i < atop(step); i++) {
			m[i].object = kernel_object;
			m[i].pindex = atop(va + o - kva_layout.km_low) + i;
			m[i].ref_count |= VPRC_OBJREF;
			m[i].md.pat_mode = attr;
			m[i].valid = VM_PAGE_BITS_ALL;
		}
		/* Owned by the KVA record, which is what a leak names. */
		khi_page_own(m, atop(step), 1, caller);
		/* Contiguous pages become one mapping. */
		if (o == 0)
			run_pa = VM_PAGE_TO_PHYS(m);
		else if (VM_PAGE_TO_PHYS(m) != run_pa + (o - run)) {
			khi_pmap_enter(va + run, run_pa, o - run);
			run = o;
			run_pa = VM_PAGE_TO_PHYS(m);
		}
	}
	if (o > run)
		khi_pmap_enter(va + run, run_pa, o - run);
	if (o < size) {
		kmem_unback(NULL, va, o);
		khi_kva_free(va, size);
		return (NULL);
	}
	host_track_del(KHI_KVA, (void *)va);
	if (!system)
		host_track_add(KHI_KMEM, (void *)va, size, what, caller);
	return ((void *)va);
}

void *
khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    u_long align, vm_paddr_t boundary, int contig, uint64_t caller)
{
	return (kmem_common(domain, size, flags, low, high, align, boundary,
	    contig, VM_MEMATTR_DEFAULT, 1, "malloc", caller));
}

void
kmem_unback(vm_object_t obj __unused, vm_offset_t va, vm_size_t size)
{
	vm_offset_t o;

	/* Last page first, so that the next allocation gets them ascending. */
	for (o = size; o > 0;) {
		uint64_t pa;
		vm_page_t m;

		o -= PAGE_SIZE;
		if (host_kva_lookup(va + o, &pa) != 0)
			panic("kmem_free: %#lx is not backed", va + o);
		m = PHYS_TO_VM_PAGE(pa);
		if (VPRC_WIRE_COUNT(m->ref_count) != 1)
			panic("kmem_free: page %p at %#lx has %u wirings", m,
			    va + o, VPRC_WIRE_COUNT(m->ref_count));
		khi_page_free_run(m, 1);
	}
	host_map_none(va, size);
}

void
khi_kmem_free(void *p, vm_size_t size)
{
	vm_offset_t va = (vm_offset_t)p;

	size = round_page(size);
	kmem_unback(NULL, va, size);
	khi_kva_free(va, size);
}

void
kmem_free(void *p, vm_size_t size)
{
	if (!host_track_has(KHI_KMEM, p))
		panic("kmem_free: %p was not allocated by kmem_*", p);
	host_track_del(KHI_KMEM, p);
	khi_kmem_free(p, size);
}

#define	DS(ds)	((ds)->ds_policy == DOMAINSET_POLICY_ROUNDROBIN &&	\
		    (ds)->ds_cnt == 1 ? (ds)->ds_order[0] : -1)

void *
kmem_malloc(vm_size_t size, int flags)
{
	return (kmem_common(-1, size, flags, 0, ~0UL, PAGE_SIZE, 0, 0,
	    VM_MEMATTR_DEFAULT, 0, "kmem_malloc", KHI_CALLER));
}

void *
kmem_malloc_domainset(struct domainset *ds, vm_size_t size, int flags)
{
	return (kmem_common(DS(ds), size, flags, 0, ~0UL, PAGE_SIZE, 0, 0,
	    VM_MEMATTR_DEFAULT, 0, "kmem_malloc_domainset", KHI_CALLER));
}

void *
kmem_alloc_contig(vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    u_long align, vm_paddr_t boundary, vm_memattr_t attr)
{
	return (kmem_common(-1, size, flags, low, high, align, boundary, 1,
	    attr, 0, "kmem_alloc_contig", KHI_CALLER));
}

void *
kmem_alloc_contig_domainset(struct domainset *ds, vm_size_t size, int flags,
    vm_paddr_t low, vm_paddr_t high, u_long align, vm_paddr_t boundary,
    vm_memattr_t attr)
{
	return (kmem_common(DS(ds), size, flags, low, high, align, boundary, 1,
	    attr, 0, "kmem_alloc_contig_domainset", KHI_CALLER));
}

void *
kmem_alloc_attr(vm_size_t size, int flags, vm_paddr_t low, vm_paddr_t high,
    vm_memattr_t attr)
{
	return (kmem_common(-1, size, flags, low, high, PAGE_SIZE, 0, 0, attr,
	    0, "kmem_alloc_attr", KHI_CALLER));
}
