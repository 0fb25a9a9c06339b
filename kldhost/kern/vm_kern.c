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

struct vmem {
	uint32_t	id;
	int		kva;
	vmem_size_t	quantum;
	char		name[32];
};
static struct vmem kva_vmem = { .kva = 1, .quantum = PAGE_SIZE,
    .name = "kernel arena" };
struct vmem *kernel_arena = &kva_vmem, *buffer_arena, *transient_arena,
    *memguard_arena;
struct vm_map kernel_map_store, exec_map_store, pipe_map_store;
struct vm_object kernel_object_store;
struct pmap kernel_pmap_store;
vm_offset_t kernel_vm_end, virtual_avail, virtual_end;
u_long vm_kmem_size;
static uint64_t pt_pages;
MALLOC_DEFINE(M_VMEM, "vmem", "vmem arenas");

void
khi_kern_init(void)
{
	/* The first page of KVA stays free: 0 means failure. */
	kva_vmem.id = host_arena_create(kva_layout.km_low + (1UL << 21),
	    kva_layout.km_high - kva_layout.km_low - (2UL << 21));
	kernel_vm_end = kva_layout.km_low + (1UL << 21);
	virtual_avail = kernel_vm_end;
	virtual_end = kva_layout.km_high;
	vm_kmem_size = kva_layout.km_high - kva_layout.km_low;
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

static int
kva_xalloc(vm_size_t size, vm_size_t align, vm_size_t phase, vm_size_t nocross,
    uint64_t min, uint64_t max, int policy, uint64_t caller, vm_offset_t *va)
{
	if (size == 0)
		panic("kva_alloc: size 0");
	if (host_arena_alloc(kva_vmem.id, size, align, phase, nocross, min, max,
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

	return (kva_xalloc(size, align, 0, 0, 0, ~0UL, KHI_FIRST, caller,
	    &va) == 0 ? va : 0);
}

void
khi_kva_free(vm_offset_t va, vm_size_t size)
{
	size = round_page(size);
	if (host_arena_free(kva_vmem.id, va, size) != 0)
		panic("kva_free: %#lx + %#lx was not allocated like this", va,
		    size);
	host_track_del(KHI_KVA, (void *)va);
	host_map_none(va, size);
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

/* --- mappings ------------------------------------------------------------------ */
static void
enter(vm_offset_t va, vm_paddr_t pa, vm_size_t len)
{
	if (va < kva_layout.km_low || va + len > kva_layout.km_high)
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
		enter(va + ptoa(i), VM_PAGE_TO_PHYS(ma[i]), ptoa(j - i));
	}
}

void
pmap_qremove(vm_offset_t va, int count)
{
	host_map_none(va, ptoa(count));
}

void pmap_kenter(vm_offset_t va, vm_paddr_t pa) { enter(va, pa, PAGE_SIZE); }
void pmap_kremove(vm_offset_t va) { host_map_none(va, PAGE_SIZE); }
int host_kva_lookup(uint64_t va, uint64_t *pa);

vm_paddr_t
pmap_kextract(vm_offset_t va)
{
	uint64_t pa;

	if (va >= kva_layout.dmap_low && va < kva_layout.dmap_low + dmaplimit)
		return (DMAP_TO_PHYS(va));
	if (host_kva_lookup(va, &pa) == 0)
		return (pa);
	/* Static data of a kld or of the kernel is backed by pages elsewhere. */
	panic("pmap_kextract: %#lx is not mapped to simulated memory", va);
}

vm_paddr_t khi_vtophys(vm_offset_t va) { return (pmap_kextract(va)); }
vm_paddr_t pmap_extract(pmap_t p __unused, vm_offset_t va) { return (pmap_kextract(va)); }

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

	if (va < kva_layout.km_low && va < kva_layout.dmap_low)
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
	enter(va, trunc_page(pa), size);
	return ((void *)(va + off));
}

void *pmap_mapdev(vm_paddr_t pa, vm_size_t size) { return (pmap_mapdev_attr(pa, size, 0)); }

void
pmap_unmapdev(void *p, vm_size_t size)
{
	vm_offset_t va = (vm_offset_t)p;

	khi_kva_free(trunc_page(va), round_page(size + (va & PAGE_MASK)));
}

/* --- kmem ------------------------------------------------------------------------ */
static void *
kmem_common(int domain, vm_size_t size, int flags, vm_paddr_t low,
    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
    vm_memattr_t attr, int system, const char *what, uint64_t caller)
{
	vm_offset_t va, o, step;
	int req;

	size = round_page(size);
	step = contig ? size : PAGE_SIZE;
	if ((flags & M_WAITOK) != 0)
		khi_sleep_check(what);
	else if (khi_fault(what, caller))
		return (NULL);
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
		enter(va + o, VM_PAGE_TO_PHYS(m), step);
	}
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

	for (o = 0; o < size; o += PAGE_SIZE) {
		uint64_t pa;
		vm_page_t m;

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

/* --- vmem(9) ----------------------------------------------------------------------- */
vmem_t *
vmem_create(const char *name, vmem_addr_t base, vmem_size_t size,
    vmem_size_t quantum, vmem_size_t qcache __unused, int flags)
{
	struct vmem *vm;

	vm = khi_malloc_at(sizeof(*vm), 8, M_VMEM, flags | M_ZERO, -1,
	    KHI_CALLER);
	if (vm == NULL)
		return (NULL);
	strlcpy(vm->name, name, sizeof(vm->name));
	vm->quantum = quantum;
	vm->id = host_arena_create(base, size);
	return (vm);
}

void
vmem_destroy(vmem_t *vm)
{
	if (host_arena_used(vm->id) != 0)
		panic("vmem_destroy: arena %s has %#lx bytes in use", vm->name,
		    host_arena_used(vm->id));
	host_arena_destroy(vm->id);
	free(vm, M_VMEM);
}

int
vmem_add(vmem_t *vm, vmem_addr_t addr, vmem_size_t size, int flags __unused)
{
	return (host_arena_add(vm->id, addr, size));
}

int
vmem_xalloc(vmem_t *vm, vmem_size_t size, vmem_size_t align, vmem_size_t phase,
    vmem_size_t nocross, vmem_addr_t min, vmem_addr_t max, int flags,
    vmem_addr_t *addrp)
{
	uint64_t caller = KHI_CALLER;
	int policy = (flags & M_NEXTFIT) != 0 ? KHI_NEXT : KHI_FIRST;

	size = roundup2(size, vm->quantum);
	if ((flags & M_WAITOK) != 0)
		khi_sleep_check("vmem_xalloc");
	else if (khi_fault("vmem_xalloc", caller))
		return (ENOMEM);
	if (vm->kva)
		return (kva_xalloc(size, MAX(align, PAGE_SIZE), phase, nocross,
		    min, max, policy, caller, addrp));
	return (host_arena_alloc(vm->id, size, MAX(align, vm->quantum), phase,
	    nocross, min, max, policy, addrp) != 0 ? ENOMEM : 0);
}

void
vmem_xfree(vmem_t *vm, vmem_addr_t addr, vmem_size_t size)
{
	size = roundup2(size, vm->quantum);
	if (vm->kva)
		khi_kva_free(addr, size);
	else if (host_arena_free(vm->id, addr, size) != 0)
		panic("vmem_xfree: %#lx + %#lx is not allocated in %s", addr,
		    size, vm->name);
}

int
vmem_alloc(vmem_t *vm, vmem_size_t size, int flags, vmem_addr_t *addrp)
{
	return (vmem_xalloc(vm, size, 0, 0, 0, VMEM_ADDR_MIN, VMEM_ADDR_MAX,
	    flags, addrp));
}

void vmem_free(vmem_t *vm, vmem_addr_t a, vmem_size_t s) { vmem_xfree(vm, a, s); }
