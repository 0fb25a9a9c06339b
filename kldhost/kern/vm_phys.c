/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated physical memory: segments, the vm_page array, fictitious
 * ranges.  Nothing here costs time or memory per page: the array is filled a
 * granule at a time when it is first touched (khi_page_fill, called by the
 * fault handler).
 */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <vm/vm_dumpset.h>
#include <sys/domainset.h>

struct vm_phys_seg vm_phys_segs[VM_PHYSSEG_MAX];
int vm_phys_nsegs;
vm_page_t vm_page_array;
long vm_page_array_size, first_page;
vm_paddr_t phys_avail[2 * VM_PHYSSEG_MAX + 2], dump_avail[2 * VM_PHYSSEG_MAX + 2];
vm_paddr_t dmaplimit;
struct kva_layout_s kva_layout;
static struct mem_affinity affinity[VM_PHYSSEG_MAX + 1];
struct mem_affinity *mem_affinity;
int *mem_locality, vm_ndomains = 1;
long physmem, realmem, Maxmem;
domainset_t all_domains, vm_min_domains, vm_severe_domains;
struct domainset domainset_firsttouch, domainset_interleave,
    domainset_roundrobin, domainset_fixed[MAXMEMDOM],
    domainset_prefer[MAXMEMDOM];

MALLOC_DEFINE(M_FICT_PAGES, "fictitious", "fictitious pages");

struct fict {
	TAILQ_ENTRY(fict) link;
	vm_paddr_t	start, end;
	vm_page_t	pages;
};
static TAILQ_HEAD(, fict) ficts = TAILQ_HEAD_INITIALIZER(ficts);
static volatile uint32_t fict_lock;

static void
f_lock(void)
{
	while (atomic_cmpset_acq_int(&fict_lock, 0, 1) == 0)
		host_sched_yield();
}

static void f_unlock(void) { atomic_store_rel_int(&fict_lock, 0); }

/* Segments come sorted by start; an overlapping one follows its host. */
int
khi_add_seg(vm_paddr_t start, vm_paddr_t end, int domain)
{
	struct vm_phys_seg *seg;
	int n = vm_phys_nsegs;

	if (n == VM_PHYSSEG_MAX)
		return (ENOSPC);
	seg = &vm_phys_segs[vm_phys_nsegs++];
	seg->start = start;
	seg->end = end;
	seg->domain = domain;
	phys_avail[2 * n] = dump_avail[2 * n] = start;
	phys_avail[2 * n + 1] = dump_avail[2 * n + 1] = end;
	affinity[n].start = start;
	affinity[n].end = end;
	affinity[n].domain = domain;
	if (domain >= vm_ndomains)
		vm_ndomains = domain + 1;
	physmem += atop(end - start);
	return (0);
}

static void
set_policy(struct domainset *ds, int policy, int prefer)
{
	int i;

	ds->ds_policy = policy;
	ds->ds_prefer = prefer;
	ds->ds_cnt = 0;
	for (i = 0; i < vm_ndomains; i++) {
		if (policy == DOMAINSET_POLICY_ROUNDROBIN && prefer >= 0 &&
		    i != prefer)
			continue;
		DOMAINSET_SET(i, &ds->ds_mask);
		ds->ds_order[ds->ds_cnt++] = i;
	}
}

void
khi_phys_init(uint64_t dmap, uint64_t dmapsize, uint64_t array, uint64_t kmlow,
    uint64_t kva, uint64_t kmhigh, int ncpus)
{
	vm_paddr_t top = 0;
	int i, j;

	for (i = 0; i < vm_phys_nsegs; i++)
		if (vm_phys_segs[i].end > top)
			top = vm_phys_segs[i].end;
	first_page = atop(vm_phys_segs[0].start);
	vm_page_array = (vm_page_t)array;
	vm_page_array_size = atop(top) - first_page;
	realmem = Maxmem = atop(top);
	for (i = 0; i < vm_phys_nsegs; i++)
		vm_phys_segs[i].first_page = &vm_page_array[
		    atop(vm_phys_segs[i].start) - first_page];
	kva_layout.kva_min = dmap;
	kva_layout.kva_max = kmhigh;
	kva_layout.dmap_low = dmap;
	kva_layout.dmap_high = dmap + dmapsize;
	kva_layout.km_low = kmlow;
	kva_layout.km_high = kmhigh;
	khi_kva_low = kva;
	dmaplimit = roundup2(top, 1UL << 30);
	if (dmaplimit < 4UL << 30)
		dmaplimit = 4UL << 30;
	if (vm_ndomains > 1)
		mem_affinity = affinity;
	for (i = 0; i < vm_ndomains; i++) {
		DOMAINSET_SET(i, &all_domains);
		set_policy(&domainset_fixed[i], DOMAINSET_POLICY_ROUNDROBIN, i);
		set_policy(&domainset_prefer[i], DOMAINSET_POLICY_PREFER, i);
	}
	set_policy(&domainset_firsttouch, DOMAINSET_POLICY_FIRSTTOUCH, -1);
	set_policy(&domainset_interleave, DOMAINSET_POLICY_INTERLEAVE, -1);
	set_policy(&domainset_roundrobin, DOMAINSET_POLICY_ROUNDROBIN, -1);
	for (j = 0; j < ncpus; j++) {
		__pcpu[j].pc_domain = j * vm_ndomains / ncpus;
		CPU_SET(j, &cpuset_domain[__pcpu[j].pc_domain]);
	}
}

vm_paddr_t khi_ram_top(void) { return (ptoa(Maxmem)); }

/* The preferred domain if it has memory in [low, high], or else one that has. */
int
vm_phys_domain_match(int prefer, vm_paddr_t low, vm_paddr_t high)
{
	int i, found = -1;

	for (i = 0; i < vm_phys_nsegs; i++) {
		struct vm_phys_seg *s = &vm_phys_segs[i];

		if (s->start > high || s->end <= low)
			continue;
		if (s->domain == prefer)
			return (prefer);
		if (found < 0 || s->domain < found)
			found = s->domain;
	}
	return (found < 0 ? MAX(prefer, 0) : found);
}

static void
page_init(struct vm_page *m, vm_paddr_t pa, int segind)
{
	memset(m, 0, sizeof(*m));
	m->phys_addr = pa;
	m->a.queue = PQ_NONE;
	m->segind = segind;
	m->order = VM_NFREEORDER;
	m->pool = VM_FREEPOOL_DEFAULT;
	m->busy_lock = VPB_FREED;
	m->md.pv_gen = 0;
	m->md.pat_mode = VM_MEMATTR_DEFAULT;
}

/*
 * Writes the bytes [lo, hi) of the vm_page array, given as addresses in the
 * array, to alias, another mapping of the same memory.
 */
void
khi_page_fill(uintptr_t lo, uintptr_t hi, char *alias)
{
	uintptr_t base = (uintptr_t)vm_page_array;
	long i = (lo - base) / sizeof(struct vm_page);
	int s, seg;

	for (; i < vm_page_array_size; i++) {
		uintptr_t va = base + i * sizeof(struct vm_page), from, to;
		vm_paddr_t pa = ptoa(first_page + i);
		struct vm_page m;

		if (va >= hi)
			break;
		seg = -1;
		for (s = vm_phys_nsegs - 1; s >= 0; s--)
			if (pa >= vm_phys_segs[s].start &&
			    pa < vm_phys_segs[s].end) {
				seg = s;
				break;
			}
		if (seg < 0)
			continue;	/* a hole: all zero, as on amd64 */
		page_init(&m, pa, seg);
		from = va < lo ? lo : va;
		to = va + sizeof(m) > hi ? hi : va + sizeof(m);
		host_memmove(alias + (from - lo), (char *)&m + (from - va),
		    to - from);
	}
}

vm_page_t
vm_phys_seg_paddr_to_vm_page(struct vm_phys_seg *seg, vm_paddr_t pa)
{
	return (&seg->first_page[atop(pa - seg->start)]);
}

vm_page_t
vm_phys_paddr_to_vm_page(vm_paddr_t pa)
{
	int i;

	for (i = 0; i < vm_phys_nsegs; i++)
		if (pa >= vm_phys_segs[i].start && pa < vm_phys_segs[i].end)
			return (vm_phys_seg_paddr_to_vm_page(&vm_phys_segs[i],
			    pa));
	return (NULL);
}

vm_page_t
PHYS_TO_VM_PAGE(vm_paddr_t pa)
{
	long pi = atop(pa);

	if (pi >= first_page && pi - first_page < vm_page_array_size)
		return (&vm_page_array[pi - first_page]);
	return (vm_phys_fictitious_to_vm_page(pa));
}

vm_page_t
vm_phys_fictitious_to_vm_page(vm_paddr_t pa)
{
	struct fict *f;
	vm_page_t m = NULL;

	f_lock();
	TAILQ_FOREACH(f, &ficts, link)
		if (pa >= f->start && pa < f->end) {
			m = &f->pages[atop(pa - f->start)];
			break;
		}
	f_unlock();
	return (m);
}

void
vm_page_initfake(vm_page_t m, vm_paddr_t pa, vm_memattr_t attr)
{
	if (m->phys_addr == 0) {
		m->phys_addr = pa;
		m->a.queue = PQ_NONE;
		m->flags = PG_FICTITIOUS;
		m->oflags = VPO_UNMANAGED;
		m->busy_lock = VPB_UNBUSIED;
		m->ref_count = 1;
	}
	m->md.pat_mode = attr;
}

static void
fict_init(vm_page_t m, vm_paddr_t pa, long n, vm_memattr_t attr)
{
	long i;

	for (i = 0; i < n; i++) {
		memset(&m[i], 0, sizeof(m[i]));
		vm_page_initfake(&m[i], pa + ptoa(i), attr);
		m[i].oflags &= ~VPO_UNMANAGED;
	}
}

int
vm_phys_fictitious_reg_range(vm_paddr_t start, vm_paddr_t end,
    vm_memattr_t attr)
{
	vm_paddr_t alo = ptoa(first_page), ahi = ptoa(first_page +
	    vm_page_array_size);
	uint64_t caller = KHI_CALLER;
	struct fict *f, *o;
	int s;

	if ((start & PAGE_MASK) != 0 || (end & PAGE_MASK) != 0 || start >= end)
		panic("fictitious range [%#lx, %#lx) is not whole pages",
		    start, end);
	khi_sleep_check("vm_phys_fictitious_reg_range");
	for (s = 0; s < vm_phys_nsegs; s++)
		if (start < vm_phys_segs[s].end && end > vm_phys_segs[s].start)
			panic("fictitious range [%#lx, %#lx) overlaps RAM",
			    start, end);
	if (start < ahi && end > alo) {
		/* The part inside the array uses the array's own pages. */
		vm_paddr_t lo = MAX(start, alo), hi = MIN(end, ahi);
		int error = 0;

		fict_init(&vm_page_array[atop(lo) - first_page], lo,
		    atop(hi - lo), attr);
		if (start < lo)
			error = vm_phys_fictitious_reg_range(start, lo, attr);
		if (error == 0 && hi < end)
			error = vm_phys_fictitious_reg_range(hi, end, attr);
		if (error == 0 && start >= lo && hi >= end)
			host_track_add(KHI_FICT, (void *)start, end - start,
			    "fictitious range", caller);
		return (error);
	}
	if (khi_fault("vm_phys_fictitious_reg_range", caller))
		return (EBUSY);
	f = khi_malloc_at(sizeof(*f), 8, M_FICT_PAGES, M_WAITOK | M_ZERO, -1,
	    KHI_INTERNAL);
	f->pages = khi_malloc_at(atop(end - start) * sizeof(struct vm_page), 8,
	    M_FICT_PAGES, M_WAITOK | M_ZERO, -1,
	    KHI_INTERNAL);
	f->start = start;
	f->end = end;
	fict_init(f->pages, start, atop(end - start), attr);
	f_lock();
	TAILQ_FOREACH(o, &ficts, link)
		if (start < o->end && end > o->start)
			break;
	if (o == NULL)
		TAILQ_INSERT_TAIL(&ficts, f, link);
	f_unlock();
	if (o != NULL) {
		free(f->pages, M_FICT_PAGES);
		free(f, M_FICT_PAGES);
		return (EBUSY);
	}
	host_track_add(KHI_FICT, (void *)start, end - start,
	    "fictitious range", caller);
	return (0);
}

void
vm_phys_fictitious_unreg_range(vm_paddr_t start, vm_paddr_t end)
{
	vm_paddr_t alo = ptoa(first_page), ahi = ptoa(first_page +
	    vm_page_array_size);
	struct fict *f;

	if (start < ahi && end > alo) {
		vm_paddr_t lo = MAX(start, alo), hi = MIN(end, ahi);

		if (start < lo)
			vm_phys_fictitious_unreg_range(start, lo);
		if (hi < end)
			vm_phys_fictitious_unreg_range(hi, end);
		host_track_del(KHI_FICT, (void *)start);
		return;
	}
	f_lock();
	TAILQ_FOREACH(f, &ficts, link)
		if (f->start == start && f->end == end)
			break;
	if (f != NULL)
		TAILQ_REMOVE(&ficts, f, link);
	f_unlock();
	if (f == NULL)
		panic("Unregistering not registered fictitious range "
		    "[%#lx, %#lx)", start, end);
	host_track_del(KHI_FICT, (void *)start);
	free(f->pages, M_FICT_PAGES);
	free(f, M_FICT_PAGES);
}

int vm_phys_mem_affinity(int f, int t) { return (f == t ? 10 : 20); }

bool
vm_phys_is_dumpable(vm_paddr_t pa)
{
	return (vm_phys_paddr_to_vm_page(pa) != NULL);
}

void khi_fict_init(void) { malloc_init(M_FICT_PAGES); }
