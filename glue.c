/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Rust cannot call: macros and static inlines of the FreeBSD kernel, one
 * line each, named kpi_<what they wrap>.  No logic lives here; differences
 * between kernel versions do, behind __FreeBSD_version.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/kernel.h>
#include <sys/linker.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/pcpu.h>
#include <sys/proc.h>
#include <sys/smp.h>
#include <sys/vmem.h>

#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_kern.h>
#include <vm/vm_map.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>

#include <machine/bus.h>
#include <machine/vmparam.h>

#include "glue.h"

/* mutex(9) */
void	kpi_mtx_init(struct mtx *m, const char *name) { mtx_init(m, name, NULL, MTX_DEF); }
void	kpi_mtx_destroy(struct mtx *m) { mtx_destroy(m); }
void	kpi_mtx_lock(struct mtx *m) { mtx_lock(m); }
void	kpi_mtx_unlock(struct mtx *m) { mtx_unlock(m); }

/* critical(9), curthread(9) */
/* Pinned: on one CPU, and no other thread there meanwhile. */
int	kpi_pin(void) { critical_enter(); return (curcpu); }
void	kpi_unpin(void) { critical_exit(); }
/*
 * critical_enter() orders nothing for other CPUs: one may have counted itself
 * in and looked at what the caller has set just now, and neither be seen.  The
 * first fence, on every CPU, settles that; the second shows what was done in
 * sections that were seen to be over.
 */
void
kpi_quiesce(void)
{
	cpus_fence_seq_cst();
	quiesce_all_critical();
	cpus_fence_seq_cst();
}
bool	kpi_may_sleep(void) { return (curthread->td_critnest == 0 && THREAD_CAN_SLEEP()); }

/* vm_page: what the header defines as a macro or an inline */
uint64_t kpi_vm_page_to_phys(vm_page_t m) { return (VM_PAGE_TO_PHYS(m)); }
bool	kpi_vm_page_fictitious(vm_page_t m) { return ((m->flags & PG_FICTITIOUS) != 0); }
bool	kpi_vm_page_wired(vm_page_t m) { return (vm_page_wired(m)); }
u_int	kpi_vm_page_wire_count(vm_page_t m) { return (VPRC_WIRE_COUNT(m->ref_count)); }
/* Only an object's page has a pager that cares. */
void	kpi_vm_page_dirty(vm_page_t m) { if (m->object != NULL && vm_page_all_valid(m)) vm_page_dirty(m); }
bool	kpi_vm_page_trybusy(vm_page_t m) { return (vm_page_tryxbusy(m) != 0); }
bool	kpi_vm_page_xbusied(vm_page_t m) { return (vm_page_xbusied(m)); }
bool	kpi_vm_page_busied(vm_page_t m) { return (vm_page_busied(m)); }
void	kpi_vm_page_unbusy(vm_page_t m) { vm_page_xunbusy(m); }
void	kpi_vm_page_set_memattr(vm_page_t m, int attr) { pmap_page_set_memattr(m, attr); }

void
kpi_vm_page_release(vm_page_t m)
{
	/* The last wiring of a page without an object: it goes back at once. */
	if (vm_page_unwire_noq(m))
		vm_page_free(m);
}

bool
kpi_vm_page_wire(vm_page_t m)
{
	/* A page without any reference is free; wiring it would corrupt it. */
	return (m->ref_count != 0 && vm_page_wire_mapped(m));
}

bool
kpi_vm_page_unwire(vm_page_t m)
{
	/* Unmanaged pages (kernel memory, devices) have a wiring of their
	 * owner's, which is not a caller's to drop. */
	u_int own = (m->oflags & VPO_UNMANAGED) != 0 ||
	    (m->flags & PG_FICTITIOUS) != 0;

	if (VPRC_WIRE_COUNT(m->ref_count) <= own)
		return (false);
	vm_page_unwire(m, PQ_ACTIVE);
	return (true);
}

vm_page_t
kpi_vm_page_alloc_contig(int domain, int req, u_long npages, uint64_t high,
    u_long align)
{
	if (domain >= 0)
		return (vm_page_alloc_noobj_contig_domain(domain, req, npages, 0, high,
		    align, 0, VM_MEMATTR_DEFAULT));
	return (vm_page_alloc_noobj_contig(req, npages, 0, high, align, 0,
	    VM_MEMATTR_DEFAULT));
}

bool
kpi_vm_page_reclaim_contig(u_long npages, uint64_t high)
{
#if __FreeBSD_version >= 1500000
	return (vm_page_reclaim_contig(VM_ALLOC_NORMAL, npages, 0, high,
	    PAGE_SIZE * npages, 0) == 0);
#else
	return (vm_page_reclaim_contig(VM_ALLOC_NORMAL, npages, 0, high,
	    PAGE_SIZE * npages, 0));
#endif
}

/* Kernel virtual addresses */
vm_offset_t
kpi_kva_alloc_aligned(vm_size_t size)
{
#if __FreeBSD_version >= 1500000
	return (kva_alloc_aligned(size, size));
#else
	vmem_addr_t va;

	if (vmem_xalloc(kernel_arena, size, size, 0, 0, VMEM_ADDR_MIN,
	    VMEM_ADDR_MAX, M_BESTFIT | M_NOWAIT, &va) != 0)
		return (0);
	return (va);
#endif
}

void
kpi_kva_free(vm_offset_t va, vm_size_t size)
{
#if __FreeBSD_version >= 1500000
	kva_free(va, size);
#else
	vmem_xfree(kernel_arena, va, size);
#endif
}

void	kpi_pmap_qenter(vm_offset_t va, vm_page_t *m, int n) { pmap_qenter(va, m, n); }
void	kpi_pmap_qremove(vm_offset_t va, int n) { pmap_qremove(va, n); }

/* The direct map: 0 where there is none, as on i386. */
bool
kpi_va_in_dmap(vm_offset_t va)
{
#if PMAP_HAS_DMAP
	return (VIRT_IN_DMAP(va));
#else
	return (false);
#endif
}

uint64_t
kpi_va_to_phys(vm_offset_t va)
{
#if PMAP_HAS_DMAP
	if (VIRT_IN_DMAP(va))
		return (DMAP_TO_PHYS(va));
#endif
	/* pmap_kextract() faults where there is no page table. */
	return (va >= VM_MIN_KERNEL_ADDRESS ? pmap_extract(kernel_pmap, va) : 0);
}

void *
kpi_phys_to_va(uint64_t pa)
{
#if PMAP_HAS_DMAP
	return (PHYS_IN_DMAP(pa) ? (void *)PHYS_TO_DMAP(pa) : NULL);
#else
	return (NULL);
#endif
}

/* malloc(9): free() and malloc() are macros on some kernels. */
void	*kpi_malloc(size_t n, struct malloc_type *t, int f) { return (malloc(n, t, f)); }
void	kpi_free(void *p, struct malloc_type *t) { free(p, t); }

/* panic(9), log(9): Rust passes finished text. */
void	kpi_panic(const char *s) { panic("%s", s); }
void	kpi_printf(const char *s) { printf("%s", s); }
bool
kpi_ppsratecheck(struct kpi_ratelimit *r, int maxpps)
{
	return (ppsratecheck(&r->last, &r->count, maxpps) != 0);
}

/* Domains (numa(4)) */
int	kpi_vm_ndomains(void) { return (vm_ndomains); }

/* Busy lock as Linux's page lock. */
void
kpi_vm_page_lock(vm_page_t m)
{
	while (vm_page_tryxbusy(m) == 0)
		pause("pglock", 1);
}

/*
 * The first caller outside this kld, for messages: frame pointers are kept.
 * The link script names the ends of the kld's text.
 */
extern const char lkpirs_text_start[] __hidden, lkpirs_text_end[] __hidden;

const void *
kpi_caller(void)
{
#ifdef __riscv
	/* The two words are below what the frame pointer points to. */
	const int record = -2;
#else
	const int record = 0;
#endif
	const uintptr_t *fp = (const uintptr_t *)__builtin_frame_address(0) + record;
	uintptr_t lo = (uintptr_t)curthread->td_kstack;
	uintptr_t hi = lo + curthread->td_kstack_pages * PAGE_SIZE;
	const char *pc;

	for (int depth = 0; depth < 16; depth++) {
		if ((uintptr_t)fp < lo || (uintptr_t)(fp + 2) > hi)
			break;
		pc = (const char *)fp[1];
		if (pc < lkpirs_text_start || pc >= lkpirs_text_end)
			return (pc);
		fp = (const uintptr_t *)fp[0] + record;
	}
	return (NULL);
}

/* "symbol+0x12", or the number.  May sleep only where the linker's lock may. */
void
kpi_symbol(const void *pc, char *buf, size_t len)
{
	long off;
	char name[64];

	if (pc != NULL && linker_ddb_search_symbol_name(__DECONST(caddr_t, pc),
	    name, sizeof(name), &off) == 0)
		snprintf(buf, len, "%s+%#lx", name, off);
	else
		snprintf(buf, len, "%p", pc);
}

/*
 * The same for an address that may be of a kld that goes or has gone: nothing
 * is unloaded meanwhile, and what is far from every symbol stays a number, as
 * all do while klds come and go.  A thread that waited for the linker's lock
 * here would keep MOD_UNLOAD, which has it, waiting for this thread.
 */
void
kpi_symbol_locked(const void *pc, char *buf, size_t len)
{
	long off;
	char name[64];

	if (pc != NULL && linker_search_symbol_name_flags(__DECONST(caddr_t, pc),
	    name, sizeof(name), &off, M_NOWAIT) == 0 && off < 65536)
		snprintf(buf, len, "%s+%#lx", name, off);
	else
		snprintf(buf, len, "%p", pc);
}

/* curproc(9): its number, and its name. */
int
kpi_curproc(char *comm, size_t len)
{
	snprintf(comm, len, "%s", curproc->p_comm);
	return (curproc->p_pid);
}

/* getmicrouptime(9) */
uint64_t
kpi_uptime_ms(void)
{
	struct timeval tv;

	getmicrouptime(&tv);
	return ((uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000);
}

#ifndef __amd64__
/* Where memory begins. */
static uint64_t
kpi_ram_start(void)
{
	uint64_t start = UINT64_MAX;

	for (int i = 0; i < vm_phys_nsegs; i++)
		start = MIN(start, vm_phys_segs[i].start);
	return (start);
}
#endif

/* bus_dma(9): inline on x86 */
int
kpi_dma_tag_create(struct bus_dma_tag *parent, uint64_t low, size_t size,
    int domain, struct bus_dma_tag **tag)
{
	int error;

#ifndef __amd64__
	/* Such a tag's bounce zone could never hold a page, and would serve all
	 * later tags that bounce. */
	if (low < kpi_ram_start())
		return (ENOMEM);
#endif
	error = bus_dma_tag_create(parent, 1, 0, MIN(low, BUS_SPACE_MAXADDR), BUS_SPACE_MAXADDR, NULL,
	    NULL, size, 1, size, 0, NULL, NULL, tag);
	if (error == 0 && domain >= 0)
		(void)bus_dma_tag_set_domain(*tag, domain);
#ifndef __amd64__
	/* The first map of a tag that can bounce makes its bounce zone, which
	 * sleeps: not later, under a lock.  amd64 makes no map that bounces. */
	if (error == 0 && kpi_may_sleep()) {
		bus_dmamap_t map;

		error = bus_dmamap_create(*tag, 0, &map);
		if (error == 0)
			bus_dmamap_destroy(*tag, map);
		else
			bus_dma_tag_destroy(*tag);
	}
#endif
	return (error);
}

/* The device sees this memory at its own address, with nothing to be copied or
 * flushed: no map is needed. */
bool
kpi_dma_identity(struct bus_dma_tag *t, uint64_t pa, size_t len)
{
#if defined(__amd64__) || defined(__i386__)
	return (bus_dma_id_mapped(t, pa, len));
#else
	return (false);
#endif
}

/* Where memory ends. */
uint64_t
kpi_ram_end(void)
{
	uint64_t end = 0;

	for (int i = 0; i < vm_phys_nsegs; i++)
		end = MAX(end, vm_phys_segs[i].end);
	return (end);
}
int	kpi_dma_tag_destroy(struct bus_dma_tag *t) { return (bus_dma_tag_destroy(t)); }
int	kpi_dmamap_create(struct bus_dma_tag *t, struct bus_dmamap **m) { return (bus_dmamap_create(t, 0, m)); }
int	kpi_dmamap_destroy(struct bus_dma_tag *t, struct bus_dmamap *m) { return (bus_dmamap_destroy(t, m)); }
void	kpi_dmamap_unload(struct bus_dma_tag *t, struct bus_dmamap *m) { bus_dmamap_unload(t, m); }
/* arm64 panics where there is nothing to do. */
void	kpi_dmamap_sync(struct bus_dma_tag *t, struct bus_dmamap *m, int op) { if (op != 0) bus_dmamap_sync(t, m, op); }

/* One segment, or an error; never deferred. */
static int
one_segment(struct bus_dma_tag *t, struct bus_dmamap *m, int n,
    bus_dma_segment_t *seg, size_t len, uint64_t *addr)
{
	bus_dma_segment_t *s = _bus_dmamap_complete(t, m, seg, n + 1, 0);

	*addr = s->ds_addr;
	return (n == 0 && s->ds_len == len ? 0 : EFBIG);
}

int
kpi_dmamap_load_phys(struct bus_dma_tag *t, struct bus_dmamap *m, uint64_t pa,
    size_t len, uint64_t *addr)
{
	bus_dma_segment_t seg = { 0 };
	int error, n = -1;

	error = _bus_dmamap_load_phys(t, m, pa, len, BUS_DMA_NOWAIT, &seg, &n);
	return (error != 0 ? error : one_segment(t, m, n, &seg, len, addr));
}

int
kpi_dmamap_load(struct bus_dma_tag *t, struct bus_dmamap *m, void *va, size_t len,
    uint64_t *addr)
{
	bus_dma_segment_t seg = { 0 };
	int error, n = -1;

	error = _bus_dmamap_load_buffer(t, m, va, len, kernel_pmap, BUS_DMA_NOWAIT,
	    &seg, &n);
	return (error != 0 ? error : one_segment(t, m, n, &seg, len, addr));
}

int
kpi_dmamem_alloc(struct bus_dma_tag *t, void **va, bool wait, struct bus_dmamap **m)
{
	return (bus_dmamem_alloc(t, va, (wait ? BUS_DMA_WAITOK : BUS_DMA_NOWAIT) |
	    BUS_DMA_COHERENT | BUS_DMA_ZERO, m));
}
void	kpi_dmamem_free(struct bus_dma_tag *t, void *va, struct bus_dmamap *m) { bus_dmamem_free(t, va, m); }

/* numa(4): where a page is, and where curcpu is. */
int	kpi_vm_page_domain(vm_page_t m) { return (vm_page_domain(m)); }
int	kpi_curdomain(void) { return (PCPU_GET(domain)); }
