/* SPDX-License-Identifier: BSD-2-Clause */
/* mutex(9), critical(9) and spin sections. */
#include "kh.h"
#include <machine/cpu.h>

#define	M(c)	((struct mtx *)((uintptr_t)(c) - offsetof(struct mtx, mtx_lock)))
#define	OWNER(v)	((struct thread *)((v) & ~(uintptr_t)MTX_FLAGMASK))

void
_mtx_init(volatile uintptr_t *c, const char *name, const char *type, int opts)
{
	struct mtx *m = M(c);
	int flags = 0;

	if ((opts & MTX_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & MTX_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & MTX_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	khi_lock_init(&m->lock_object, (opts & MTX_SPIN) != 0 ? KLC_SPIN :
	    KLC_MTX, name, type, flags, (opts & MTX_NEW) != 0, KHI_CALLER);
	m->mtx_lock = MTX_UNOWNED;
	m->mtx_recurse = 0;
}

void
mtx_sysinit(const void *arg)
{
	const struct mtx_args *a = arg;

	mtx_init((struct mtx *)a->ma_mtx, a->ma_desc, NULL, a->ma_opts);
}

void
_mtx_destroy(volatile uintptr_t *c)
{
	struct mtx *m = M(c);
	uintptr_t v = m->mtx_lock;
	int spin = LO_CLASSINDEX(&m->lock_object) == KLC_SPIN;

	if (v == MTX_DESTROYED)
		panic("mtx_destroy: %p destroyed twice", m);
	if (v != MTX_UNOWNED) {
		/* The owner may destroy a mutex that it holds, once. */
		if (OWNER(v) != curthread || m->mtx_recurse != 0 ||
		    (v & MTX_CONTESTED) != 0)
			panic("mtx_destroy: %s is held", m->lock_object.lo_name);
		khi_lock_dropped(&m->lock_object, 1, "mtx_destroy", 0);
		if (spin)
			spinlock_exit();
	}
	khi_lock_destroy(&m->lock_object);
	m->mtx_lock = MTX_DESTROYED;
}

static void
check(struct mtx *m, int class, const char *op, const char *file, int line)
{
	if (__predict_false(m->mtx_lock == MTX_DESTROYED))
		panic("%s() of destroyed mutex %p @ %s:%d", op, m, file, line);
	if (__predict_false((m->lock_object.lo_flags &
	    (LO_INITIALIZED | LO_CLASSMASK)) !=
	    (LO_INITIALIZED | class << LO_CLASSSHIFT))) {
		if ((m->lock_object.lo_flags & LO_INITIALIZED) == 0)
			panic("%s() of uninitialized mutex %p @ %s:%d", op, m,
			    file, line);
		panic("%s() of %s mutex %s @ %s:%d", op, class == KLC_MTX ?
		    "spin" : "sleep", m->lock_object.lo_name, file, line);
	}
}

static void
block(struct mtx *m)
{
	uintptr_t v;
	unsigned spins;

	for (;;) {
		/* A short spin: the owner is mostly on another CPU. */
		for (spins = 0; spins < 200; spins++) {
			if (m->mtx_lock == MTX_UNOWNED &&
			    _mtx_obtain_lock(m, (uintptr_t)curthread))
				return;
			cpu_spinwait();
		}
		khi_slock();
		v = m->mtx_lock;
		if ((v & ~(uintptr_t)MTX_FLAGMASK) == 0 ||
		    ((v & MTX_CONTESTED) == 0 && !atomic_cmpset_ptr(
		    &m->mtx_lock, v, v | MTX_CONTESTED))) {
			khi_sunlock();
			continue;
		}
		khi_sleep_locked(m, m->lock_object.lo_name, 0);
		khi_sunlock();
	}
}

void
__mtx_lock_flags(volatile uintptr_t *c, int opts, const char *file, int line)
{
	struct mtx *m = M(c);
	uintptr_t td = (uintptr_t)curthread;

	check(m, KLC_MTX, "mtx_lock", file, line);
	if (OWNER(m->mtx_lock) == (struct thread *)td) {
		if ((m->lock_object.lo_flags & LO_RECURSABLE) == 0 &&
		    (opts & MTX_RECURSE) == 0)
			panic("_mtx_lock_sleep: recursed on non-recursive "
			    "mutex %s @ %s:%d", m->lock_object.lo_name, file,
			    line);
		m->mtx_recurse++;
		atomic_set_ptr(&m->mtx_lock, MTX_RECURSED);
		khi_lock_got(&m->lock_object, 1, file, line);
		return;
	}
	khi_lock_order(&m->lock_object, opts, file, line);
	if (!_mtx_obtain_lock(m, td))
		block(m);
	khi_lock_got(&m->lock_object, 1, file, line);
}

int
_mtx_trylock_flags_(volatile uintptr_t *c, int opts, const char *file,
    int line)
{
	struct mtx *m = M(c);

	check(m, KLC_MTX, "mtx_trylock", file, line);
	if (OWNER(m->mtx_lock) == curthread) {
		if ((m->lock_object.lo_flags & LO_RECURSABLE) == 0 &&
		    (opts & MTX_RECURSE) == 0)
			return (0);
		m->mtx_recurse++;
		atomic_set_ptr(&m->mtx_lock, MTX_RECURSED);
	} else if (!_mtx_obtain_lock(m, (uintptr_t)curthread))
		return (0);
	khi_lock_got(&m->lock_object, 1, file, line);
	return (1);
}

static void
owned(struct mtx *m, const char *op, const char *file, int line)
{
	if (__predict_false(OWNER(m->mtx_lock) != curthread))
		panic("%s: mutex %s not owned at %s:%d", op,
		    m->lock_object.lo_name, file, line);
}

void
__mtx_unlock_flags(volatile uintptr_t *c, int opts __unused, const char *file,
    int line)
{
	struct mtx *m = M(c);

	check(m, KLC_MTX, "mtx_unlock", file, line);
	owned(m, "mtx_unlock", file, line);
	khi_lock_dropped(&m->lock_object, 1, file, line);
	if (m->mtx_recurse != 0) {
		if (--m->mtx_recurse == 0)
			atomic_clear_ptr(&m->mtx_lock, MTX_RECURSED);
		return;
	}
	if (_mtx_release_lock(m, (uintptr_t)curthread))
		return;
	khi_slock();
	atomic_store_rel_ptr(&m->mtx_lock, MTX_UNOWNED);
	khi_wake_locked(m, 0);
	khi_sunlock();
}

void
__mtx_lock_spin_flags(volatile uintptr_t *c, int opts, const char *file,
    int line)
{
	struct mtx *m = M(c);
	uintptr_t td = (uintptr_t)curthread;
	unsigned n = 0;

	check(m, KLC_SPIN, "mtx_lock_spin", file, line);
	if (OWNER(m->mtx_lock) == (struct thread *)td) {
		if ((m->lock_object.lo_flags & LO_RECURSABLE) == 0)
			panic("mtx_lock_spin: recursed on non-recursive mutex "
			    "%s @ %s:%d", m->lock_object.lo_name, file, line);
		spinlock_enter();
		m->mtx_recurse++;
		khi_lock_got(&m->lock_object, 1, file, line);
		return;
	}
	khi_lock_order(&m->lock_object, opts, file, line);
	spinlock_enter();
	while (!_mtx_obtain_lock(m, td)) {
		if (++n % 256 == 0)
			host_sched_yield();
		cpu_spinwait();
	}
	khi_lock_got(&m->lock_object, 1, file, line);
}

int
__mtx_trylock_spin_flags(volatile uintptr_t *c, int opts __unused,
    const char *file, int line)
{
	struct mtx *m = M(c);

	check(m, KLC_SPIN, "mtx_trylock_spin", file, line);
	spinlock_enter();
	if (!_mtx_obtain_lock(m, (uintptr_t)curthread)) {
		spinlock_exit();
		return (0);
	}
	khi_lock_got(&m->lock_object, 1, file, line);
	return (1);
}

void
__mtx_unlock_spin_flags(volatile uintptr_t *c, int opts __unused,
    const char *file, int line)
{
	struct mtx *m = M(c);

	check(m, KLC_SPIN, "mtx_unlock_spin", file, line);
	owned(m, "mtx_unlock_spin", file, line);
	khi_lock_dropped(&m->lock_object, 1, file, line);
	if (m->mtx_recurse != 0)
		m->mtx_recurse--;
	else
		atomic_store_rel_ptr(&m->mtx_lock, MTX_UNOWNED);
	spinlock_exit();
}

void
__mtx_assert(const volatile uintptr_t *c, int what, const char *file, int line)
{
	struct mtx *m = M(c);
	int own = OWNER(m->mtx_lock) == curthread;

	if ((what & (LA_LOCKED | LA_XLOCKED)) != 0 && !own)
		panic("mutex %s not owned at %s:%d", m->lock_object.lo_name,
		    file, line);
	if (what == LA_UNLOCKED && own)
		panic("mutex %s owned at %s:%d", m->lock_object.lo_name, file,
		    line);
	if ((what & LA_NOTRECURSED) != 0 && m->mtx_recurse != 0)
		panic("mutex %s recursed at %s:%d", m->lock_object.lo_name,
		    file, line);
}

void
mtx_wait_unlocked(struct mtx *m)
{
	while (m->mtx_lock != MTX_UNOWNED && m->mtx_lock != MTX_DESTROYED)
		kern_yield(0);
}

void
mtx_spin_wait_unlocked(struct mtx *m)
{
	while (m->mtx_lock != MTX_UNOWNED && m->mtx_lock != MTX_DESTROYED)
		host_sched_yield();
}

void
critical_enter_KBI(void)
{
	curthread->td_critnest++;
}

void
critical_exit_KBI(void)
{
	struct thread *td = curthread;

	if (td->td_critnest == 0)
		panic("critical_exit: td_critnest == 0");
	td->td_critnest--;
}

void critical_exit_preempt(void) { }

void
spinlock_enter(void)
{
	curthread->td_critnest++;
	curthread->td_md.md_spinlock_count++;
}

void
spinlock_exit(void)
{
	struct thread *td = curthread;

	if (td->td_md.md_spinlock_count == 0 || td->td_critnest == 0)
		panic("spinlock_exit: not in a spin section");
	td->td_md.md_spinlock_count--;
	td->td_critnest--;
}
