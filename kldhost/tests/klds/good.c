/* SPDX-License-Identifier: BSD-2-Clause */
/* Correct use of most of the KPI; each entry returns 0 and leaks nothing. */
#include "mod.h"
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/counter.h>
#include <sys/domainset.h>
#include <sys/eventhandler.h>
#include <sys/kthread.h>
#include <sys/rmlock.h>
#include <sys/rwlock.h>
#include <sys/sbuf.h>
#include <sys/sched.h>
#include <sys/smp.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>
#include <sys/vmem.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/vm_kern.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <vm/uma.h>

MALLOC_DEFINE(M_GOOD, "good", "good test memory");

ENTRY(t_malloc)
{
	static const size_t sizes[] = { 1, 16, 17, 100, 4096, 5000, 65536,
	    65537, 300000 };
	u_char *p[nitems(sizes)];
	size_t i;

	for (i = 0; i < nitems(sizes); i++) {
		p[i] = malloc(sizes[i], M_GOOD, M_NOWAIT | M_ZERO);
		CHECK(p[i] != NULL);
		CHECK(p[i][0] == 0 && p[i][sizes[i] - 1] == 0);
		memset(p[i], 0x5a, sizes[i]);
		CHECK(malloc_usable_size(p[i]) >= sizes[i]);
		CHECK(pmap_kextract((vm_offset_t)p[i]) != 0);
	}
	CHECK(((uintptr_t)p[4] & PAGE_MASK) == 0);
	p[0] = realloc(p[0], 1000, M_GOOD, M_WAITOK);
	CHECK(p[0][0] == 0x5a);
	for (i = 0; i < nitems(sizes); i++)
		free(p[i], M_GOOD);
	p[0] = contigmalloc(3 * PAGE_SIZE, M_GOOD, M_WAITOK | M_ZERO, 0,
	    16 << 20, 65536, 0);
	CHECK((pmap_kextract((vm_offset_t)p[0]) & 65535) == 0);
	CHECK(pmap_kextract((vm_offset_t)p[0]) + 3 * PAGE_SIZE <= 16 << 20);
	free(p[0], M_GOOD);
	return (0);
}

ENTRY(t_pages)
{
	vm_page_t m, c, ma[2];
	vm_offset_t va;
	char *d;
	int i;

	m = vm_page_alloc_noobj(VM_ALLOC_WIRED | VM_ALLOC_ZERO);
	CHECK(m != NULL && vm_page_wired(m));
	CHECK(PHYS_TO_VM_PAGE(VM_PAGE_TO_PHYS(m)) == m);
	CHECK(vm_phys_paddr_to_vm_page(VM_PAGE_TO_PHYS(m)) == m);
	CHECK(VM_PAGE_TO_PHYS(m) >= vm_phys_segs[m->segind].start &&
	    VM_PAGE_TO_PHYS(m) < vm_phys_segs[m->segind].end);
	d = (char *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m));
	for (i = 0; i < PAGE_SIZE; i++)
		CHECK(d[i] == 0);
	c = vm_page_alloc_noobj_contig(VM_ALLOC_WIRED, 8, 0, ~0UL, 8 * PAGE_SIZE,
	    0, VM_MEMATTR_DEFAULT);
	CHECK(c != NULL && (VM_PAGE_TO_PHYS(c) & (8 * PAGE_SIZE - 1)) == 0);
	/* An alias in KVA shows the same memory, and is gone afterwards. */
	va = kva_alloc(2 * PAGE_SIZE);
	CHECK(va != 0);
	ma[0] = m;
	ma[1] = &c[3];
	pmap_qenter(va, ma, 2);
	strcpy((char *)va, "alias");
	CHECK(strcmp(d, "alias") == 0);
	CHECK(pmap_kextract(va + PAGE_SIZE + 5) == VM_PAGE_TO_PHYS(&c[3]) + 5);
	pmap_qremove(va, 2);
	kva_free(va, 2 * PAGE_SIZE);
	for (i = 0; i < 8; i++) {
		CHECK(vm_page_unwire_noq(&c[i]));
		vm_page_free(&c[i]);
	}
	(void)vm_page_wire_mapped(m);
	CHECK(!vm_page_unwire_noq(m));
	CHECK(vm_page_tryxbusy(m) && !vm_page_trysbusy(m));
	vm_page_xunbusy(m);
	CHECK(vm_page_trysbusy(m) && vm_page_trysbusy(m));
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
	CHECK(vm_page_unwire_noq(m));
	vm_page_free(m);
	return (0);
}

/* Holes: the array has entries for them, the segments do not. */
ENTRY(t_holes)
{
	int i, holes = 0;

	for (i = 0; i + 1 < vm_phys_nsegs; i++) {
		vm_paddr_t pa = vm_phys_segs[i].end;
		vm_page_t m;

		if (pa >= vm_phys_segs[i + 1].start)
			continue;
		holes++;
		m = PHYS_TO_VM_PAGE(pa);
		CHECK(m != NULL && m->segind == 0 && m->phys_addr == 0);
		CHECK(vm_phys_paddr_to_vm_page(pa) == NULL);
		m = PHYS_TO_VM_PAGE(vm_phys_segs[i + 1].start);
		CHECK(VM_PAGE_TO_PHYS(m) == vm_phys_segs[i + 1].start);
		CHECK(m->segind == i + 1);
	}
	CHECK(PHYS_TO_VM_PAGE(ptoa(first_page + vm_page_array_size)) == NULL);
	printf("holes %d segments %d domains %d\n", holes, vm_phys_nsegs,
	    vm_ndomains);
	return (0);
}

/* First and last page of each segment, the whole machine being lazy. */
ENTRY(t_segments)
{
	int i;

	for (i = 0; i < vm_phys_nsegs; i++) {
		struct vm_phys_seg *s = &vm_phys_segs[i];
		vm_page_t a = PHYS_TO_VM_PAGE(s->start);
		vm_page_t b = PHYS_TO_VM_PAGE(s->end - 1);

		CHECK(a == s->first_page && VM_PAGE_TO_PHYS(a) == s->start);
		CHECK(VM_PAGE_TO_PHYS(b) == s->end - PAGE_SIZE);
		CHECK(vm_phys_segs[b->segind].domain == s->domain);
		CHECK((u_long)(b - a) == atop(s->end - s->start) - 1);
	}
	return (0);
}

ENTRY(t_fictitious)
{
	vm_paddr_t s = 0x3f0000000000UL, e = s + 16 * PAGE_SIZE;
	vm_page_t m;

	CHECK(vm_phys_fictitious_to_vm_page(s) == NULL);
	CHECK(vm_phys_fictitious_reg_range(s, e, VM_MEMATTR_UNCACHEABLE) == 0);
	m = PHYS_TO_VM_PAGE(s + 3 * PAGE_SIZE);
	CHECK(m != NULL && VM_PAGE_TO_PHYS(m) == s + 3 * PAGE_SIZE);
	CHECK((m->flags & PG_FICTITIOUS) != 0);
	CHECK(m < vm_page_array || m >= vm_page_array + vm_page_array_size);
	CHECK(vm_phys_fictitious_reg_range(s, s + PAGE_SIZE, 0) == EBUSY);
	vm_phys_fictitious_unreg_range(s, e);
	CHECK(PHYS_TO_VM_PAGE(s) == NULL);
	return (0);
}

ENTRY(t_numa)
{
	vm_page_t m;
	int d;

	for (d = 0; d < vm_ndomains; d++) {
		m = vm_page_alloc_noobj_domain(d, VM_ALLOC_NORMAL);
		CHECK(m != NULL && vm_phys_segs[m->segind].domain == d);
		vm_page_free(m);
	}
	printf("domains %d\n", vm_ndomains);
	return (0);
}

/* --- threads, sleeping, time ------------------------------------------------- */
static struct mtx tm;
static struct cv tcv;
static int running, shared_count;
static counter_u64_t ctr;

static void
worker(void *arg)
{
	int i, cpu = (int)(uintptr_t)arg;

	thread_lock(curthread);
	sched_bind(curthread, cpu);
	thread_unlock(curthread);
	for (i = 0; i < 20000; i++) {
		counter_u64_add(ctr, 1);
		mtx_lock(&tm);
		shared_count++;
		mtx_unlock(&tm);
	}
	mtx_lock(&tm);
	if (--running == 0)
		cv_signal(&tcv);
	if (curcpu != cpu)
		panic("not on CPU %d", cpu);
	mtx_unlock(&tm);
	kthread_exit();
}

ENTRY(t_threads)
{
	int i, n = mp_ncpus;

	mtx_init(&tm, "tm", NULL, MTX_DEF);
	cv_init(&tcv, "tcv");
	ctr = counter_u64_alloc(M_WAITOK);
	running = n;
	shared_count = 0;
	for (i = 0; i < n; i++)
		CHECK(kthread_add(worker, (void *)(uintptr_t)i, NULL, NULL, 0, 0,
		    "worker %d", i) == 0);
	mtx_lock(&tm);
	while (running > 0)
		cv_wait(&tcv, &tm);
	mtx_unlock(&tm);
	CHECK(shared_count == 20000 * n);
	CHECK(counter_u64_fetch(ctr) == 20000u * n);
	pause("settle", 1);
	counter_u64_free(ctr);
	cv_destroy(&tcv);
	mtx_destroy(&tm);
	return (0);
}

/* A thread that never calls the kernel must not stop the others. */
static volatile int spin_flag;

static void
setter(void *arg __unused)
{
	spin_flag = 1;
	kthread_exit();
}

ENTRY(t_preempt)
{
	spin_flag = 0;
	sched_bind(curthread, 0);
	CHECK(kthread_add(setter, NULL, NULL, NULL, 0, 0, "setter") == 0);
	while (spin_flag == 0)
		__asm __volatile("" ::: "memory");
	sched_unbind(curthread);
	pause("settle", 1);
	return (0);
}

static int fired;
static struct task task;
static struct timeout_task tt;

static void task_fn(void *ctx, int pending) { *(int *)ctx += pending; }
static void callout_fn(void *arg) { (*(int *)arg)++; }

ENTRY(t_time)
{
	struct taskqueue *tq;
	struct callout co;
	sbintime_t t0 = sbinuptime();
	int ticks0 = ticks, n = 0;

	CHECK(tsleep(&n, 0, "hour", 3600 * hz) == EWOULDBLOCK);
	CHECK(sbinuptime() - t0 >= 3599 * SBT_1S);
	CHECK(ticks - ticks0 >= 3599 * hz);
	callout_init(&co, 1);
	callout_reset(&co, 10 * hz, callout_fn, &n);
	CHECK(callout_pending(&co));
	pause("x", 9 * hz);
	CHECK(n == 0);
	pause("x", 2 * hz);
	CHECK(n == 1 && !callout_pending(&co));
	callout_reset(&co, hz, callout_fn, &n);
	CHECK(callout_stop(&co) == 1 && callout_stop(&co) == -1);
	tq = taskqueue_create("good", M_WAITOK, taskqueue_thread_enqueue, &tq);
	CHECK(taskqueue_start_threads(&tq, 2, PWAIT, "good taskq") == 0);
	TASK_INIT(&task, 0, task_fn, &fired);
	fired = 0;
	taskqueue_enqueue(tq, &task);
	taskqueue_drain(tq, &task);
	CHECK(fired == 1);
	TIMEOUT_TASK_INIT(tq, &tt, 0, task_fn, &fired);
	taskqueue_enqueue_timeout(tq, &tt, hz);
	CHECK(taskqueue_cancel_timeout(tq, &tt, NULL) == 0);
	taskqueue_enqueue_timeout(tq, &tt, hz);
	pause("x", 2 * hz);
	taskqueue_drain_timeout(tq, &tt);
	CHECK(fired == 2);
	taskqueue_free(tq);
	TASK_INIT(&task, 0, task_fn, &fired);
	taskqueue_enqueue(taskqueue_thread, &task);
	taskqueue_drain(taskqueue_thread, &task);
	taskqueue_enqueue(taskqueue_fast, &task);
	taskqueue_drain(taskqueue_fast, &task);
	CHECK(fired == 4);
	return (0);
}

/* --- locks ------------------------------------------------------------------ */
ENTRY(t_locks)
{
	struct rm_priotracker tr;
	struct rmlock rm;
	struct rwlock rw;
	struct mtx m, s;
	struct sx sx;

	bzero(&rm, sizeof(rm));
	bzero(&rw, sizeof(rw));
	bzero(&m, sizeof(m));
	bzero(&s, sizeof(s));
	bzero(&sx, sizeof(sx));
	mtx_init(&m, "m", NULL, MTX_DEF | MTX_RECURSE);
	mtx_init(&s, "s", NULL, MTX_SPIN);
	sx_init(&sx, "sx");
	rw_init(&rw, "rw");
	rm_init(&rm, "rm");
	sx_xlock(&sx);
	CHECK(sx_xlocked(&sx) && !sx_try_slock(&sx));
	sx_downgrade(&sx);
	CHECK(sx_try_upgrade(&sx));
	mtx_lock(&m);
	mtx_lock(&m);
	CHECK(mtx_owned(&m) && mtx_recursed(&m));
	rw_rlock(&rw);
	rw_rlock(&rw);
	CHECK(!rw_try_upgrade(&rw));
	rw_runlock(&rw);
	CHECK(rw_try_upgrade(&rw) && rw_wowned(&rw));
	rw_wunlock(&rw);
	rm_rlock(&rm, &tr);
	rm_runlock(&rm, &tr);
	rm_wlock(&rm);
	CHECK(rm_wowned(&rm));
	rm_wunlock(&rm);
	mtx_lock_spin(&s);
	critical_enter();
	CHECK(curthread->td_critnest == 2);
	critical_exit();
	mtx_unlock_spin(&s);
	mtx_unlock(&m);
	mtx_unlock(&m);
	sx_xunlock(&sx);
	CHECK(mtx_trylock(&m));
	mtx_unlock(&m);
	mtx_destroy(&m);
	mtx_destroy(&s);
	sx_destroy(&sx);
	rw_destroy(&rw);
	rm_destroy(&rm);
	return (0);
}

/* --- the rest ----------------------------------------------------------------- */
/* Without the compiler's format check, which does not know %b. */
static int (*volatile print_to)(char *, size_t, const char *, ...) = snprintf;
static int evh_count;
typedef void (*good_fn)(void *, int);
EVENTHANDLER_DECLARE(good_event, good_fn);
static void on_event(void *arg __unused, int n) { evh_count += n; }

static int
sysctl_text(SYSCTL_HANDLER_ARGS)
{
	struct sbuf sb;
	int error;

	sysctl_wire_old_buffer(req, 0);
	sbuf_new_for_sysctl(&sb, NULL, 128, req);
	sbuf_printf(&sb, "%s %d", "text", 7);
	error = sbuf_finish(&sb);
	sbuf_delete(&sb);
	return (error);
}

ENTRY(t_misc)
{
	struct sysctl_ctx_list ctx;
	struct sysctl_oid *o;
	eventhandler_tag tag;
	uma_zone_t z;
	vmem_addr_t a;
	char buf[64];
	void *p;

	sysctl_ctx_init(&ctx);
	o = SYSCTL_ADD_NODE(&ctx, SYSCTL_STATIC_CHILDREN(_debug), OID_AUTO,
	    "good", CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, "");
	SYSCTL_ADD_PROC(&ctx, SYSCTL_CHILDREN(o), OID_AUTO, "text",
	    CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, sysctl_text,
	    "A", "");
	CHECK(sysctl_ctx_free(&ctx) == 0);
	tag = EVENTHANDLER_REGISTER(good_event, on_event, NULL,
	    EVENTHANDLER_PRI_ANY);
	EVENTHANDLER_INVOKE(good_event, 5);
	EVENTHANDLER_DEREGISTER(good_event, tag);
	EVENTHANDLER_INVOKE(good_event, 5);
	CHECK(evh_count == 5);
	z = uma_zcreate("good zone", 40, NULL, NULL, NULL, NULL, UMA_ALIGN_PTR, 0);
	p = uma_zalloc(z, M_WAITOK | M_ZERO);
	uma_zfree(z, p);
	uma_zdestroy(z);
	CHECK(vmem_xalloc(kernel_arena, 8 * PAGE_SIZE, 65536, 0, 0,
	    VMEM_ADDR_MIN, VMEM_ADDR_MAX, M_WAITOK | M_BESTFIT, &a) == 0);
	CHECK((a & 65535) == 0);
	vmem_xfree(kernel_arena, a, 8 * PAGE_SIZE);
	p = kmem_malloc(5 * PAGE_SIZE, M_WAITOK | M_ZERO);
	CHECK(((char *)p)[5 * PAGE_SIZE - 1] == 0);
	kmem_free(p, 5 * PAGE_SIZE);
	print_to(buf, sizeof(buf), "%-5d|%05x|%#lx|%s|%jd|%b", 42, 0xbeef,
	    0x10UL, "s", (intmax_t)-3, 5, "\20\1ONE\3THREE");
	CHECK(strcmp(buf, "42   |0beef|0x10|s|-3|5<ONE,THREE>") == 0);
	return (0);
}

MODULE_(good, plain_event);
