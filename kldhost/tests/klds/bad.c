/* SPDX-License-Identifier: BSD-2-Clause */
/* One misuse an entry: leak_* must be reported, panic_* must panic. */
#include "mod.h"
#include <sys/bus.h>
#include <sys/callout.h>
#include <sys/counter.h>
#include <sys/eventhandler.h>
#include <sys/kthread.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <machine/bus.h>
#include <sys/bus_dma.h>

MALLOC_DEFINE(M_BAD, "bad", "bad test memory");
MALLOC_DEFINE(M_BAD2, "bad2", "other test memory");

static struct mtx ma, mb, spin;
static struct sx sxl;
static struct callout co;
MTX_SYSINIT(ma, &ma, "lock a", MTX_DEF);
MTX_SYSINIT(mb, &mb, "lock b", MTX_DEF);
MTX_SYSINIT(spin, &spin, "spin lock", MTX_SPIN);
SX_SYSINIT(sxl, &sxl, "sx lock");
static void *volatile sink;

ENTRY(leak_malloc) { sink = malloc(77, M_BAD, M_WAITOK); return (0); }
ENTRY(leak_temp) { sink = malloc(78, M_TEMP, M_WAITOK); return (0); }
ENTRY(leak_big) { sink = malloc(200000, M_BAD, M_WAITOK); return (0); }
ENTRY(leak_page) { sink = vm_page_alloc_noobj(VM_ALLOC_WIRED); return (0); }
ENTRY(leak_kva) { sink = (void *)kva_alloc(PAGE_SIZE * 3); return (0); }
ENTRY(leak_kmem) { sink = kmem_malloc(PAGE_SIZE * 3, M_WAITOK); return (0); }
ENTRY(leak_counter) { sink = counter_u64_alloc(M_WAITOK); return (0); }

ENTRY(leak_wire)
{
	(void)vm_page_wire_mapped(PHYS_TO_VM_PAGE(pmap_kextract((vm_offset_t)&ma)));
	return (0);
}

ENTRY(leak_lock)
{
	static struct mtx *m;

	m = malloc(sizeof(*m), M_BAD, M_WAITOK | M_ZERO);
	mtx_init(m, "leaked lock", NULL, MTX_DEF);
	free(m, M_BAD);
	return (0);
}

static int var;
ENTRY(leak_sysctl)
{
	SYSCTL_ADD_INT(NULL, SYSCTL_STATIC_CHILDREN(_debug), OID_AUTO, "leaked",
	    CTLFLAG_RD, &var, 0, "");
	return (0);
}

static void idle(void *arg __unused)
{
	for (;;)
		tsleep(&var, 0, "forever", 0);
}

ENTRY(leak_thread) { return (kthread_add(idle, NULL, NULL, NULL, 0, 0, "leaked thread")); }
ENTRY(leak_taskqueue)
{
	static struct taskqueue *tq;

	tq = taskqueue_create("leaked", M_WAITOK, taskqueue_thread_enqueue, &tq);
	return (0);
}

static void on_event(void *arg __unused) { }
ENTRY(leak_event)
{
	sink = eventhandler_register(NULL, "leaked_event", on_event, NULL, 0);
	return (0);
}

static bus_dma_tag_t
tag(void)
{
	bus_dma_tag_t t;

	if (bus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR_24BIT,
	    BUS_SPACE_MAXADDR, NULL, NULL, 65536, 16, 65536, 0, NULL, NULL,
	    &t) != 0)
		return (NULL);
	return (t);
}

ENTRY(leak_tag) { sink = tag(); return (0); }
ENTRY(leak_map)
{
	bus_dmamap_t map;

	return (bus_dmamap_create(tag(), 0, &map));
}

ENTRY(leak_fictitious) { return (vm_phys_fictitious_reg_range(1UL << 40, (1UL << 40) + PAGE_SIZE, 0)); }
static void never(void *arg __unused) { }
ENTRY(leak_callout)
{
	callout_init(&co, 1);
	callout_reset(&co, 100 * hz, never, NULL);
	return (0);
}

ENTRY(lor)
{
	mtx_lock(&ma);
	mtx_lock(&mb);
	mtx_unlock(&mb);
	mtx_unlock(&ma);
	mtx_lock(&mb);
	mtx_lock(&ma);
	mtx_unlock(&ma);
	mtx_unlock(&mb);
	return (0);
}

ENTRY(panic_plain) { panic("on purpose %d", 7); }
ENTRY(panic_kept) { mtx_lock(&ma); return (0); }
ENTRY(panic_recurse) { mtx_lock(&ma); mtx_lock(&ma); return (0); }
ENTRY(panic_unowned) { mtx_unlock(&ma); return (0); }
ENTRY(panic_spin_sleep) { mtx_lock_spin(&spin); sink = malloc(8, M_BAD, M_WAITOK); return (0); }
ENTRY(panic_mtx_sleep) { mtx_lock(&ma); sink = malloc(8, M_BAD, M_WAITOK); return (0); }
ENTRY(panic_crit_mtx) { critical_enter(); mtx_lock(&ma); return (0); }
ENTRY(panic_sx_in_mtx) { mtx_lock(&ma); sx_xlock(&sxl); return (0); }
ENTRY(panic_double_free) { void *p = malloc(8, M_BAD, M_WAITOK); free(p, M_BAD); free(p, M_BAD); return (0); }
ENTRY(panic_wrong_type) { free(malloc(8, M_BAD, M_WAITOK), M_BAD2); return (0); }
ENTRY(panic_bad_free) { free(&ma, M_BAD); return (0); }
ENTRY(panic_overrun)
{
	volatile char *p = malloc(10, M_BAD, M_WAITOK);

	p[10] = 1;
	free(__DEVOLATILE(char *, p), M_BAD);
	return (0);
}

ENTRY(panic_uaf)
{
	volatile char *p = malloc(40, M_BAD, M_WAITOK);

	free(__DEVOLATILE(char *, p), M_BAD);
	p[20] = 1;
	sink = malloc(40, M_BAD, M_WAITOK);
	return (0);
}

ENTRY(panic_page_uaf)
{
	vm_page_t m = vm_page_alloc_noobj(0);

	vm_page_free(m);
	*(volatile int *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m)) = 3;
	sink = vm_page_alloc_noobj(0);
	return (0);
}

ENTRY(panic_free_wired) { vm_page_free(vm_page_alloc_noobj(VM_ALLOC_WIRED)); return (0); }
ENTRY(panic_page_double) { vm_page_t m = vm_page_alloc_noobj(0); vm_page_free(m); vm_page_free(m); return (0); }
ENTRY(panic_unwire) { vm_page_unwire_noq(vm_page_alloc_noobj(0)); return (0); }
ENTRY(panic_null) { *(volatile int *)8 = 1; return (0); }
ENTRY(panic_hole) { *(volatile int *)PHYS_TO_DMAP(vm_phys_segs[0].end) = 1; return (0); }
ENTRY(panic_kva) { *(volatile int *)kva_alloc(PAGE_SIZE) = 1; return (0); }
ENTRY(panic_deadlock) { tsleep(&var, 0, "nobody", 0); return (0); }
ENTRY(panic_destroyed)
{
	struct mtx m;

	bzero(&m, sizeof(m));
	mtx_init(&m, "short", NULL, MTX_DEF);
	mtx_destroy(&m);
	mtx_lock(&m);
	return (0);
}

ENTRY(panic_text) { *(volatile char *)(uintptr_t)panic_null = 1; return (0); }

MODULE_(bad, plain_event);
