/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rmlock(9) and rms locks.  The reader count lives in the word of the
 * internal lock; there is no per-CPU fast path.
 */
#include "rwcore.h"
#include <sys/rmlock.h>

static volatile uintptr_t *
word(struct rmlock *rm)
{
	return (&rm->_rm_lock._rm_lock_mtx.mtx_lock);
}

void
rm_init_flags(struct rmlock *rm, const char *name, int opts)
{
	int flags = 0;

	if ((opts & RM_RECURSE) != 0)
		flags |= LO_RECURSABLE;
	if ((opts & RM_SLEEPABLE) != 0)
		flags |= LO_SLEEPABLE;
	if ((opts & RM_DUPOK) != 0)
		flags |= LO_DUPOK;
	if ((opts & RM_NOWITNESS) == 0)
		flags |= LO_WITNESS;
	khi_lock_init(&rm->lock_object, KLC_RM, name, NULL, flags,
	    (opts & RM_NEW) != 0, KHI_CALLER);
	LIST_INIT(&rm->rm_activeReaders);
	*word(rm) = RWC_UNLOCKED;
}

void
rm_init(struct rmlock *rm, const char *name)
{
	rm_init_flags(rm, name, 0);
}

void
rm_sysinit(const void *arg)
{
	const struct rm_args *a = arg;

	rm_init_flags(a->ra_rm, a->ra_desc, a->ra_flags);
}

void
rm_destroy(struct rmlock *rm)
{
	khi_rw_destroy(&rm->lock_object, word(rm), "rm_destroy");
}

int
rm_wowned(const struct rmlock *rm)
{
	return (RWC_OWNER(*word(__DECONST(struct rmlock *, rm))) == curthread);
}

void
_rm_wlock_debug(struct rmlock *rm, const char *file, int line)
{
	khi_rw_wlock(&rm->lock_object, word(rm), 0, 0, "rm_wlock", file, line);
}

void
_rm_wunlock_debug(struct rmlock *rm, const char *file, int line)
{
	khi_rw_wunlock(&rm->lock_object, word(rm), "rm_wunlock", file, line);
}

int
_rm_rlock_debug(struct rmlock *rm, struct rm_priotracker *tracker, int try,
    const char *file, int line)
{
	tracker->rmp_thread = curthread;
	tracker->rmp_rmlock = rm;
	return (khi_rw_rlock(&rm->lock_object, word(rm), try, 0, "rm_rlock",
	    file, line));
}

void
_rm_runlock_debug(struct rmlock *rm, struct rm_priotracker *tracker,
    const char *file, int line)
{
	if (tracker->rmp_rmlock != rm || tracker->rmp_thread != curthread)
		panic("rm_runlock: wrong tracker for %s @ %s:%d",
		    rm->lock_object.lo_name, file, line);
	tracker->rmp_rmlock = NULL;
	khi_rw_runlock(&rm->lock_object, word(rm), "rm_runlock", file, line);
}

void _rm_wlock(struct rmlock *rm) { _rm_wlock_debug(rm, "", 0); }
void _rm_wunlock(struct rmlock *rm) { _rm_wunlock_debug(rm, "", 0); }

int
_rm_rlock(struct rmlock *rm, struct rm_priotracker *t, int try)
{
	return (_rm_rlock_debug(rm, t, try, "", 0));
}

void
_rm_runlock(struct rmlock *rm, struct rm_priotracker *t)
{
	_rm_runlock_debug(rm, t, "", 0);
}

void
_rm_assert(const struct rmlock *rm, int what, const char *file, int line)
{
	khi_rw_assert(&rm->lock_object,
	    *word(__DECONST(struct rmlock *, rm)), what, file, line);
}

/* rms: one mutex's lock object and an owner/readers pair. */
void
rms_init(struct rmslock *rms, const char *name)
{
	khi_lock_init(&rms->mtx.lock_object, KLC_RMS, name, NULL,
	    LO_SLEEPABLE | LO_WITNESS, 0, KHI_CALLER);
	rms->mtx.mtx_lock = RWC_UNLOCKED;
	rms->owner = NULL;
	rms->readers = rms->writers = 0;
}

#define	RMS	&rms->mtx.lock_object, &rms->mtx.mtx_lock
void rms_destroy(struct rmslock *rms) { khi_rw_destroy(RMS, "rms_destroy"); }
void rms_rlock(struct rmslock *rms) { khi_rw_rlock(RMS, 0, 0, "rms_rlock", "", 0); }
int rms_try_rlock(struct rmslock *rms) { return (khi_rw_rlock(RMS, 1, 0, "rms_try_rlock", "", 0)); }
void rms_runlock(struct rmslock *rms) { khi_rw_runlock(RMS, "rms_runlock", "", 0); }

void
rms_wlock(struct rmslock *rms)
{
	khi_rw_wlock(RMS, 0, 0, "rms_wlock", "", 0);
	rms->owner = curthread;
}

void
rms_wunlock(struct rmslock *rms)
{
	rms->owner = NULL;
	khi_rw_wunlock(RMS, "rms_wunlock", "", 0);
}

void
rms_unlock(struct rmslock *rms)
{
	if (rms->owner == curthread)
		rms_wunlock(rms);
	else
		rms_runlock(rms);
}
