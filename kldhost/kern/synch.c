/* SPDX-License-Identifier: BSD-2-Clause */
/* sleep(9), condvar(9), sema(9), and the lock classes that they use. */
#include "rwcore.h"
#include <sys/condvar.h>
#include <sys/rwlock.h>
#include <sys/rmlock.h>
#include <sys/sema.h>
#include <sys/sx.h>
#include <sys/priority.h>

/* --- lock classes ---------------------------------------------------------- */
static void
mtx_class_lock(struct lock_object *lo, uintptr_t how __unused)
{
	mtx_lock((struct mtx *)lo);
}

static uintptr_t
mtx_class_unlock(struct lock_object *lo)
{
	mtx_unlock((struct mtx *)lo);
	return (1);
}

static void
spin_class_lock(struct lock_object *lo, uintptr_t how __unused)
{
	mtx_lock_spin((struct mtx *)lo);
}

static uintptr_t
spin_class_unlock(struct lock_object *lo)
{
	mtx_unlock_spin((struct mtx *)lo);
	return (1);
}

#define	RWCLASS(name, type, x, s, xu, su, xown)				\
static void								\
name##_class_lock(struct lock_object *lo, uintptr_t how)		\
{									\
	if (how)							\
		x((type *)lo);						\
	else								\
		s((type *)lo);						\
}									\
static uintptr_t							\
name##_class_unlock(struct lock_object *lo)				\
{									\
	if (xown((type *)lo)) {						\
		xu((type *)lo);						\
		return (1);						\
	}								\
	su((type *)lo);							\
	return (0);							\
}
RWCLASS(sx, struct sx, sx_xlock, sx_slock, sx_xunlock, sx_sunlock, sx_xlocked)
RWCLASS(rw, struct rwlock, rw_wlock, rw_rlock, rw_wunlock, rw_runlock, rw_wowned)

static void
rm_class_lock(struct lock_object *lo, uintptr_t how __unused)
{
	rm_wlock((struct rmlock *)lo);
}

static uintptr_t
rm_class_unlock(struct lock_object *lo)
{
	rm_wunlock((struct rmlock *)lo);
	return (1);
}

struct lock_class lock_class_mtx_spin = { .lc_name = "spin mutex",
    .lc_flags = LC_SPINLOCK | LC_RECURSABLE, .lc_lock = spin_class_lock,
    .lc_unlock = spin_class_unlock };
struct lock_class lock_class_mtx_sleep = { .lc_name = "sleep mutex",
    .lc_flags = LC_SLEEPLOCK | LC_RECURSABLE, .lc_lock = mtx_class_lock,
    .lc_unlock = mtx_class_unlock };
struct lock_class lock_class_sx = { .lc_name = "sx",
    .lc_flags = LC_SLEEPLOCK | LC_SLEEPABLE | LC_RECURSABLE | LC_UPGRADABLE,
    .lc_lock = sx_class_lock, .lc_unlock = sx_class_unlock };
struct lock_class lock_class_rm = { .lc_name = "rm",
    .lc_flags = LC_SLEEPLOCK | LC_RECURSABLE, .lc_lock = rm_class_lock,
    .lc_unlock = rm_class_unlock };
struct lock_class lock_class_rm_sleepable = { .lc_name = "sleepable rm",
    .lc_flags = LC_SLEEPLOCK | LC_SLEEPABLE, .lc_lock = rm_class_lock,
    .lc_unlock = rm_class_unlock };
struct lock_class lock_class_rw = { .lc_name = "rw",
    .lc_flags = LC_SLEEPLOCK | LC_RECURSABLE | LC_UPGRADABLE,
    .lc_lock = rw_class_lock, .lc_unlock = rw_class_unlock };
struct lock_class *lock_classes[LOCK_CLASS_MAX + 1] = {
	NULL, &lock_class_mtx_spin, &lock_class_mtx_sleep, &lock_class_sx,
	&lock_class_rm, &lock_class_rm_sleepable, &lock_class_rw,
};

/* --- sleep ----------------------------------------------------------------- */
static sbintime_t
deadline(sbintime_t sbt, int flags)
{
	if (sbt == 0)
		return (0);
	return ((flags & C_ABSOLUTE) != 0 ? sbt : khi_now() + sbt);
}

/*
 * A thread announces its channel, releases the interlock (which may itself
 * wake others) and only then goes to sleep: a wakeup in between takes it off
 * the list of announcers, and it does not sleep at all.
 */
static TAILQ_HEAD(, kthr) announced = TAILQ_HEAD_INITIALIZER(announced);

static int
sleep_common(const void *chan, struct lock_object *lock, const char *wmesg,
    sbintime_t at, int relock)
{
	struct lock_class *lc = NULL;
	struct kthr *kt = curk;
	uintptr_t how = 0;
	int to = 0;

	if (lock != NULL) {
		lc = LOCK_CLASS(lock);
		if (khi_held_find(lock) == NULL)
			panic("sleep on \"%s\": lock %s not held", wmesg,
			    lock->lo_name);
		khi_slock();
		kt->announce = chan;
		TAILQ_INSERT_TAIL(&announced, kt, sq);
		khi_sunlock();
		how = lc->lc_unlock(lock);
	}
	khi_sleep_check(wmesg != NULL ? wmesg : "sleep");
	khi_slock();
	if (lock == NULL)
		to = khi_sleep_locked(chan, wmesg, at);
	else if (kt->announce != NULL) {
		TAILQ_REMOVE(&announced, kt, sq);
		kt->announce = NULL;
		to = khi_sleep_locked(chan, wmesg, at);
	}
	khi_sunlock();
	if (lock != NULL && relock)
		lc->lc_lock(lock, how);
	return (to ? EWOULDBLOCK : 0);
}

int
_sleep(const void *chan, struct lock_object *lock, int pri, const char *wmesg,
    sbintime_t sbt, sbintime_t pr __unused, int flags)
{
	if (sbt == 0 && lock == &Giant.lock_object)
		lock = NULL;
	return (sleep_common(chan, lock, wmesg, deadline(sbt, flags),
	    (pri & PDROP) == 0));
}

int
msleep_spin_sbt(const void *chan, struct mtx *mtx, const char *wmesg,
    sbintime_t sbt, sbintime_t pr __unused, int flags)
{
	return (sleep_common(chan, &mtx->lock_object, wmesg,
	    deadline(sbt, flags), 1));
}

int
pause_sbt(const char *wmesg, sbintime_t sbt, sbintime_t pr __unused, int flags)
{
	static char pause_chan;

	if (sbt == 0)
		sbt = tick_sbt;
	khi_sleep_check(wmesg);
	khi_slock();
	khi_sleep_locked(&pause_chan, wmesg, deadline(sbt, flags));
	khi_sunlock();
	return (EWOULDBLOCK);
}

static void
wake(const void *chan, int n)
{
	struct kthr *kt, *tmp;
	int woken;

	khi_slock();
	woken = khi_wake_locked(chan, n);
	TAILQ_FOREACH_SAFE(kt, &announced, sq, tmp)
		if (kt->announce == chan && (n == 0 || woken < n)) {
			TAILQ_REMOVE(&announced, kt, sq);
			kt->announce = NULL;
			woken++;
		}
	khi_sunlock();
}

void wakeup(const void *chan) { wake(chan, 0); }
void wakeup_one(const void *chan) { wake(chan, 1); }
void wakeup_any(const void *chan) { wake(chan, 1); }

/*
 * Lets everybody else run until all sleep, and virtual time go on for span,
 * or until nothing is left that waits for a time.
 */
void
khi_settle(sbintime_t span)
{
	sbintime_t end = khi_now() + span, next;
	static char settle_chan;

	for (;;) {
		khi_slock();
		do
			khi_sleep_locked(&settle_chan, "settle", khi_now() + 1);
		while (khi_busy_locked());
		next = khi_timer_next_locked();
		if (next == 0 || next > end) {
			khi_sunlock();
			break;
		}
		khi_sleep_locked(&settle_chan, "settle", next + 1);
		khi_sunlock();
	}
}

/* --- condvar --------------------------------------------------------------- */
void
cv_init(struct cv *cv, const char *desc)
{
	cv->cv_description = desc;
	cv->cv_waiters = 0;
}

void
cv_destroy(struct cv *cv)
{
	if (cv->cv_waiters != 0)
		panic("cv_destroy: %s has waiters", cv->cv_description);
}

static int
cv_sleep(struct cv *cv, struct lock_object *lock, sbintime_t at, int relock)
{
	int error;

	atomic_add_int(&cv->cv_waiters, 1);
	error = sleep_common(cv, lock, cv->cv_description, at, relock);
	atomic_subtract_int(&cv->cv_waiters, 1);
	return (error);
}

void
_cv_wait(struct cv *cv, struct lock_object *lock)
{
	cv_sleep(cv, lock, 0, 1);
}

void
_cv_wait_unlock(struct cv *cv, struct lock_object *lock)
{
	cv_sleep(cv, lock, 0, 0);
}

int
_cv_wait_sig(struct cv *cv, struct lock_object *lock)
{
	return (cv_sleep(cv, lock, 0, 1));
}

int
_cv_timedwait_sbt(struct cv *cv, struct lock_object *lock, sbintime_t sbt,
    sbintime_t pr __unused, int flags)
{
	return (cv_sleep(cv, lock, deadline(sbt, flags), 1));
}

int
_cv_timedwait_sig_sbt(struct cv *cv, struct lock_object *lock, sbintime_t sbt,
    sbintime_t pr, int flags)
{
	return (_cv_timedwait_sbt(cv, lock, sbt, pr, flags));
}

void cv_signal(struct cv *cv) { wake(cv, 1); }
void cv_broadcastpri(struct cv *cv, int pri __unused) { wake(cv, 0); }

/* --- sema ------------------------------------------------------------------ */
void
sema_init(struct sema *s, int value, const char *desc)
{
	bzero(s, sizeof(*s));
	mtx_init(&s->sema_mtx, desc, "sema backing lock", MTX_DEF | MTX_NEW);
	cv_init(&s->sema_cv, desc);
	s->sema_value = value;
}

void
sema_destroy(struct sema *s)
{
	mtx_destroy(&s->sema_mtx);
	cv_destroy(&s->sema_cv);
}

void
_sema_post(struct sema *s, const char *file __unused, int line __unused)
{
	mtx_lock(&s->sema_mtx);
	s->sema_value++;
	cv_signal(&s->sema_cv);
	mtx_unlock(&s->sema_mtx);
}

void
_sema_wait(struct sema *s, const char *file __unused, int line __unused)
{
	mtx_lock(&s->sema_mtx);
	while (s->sema_value == 0)
		cv_wait(&s->sema_cv, &s->sema_mtx);
	s->sema_value--;
	mtx_unlock(&s->sema_mtx);
}

int
_sema_trywait(struct sema *s, const char *file __unused, int line __unused)
{
	int got;

	mtx_lock(&s->sema_mtx);
	got = s->sema_value > 0;
	if (got)
		s->sema_value--;
	mtx_unlock(&s->sema_mtx);
	return (got);
}

int
_sema_timedwait(struct sema *s, int timo, const char *file __unused,
    int line __unused)
{
	int error = 0;

	mtx_lock(&s->sema_mtx);
	while (s->sema_value == 0 && error == 0)
		error = cv_timedwait(&s->sema_cv, &s->sema_mtx, timo);
	if (s->sema_value > 0) {
		s->sema_value--;
		error = 0;
	}
	mtx_unlock(&s->sema_mtx);
	return (error);
}

int
sema_value(struct sema *s)
{
	return (s->sema_value);
}
