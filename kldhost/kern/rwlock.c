/* SPDX-License-Identifier: BSD-2-Clause */
/* rwlock(9) */
#include "rwcore.h"
#include <sys/rwlock.h>

#define	RW(c)	((struct rwlock *)((uintptr_t)(c) -			\
		    offsetof(struct rwlock, rw_lock)))
#define	LO(c)	&RW(c)->lock_object, &RW(c)->rw_lock

void
_rw_init_flags(volatile uintptr_t *c, const char *name, int opts)
{
	int flags = LO_UPGRADABLE;

	if ((opts & RW_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & RW_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & RW_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	khi_lock_init(&RW(c)->lock_object, KLC_RW, name, NULL, flags,
	    (opts & RW_NEW) != 0, KHI_CALLER);
	RW(c)->rw_lock = RW_UNLOCKED;
}

void
rw_sysinit(const void *arg)
{
	const struct rw_args *a = arg;

	rw_init_flags((struct rwlock *)a->ra_rw, a->ra_desc, a->ra_flags);
}

void
_rw_destroy(volatile uintptr_t *c)
{
	khi_rw_destroy(LO(c), "rw_destroy");
}

int
_rw_wowned(const volatile uintptr_t *c)
{
	return (RWC_OWNER(*c) == curthread);
}

void
_rw_wlock_cookie(volatile uintptr_t *c, const char *file, int line)
{
	khi_rw_wlock(LO(c), 0, 0, "rw_wlock", file, line);
}

int
__rw_try_wlock(volatile uintptr_t *c, const char *file, int line)
{
	return (khi_rw_wlock(LO(c), 1, 0, "rw_try_wlock", file, line));
}

void
_rw_wunlock_cookie(volatile uintptr_t *c, const char *file, int line)
{
	khi_rw_wunlock(LO(c), "rw_wunlock", file, line);
}

void
__rw_rlock(volatile uintptr_t *c, const char *file, int line)
{
	khi_rw_rlock(LO(c), 0, 0, "rw_rlock", file, line);
}

void
__rw_rlock_int(struct rwlock *rw, const char *file, int line)
{
	__rw_rlock(&rw->rw_lock, file, line);
}

int
__rw_try_rlock(volatile uintptr_t *c, const char *file, int line)
{
	return (khi_rw_rlock(LO(c), 1, 0, "rw_try_rlock", file, line));
}

void
_rw_runlock_cookie(volatile uintptr_t *c, const char *file, int line)
{
	khi_rw_runlock(LO(c), "rw_runlock", file, line);
}

void
_rw_runlock_cookie_int(struct rwlock *rw, const char *file, int line)
{
	_rw_runlock_cookie(&rw->rw_lock, file, line);
}

int
__rw_try_upgrade(volatile uintptr_t *c, const char *file, int line)
{
	return (khi_rw_upgrade(LO(c), "rw_try_upgrade", file, line));
}

void
__rw_downgrade(volatile uintptr_t *c, const char *file, int line)
{
	khi_rw_downgrade(LO(c), "rw_downgrade", file, line);
}

void
__rw_wlock_hard(volatile uintptr_t *c, uintptr_t v __unused, const char *file,
    int line)
{
	_rw_wlock_cookie(c, file, line);
}

void
__rw_wunlock_hard(volatile uintptr_t *c, uintptr_t v __unused,
    const char *file, int line)
{
	_rw_wunlock_cookie(c, file, line);
}

void
__rw_assert(const volatile uintptr_t *c, int what, const char *file, int line)
{
	khi_rw_assert(&RW(c)->lock_object, *c, what, file, line);
}
