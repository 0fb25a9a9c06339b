/* SPDX-License-Identifier: BSD-2-Clause */
/* taskqueue(9): timeouts, cancelling, draining. */
#include "taskqueue.h"

#define	TT_ARMED	1

static void
timeout_fire(void *arg)
{
	struct timeout_task *tt = arg;
	struct taskqueue *q = tt->q;

	TQ_LOCK(q);
	tt->f &= ~TT_ARMED;
	q->callouts--;
	khi_enqueue_locked(q, &tt->t, 0);
}

void
_timeout_task_init(struct taskqueue *q, struct timeout_task *tt, int pri,
    task_fn_t fn, void *ctx)
{
	TASK_INIT(&tt->t, pri, fn, ctx);
	callout_init(&tt->c, 1);
	tt->q = q;
	tt->f = 0;
}

int
taskqueue_enqueue_timeout_sbt(struct taskqueue *q, struct timeout_task *tt,
    sbintime_t sbt, sbintime_t pr, int flags)
{
	int res;

	TQ_LOCK(q);
	if (tt->q != NULL && tt->q != q)
		panic("taskqueue_enqueue_timeout: migrated queue");
	tt->q = q;
	res = tt->t.ta_pending;
	if (sbt == 0) {
		khi_enqueue_locked(q, &tt->t, 0);
		return (res);
	}
	if ((tt->f & TT_ARMED) != 0)
		res++;
	else {
		q->callouts++;
		tt->f |= TT_ARMED;
		if (sbt < 0)
			sbt = -sbt;
	}
	TQ_UNLOCK(q);
	if (sbt > 0)
		callout_reset_sbt(&tt->c, sbt, pr, timeout_fire, tt, flags);
	return (res);
}

int
taskqueue_enqueue_timeout(struct taskqueue *q, struct timeout_task *tt, int n)
{
	return (taskqueue_enqueue_timeout_sbt(q, tt, n * tick_sbt, 0,
	    C_HARDCLOCK));
}

static int
cancel_locked(struct taskqueue *q, struct task *t, u_int *pendp)
{
	struct running *r;

	if (t->ta_pending > 0)
		STAILQ_REMOVE(&q->tasks, t, task, ta_link);
	if (pendp != NULL)
		*pendp = t->ta_pending;
	t->ta_pending = 0;
	r = khi_find_running(q, t);
	return (r != NULL ? EBUSY : 0);
}

int
taskqueue_cancel(struct taskqueue *q, struct task *t, u_int *pendp)
{
	int error;

	TQ_LOCK(q);
	error = cancel_locked(q, t, pendp);
	TQ_UNLOCK(q);
	return (error);
}

int
taskqueue_cancel_timeout(struct taskqueue *q, struct timeout_task *tt,
    u_int *pendp)
{
	u_int pend = 0, armed;
	int error;

	armed = callout_stop(&tt->c) > 0;
	TQ_LOCK(q);
	error = cancel_locked(q, &tt->t, &pend);
	if ((tt->f & TT_ARMED) != 0 && armed) {
		tt->f &= ~TT_ARMED;
		q->callouts--;
	}
	TQ_UNLOCK(q);
	if (pendp != NULL)
		*pendp = pend + armed;
	return (error);
}

int
taskqueue_poll_is_busy(struct taskqueue *q, struct task *t)
{
	int busy;

	TQ_LOCK(q);
	busy = t->ta_pending > 0 || khi_find_running(q, t) != NULL;
	TQ_UNLOCK(q);
	return (busy);
}

void
taskqueue_drain(struct taskqueue *q, struct task *t)
{
	khi_sleep_check("taskqueue_drain");
	TQ_LOCK(q);
	while (t->ta_pending != 0 || khi_find_running(q, t) != NULL)
		khi_tq_sleep(q, t, "tq_drain");
	TQ_UNLOCK(q);
}

void
taskqueue_drain_timeout(struct taskqueue *q, struct timeout_task *tt)
{
	callout_drain(&tt->c);
	TQ_LOCK(q);
	if ((tt->f & TT_ARMED) != 0) {
		tt->f &= ~TT_ARMED;
		q->callouts--;
	}
	TQ_UNLOCK(q);
	taskqueue_drain(q, &tt->t);
}

static int
any_running(struct taskqueue *q)
{
	struct running *r;

	TAILQ_FOREACH(r, &q->running, link)
		if (r->task != NULL)
			return (1);
	return (0);
}

void
taskqueue_drain_all(struct taskqueue *q)
{
	khi_sleep_check("taskqueue_drain_all");
	TQ_LOCK(q);
	while (!STAILQ_EMPTY(&q->tasks) || any_running(q))
		khi_tq_sleep(q, &q->running, "tq_qdrain");
	TQ_UNLOCK(q);
}

void taskqueue_quiesce(struct taskqueue *q) { taskqueue_drain_all(q); }

void
taskqueue_block(struct taskqueue *q)
{
	TQ_LOCK(q);
	q->blocked++;
	TQ_UNLOCK(q);
}

void
taskqueue_unblock(struct taskqueue *q)
{
	TQ_LOCK(q);
	if (q->blocked == 0)
		panic("taskqueue_unblock: %s is not blocked", q->name);
	q->blocked--;
	TQ_UNLOCK(q);
	if (!q->blocked && !STAILQ_EMPTY(&q->tasks))
		q->enqueue(q->context);
}

int
taskqueue_member(struct taskqueue *q, struct thread *td)
{
	int i;

	for (i = 0; i < 16; i++)
		if (q->threads[i] == td)
			return (1);
	return (0);
}

void
taskqueue_set_callback(struct taskqueue *q, enum taskqueue_callback_type type,
    taskqueue_callback_fn fn, void *ctx)
{
	q->cb[type] = fn;
	q->cbctx[type] = ctx;
}
