/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeping threads: wait channels, timeouts, and what happens when all sleep:
 * virtual time jumps to the next timer, or the run has deadlocked.
 */
#include "sched.h"

static TAILQ_HEAD(, kthr) timedq = TAILQ_HEAD_INITIALIZER(timedq);
#define	NCHAN	256
TAILQ_HEAD(chanhead, kthr);
static struct chanhead chans[NCHAN];
int khi_clock_started;

static struct chanhead *
chan_head(const void *chan)
{
	uintptr_t v = (uintptr_t)chan;

	return (&chans[(v >> 4 ^ v >> 12) % NCHAN]);
}

void
khi_sleep_init(void)
{
	int i;

	for (i = 0; i < NCHAN; i++)
		TAILQ_INIT(&chans[i]);
}

/* A thread that wakes up waits for no timer any more. */
void
khi_timer_cancel_locked(struct kthr *kt)
{
	if (kt->wake_at != 0) {
		TAILQ_REMOVE(&timedq, kt, tq);
		kt->wake_at = 0;
	}
}

/* Wakes the sleepers and callouts whose time has come. */
void
khi_expire_locked(sbintime_t now)
{
	struct kthr *kt, *tmp;

	TAILQ_FOREACH_SAFE(kt, &timedq, tq, tmp)
		if (kt->wake_at <= now) {
			TAILQ_REMOVE(chan_head(kt->wchan), kt, sq);
			kt->timedout = 1;
			khi_ready_locked(kt);
		}
	khi_callout_kick_locked(now);
}

static void
deadlock(void)
{
	struct kthr *kt;

	khi_sunlock();
	printf("kldhost: all threads sleep and no timer is pending:\n");
	TAILQ_FOREACH(kt, &khi_allq, all)
		if (!kt->system && kt->state == KT_SLEEP)
			printf("kldhost:   thread \"%s\" on \"%s\"\n",
			    kt->td.td_name, kt->wmesg != NULL ? kt->wmesg : "?");
	panic("deadlock");
}

/* The next time at which something happens by itself, or 0. */
sbintime_t
khi_timer_next_locked(void)
{
	struct kthr *kt;
	sbintime_t next = khi_callout_next_locked();

	TAILQ_FOREACH(kt, &timedq, tq)
		if (next == 0 || kt->wake_at < next)
			next = kt->wake_at;
	return (next);
}

/* With every CPU idle, time jumps to the next timer. */
void
khi_idle(void)
{
	sbintime_t next, now;
	int cpu;

	for (;;) {
		for (cpu = 0; cpu < khi_cpus_up; cpu++)
			if (khi_cpu_owner[cpu] != NULL)
				return;
		next = khi_timer_next_locked();
		if (next == 0)
			deadlock();
		now = khi_now();
		if (next > now) {
			khi_skip_time(next - now);
			now = next;
		}
		khi_expire_locked(now);
	}
}

/* Called and returns with the scheduler lock held; 1 on timeout. */
int
khi_sleep_locked(const void *chan, const char *wmesg, sbintime_t at)
{
	struct kthr *kt = curk;

	kt->wchan = chan;
	kt->wmesg = wmesg;
	kt->timedout = 0;
	kt->state = KT_SLEEP;
	TAILQ_INSERT_TAIL(chan_head(chan), kt, sq);
	kt->wake_at = 0;
	if (at != 0) {
		kt->wake_at = at;
		TAILQ_INSERT_TAIL(&timedq, kt, tq);
		if (!khi_clock_started) {
			khi_clock_started = 1;
			host_start_clock();
		}
	}
	khi_switch_away(kt);
	khi_slock();
	return (kt->timedout);
}

int
khi_wake_locked(const void *chan, int n)
{
	struct chanhead *h = chan_head(chan);
	struct kthr *kt, *tmp;
	int woken = 0;

	TAILQ_FOREACH_SAFE(kt, h, sq, tmp) {
		if (kt->wchan != chan)
			continue;
		TAILQ_REMOVE(h, kt, sq);
		khi_ready_locked(kt);
		if (++woken == n)
			break;
	}
	return (woken);
}
