/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shared/exclusive engine.  All transitions happen under the scheduler
 * lock: these locks are rare on the paths that kldhost is asked to time.
 */
#include "rwcore.h"

static void
check(struct lock_object *lo, uintptr_t v, const char *what, const char *file,
    int line)
{
	if (v == RWC_DESTROYED)
		panic("%s() of destroyed lock %p @ %s:%d", what, lo, file,
		    line);
	if ((lo->lo_flags & LO_INITIALIZED) == 0)
		panic("%s() of uninitialized lock %p @ %s:%d", what, lo, file,
		    line);
}

int
khi_rw_wlock(struct lock_object *lo, volatile uintptr_t *w, int try, int opts,
    const char *what, const char *file, int line)
{
	uintptr_t td = (uintptr_t)curthread;

	check(lo, *w, what, file, line);
	if (RWC_OWNER(*w) == (struct thread *)td) {
		if ((lo->lo_flags & LO_RECURSABLE) == 0) {
			if (try)
				return (0);
			panic("%s: recursed on non-recursive lock %s @ %s:%d",
			    what, lo->lo_name, file, line);
		}
		lo->lo_data++;
		atomic_set_long(w, RWC_RECURSED);
		khi_lock_got(lo, 1, file, line);
		return (1);
	}
	if (!try) {
		if (khi_held_find(lo) != NULL)
			panic("%s: %s already held shared @ %s:%d", what,
			    lo->lo_name, file, line);
		if ((lo->lo_flags & LO_SLEEPABLE) != 0 &&
		    curthread->td_no_sleeping != 0)
			panic("%s: (%s) where sleeping is prohibited @ %s:%d",
			    what, lo->lo_name, file, line);
		khi_lock_order(lo, opts, file, line);
	}
	khi_slock();
	while ((*w & ~RWC_WAITERS) != RWC_UNLOCKED) {
		if (try) {
			khi_sunlock();
			return (0);
		}
		*w |= RWC_WAITERS;
		khi_sleep_locked(lo, lo->lo_name, 0);
	}
	*w = td;
	khi_sunlock();
	khi_lock_got(lo, 1, file, line);
	return (1);
}

int
khi_rw_rlock(struct lock_object *lo, volatile uintptr_t *w, int try, int opts,
    const char *what, const char *file, int line)
{
	check(lo, *w, what, file, line);
	if (RWC_OWNER(*w) == curthread) {
		if (try)
			return (0);
		panic("%s: lock %s already held exclusively @ %s:%d", what,
		    lo->lo_name, file, line);
	}
	if (!try && khi_held_find(lo) == NULL) {
		if ((lo->lo_flags & LO_SLEEPABLE) != 0 &&
		    curthread->td_no_sleeping != 0)
			panic("%s: (%s) where sleeping is prohibited @ %s:%d",
			    what, lo->lo_name, file, line);
		khi_lock_order(lo, opts, file, line);
	}
	khi_slock();
	while ((*w & RWC_READ) == 0) {
		if (try) {
			khi_sunlock();
			return (0);
		}
		*w |= RWC_WAITERS;
		khi_sleep_locked(lo, lo->lo_name, 0);
	}
	*w += RWC_ONE;
	khi_sunlock();
	khi_lock_got(lo, 0, file, line);
	return (1);
}

void
khi_rw_wunlock(struct lock_object *lo, volatile uintptr_t *w, const char *what,
    const char *file, int line)
{
	check(lo, *w, what, file, line);
	if (RWC_OWNER(*w) != curthread)
		panic("%s: lock %s not exclusively owned @ %s:%d", what,
		    lo->lo_name, file, line);
	khi_lock_dropped(lo, 1, file, line);
	if (lo->lo_data != 0) {
		if (--lo->lo_data == 0)
			atomic_clear_long(w, RWC_RECURSED);
		return;
	}
	khi_slock();
	*w = RWC_UNLOCKED;
	khi_wake_locked(lo, 0);
	khi_sunlock();
}

void
khi_rw_runlock(struct lock_object *lo, volatile uintptr_t *w, const char *what,
    const char *file, int line)
{
	check(lo, *w, what, file, line);
	khi_lock_dropped(lo, 0, file, line);
	khi_slock();
	if ((*w & RWC_READ) == 0 || *w < RWC_ONE)
		panic("%s: lock %s not share locked @ %s:%d", what,
		    lo->lo_name, file, line);
	*w -= RWC_ONE;
	if (*w < RWC_ONE && (*w & RWC_WAITERS) != 0) {
		*w = RWC_UNLOCKED;
		khi_wake_locked(lo, 0);
	}
	khi_sunlock();
}

int
khi_rw_upgrade(struct lock_object *lo, volatile uintptr_t *w, const char *what,
    const char *file, int line)
{
	struct khi_held *h = khi_held_find(lo);
	int ok = 0;

	check(lo, *w, what, file, line);
	if (h == NULL || h->excl)
		panic("%s: lock %s not share locked @ %s:%d", what,
		    lo->lo_name, file, line);
	khi_slock();
	if ((*w & ~RWC_WAITERS) == (RWC_READ | RWC_ONE)) {
		*w = (uintptr_t)curthread | (*w & RWC_WAITERS);
		ok = 1;
	}
	khi_sunlock();
	if (ok)
		h->excl = 1;
	return (ok);
}

void
khi_rw_downgrade(struct lock_object *lo, volatile uintptr_t *w,
    const char *what, const char *file, int line)
{
	struct khi_held *h = khi_held_find(lo);

	check(lo, *w, what, file, line);
	if (RWC_OWNER(*w) != curthread || lo->lo_data != 0)
		panic("%s: lock %s not exclusively owned once @ %s:%d", what,
		    lo->lo_name, file, line);
	khi_slock();
	*w = RWC_READ | RWC_ONE;
	khi_wake_locked(lo, 0);
	khi_sunlock();
	h->excl = 0;
}

void
khi_rw_destroy(struct lock_object *lo, volatile uintptr_t *w, const char *what)
{
	check(lo, *w, what, "destroy", 0);
	if ((*w & ~RWC_WAITERS) != RWC_UNLOCKED)
		panic("%s: lock %s still held", what, lo->lo_name);
	khi_lock_destroy(lo);
	*w = RWC_DESTROYED;
}

void
khi_rw_assert(const struct lock_object *lo, uintptr_t v, int what,
    const char *file, int line)
{
	struct khi_held *h = khi_held_find(__DECONST(struct lock_object *, lo));

	if (what == LA_UNLOCKED) {
		if (h != NULL)
			panic("Lock %s exclusively locked @ %s:%d", lo->lo_name,
			    file, line);
	} else if ((what & LA_XLOCKED) != 0) {
		if (RWC_OWNER(v) != curthread)
			panic("Lock %s not exclusively locked @ %s:%d",
			    lo->lo_name, file, line);
	} else if ((what & (LA_LOCKED | LA_SLOCKED)) != 0) {
		if (h == NULL || ((what & LA_SLOCKED) != 0 && h->excl))
			panic("Lock %s not %slocked @ %s:%d", lo->lo_name,
			    (what & LA_SLOCKED) != 0 ? "share " : "", file,
			    line);
	}
}
