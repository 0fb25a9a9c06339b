/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads and CPUs.
 *
 * A kernel thread is a host thread that runs only while it owns a simulated
 * CPU; it gives the CPU up when it sleeps.  So code between two sleeps has
 * its CPU for itself, as in the kernel, curcpu and counter(9) are right, and
 * "all CPUs are khi_idle" is a fact: then virtual time jumps to the next timer,
 * and if there is none the run has deadlocked and says so.
 */
#include "sched.h"
#include <sys/kthread.h>
#include <sys/unistd.h>
#include <machine/cpu.h>

struct pcpu *__pcpu;
struct pcpu *cpuid_to_pcpu[MAXCPU];
int mp_ncpus = 1, mp_ncores = 1, mp_maxcpus = MAXCPU, smp_cpus = 1;
u_int mp_maxid;
volatile int smp_started;
int smp_threads_per_core = 1;
cpuset_t all_cpus, cpuset_domain[MAXMEMDOM];
struct proc proc0;
struct thread *thread0p;
struct proc *pageproc;

static volatile uint32_t sched_lock;
struct kthr *khi_cpu_owner[KHI_MAXCPU];
int khi_cpus_up = 1;
static int cpus_max = 1;
static TAILQ_HEAD(, kthr) runq = TAILQ_HEAD_INITIALIZER(runq);
static TAILQ_HEAD(, kthr) timedq = TAILQ_HEAD_INITIALIZER(timedq);
struct kthrq khi_allq = TAILQ_HEAD_INITIALIZER(khi_allq);
#define	NCHAN	256
TAILQ_HEAD(chanhead, kthr);
static struct chanhead chans[NCHAN];
static struct kthr *main_thread;
int khi_clock_started;

static struct chanhead *
chan_head(const void *chan)
{
	uintptr_t v = (uintptr_t)chan;

	return (&chans[(v >> 4 ^ v >> 12) % NCHAN]);
}

void
khi_slock(void)
{
	unsigned n = 0;

	while (atomic_cmpset_acq_int(&sched_lock, 0, 1) == 0) {
		if (++n % 64 == 0)
			host_sched_yield();
		cpu_spinwait();
	}
}

void
khi_sunlock(void)
{
	atomic_store_rel_int(&sched_lock, 0);
}

static int
may_run_on(struct kthr *kt, int cpu)
{
	if (kt->td.td_pinned > 0 && kt->lastcpu >= 0)
		return (kt->lastcpu == cpu);
	return (kt->bound < 0 || kt->bound == cpu);
}

static void
grant(int cpu, struct kthr *kt)
{
	khi_cpu_owner[cpu] = kt;
	kt->oncpu = cpu;
	kt->lastcpu = cpu;
	kt->state = KT_RUN;
	kt->td.td_oncpu = cpu;
	__pcpu[cpu].pc_curthread = &kt->td;
	kt->preempt = 0;
	atomic_store_rel_int(&kt->park, 1);
	host_futex_wake(&kt->park);
}

static int
cpu_usable(int cpu)
{
	return (cpu < khi_cpus_up && khi_cpu_owner[cpu] == NULL);
}

void
khi_ready_locked(struct kthr *kt)
{
	int cpu;

	if (kt->wake_at != 0) {
		TAILQ_REMOVE(&timedq, kt, tq);
		kt->wake_at = 0;
	}
	kt->wchan = NULL;
	kt->state = KT_READY;
	if (kt->lastcpu >= 0 && cpu_usable(kt->lastcpu) &&
	    may_run_on(kt, kt->lastcpu)) {
		grant(kt->lastcpu, kt);
		return;
	}
	for (cpu = 0; cpu < khi_cpus_up; cpu++)
		if (cpu_usable(cpu) && may_run_on(kt, cpu)) {
			grant(cpu, kt);
			return;
		}
	TAILQ_INSERT_TAIL(&runq, kt, rq);
}

void
khi_fill_cpu(int cpu)
{
	struct kthr *kt;

	TAILQ_FOREACH(kt, &runq, rq)
		if (may_run_on(kt, cpu)) {
			TAILQ_REMOVE(&runq, kt, rq);
			grant(cpu, kt);
			return;
		}
}

/* Wakes the sleepers and callouts whose time has come. */
static void
expire(sbintime_t now)
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

/* Does anybody but the caller run, or want to? */
int
khi_busy_locked(void)
{
	int cpu;

	for (cpu = 0; cpu < khi_cpus_up; cpu++)
		if (khi_cpu_owner[cpu] != NULL && khi_cpu_owner[cpu] != curk)
			return (1);
	return (!TAILQ_EMPTY(&runq));
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

/* With every CPU khi_idle, time jumps to the next timer. */
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
		expire(now);
	}
}

/* Gives the CPU up; returns when the thread has been given one again. */
static void
switch_away(struct kthr *kt)
{
	int cpu = kt->oncpu;

	atomic_store_rel_int(&kt->park, 0);
	kt->oncpu = -1;
	khi_cpu_owner[cpu] = NULL;
	__pcpu[cpu].pc_curthread = NULL;
	khi_fill_cpu(cpu);
	if (khi_cpu_owner[cpu] == NULL)
		khi_idle();
	khi_sunlock();
	while (atomic_load_acq_int(&kt->park) == 0)
		host_futex_wait(&kt->park, 0);
	if (kt->oncpu != cpu)
		host_set_gs(&__pcpu[kt->oncpu]);
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
	switch_away(kt);
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

static void
yield_cpu(void)
{
	struct kthr *kt = curk;

	khi_slock();
	kt->preempt = 0;
	if (!may_run_on(kt, kt->oncpu) || !TAILQ_EMPTY(&runq)) {
		int cpu;

		kt->state = KT_READY;
		for (cpu = 0; cpu < khi_cpus_up; cpu++)
			if (cpu != kt->oncpu && cpu_usable(cpu) &&
			    may_run_on(kt, cpu))
				break;
		if (cpu < khi_cpus_up) {
			int old = kt->oncpu;

			khi_cpu_owner[old] = NULL;
			__pcpu[old].pc_curthread = NULL;
			grant(cpu, kt);
			khi_fill_cpu(old);
			khi_sunlock();
			host_set_gs(&__pcpu[cpu]);
			return;
		}
		TAILQ_INSERT_TAIL(&runq, kt, rq);
		switch_away(kt);
		return;
	}
	khi_sunlock();
}

void
kern_yield(int prio __unused)
{
	yield_cpu();
}

void
maybe_yield(void)
{
	yield_cpu();
}

bool
should_yield(void)
{
	return (!TAILQ_EMPTY(&runq));
}

/*
 * Called by the clock when somebody waits for the CPU of this thread: from a
 * signal handler, and only when kld code was interrupted outside of any
 * critical section, so nothing of the hosted kernel is half done.
 */
void
khi_preempt_point(void)
{
	struct kthr *kt = curk;

	if (kt == NULL || kt->td.td_critnest != 0 || !kt->preempt)
		return;
	yield_cpu();
}

/* Threads whose function lies in [lo, hi). */
int
khi_threads_in(uintptr_t lo, uintptr_t hi, uint64_t *fn)
{
	struct kthr *kt;
	int n = 0;

	khi_slock();
	TAILQ_FOREACH(kt, &khi_allq, all)
		if ((uintptr_t)kt->func >= lo && (uintptr_t)kt->func < hi) {
			*fn = (uintptr_t)kt->func;
			n++;
		}
	khi_sunlock();
	return (n);
}

/* One tick of the host's clock: timers due in real time, and preemption. */
void
khi_clock_tick(void)
{
	int cpu;

	khi_slock();
	expire(khi_now());
	if (!TAILQ_EMPTY(&runq))
		for (cpu = 0; cpu < khi_cpus_up; cpu++)
			if (khi_cpu_owner[cpu] != NULL) {
				khi_cpu_owner[cpu]->preempt = 1;
				host_preempt(khi_cpu_owner[cpu]->hosttid);
			}
	khi_sunlock();
}

void
sched_bind(struct thread *td, int cpu)
{
	struct kthr *kt = (struct kthr *)td;

	if (td != curthread)
		panic("sched_bind: can only bind curthread");
	if (cpu < 0 || cpu >= khi_cpus_up)
		panic("sched_bind: no CPU %d", cpu);
	kt->bound = cpu;
	if (kt->oncpu != cpu)
		yield_cpu();
}

void
sched_unbind(struct thread *td)
{
	((struct kthr *)td)->bound = -1;
}

int
sched_is_bound(struct thread *td)
{
	return (((struct kthr *)td)->bound >= 0);
}

void
thread_lock_flags_(struct thread *td, int opts __unused, const char *file,
    int line)
{
	__mtx_lock_spin_flags(&td->td_lock->mtx_lock, 0, file, line);
}

void
_thread_lock(struct thread *td, int opts __unused, const char *file, int line)
{
	thread_lock_flags_(td, 0, file, line);
}

void sched_prio(struct thread *td __unused, u_char prio __unused) { }
void sched_relinquish(struct thread *td __unused) { yield_cpu(); }

struct thread *
khi_main_thread(void)
{
	return (&main_thread->td);
}

void
khi_sched_init(int ncpus)
{
	size_t per = sizeof(struct pcpu);
	struct kthr *kt;
	int i;

	__pcpu = host_reserve(per * ncpus);
	cpus_max = ncpus;
	mp_ncpus = mp_ncores = smp_cpus = mp_maxcpus = ncpus;
	mp_maxid = ncpus - 1;
	for (i = 0; i < NCHAN; i++)
		TAILQ_INIT(&chans[i]);
	for (i = 0; i < ncpus; i++) {
		struct pcpu *pc = &__pcpu[i];

		pc->pc_cpuid = i;
		pc->pc_prvspace = pc;
		pc->pc_zpcpu_offset = zpcpu_offset_cpu(i);
		cpuid_to_pcpu[i] = pc;
		CPU_SET(i, &all_cpus);
	}
	LIST_INIT(&proc0.p_children);
	TAILQ_INIT(&proc0.p_threads);
	strlcpy(proc0.p_comm, "kernel", sizeof(proc0.p_comm));
	host_set_gs(&__pcpu[0]);
	kt = main_thread = khi_thread_new("kldhost", 1);
	thread0p = &kt->td;
	kt->state = KT_RUN;
	khi_thread_stack(kt);
	kt->hosttid = host_gettid();
	kt->oncpu = kt->lastcpu = 0;
	kt->park = 1;
	khi_cpu_owner[0] = kt;
	__pcpu[0].pc_curthread = &kt->td;
	TAILQ_INSERT_TAIL(&khi_allq, kt, all);
}

void
khi_up_cpus(void)
{
	khi_slock();
	khi_cpus_up = cpus_max;
	smp_started = 1;
	while (!TAILQ_EMPTY(&runq)) {
		struct kthr *kt = TAILQ_FIRST(&runq);
		int cpu;

		for (cpu = 0; cpu < khi_cpus_up; cpu++)
			if (cpu_usable(cpu) && may_run_on(kt, cpu))
				break;
		if (cpu == khi_cpus_up)
			break;
		TAILQ_REMOVE(&runq, kt, rq);
		grant(cpu, kt);
	}
	khi_sunlock();
}
