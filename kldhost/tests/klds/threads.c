/* SPDX-License-Identifier: BSD-2-Clause */
/* Right use of threads, time and locks. */
#include "mod.h"
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/counter.h>
#include <sys/kthread.h>
#include <sys/rmlock.h>
#include <sys/rwlock.h>
#include <sys/sched.h>
#include <sys/smp.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

static struct mtx tm;
static struct cv tcv;
static int running, shared_count;
static counter_u64_t ctr;

static void
worker(void *arg)
{
	int i, cpu = (int)(uintptr_t)arg;

	thread_lock(curthread);
	sched_bind(curthread, cpu);
	thread_unlock(curthread);
	for (i = 0; i < 20000; i++) {
		counter_u64_add(ctr, 1);
		mtx_lock(&tm);
		shared_count++;
		mtx_unlock(&tm);
	}
	mtx_lock(&tm);
	if (--running == 0)
		cv_signal(&tcv);
	if (curcpu != cpu)
		panic("not on CPU %d", cpu);
	mtx_unlock(&tm);
	kthread_exit();
}

ENTRY(t_threads)
{
	int i, n = mp_ncpus;

	mtx_init(&tm, "tm", NULL, MTX_DEF);
	cv_init(&tcv, "tcv");
	ctr = counter_u64_alloc(M_WAITOK);
	running = n;
	shared_count = 0;
	for (i = 0; i < n; i++)
		CHECK(kthread_add(worker, (void *)(uintptr_t)i, NULL, NULL, 0, 0,
		    "worker %d", i) == 0);
	mtx_lock(&tm);
	while (running > 0)
		cv_wait(&tcv, &tm);
	mtx_unlock(&tm);
	CHECK(shared_count == 20000 * n);
	CHECK(counter_u64_fetch(ctr) == 20000u * n);
	pause("settle", 1);
	counter_u64_free(ctr);
	cv_destroy(&tcv);
	mtx_destroy(&tm);
	return (0);
}

/* A thread that never calls the kernel must not stop the others. */
static volatile int spin_flag;

static void
setter(void *arg __unused)
{
	spin_flag = 1;
	kthread_exit();
}

ENTRY(t_preempt)
{
	spin_flag = 0;
	sched_bind(curthread, 0);
	CHECK(kthread_add(setter, NULL, NULL, NULL, 0, 0, "setter") == 0);
	while (spin_flag == 0)
		__asm __volatile("" ::: "memory");
	sched_unbind(curthread);
	pause("settle", 1);
	return (0);
}

/* Who quiesces sees what was done in critical sections that had begun. */
static volatile int entered, left;

static void
critical(void *arg __unused)
{
	sched_bind(curthread, 1);
	critical_enter();
	entered = 1;
	DELAY(20000);
	for (int i = 0; i < 10000000; i++)
		__asm __volatile("" ::: "memory");
	left = 1;
	critical_exit();
	kthread_exit();
}

ENTRY(t_quiesce)
{
	quiesce_all_critical();
	sched_bind(curthread, 0);
	entered = left = 0;
	CHECK(kthread_add(critical, NULL, NULL, NULL, 0, 0, "critical") == 0);
	while (entered == 0)
		__asm __volatile("" ::: "memory");
	quiesce_all_critical();
	CHECK(left == 1);
	sched_unbind(curthread);
	pause("settle", 1);
	return (0);
}

ENTRY(panic_quiesce)
{
	critical_enter();
	quiesce_all_critical();
	critical_exit();
	return (0);
}

static int fired;
static struct task task;
static struct timeout_task tt;

static void task_fn(void *ctx, int pending) { *(int *)ctx += pending; }
static void callout_fn(void *arg) { (*(int *)arg)++; }

ENTRY(t_time)
{
	struct taskqueue *tq;
	struct callout co;
	sbintime_t t0 = sbinuptime();
	int ticks0 = ticks, n = 0;

	CHECK(tsleep(&n, 0, "hour", 3600 * hz) == EWOULDBLOCK);
	CHECK(sbinuptime() - t0 >= 3599 * SBT_1S);
	CHECK(ticks - ticks0 >= 3599 * hz);
	callout_init(&co, 1);
	callout_reset(&co, 10 * hz, callout_fn, &n);
	CHECK(callout_pending(&co));
	pause("x", 9 * hz);
	CHECK(n == 0);
	pause("x", 2 * hz);
	CHECK(n == 1 && !callout_pending(&co));
	callout_reset(&co, hz, callout_fn, &n);
	CHECK(callout_stop(&co) == 1 && callout_stop(&co) == -1);
	tq = taskqueue_create("good", M_WAITOK, taskqueue_thread_enqueue, &tq);
	CHECK(taskqueue_start_threads(&tq, 2, PWAIT, "good taskq") == 0);
	TASK_INIT(&task, 0, task_fn, &fired);
	fired = 0;
	taskqueue_enqueue(tq, &task);
	taskqueue_drain(tq, &task);
	CHECK(fired == 1);
	TIMEOUT_TASK_INIT(tq, &tt, 0, task_fn, &fired);
	taskqueue_enqueue_timeout(tq, &tt, hz);
	CHECK(taskqueue_cancel_timeout(tq, &tt, NULL) == 0);
	taskqueue_enqueue_timeout(tq, &tt, hz);
	pause("x", 2 * hz);
	taskqueue_drain_timeout(tq, &tt);
	CHECK(fired == 2);
	taskqueue_free(tq);
	TASK_INIT(&task, 0, task_fn, &fired);
	taskqueue_enqueue(taskqueue_thread, &task);
	taskqueue_drain(taskqueue_thread, &task);
	taskqueue_enqueue(taskqueue_fast, &task);
	taskqueue_drain(taskqueue_fast, &task);
	CHECK(fired == 4);
	return (0);
}

/* --- locks ------------------------------------------------------------------ */
ENTRY(t_locks)
{
	struct rm_priotracker tr;
	struct rmlock rm;
	struct rwlock rw;
	struct mtx m, s;
	struct sx sx;

	bzero(&rm, sizeof(rm));
	bzero(&rw, sizeof(rw));
	bzero(&m, sizeof(m));
	bzero(&s, sizeof(s));
	bzero(&sx, sizeof(sx));
	mtx_init(&m, "m", NULL, MTX_DEF | MTX_RECURSE);
	mtx_init(&s, "s", NULL, MTX_SPIN);
	sx_init(&sx, "sx");
	rw_init(&rw, "rw");
	rm_init(&rm, "rm");
	sx_xlock(&sx);
	CHECK(sx_xlocked(&sx) && !sx_try_slock(&sx));
	sx_downgrade(&sx);
	CHECK(sx_try_upgrade(&sx));
	mtx_lock(&m);
	mtx_lock(&m);
	CHECK(mtx_owned(&m) && mtx_recursed(&m));
	rw_rlock(&rw);
	rw_rlock(&rw);
	CHECK(!rw_try_upgrade(&rw));
	rw_runlock(&rw);
	CHECK(rw_try_upgrade(&rw) && rw_wowned(&rw));
	rw_wunlock(&rw);
	rm_rlock(&rm, &tr);
	rm_runlock(&rm, &tr);
	rm_wlock(&rm);
	CHECK(rm_wowned(&rm));
	rm_wunlock(&rm);
	mtx_lock_spin(&s);
	critical_enter();
	CHECK(curthread->td_critnest == 2);
	critical_exit();
	mtx_unlock_spin(&s);
	mtx_unlock(&m);
	mtx_unlock(&m);
	sx_xunlock(&sx);
	CHECK(mtx_trylock(&m));
	mtx_unlock(&m);
	mtx_destroy(&m);
	mtx_destroy(&s);
	sx_destroy(&sx);
	rw_destroy(&rw);
	rm_destroy(&rm);
	return (0);
}

MODULE_(threads, plain_event);
