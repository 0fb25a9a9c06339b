/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_work.c: that file, and a work queue that takes
 * along what still waits for its time when it is destroyed.  A driver's delayed
 * work lies in memory that goes with its work queue, so a callout that stays
 * would be one in freed memory: mt76's power-save work is queued once more when
 * a late poll ends, after it was cancelled.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#include <linux/workqueue.h>
#include <linux/wait.h>
#include <linux/compat.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/rcupdate.h>
#include <linux/irq_work.h>

void	stock_destroy_workqueue(struct workqueue_struct *);
static void	arm(struct delayed_work *, int delay, int cpu);
static int	disarm(struct delayed_work *);

static inline int
stop(struct callout *c)
{
	return (callout_stop(c));
}

static inline void
reset(struct callout *c, int delay, callout_func_t *f, void *arg, int cpu)
{
	if (cpu < 0)
		callout_reset(c, delay, f, arg);
	else
		callout_reset_on(c, delay, f, arg, cpu);
}

/* Those of a delayed_work's timer, the only callouts of the file. */
#undef callout_reset
#undef callout_reset_on
#undef callout_stop
#define	callout_reset(c, delay, fn, dwork)	arm(dwork, delay, -1)
#define	callout_reset_on(c, delay, fn, dwork, cpu) arm(dwork, delay, cpu)
#define	callout_stop(c)		disarm(__containerof(c,			\
	struct delayed_work, timer.callout))
#define	linux_destroy_workqueue	stock_destroy_workqueue

#include <compat/linuxkpi/common/src/linux_work.c>

#undef callout_reset
#undef callout_reset_on
#undef callout_stop
#undef linux_destroy_workqueue

/* A delayed work whose callout is pending; without memory it is not listed. */
struct armed {
	TAILQ_ENTRY(armed) link;
	struct delayed_work *dwork;
	struct workqueue_struct *wq;
};
static TAILQ_HEAD(, armed) list = TAILQ_HEAD_INITIALIZER(list);
static struct mtx list_lock;	/* after a work's timer.mtx */
MTX_SYSINIT(lkpirs_work, &list_lock, "lkpirs work", MTX_DEF);

static void
forget(struct delayed_work *dwork)
{
	struct armed *a;

	mtx_lock(&list_lock);
	TAILQ_FOREACH(a, &list, link)
		if (a->dwork == dwork) {
			TAILQ_REMOVE(&list, a, link);
			break;
		}
	mtx_unlock(&list_lock);
	kfree(a);
}

/* Listed until it is in its queue: destroying that waits for timer.mtx. */
static void
fired(void *arg)
{
	linux_delayed_work_timer_fn(arg);
	forget(arg);
}

/* With timer.mtx held, as disarm() and fired(). */
static void
arm(struct delayed_work *dwork, int delay, int cpu)
{
	struct armed *a;

	forget(dwork);
	a = kmalloc(sizeof(*a), GFP_NOWAIT);
	if (a != NULL) {
		a->dwork = dwork;
		a->wq = dwork->work.work_queue;
		mtx_lock(&list_lock);
		TAILQ_INSERT_HEAD(&list, a, link);
		mtx_unlock(&list_lock);
	}
	reset(&dwork->timer.callout, delay, fired, dwork, cpu);
}

static int
disarm(struct delayed_work *dwork)
{
	int stopped = stop(&dwork->timer.callout);

	if (stopped == 1)
		forget(dwork);
	return (stopped);
}

static struct delayed_work *
armed_on(struct workqueue_struct *wq)
{
	struct delayed_work *dwork = NULL;
	struct armed *a;

	mtx_lock(&list_lock);
	TAILQ_FOREACH(a, &list, link)
		if (a->wq == wq) {
			dwork = a->dwork;
			break;
		}
	mtx_unlock(&list_lock);
	return (dwork);
}

/* Sleeps until what was queued has run; delayed work is cancelled. */
void
linux_destroy_workqueue(struct workqueue_struct *wq)
{
	struct delayed_work *dwork;

	atomic_inc(&wq->draining);
	drain_workqueue(wq);
	while ((dwork = armed_on(wq)) != NULL)
		linux_cancel_delayed_work_sync(dwork);
	stock_destroy_workqueue(wq);
}
