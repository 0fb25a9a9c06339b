/* SPDX-License-Identifier: BSD-2-Clause */
/* The busy lock of a page. */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_object.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

int
vm_page_trysbusy(vm_page_t m)
{
	u_int x = m->busy_lock;

	for (;;) {
		if ((x & VPB_BIT_SHARED) == 0)
			return (0);
		if (atomic_fcmpset_acq_int(&m->busy_lock, &x,
		    x + VPB_ONE_SHARER))
			return (1);
	}
}

int
vm_page_tryxbusy(vm_page_t m)
{
	return (atomic_cmpset_acq_int(&m->busy_lock, VPB_UNBUSIED,
	    VPB_CURTHREAD_EXCLUSIVE));
}

void
vm_page_sunbusy(vm_page_t m)
{
	u_int x = m->busy_lock;

	for (;;) {
		if (x == VPB_FREED || (x & VPB_BIT_SHARED) == 0 ||
		    VPB_SHARERS(x) == 0)
			panic("vm_page_sunbusy: page %p not shared busied", m);
		if (atomic_fcmpset_rel_int(&m->busy_lock, &x,
		    VPB_SHARERS(x) > 1 ? x - VPB_ONE_SHARER : VPB_UNBUSIED))
			break;
	}
	if ((x & VPB_BIT_WAITERS) != 0 && VPB_SHARERS(x) == 1)
		wakeup(m);
}

int
vm_page_sbusied(vm_page_t m)
{
	u_int x = m->busy_lock;

	return (x != VPB_FREED && (x & VPB_BIT_SHARED) != 0 &&
	    x != VPB_UNBUSIED);
}

void
vm_page_xunbusy_hard_unchecked(vm_page_t m)
{
	u_int x = atomic_swap_int(&m->busy_lock, VPB_UNBUSIED);

	if (x == VPB_FREED || (x & VPB_BIT_EXCLUSIVE) == 0)
		panic("vm_page_xunbusy: page %p is not exclusively busy (%#x)",
		    m, x);
	if ((x & VPB_BIT_WAITERS) != 0)
		wakeup(m);
}

void vm_page_xunbusy_hard(vm_page_t m) { vm_page_xunbusy_hard_unchecked(m); }

void
vm_page_busy_downgrade(vm_page_t m)
{
	u_int x = atomic_swap_int(&m->busy_lock, VPB_SHARERS_WORD(1));

	if ((x & VPB_BIT_EXCLUSIVE) == 0)
		panic("vm_page_busy_downgrade: page %p not exclusively busy", m);
	if ((x & VPB_BIT_WAITERS) != 0)
		wakeup(m);
}

int
vm_page_busy_tryupgrade(vm_page_t m)
{
	return (atomic_cmpset_acq_int(&m->busy_lock, VPB_SHARERS_WORD(1),
	    VPB_CURTHREAD_EXCLUSIVE));
}

/* Sleeps while the page is busy; false if it was not. */
static bool
busy_wait(vm_page_t m, const char *wmesg, int flags)
{
	u_int x;

	khi_sleep_check("vm_page_busy_sleep");
	for (;;) {
		x = m->busy_lock;
		if (x == VPB_UNBUSIED || x == VPB_FREED ||
		    ((flags & VM_ALLOC_IGN_SBUSY) != 0 &&
		    (x & VPB_BIT_SHARED) != 0))
			return (false);
		khi_slock();
		if ((x & VPB_BIT_WAITERS) != 0 || atomic_cmpset_int(
		    &m->busy_lock, x, x | VPB_BIT_WAITERS)) {
			khi_sleep_locked(m, wmesg, 0);
			khi_sunlock();
			return (true);
		}
		khi_sunlock();
	}
}

bool
vm_page_busy_sleep(vm_page_t m, const char *wmesg, int flags)
{
	return (busy_wait(m, wmesg, flags));
}

void
vm_page_busy_sleep_unlocked(vm_object_t obj __unused, vm_page_t m,
    vm_pindex_t pindex __unused, const char *wmesg, int flags)
{
	busy_wait(m, wmesg, flags);
}

bool
vm_page_busy_acquire(vm_page_t m, int flags)
{
	for (;;) {
		if ((flags & VM_ALLOC_SBUSY) != 0 ? vm_page_trysbusy(m) :
		    vm_page_tryxbusy(m))
			return (true);
		if ((flags & VM_ALLOC_NOWAIT) != 0)
			return (false);
		busy_wait(m, "vmpba", flags);
	}
}
