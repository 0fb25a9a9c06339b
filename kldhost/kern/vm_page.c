/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical pages: allocation, freeing, wiring.  Free memory is kept as
 * extents in host arenas, two a domain (below and above 16 MiB), and a small
 * stack of single pages in front.  Freed pages are filled with a pattern that
 * is checked when they are allocated again.
 */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <vm/vm_pageout.h>
#include <sys/domainset.h>

#define	NSTACK		1024
#define	CHUNK		(2UL << 20)
#define	POISON		0xdeadc0dedeadc0deULL
#define	META_POISONED	(1ULL << 31)
#define	META_SYSTEM	(1ULL << 63)
#define	META_LIVE	(1ULL << 62)
#define	META_CALLER	0x3fffffff7fffffffULL

struct domain {
	uint32_t	low, high;	/* arenas */
	vm_page_t	stack[NSTACK];
	int		nstack;
	vm_paddr_t	chunk, chunk_end;
};
static struct domain doms[MAXMEMDOM];
static volatile uint32_t plock;
static uint64_t *meta;			/* by pfn - first_page; lazily real */
volatile u_long khi_pages_live, khi_pages_free, khi_wires_live;
static int poison_on = 1;

static void
p_lock(void)
{
	while (atomic_cmpset_acq_int(&plock, 0, 1) == 0)
		host_sched_yield();
}

static void p_unlock(void) { atomic_store_rel_int(&plock, 0); }

#define	META(m)	meta[atop(VM_PAGE_TO_PHYS(m)) - first_page]

uint64_t
khi_page_meta(vm_paddr_t pa)
{
	return (meta[atop(pa) - first_page]);
}

void
khi_page_init(uint64_t *side)
{
	vm_paddr_t done = 0;
	int i;

	meta = side;
	for (i = 0; i < vm_ndomains; i++) {
		doms[i].low = host_arena_create(0, 0);
		doms[i].high = host_arena_create(0, 0);
	}
	for (i = 0; i < vm_phys_nsegs; i++) {
		vm_paddr_t s = MAX(vm_phys_segs[i].start, done);
		vm_paddr_t e = vm_phys_segs[i].end;
		struct domain *d = &doms[vm_phys_segs[i].domain];

		if (s >= e)
			continue;
		done = e;
		atomic_add_long(&khi_pages_free, atop(e - s));
		if (s < VM_LOWMEM_BOUNDARY) {
			vm_paddr_t m = MIN(e, VM_LOWMEM_BOUNDARY);

			host_arena_add(d->low, s, m - s);
			s = m;
		}
		if (s < e)
			host_arena_add(d->high, s, e - s);
	}
}

void khi_poison(int on) { poison_on = on; }

static void
drain_stacks(struct domain *d)
{
	while (d->nstack > 0)
		host_arena_free(d->high,
		    VM_PAGE_TO_PHYS(d->stack[--d->nstack]), PAGE_SIZE);
	if (d->chunk < d->chunk_end)
		host_arena_free(d->high, d->chunk, d->chunk_end - d->chunk);
	d->chunk = d->chunk_end = 0;
}

/* One page of a domain; the page lock is held. */
static int
one_page(struct domain *d, vm_paddr_t *pa)
{
	if (d->nstack > 0) {
		*pa = VM_PAGE_TO_PHYS(d->stack[--d->nstack]);
		return (1);
	}
	if (d->chunk == d->chunk_end) {
		if (host_arena_alloc(d->high, CHUNK, CHUNK, 0, 0, 0, ~0UL,
		    KHI_LAST, &d->chunk) != 0) {
			d->chunk = d->chunk_end = 0;
			return (host_arena_alloc(d->high, PAGE_SIZE, PAGE_SIZE,
			    0, 0, 0, ~0UL, KHI_LAST, pa) == 0 ||
			    host_arena_alloc(d->low, PAGE_SIZE, PAGE_SIZE, 0,
			    0, 0, ~0UL, KHI_LAST, pa) == 0);
		}
		d->chunk_end = d->chunk + CHUNK;
	}
	*pa = d->chunk;
	d->chunk += PAGE_SIZE;
	return (1);
}

static int
try_domain(int dom, u_long n, vm_paddr_t low, vm_paddr_t high, u_long align,
    vm_paddr_t boundary, vm_paddr_t *pa)
{
	struct domain *d = &doms[dom];
	int pass;

	if (n == 1 && low == 0 && high == ~(vm_paddr_t)0 && align <= PAGE_SIZE)
		return (one_page(d, pa));
	if (align < PAGE_SIZE)
		align = PAGE_SIZE;
	for (pass = 0; pass < 2; pass++) {
		if (host_arena_alloc(d->high, ptoa(n), align, 0, boundary, low,
		    high, KHI_LAST, pa) == 0 ||
		    host_arena_alloc(d->low, ptoa(n), align, 0, boundary, low,
		    high, KHI_LAST, pa) == 0)
			return (1);
		drain_stacks(d);
	}
	return (0);
}

static void
check_poison(vm_page_t m)
{
	uint64_t *p = (uint64_t *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m));
	char sym[128];
	long off = 0;
	int i;

	for (i = 0; i < PAGE_SIZE / 8; i++)
		if (p[i] != POISON) {
			uint64_t c = META(m) & META_CALLER;

			if (host_symbol((uint32_t)c, sym, sizeof(sym),
			    &off) != 0)
				strlcpy(sym, "?", sizeof(sym));
			panic("page %#lx modified after free at offset %d: "
			    "%#lx; freed by %s+%#lx", VM_PAGE_TO_PHYS(m),
			    i * 8, p[i], sym, off);
		}
}

vm_page_t
khi_page_alloc(int domain, u_long n, vm_paddr_t low, vm_paddr_t high,
    u_long align, vm_paddr_t boundary, int req, uint64_t caller)
{
	vm_paddr_t pa = 0;
	vm_page_t m;
	u_long i;
	int d, ok = 0;

	p_lock();
	if (domain >= 0)
		ok = domain < vm_ndomains && try_domain(domain, n, low, high,
		    align, boundary, &pa);
	else {
		int first = PCPU_GET(domain);

		for (d = 0; d < vm_ndomains && !ok; d++)
			ok = try_domain((first + d) % vm_ndomains, n, low,
			    high, align, boundary, &pa);
	}
	p_unlock();
	if (!ok)
		return (NULL);
	m = &vm_page_array[atop(pa) - first_page];
	for (i = 0; i < n; i++) {
		vm_page_t p = &m[i];
		/* A page that nobody had yet is zero, and stays unbacked. */
		int fresh = META(p) == 0;

		if (p->busy_lock != VPB_FREED || p->ref_count != 0)
			panic("free page %p was changed: busy %#x refs %#x", p,
			    p->busy_lock, p->ref_count);
		if ((META(p) & META_POISONED) != 0)
			check_poison(p);
		META(p) = META_LIVE | (caller & META_CALLER);
		if ((req & VM_ALLOC_ZERO) != 0 && !fresh)
			host_memset((void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(p)), 0,
			    PAGE_SIZE);
		p->object = NULL;
		p->pindex = 0xdeadc0dedeadc0deULL;
		p->a.flags = 0;
		p->a.act_count = 0;
		p->a.queue = PQ_NONE;
		p->flags = 0;
		p->oflags = VPO_UNMANAGED;
		p->busy_lock = VPB_UNBUSIED;
		p->ref_count = (req & VM_ALLOC_WIRED) != 0 ? 1 : 0;
		p->md.pat_mode = VM_MEMATTR_DEFAULT;
	}
	atomic_add_long(&khi_pages_live, n);
	atomic_subtract_long(&khi_pages_free, n);
	return (m);
}

/* Marks pages as the hosted kernel's own: they are no leak. */
void
khi_page_own(vm_page_t m, u_long n, int system, uint64_t caller)
{
	u_long i;

	for (i = 0; i < n; i++)
		META(&m[i]) = META_LIVE | (caller & META_CALLER) |
		    (system ? META_SYSTEM : 0);
	if (system)
		atomic_subtract_long(&khi_pages_live, n);
}

void
khi_page_free_run(vm_page_t m, u_long n)
{
	vm_paddr_t pa = VM_PAGE_TO_PHYS(m);
	struct domain *d = &doms[vm_phys_segs[m->segind].domain];
	uint64_t caller = META(m) & META_CALLER;
	int poison = poison_on && n <= 512;
	u_long i, sys = 0;

	for (i = 0; i < n; i++) {
		if ((META(&m[i]) & META_SYSTEM) != 0)
			sys++;
		m[i].busy_lock = VPB_FREED;
		m[i].ref_count = 0;
		m[i].object = NULL;
		m[i].flags = m[i].oflags = 0;
		/* Never 0 again: the page is not fresh. */
		META(&m[i]) = (poison ? META_POISONED : 0) | caller | 1;
	}
	if (poison) {
		uint64_t *p = (uint64_t *)PHYS_TO_DMAP(pa);

		for (i = 0; i < ptoa(n) / 8; i++)
			p[i] = POISON;
	} else
		host_discard_phys(pa, ptoa(n));
	atomic_subtract_long(&khi_pages_live, n - sys);
	atomic_add_long(&khi_pages_free, n);
	p_lock();
	if (n == 1 && pa >= VM_LOWMEM_BOUNDARY && d->nstack < NSTACK)
		d->stack[d->nstack++] = m;
	else if (pa + ptoa(n) <= VM_LOWMEM_BOUNDARY)
		host_arena_free(d->low, pa, ptoa(n));
	else
		host_arena_free(d->high, pa, ptoa(n));
	p_unlock();
}

int
khi_fault(const char *what, uint64_t caller)
{
	return (host_fault_point(what, caller));
}

static vm_page_t
alloc_common(int domain, int req, u_long n, vm_paddr_t low, vm_paddr_t high,
    u_long align, vm_paddr_t boundary, const char *what, uint64_t caller)
{
	vm_page_t m;

	if ((req & VM_ALLOC_WAITOK) != 0)
		khi_sleep_check(what);
	else if (khi_fault(what, caller))
		return (NULL);
	if (n == 0)
		panic("%s: no pages", what);
	for (;;) {
		m = khi_page_alloc(domain, n, low, high, align, boundary, req,
		    caller);
		if (m != NULL || (req & VM_ALLOC_WAITOK) == 0)
			break;
		vm_wait(NULL);
	}
	if (m != NULL && (req & VM_ALLOC_WIRED) != 0)
		atomic_add_long(&khi_wires_live, n);
	return (m);
}

vm_page_t
vm_page_alloc_noobj(int req)
{
	return (alloc_common(-1, req, 1, 0, ~0UL, PAGE_SIZE, 0,
	    "vm_page_alloc_noobj", KHI_CALLER));
}

vm_page_t
vm_page_alloc_noobj_domain(int domain, int req)
{
	return (alloc_common(domain, req, 1, 0, ~0UL, PAGE_SIZE, 0,
	    "vm_page_alloc_noobj_domain", KHI_CALLER));
}

static void
set_attr(vm_page_t m, u_long n, vm_memattr_t attr)
{
	while (m != NULL && n-- > 0)
		m[n].md.pat_mode = attr;
}

vm_page_t
vm_page_alloc_noobj_contig(int req, u_long n, vm_paddr_t low, vm_paddr_t high,
    u_long align, vm_paddr_t boundary, vm_memattr_t attr)
{
	vm_page_t m = alloc_common(-1, req, n, low, high, align, boundary,
	    "vm_page_alloc_noobj_contig", KHI_CALLER);

	if (attr != VM_MEMATTR_DEFAULT)
		set_attr(m, n, attr);
	return (m);
}

vm_page_t
vm_page_alloc_noobj_contig_domain(int domain, int req, u_long n,
    vm_paddr_t low, vm_paddr_t high, u_long align, vm_paddr_t boundary,
    vm_memattr_t attr)
{
	vm_page_t m = alloc_common(domain, req, n, low, high, align, boundary,
	    "vm_page_alloc_noobj_contig_domain", KHI_CALLER);

	if (attr != VM_MEMATTR_DEFAULT)
		set_attr(m, n, attr);
	return (m);
}

void
vm_page_free(vm_page_t m)
{
	if ((m->flags & PG_FICTITIOUS) != 0)
		panic("vm_page_free: page %p is fictitious", m);
	if (m->busy_lock == VPB_FREED)
		panic("vm_page_free: page %p (%#lx) is free already", m,
		    VM_PAGE_TO_PHYS(m));
	if (m->busy_lock != VPB_UNBUSIED && (m->busy_lock & VPB_BIT_SHARED) != 0)
		panic("vm_page_free_prep: freeing shared busy page %p", m);
	if (VPRC_WIRE_COUNT(m->ref_count) != 0)
		panic("vm_page_free_prep: page %p has references", m);
	khi_page_free_run(m, 1);
}

void vm_page_free_zero(vm_page_t m) { vm_page_free(m); }
void vm_page_free_invalid(vm_page_t m) { vm_page_free(m); }
