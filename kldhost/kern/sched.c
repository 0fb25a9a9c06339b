/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs and the threads that own them; sleeping is in sched_sleep.c.
 *
 * A kernel thread is a host thread that runs only while it owns a simulated
 * CPU; it gives the CPU up when it sleeps.  So code between two sleeps has
 * its CPU for itself, as in the kernel, curcpu and counter(9) are right, and
 * "all CPUs are idle" is a fact: then virtual time jumps to the next timer,
 * and if there is none the run has deadlocked and says so.
 */
#include "sched.h"
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
struct kthrq khi_allq = TAILQ_HEAD_INITIALIZER(khi_allq);
static struct kthr *main_thread;

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

	khi_timer_cancel_locked(kt);
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

/* Does a thread wait for a CPU? */
bool khi_wanted(void) { return (!TAILQ_EMPTY(&runq)); }

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

/* Gives the CPU up; returns when the thread has been given one again. */
void
khi_switch_away(struct kthr *kt)
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

void
khi_yield(void)
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
		khi_switch_away(kt);
		return;
	}
	khi_sunlock();
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
	khi_yield();
}

/* One tick of the host's clock: timers due in real time, and preemption. */
void
khi_clock_tick(void)
{
	int cpu;

	khi_slock();
	khi_expire_locked(khi_now());
	if (!TAILQ_EMPTY(&runq))
		for (cpu = 0; cpu < khi_cpus_up; cpu++)
			if (khi_cpu_owner[cpu] != NULL) {
				khi_cpu_owner[cpu]->preempt = 1;
				host_preempt(khi_cpu_owner[cpu]->hosttid);
			}
	khi_sunlock();
}

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
	khi_sleep_init();
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
