/* SPDX-License-Identifier: BSD-2-Clause */
/* callout(9) in virtual time, run by one "clock" thread. */
#include "kh.h"
#include <sys/callout.h>

static TAILQ_HEAD(, callout) queue = TAILQ_HEAD_INITIALIZER(queue);
static struct callout *curr;
static int curr_cancel, curr_started, curr_waiters;
static struct kthr *clock_thread;
static char wheel;

/* Internal flag: an absolute expiry is in c_time. */
#define	PENDING(c)	(((c)->c_iflags & CALLOUT_PENDING) != 0)

sbintime_t
khi_callout_next_locked(void)
{
	struct callout *c = TAILQ_FIRST(&queue);

	return (c != NULL ? c->c_time : 0);
}

void
khi_callout_kick_locked(sbintime_t now)
{
	struct callout *c = TAILQ_FIRST(&queue);

	if (c != NULL && c->c_time <= now && clock_thread != NULL)
		khi_wake_locked(&wheel, 0);
}

static void
run_one(struct callout *c)
{
	struct kthr *kt = curk;
	struct lock_object *lock = c->c_lock;
	struct lock_class *lc = NULL;
	callout_func_t *fn = c->c_func;
	void *arg = c->c_arg;
	int unlock = (c->c_iflags & CALLOUT_RETURNUNLOCKED) == 0;
	int direct = (c->c_iflags & CALLOUT_DIRECT) != 0;

	if (lock != NULL) {
		lc = LOCK_CLASS(lock);
		lc->lc_lock(lock, (c->c_iflags & CALLOUT_SHAREDLOCK) == 0);
		if (curr_cancel) {
			lc->lc_unlock(lock);
			return;
		}
	}
	khi_slock();
	curr_started = 1;
	khi_sunlock();
	kt->td.td_no_sleeping++;
	if (direct)
		critical_enter();
	fn(arg);
	if (direct)
		critical_exit();
	kt->td.td_no_sleeping--;
	if (lock != NULL && unlock)
		lc->lc_unlock(lock);
	khi_held_check(0, "callout", (uintptr_t)fn);
}

static void
softclock(void *arg __unused)
{
	struct callout *c;

	khi_slock();
	for (;;) {
		c = TAILQ_FIRST(&queue);
		if (c == NULL || c->c_time > khi_now()) {
			khi_sleep_locked(&wheel, "-", 0);
			continue;
		}
		TAILQ_REMOVE(&queue, c, c_links.tqe);
		c->c_iflags &= ~CALLOUT_PENDING;
		host_track_del(KHI_CALLOUT, c);
		curr = c;
		curr_cancel = curr_started = 0;
		khi_sunlock();
		run_one(c);
		khi_slock();
		curr = NULL;
		if (curr_waiters != 0) {
			curr_waiters = 0;
			khi_wake_locked(&curr, 0);
		}
	}
}

void
khi_callout_init(void)
{
}

/* How many pending callouts lie in, or call into, [lo, hi)? */
int
khi_callouts_in(uintptr_t lo, uintptr_t hi, uint64_t *fn)
{
	struct callout *c;
	int n = 0;

	khi_slock();
	TAILQ_FOREACH(c, &queue, c_links.tqe)
		if (((uintptr_t)c >= lo && (uintptr_t)c < hi) ||
		    ((uintptr_t)c->c_func >= lo && (uintptr_t)c->c_func < hi)) {
			*fn = (uintptr_t)c->c_func;
			n++;
		}
	khi_sunlock();
	return (n);
}

void
callout_init(struct callout *c, int mpsafe)
{
	bzero(c, sizeof(*c));
	c->c_lock = mpsafe ? NULL : &Giant.lock_object;
	c->c_iflags = mpsafe ? CALLOUT_RETURNUNLOCKED : 0;
}

void
_callout_init_lock(struct callout *c, struct lock_object *lock, int flags)
{
	bzero(c, sizeof(*c));
	c->c_lock = lock;
	c->c_iflags = flags & (CALLOUT_RETURNUNLOCKED | CALLOUT_SHAREDLOCK);
}

int
callout_reset_sbt_on(struct callout *c, sbintime_t sbt,
    sbintime_t prec __unused, void (*fn)(void *), void *arg, int cpu,
    int flags)
{
	uint64_t caller = KHI_CALLER;
	struct callout *o;
	sbintime_t at;
	int was = 0;

	if (c->c_lock != NULL && LOCK_CLASS(c->c_lock)->lc_flags != 0 &&
	    c->c_lock != &Giant.lock_object && khi_held_find(c->c_lock) == NULL)
		panic("callout_reset: lock %s is not held", c->c_lock->lo_name);
	at = (flags & C_ABSOLUTE) != 0 ? sbt : khi_now() + (sbt > 0 ? sbt : 1);
	if (clock_thread == NULL)
		clock_thread = khi_thread_create(softclock, NULL, 1, "clock", 0);
	khi_slock();
	if (curr == c && !curr_started && c->c_lock != NULL) {
		curr_cancel = 1;
		was = 1;
	}
	if (PENDING(c)) {
		TAILQ_REMOVE(&queue, c, c_links.tqe);
		host_track_del(KHI_CALLOUT, c);
		was = 1;
	}
	c->c_func = fn;
	c->c_arg = arg;
	c->c_time = at;
	c->c_flags |= CALLOUT_ACTIVE;
	c->c_iflags |= CALLOUT_PENDING;
	c->c_iflags &= ~CALLOUT_DIRECT;
	if ((flags & C_DIRECT_EXEC) != 0)
		c->c_iflags |= CALLOUT_DIRECT;
	if (cpu >= 0)
		c->c_cpu = cpu;
	TAILQ_FOREACH(o, &queue, c_links.tqe)
		if (o->c_time > at)
			break;
	if (o != NULL)
		TAILQ_INSERT_BEFORE(o, c, c_links.tqe);
	else
		TAILQ_INSERT_TAIL(&queue, c, c_links.tqe);
	khi_sunlock();
	host_track_add(KHI_CALLOUT, c, 0, "callout", caller);
	return (was);
}

int
callout_schedule_on(struct callout *c, int to_ticks, int cpu)
{
	return (callout_reset_sbt_on(c, tick_sbt * to_ticks, 0, c->c_func,
	    c->c_arg, cpu, C_HARDCLOCK));
}

int callout_schedule(struct callout *c, int to_ticks) { return (callout_schedule_on(c, to_ticks, -1)); }

int
_callout_stop_safe(struct callout *c, int flags)
{
	struct lock_object *lock = c->c_lock;
	int r = -1;

	if ((flags & CS_DRAIN) != 0) {
		khi_sleep_check("callout_drain");
		if (lock != NULL && khi_held_find(lock) != NULL &&
		    lock != &Giant.lock_object)
			panic("callout_drain: called with the callout's lock %s "
			    "held", lock->lo_name);
	}
	khi_slock();
	if (PENDING(c)) {
		TAILQ_REMOVE(&queue, c, c_links.tqe);
		c->c_iflags &= ~CALLOUT_PENDING;
		c->c_flags &= ~CALLOUT_ACTIVE;
		host_track_del(KHI_CALLOUT, c);
		r = 1;
	}
	if (curr == c && curk != clock_thread) {
		if (!curr_started && lock != NULL &&
		    khi_held_find(lock) != NULL) {
			curr_cancel = 1;
			c->c_flags &= ~CALLOUT_ACTIVE;
			r = 1;
		} else if ((flags & CS_DRAIN) != 0) {
			while (curr == c) {
				curr_waiters = 1;
				khi_sleep_locked(&curr, "codrain", 0);
			}
			/* It may have armed itself again meanwhile. */
			if (PENDING(c)) {
				TAILQ_REMOVE(&queue, c, c_links.tqe);
				c->c_iflags &= ~CALLOUT_PENDING;
				host_track_del(KHI_CALLOUT, c);
			}
			c->c_flags &= ~CALLOUT_ACTIVE;
			r = r == 1 ? 1 : 0;
		} else if (r != 1)
			r = 0;
	}
	khi_sunlock();
	return (r);
}

void
callout_when(sbintime_t sbt, sbintime_t prec, int flags, sbintime_t *res,
    sbintime_t *prec_res)
{
	*res = (flags & C_ABSOLUTE) != 0 ? sbt : khi_now() + sbt;
	*prec_res = prec;
}
