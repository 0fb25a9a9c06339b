/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of a FreeBSD kernel that lkpi_page.ko and page_pool.ko call, without
 * the checks of a debug kernel: mutexes, pages, memory.  What costs time on a
 * real kernel costs about the same here; what runs once is as short as it can
 * be.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/pcpu.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <machine/cpu.h>

#include "freelist.h"
#include "kernel.h"

static struct pcpu pcpus[BENCH_CPUS] __aligned(CACHE_LINE_SIZE);
static struct thread threads[BENCH_CPUS];
static struct proc proc;

struct vm_phys_seg vm_phys_segs[VM_PHYSSEG_MAX];
int vm_phys_nsegs;
vm_page_t vm_page_array;
long vm_page_array_size, first_page;
struct kva_layout_s kva_layout;
vm_paddr_t dmaplimit;
int vm_ndomains = 1;
struct pmap kernel_pmap_store;
sbintime_t tick_sbt = SBT_1MS;
int cold, hz = 1000;
struct taskqueue *taskqueue_thread;
struct sysctl_oid sysctl___compat;
static struct freelist pages;

/* malloc(9), in its zones' sizes, from a stack a CPU as uma(9) has it; above
 * them whole pages. */
static const u_int sizes[] = { 16, 32, 64, 128, 256, 384, 512, 1024, 2048, 4096,
    8192, 16384, 32768, 65536 };
static struct freelist zones[nitems(sizes)];
static const size_t head = CACHE_LINE_SIZE; /* says how large it is */

/* sysinit(9) of both klds; the linker knows where the set begins and ends. */
SET_DECLARE(sysinit_set, struct sysinit);

static void
memory_init(void)
{
	vm_page_t m;

	first_page = 1;
	vm_page_array_size = BENCH_PAGES - first_page;
	vm_page_array = host_alloc(vm_page_array_size * sizeof(*m), 1UL << 21);
	vm_phys_segs[0] = (struct vm_phys_seg){
		.start = ptoa(first_page), .end = ptoa(BENCH_PAGES),
		.first_page = vm_page_array,
	};
	vm_phys_nsegs = 1;
	kva_layout.dmap_low = (vm_offset_t)host_memory();
	kva_layout.dmap_high = kva_layout.dmap_low + ptoa(BENCH_PAGES);
	dmaplimit = ptoa(BENCH_PAGES);
	for (u_int z = 0; z < nitems(zones); z++)
		zones[z].page = host_alloc(BENCH_PAGES * sizeof(void *), PAGE_SIZE);
	pages.page = host_alloc(BENCH_PAGES * sizeof(void *), PAGE_SIZE);
	for (long i = vm_page_array_size; i-- > 0; ) {
		m = &vm_page_array[i];
		m->phys_addr = ptoa(first_page + i);
		m->a.queue = PQ_NONE;
		m->busy_lock = VPB_FREED;
		pages.page[pages.n++] = m;
	}
}

void
bench_kernel_boot(void)
{
	struct sysinit **s, **first, *last = NULL;
	unsigned long order = 0;

	for (int i = 0; i < BENCH_CPUS; i++) {
		pcpus[i].pc_curthread = &threads[i];
		pcpus[i].pc_cpuid = i;
		threads[i].td_oncpu = i;
		threads[i].td_proc = &proc;
	}
	bench_kernel_enter(0, 1);
	memory_init();
	/* In order: find the least one beyond the last. */
	for (;;) {
		first = NULL;
		SET_FOREACH(s, sysinit_set) {
			unsigned long at = (unsigned long)(*s)->subsystem << 32 | (*s)->order;

			if (at > order && (first == NULL ||
			    at < ((unsigned long)(*first)->subsystem << 32 | (*first)->order)))
				first = s;
		}
		if (first == NULL)
			break;
		last = *first;
		order = (unsigned long)last->subsystem << 32 | last->order;
		SET_FOREACH(s, sysinit_set)
			if (((unsigned long)(*s)->subsystem << 32 | (*s)->order) == order)
				(*s)->func((*s)->udata);
	}
}

void
bench_kernel_enter(unsigned long cpu, int poll __unused)
{
	host_set_gs(&pcpus[cpu]);
}

void
module_register_init(const void *arg)
{
	const moduledata_t *m = arg;

	if (m->evhand(NULL, MOD_LOAD, NULL) != 0)
		host_panic("a kld's MOD_LOAD failed");
}

/* mutex(9) as in a kernel without debugging: one atomic operation each way. */
void
_mtx_init(volatile uintptr_t *c, const char *name, const char *type __unused, int opts __unused)
{
	struct mtx *m = __containerof(c, struct mtx, mtx_lock);

	m->lock_object.lo_name = name;
	m->mtx_lock = MTX_UNOWNED;
}

void
_mtx_destroy(volatile uintptr_t *c)
{
	*c = MTX_DESTROYED;
}

static volatile int lockstat_on;

static void __noinline
lock_hard(struct mtx *m)
{
	unsigned long tries = 0;

	while (m->mtx_lock != MTX_UNOWNED || !_mtx_obtain_lock(m, (uintptr_t)curthread))
		host_pause(tries++);
}

void
__mtx_lock_flags(volatile uintptr_t *c, int opts __unused, const char *file __unused, int line __unused)
{
	struct mtx *m = __containerof(c, struct mtx, mtx_lock);
	uintptr_t v = MTX_UNOWNED;

	if (__predict_false(!_mtx_obtain_lock_fetch(m, &v, (uintptr_t)curthread)))
		lock_hard(m);
	else if (__predict_false(lockstat_on))
		host_panic("lockstat");
}

void
__mtx_unlock_flags(volatile uintptr_t *c, int opts __unused, const char *file __unused, int line __unused)
{
	struct mtx *m = __containerof(c, struct mtx, mtx_lock);
	uintptr_t v = (uintptr_t)curthread;

	if (__predict_false(lockstat_on) || __predict_false(!_mtx_release_lock_fetch(m, &v)))
		host_panic("mutex of another thread");
}

void critical_enter_KBI(void) { curthread->td_critnest++; }

void
critical_exit_KBI(void)
{
	struct thread *td = curthread;

	td->td_critnest--;
	__compiler_membar();
	if (__predict_false(td->td_owepreempt != 0))
		host_panic("preemption");
}

/* Pages. */
static vm_page_t
page_alloc(int req)
{
	vm_page_t m;

	/* As the per-CPU zone of free pages. */
	critical_enter();
	m = free_take(&pages, PCPU_GET(cpuid));
	critical_exit();
	if (__predict_false(m == NULL))
		return (NULL);
	m->pindex = 0xdeadc0dedeadc0deULL;
	m->flags = 0;
	m->a.flags = 0;
	m->oflags = VPO_UNMANAGED;
	m->busy_lock = VPB_UNBUSIED;
	m->ref_count = (req & VM_ALLOC_WIRED) != 0 ? 1 : 0;
	if ((req & VM_ALLOC_ZERO) != 0)
		memset((void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)), 0, PAGE_SIZE);
	return (m);
}

vm_page_t vm_page_alloc_noobj(int req) { return (page_alloc(req)); }
vm_page_t vm_page_alloc_noobj_domain(int domain __unused, int req) { return (page_alloc(req)); }

bool
vm_page_unwire_noq(vm_page_t m)
{
	u_int old = atomic_fetchadd_int(&m->ref_count, -1);

	return (VPRC_WIRE_COUNT(old) == 1);
}

void
vm_page_free(vm_page_t m)
{
	m->busy_lock = VPB_FREED;
	critical_enter();
	free_give(&pages, PCPU_GET(cpuid), m);
	critical_exit();
}

vm_page_t
PHYS_TO_VM_PAGE(vm_paddr_t pa)
{
	long i = atop(pa) - first_page;

	return (i >= 0 && i < vm_page_array_size ? &vm_page_array[i] : NULL);
}

vm_page_t vm_phys_fictitious_to_vm_page(vm_paddr_t pa __unused) { return (NULL); }

/* Addresses. */
vm_offset_t kva_alloc_aligned(vm_size_t size, vm_size_t align __unused) { return ((vm_offset_t)host_addresses(size)); }

void
pmap_qenter(vm_offset_t va, vm_page_t *m, int n)
{
	for (int i = 0; i < n; i++)
		host_map(va + ptoa(i), VM_PAGE_TO_PHYS(m[i]));
}

static u_int
zone(u_long n)
{
	u_int i;

	for (i = 0; i < nitems(sizes) && n > sizes[i]; i++)
		;
	return (i);
}

#undef malloc
#undef free
void *
malloc(size_t n, struct malloc_type *t __unused, int flags)
{
	u_int z = zone(n);
	u_long *p = NULL;

	n = z < nitems(sizes) ? sizes[z] : roundup2(n, PAGE_SIZE);
	if (z < nitems(sizes)) {
		critical_enter();
		p = free_take(&zones[z], PCPU_GET(cpuid));
		critical_exit();
	}
	if (p == NULL)
		p = host_alloc(n + head, CACHE_LINE_SIZE);
	else if ((flags & M_ZERO) != 0)
		memset((char *)p + head, 0, n);
	*p = n;
	host_account(n);
	return ((char *)p + head);
}

void
free(void *q, struct malloc_type *t __unused)
{
	u_long *p = (u_long *)((char *)q - head);
	u_int z;

	if (q == NULL)
		return;
	host_account(-(long)*p);
	z = zone(*p);
	if (z == nitems(sizes)) {
		host_free(p, *p + head, CACHE_LINE_SIZE);
		return;
	}
	critical_enter();
	free_give(&zones[z], PCPU_GET(cpuid), p);
	critical_exit();
}

void malloc_init(void *t __unused) { }
/* Pools are destroyed when no other thread is in a kernel. */
void cpus_fence_seq_cst(void) { }
void quiesce_all_critical(void) { }
int eventratecheck(struct timeval *l __unused, int *n __unused, int max __unused) { return (1); }
int taskqueue_enqueue(struct taskqueue *q __unused, struct task *t) { t->ta_func(t->ta_context, 1); return (0); }
void _timeout_task_init(struct taskqueue *q __unused, struct timeout_task *t, int pri, task_fn_t f, void *arg) { TASK_INIT(&t->t, pri, f, arg); }
int taskqueue_enqueue_timeout_sbt(struct taskqueue *q __unused, struct timeout_task *t __unused, sbintime_t s __unused, sbintime_t p __unused, int f __unused) { return (0); }
void getmicrouptime(struct timeval *tv) { tv->tv_sec = tv->tv_usec = 0; }
int linker_ddb_search_symbol_name(caddr_t pc __unused, char *buf __unused, u_int len __unused, long *off __unused) { return (ENOENT); }
void panic(const char *fmt, ...) { host_panic(fmt); }
int snprintf(char *buf, size_t n, const char *fmt __unused, ...) { if (n > 0) buf[0] = '\0'; return (0); }

/* A kld that prints has found a mistake. */
int
printf(const char *fmt, ...)
{
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	host_panic(strcmp(fmt, "%s") == 0 ? __builtin_va_arg(ap, const char *) : fmt);
}
