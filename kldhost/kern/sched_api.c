/* SPDX-License-Identifier: BSD-2-Clause */
/* What klds ask of the scheduler: yielding, binding, thread locks. */
#include "sched.h"

void
kern_yield(int prio __unused)
{
	khi_yield();
}

void
maybe_yield(void)
{
	khi_yield();
}

bool
should_yield(void)
{
	return (khi_wanted());
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
		khi_yield();
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
void sched_relinquish(struct thread *td __unused) { khi_yield(); }

/* Every CPU's earlier accesses come before its later ones. */
void
cpus_fence_seq_cst(void)
{
	host_fence_all();
}

/* Waits until every thread that is seen in a critical section has left it: as in
 * FreeBSD without a fence. */
void
quiesce_all_critical(void)
{
	int cpu;

	if (curthread->td_critnest != 0)
		panic("quiesce_all_critical: called in a critical section");
	for (cpu = 0; cpu < khi_cpus_up; cpu++) {
		struct thread *volatile *now = &__pcpu[cpu].pc_curthread;
		struct thread *td = *now;

		while (td != NULL && *(volatile u_int *)&td->td_critnest != 0 &&
		    *now == td)
			host_sched_yield();
	}
}

/* Waits until each CPU has had nothing to do: as in FreeBSD, by going there and
 * sleeping.  No signal comes here. */
int
quiesce_all_cpus(const char *wmesg, int prio __unused)
{
	int cpu;

	khi_sleep_check("quiesce_all_cpus");
	for (cpu = 0; cpu < khi_cpus_up; cpu++) {
		sched_bind(curthread, cpu);
		pause_sbt(wmesg, SBT_1MS, 0, C_HARDCLOCK);
	}
	sched_unbind(curthread);
	return (0);
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
