/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's delayed works on taskqueue(9). */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/priority.h>
#include <sys/taskqueue.h>

#include <linux/slab.h>
#include <linux/workqueue.h>

struct workqueue_struct *
alloc_ordered_workqueue(const char *name, int flags __unused)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);

	wq->tq = taskqueue_create(name, M_WAITOK, taskqueue_thread_enqueue,
	    &wq->tq);
	if (taskqueue_start_threads(&wq->tq, 1, PWAIT, "%s", name) != 0) {
		taskqueue_free(wq->tq);
		kfree(wq);
		return (NULL);
	}
	return (wq);
}

void
destroy_workqueue(struct workqueue_struct *wq)
{
	taskqueue_drain_all(wq->tq);
	taskqueue_free(wq->tq);
	kfree(wq);
}

static void
run(void *arg, int pending __unused)
{
	struct delayed_work *w = arg;

	/* From here on it may be queued again. */
	atomic_store_rel_int(&w->pending, 0);
	w->work.func(&w->work);
}

void
hosted_init_delayed_work(struct delayed_work *w, work_func_t *func)
{
	w->work.func = func;
	w->wq = NULL;
	w->pending = 0;
}

bool
queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *w,
    unsigned long delay)
{
	if (atomic_swap_int(&w->pending, 1) != 0)
		return (false);
	if (w->wq != wq) {
		TIMEOUT_TASK_INIT(wq->tq, &w->task, 0, run, w);
		w->wq = wq;
	}
	taskqueue_enqueue_timeout(wq->tq, &w->task, delay);
	return (true);
}

bool
cancel_delayed_work_sync(struct delayed_work *w)
{
	bool was;

	if (w->wq == NULL)
		return (false);
	was = atomic_load_int(&w->pending) != 0;
	while (taskqueue_cancel_timeout(w->wq->tq, &w->task, NULL) != 0)
		taskqueue_drain_timeout(w->wq->tq, &w->task);
	atomic_store_rel_int(&w->pending, 0);
	return (was);
}
