/* SPDX-License-Identifier: BSD-2-Clause */
/* Wiring of pages, and what little else of their life is modelled. */
#include "kh.h"
#include <sys/rwlock.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <vm/vm_pageout.h>

extern volatile u_long khi_wires_live;

static void
wire(vm_page_t m)
{
	u_int old;

	if (m->busy_lock == VPB_FREED)
		panic("vm_page_wire: page %p is free", m);
	old = atomic_fetchadd_int(&m->ref_count, 1);
	if (VPRC_WIRE_COUNT(old) == VPRC_WIRE_COUNT_MAX)
		panic("vm_page_wire: counter overflow for page %p", m);
	atomic_add_long(&khi_wires_live, 1);
}

/* An object's page needs the object's lock or the busy lock, as INVARIANTS
 * kernels assert. */
void
vm_page_wire(vm_page_t m)
{
	if (m->object != NULL && !vm_page_busied(m) &&
	    m->object->lock.rw_lock == RW_UNLOCKED)
		panic("vm_page_wire: page %p of an object that is not locked", m);
	wire(m);
}

bool
vm_page_wire_mapped(vm_page_t m)
{
	if ((m->ref_count & VPRC_BLOCKED) != 0)
		return (false);
	wire(m);
	return (true);
}

bool
vm_page_unwire_noq(vm_page_t m)
{
	u_int old = m->ref_count;

	if (VPRC_WIRE_COUNT(old) == 0)
		panic("vm_page_unref: counter underflow for page %p", m);
	old = vm_page_drop(m, 1);
	if (VPRC_WIRE_COUNT(old) == 0)
		panic("vm_page_unref: counter underflow for page %p", m);
	if ((m->flags & PG_FICTITIOUS) != 0 && VPRC_WIRE_COUNT(old) == 1)
		panic("vm_page_unwire: fictitious page %p loses its wiring", m);
	atomic_subtract_long(&khi_wires_live, 1);
	return (VPRC_WIRE_COUNT(old) == 1);
}

void
vm_page_unwire(vm_page_t m, uint8_t queue __unused)
{
	if (vm_page_unwire_noq(m) && m->ref_count == 0)
		vm_page_free(m);
}

void vm_page_release(vm_page_t m, int flags __unused) { vm_page_unwire(m, 0); }

void
vm_page_unhold_pages(vm_page_t *ma, int count)
{
	while (count-- > 0)
		vm_page_unwire(*ma++, PQ_ACTIVE);
}

void vm_page_reference(vm_page_t m) { vm_page_aflag_set(m, PGA_REFERENCED); }
void vm_page_dirty_KBI(vm_page_t m) { m->dirty = VM_PAGE_BITS_ALL; }
void vm_page_activate(vm_page_t m __unused) { }
void vm_page_deactivate(vm_page_t m __unused) { }

void
vm_page_valid(vm_page_t m)
{
	if (!vm_page_busied(m))
		panic("vm_page_assert_busied: page %p not busy", m);
	m->valid = VM_PAGE_BITS_ALL;
}

int
vm_page_reclaim_contig(int req __unused, u_long n __unused,
    vm_paddr_t low __unused, vm_paddr_t high __unused,
    u_long align __unused, vm_paddr_t boundary __unused)
{
	return (ENOMEM);
}

int
vm_page_reclaim_contig_domain(int domain __unused, int req __unused,
    u_long n __unused, vm_paddr_t low __unused, vm_paddr_t high __unused,
    u_long align __unused, vm_paddr_t boundary __unused)
{
	return (ENOMEM);
}

/* Nothing reclaims memory here: a sleep, and a limit to how many. */
static volatile u_int waits;

void
vm_wait(vm_object_t obj __unused)
{
	khi_sleep_check("vm_wait");
	if (atomic_fetchadd_int(&waits, 1) > 10000)
		panic("vm_wait: out of simulated memory");
	pause("vmwait", hz / 100);
}

void vm_wait_domain(int domain __unused) { vm_wait(NULL); }
