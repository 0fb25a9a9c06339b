/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a kernel thread: a host thread of its own. */
#include "sched.h"
#include <sys/kthread.h>

static int khi_next_tid = 100000;

struct kthr *
khi_thread_new(const char *name, int system)
{
	struct kthr *kt = host_reserve(sizeof(*kt));

	kt->bound = -1;
	kt->oncpu = -1;
	kt->lastcpu = -1;
	kt->system = system;
	kt->td.td_proc = &proc0;
	kt->td.td_tid = atomic_fetchadd_int(&khi_next_tid, 1);
	strlcpy(kt->td.td_name, name, sizeof(kt->td.td_name));
	mtx_init(&kt->tdlock, "sched lock", NULL, MTX_SPIN | MTX_NOWITNESS);
	host_track_del(KHI_LOCK, &kt->tdlock);
	kt->td.td_lock = &kt->tdlock;
	return (kt);
}

void khi_thread_finish(void) __dead2;

/* The stack's place, where curthread says it. */
void
khi_thread_stack(struct kthr *kt)
{
	host_thread_bounds(&kt->stack_lo, &kt->stack_hi);
	kt->td.td_kstack = (__typeof(kt->td.td_kstack))kt->stack_lo;
	kt->td.td_kstack_pages = (kt->stack_hi - kt->stack_lo) / PAGE_SIZE;
}

/* The host thread's entry; the Rust side has set nothing but the stack. */
void
khi_thread_main(struct kthr *kt)
{
	khi_thread_stack(kt);
	kt->hosttid = host_gettid();
	host_set_gs(&__pcpu[0]);
	while (atomic_load_acq_int(&kt->park) == 0)
		host_futex_wait(&kt->park, 0);
	host_set_gs(&__pcpu[kt->oncpu]);
	if (__builtin_setjmp(kt->jb) == 0) {
		kt->func(kt->arg);
		khi_thread_finish();
	}
	/* The host thread ends by returning, as its library wants. */
}

void
khi_thread_finish(void)
{
	struct kthr *kt = curk;
	int cpu = kt->oncpu;

	khi_held_check(0, "thread exit of", (uintptr_t)kt->func);
	if (!kt->system)
		host_track_del(KHI_THREAD, kt);
	khi_slock();
	kt->state = KT_DEAD;
	TAILQ_REMOVE(&khi_allq, kt, all);
	khi_wake_locked(kt, 0);		/* kthread_exit(9) wakes td waiters */
	if (kt->ownproc != NULL)
		khi_wake_locked(kt->ownproc, 0);
	khi_cpu_owner[cpu] = NULL;
	khi_fill_cpu(cpu);
	if (khi_cpu_owner[cpu] == NULL)
		khi_idle();
	khi_sunlock();
	__builtin_longjmp(kt->jb, 1);
}

struct kthr *
khi_thread_create(void (*fn)(void *), void *arg, int system, const char *name,
    uint64_t caller)
{
	struct kthr *kt = khi_thread_new(name, system);

	kt->func = fn;
	kt->arg = arg;
	kt->caller = caller;
	if (!system)
		host_track_add(KHI_THREAD, kt, 0, kt->td.td_name, caller);
	if (host_thread_start(kt) != 0) {
		if (!system)
			host_track_del(KHI_THREAD, kt);
		return (NULL);
	}
	khi_slock();
	if (!khi_clock_started) {
		khi_clock_started = 1;
		host_start_clock();
	}
	TAILQ_INSERT_TAIL(&khi_allq, kt, all);
	khi_ready_locked(kt);
	khi_sunlock();
	return (kt);
}
