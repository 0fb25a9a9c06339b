/* SPDX-License-Identifier: BSD-2-Clause */
/* taskqueue(9) */
#include "taskqueue.h"

static MALLOC_DEFINE(M_TASKQUEUE, "taskqueue", "Task Queues");
struct taskqueue *taskqueue_thread, *taskqueue_fast, *taskqueue_swi,
    *taskqueue_swi_giant, *taskqueue_bus;

void
khi_tq_sleep(struct taskqueue *q, void *chan, const char *wmesg)
{
	if (q->spin)
		msleep_spin_sbt(chan, &q->mtx, wmesg, 0, 0, 0);
	else
		_sleep(chan, &q->mtx.lock_object, 0, wmesg, 0, 0, 0);
}

static struct taskqueue *
create(const char *name, int mflags, taskqueue_enqueue_fn enqueue,
    void *context, int spin, uint64_t caller)
{
	struct taskqueue *q;

	if ((mflags & M_NOWAIT) != 0 && khi_fault("taskqueue_create", caller))
		return (NULL);
	q = khi_malloc_at(sizeof(*q), 8, M_TASKQUEUE, mflags | M_ZERO, -1,
	    KHI_INTERNAL);
	if (q == NULL)
		return (NULL);
	STAILQ_INIT(&q->tasks);
	TAILQ_INIT(&q->running);
	strlcpy(q->name, name, sizeof(q->name));
	q->enqueue = enqueue;
	q->context = context;
	q->spin = spin;
	mtx_init(&q->mtx, q->name, "taskqueue", (spin ? MTX_SPIN : MTX_DEF) |
	    MTX_DUPOK);
	host_track_del(KHI_LOCK, &q->mtx);	/* tracked with the queue */
	host_track_add(KHI_TASKQ, q, 0, q->name, caller);
	return (q);
}

struct taskqueue *
taskqueue_create(const char *name, int mflags, taskqueue_enqueue_fn enqueue,
    void *context)
{
	return (create(name, mflags, enqueue, context, 0, KHI_CALLER));
}

struct taskqueue *
taskqueue_create_fast(const char *name, int mflags,
    taskqueue_enqueue_fn enqueue, void *context)
{
	return (create(name, mflags, enqueue, context, 1, KHI_CALLER));
}

void
taskqueue_thread_enqueue(void *context)
{
	struct taskqueue **q = context;

	if (*q != NULL)
		wakeup_any(*q);
}

/* The queue is locked; runs what is queued. */
static void
run_locked(struct taskqueue *q)
{
	struct running r;
	struct task *t;
	int pending;

	TAILQ_INSERT_TAIL(&q->running, &r, link);
	while (!q->blocked && (t = STAILQ_FIRST(&q->tasks)) != NULL) {
		task_fn_t *fn = t->ta_func;
		void *ctx = t->ta_context;

		STAILQ_REMOVE_HEAD(&q->tasks, ta_link);
		pending = t->ta_pending;
		t->ta_pending = 0;
		r.task = t;
		r.seq = ++q->seq;
		r.canceling = 0;
		TQ_UNLOCK(q);
		fn(ctx, pending);
		khi_held_check(0, "task", (uintptr_t)fn);
		TQ_LOCK(q);
		r.task = NULL;
		wakeup(t);
		wakeup(&q->running);
	}
	TAILQ_REMOVE(&q->running, &r, link);
}

void
taskqueue_run(struct taskqueue *q)
{
	TQ_LOCK(q);
	run_locked(q);
	TQ_UNLOCK(q);
}

void
taskqueue_thread_loop(void *arg)
{
	struct taskqueue *q = *(struct taskqueue **)arg;
	int i;

	if (q->cb[TASKQUEUE_CALLBACK_TYPE_INIT] != NULL)
		q->cb[TASKQUEUE_CALLBACK_TYPE_INIT](
		    q->cbctx[TASKQUEUE_CALLBACK_TYPE_INIT]);
	TQ_LOCK(q);
	while (q->active) {
		run_locked(q);
		if (!q->active)
			break;
		khi_tq_sleep(q, q, "-");
	}
	run_locked(q);
	if (q->cb[TASKQUEUE_CALLBACK_TYPE_SHUTDOWN] != NULL) {
		TQ_UNLOCK(q);
		q->cb[TASKQUEUE_CALLBACK_TYPE_SHUTDOWN](
		    q->cbctx[TASKQUEUE_CALLBACK_TYPE_SHUTDOWN]);
		TQ_LOCK(q);
	}
	for (i = 0; i < 16; i++)
		if (q->threads[i] == curthread)
			q->threads[i] = NULL;
	q->nthreads--;
	wakeup(q->threads);
	TQ_UNLOCK(q);
	kthread_exit();
}

static int
start(struct taskqueue **tqp, int count, const cpuset_t *mask,
    const char *fmt, va_list ap, uint64_t caller)
{
	struct taskqueue *q = *tqp;
	char name[64], full[72];
	int i;

	if (count <= 0 || count > 16)
		return (EINVAL);
	if (!q->system && khi_fault("taskqueue_start_threads", caller))
		return (ENOMEM);
	vsnprintf(name, sizeof(name), fmt, ap);
	q->active = 1;
	for (i = 0; i < count; i++) {
		struct kthr *kt;

		if (count == 1)
			strlcpy(full, name, sizeof(full));
		else
			snprintf(full, sizeof(full), "%s_%d", name, i);
		kt = khi_thread_create(taskqueue_thread_loop, tqp, q->system,
		    full, caller);
		if (kt == NULL)
			return (ENOMEM);
		if (mask != NULL && CPU_COUNT(mask) == 1)
			kt->bound = CPU_FFS(mask) - 1;
		q->threads[i] = &kt->td;
		q->nthreads++;
	}
	return (0);
}

int
taskqueue_start_threads(struct taskqueue **tqp, int count, int pri __unused,
    const char *fmt, ...)
{
	va_list ap;
	int error;

	va_start(ap, fmt);
	error = start(tqp, count, NULL, fmt, ap, KHI_CALLER);
	va_end(ap);
	return (error);
}

int
taskqueue_start_threads_in_proc(struct taskqueue **tqp, int count,
    int pri __unused, struct proc *p __unused, const char *fmt, ...)
{
	va_list ap;
	int error;

	va_start(ap, fmt);
	error = start(tqp, count, NULL, fmt, ap, KHI_CALLER);
	va_end(ap);
	return (error);
}

int
taskqueue_start_threads_cpuset(struct taskqueue **tqp, int count,
    int pri __unused, cpuset_t *mask, const char *fmt, ...)
{
	va_list ap;
	int error;

	va_start(ap, fmt);
	error = start(tqp, count, mask, fmt, ap, KHI_CALLER);
	va_end(ap);
	return (error);
}

struct running *
khi_find_running(struct taskqueue *q, struct task *t)
{
	struct running *r;

	TAILQ_FOREACH(r, &q->running, link)
		if (r->task == t)
			return (r);
	return (NULL);
}

/* Called locked, returns unlocked. */
int
khi_enqueue_locked(struct taskqueue *q, struct task *t, int flags)
{
	struct task *p, *prev = NULL;
	struct running *r;

	if ((flags & TASKQUEUE_FAIL_IF_PENDING) != 0 && t->ta_pending > 0) {
		TQ_UNLOCK(q);
		return (EEXIST);
	}
	if ((flags & TASKQUEUE_FAIL_IF_CANCELING) != 0 &&
	    (r = khi_find_running(q, t)) != NULL && r->canceling) {
		TQ_UNLOCK(q);
		return (ECANCELED);
	}
	if (t->ta_pending > 0) {
		if (t->ta_pending < USHRT_MAX)
			t->ta_pending++;
		TQ_UNLOCK(q);
		return (0);
	}
	STAILQ_FOREACH(p, &q->tasks, ta_link) {
		if (p->ta_priority < t->ta_priority)
			break;
		prev = p;
	}
	if (prev != NULL)
		STAILQ_INSERT_AFTER(&q->tasks, prev, t, ta_link);
	else
		STAILQ_INSERT_HEAD(&q->tasks, t, ta_link);
	t->ta_pending = 1;
	TQ_UNLOCK(q);
	if (!q->blocked)
		q->enqueue(q->context);
	return (0);
}

int
taskqueue_enqueue_flags(struct taskqueue *q, struct task *t, int flags)
{
	TQ_LOCK(q);
	return (khi_enqueue_locked(q, t, flags));
}

int taskqueue_enqueue(struct taskqueue *q, struct task *t) { return (taskqueue_enqueue_flags(q, t, 0)); }

void
taskqueue_free(struct taskqueue *q)
{
	khi_sleep_check("taskqueue_free");
	TQ_LOCK(q);
	if (q->callouts != 0)
		panic("taskqueue_free: %s has armed timeout tasks", q->name);
	q->active = 0;
	while (q->nthreads > 0) {
		wakeup(q);
		khi_tq_sleep(q, q->threads, "tq_destroy");
	}
	TQ_UNLOCK(q);
	host_track_del(KHI_TASKQ, q);
	host_track_add(KHI_LOCK, &q->mtx, 0, NULL, 0);
	mtx_destroy(&q->mtx);
	free(q, M_TASKQUEUE);
}

/* Tasks of [lo, hi) still queued on the kernel's own queues? */
int
khi_tasks_in(uintptr_t lo, uintptr_t hi, uint64_t *fn)
{
	struct taskqueue *qs[] = { taskqueue_thread, taskqueue_fast };
	struct task *t;
	u_int i;
	int n = 0;

	for (i = 0; i < nitems(qs); i++) {
		if (qs[i] == NULL)
			continue;
		TQ_LOCK(qs[i]);
		STAILQ_FOREACH(t, &qs[i]->tasks, ta_link)
			if ((uintptr_t)t->ta_func >= lo &&
			    (uintptr_t)t->ta_func < hi) {
				*fn = (uintptr_t)t->ta_func;
				n++;
			}
		TQ_UNLOCK(qs[i]);
	}
	return (n);
}

static void
standard(struct taskqueue **qp, const char *name, int spin)
{
	*qp = create(name, M_WAITOK, taskqueue_thread_enqueue, qp, spin, 0);
	(*qp)->system = 1;
	taskqueue_start_threads(qp, 1, 0, "%s taskq", name);
}

void
khi_taskqueue_init(void)
{
	malloc_init(M_TASKQUEUE);
	standard(&taskqueue_thread, "thread", 0);
	standard(&taskqueue_fast, "fast", 1);
	taskqueue_swi = taskqueue_swi_giant = taskqueue_bus = taskqueue_thread;
}
