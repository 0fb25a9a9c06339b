/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks that end with the memory they lie in, and wait queues. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/sx.h>

#include <linux/mutex.h>
#include <linux/wait.h>

static LIST_HEAD(, hosted_lock) locks = LIST_HEAD_INITIALIZER(locks);
static struct mtx locks_lock;
MTX_SYSINIT(hosted_locks, &locks_lock, "hosted locks", MTX_DEF);

static void
end(struct hosted_lock *l)
{
	LIST_REMOVE(l, link);
	if (l->sleeps)
		sx_destroy(&__containerof(l, struct mutex, end)->sx);
	else
		mtx_destroy(&__containerof(l, spinlock_t, end)->m);
}

void
hosted_locks_end(const void *p, size_t len)
{
	struct hosted_lock *l, *next;

	mtx_lock(&locks_lock);
	LIST_FOREACH_SAFE(l, &locks, link, next)
		if ((uintptr_t)l - (uintptr_t)p < len)
			end(l);
	mtx_unlock(&locks_lock);
}

/* What is initialised once more is another lock. */
static void
begin(struct hosted_lock *l, bool sleeps)
{
	hosted_locks_end(l, sizeof(*l));
	mtx_lock(&locks_lock);
	l->sleeps = sleeps;
	LIST_INSERT_HEAD(&locks, l, link);
	mtx_unlock(&locks_lock);
}

void
hosted_spin_lock_init(spinlock_t *l, const char *name)
{
	begin(&l->end, false);
	mtx_init(&l->m, name, NULL, MTX_DEF | MTX_NEW);
}

void
hosted_mutex_init(struct mutex *m, const char *name)
{
	begin(&m->end, true);
	sx_init_flags(&m->sx, name, SX_NEW);
}

void
wake_up(wait_queue_head_t *q)
{
	spin_lock(&q->lock);
	q->wakes++;
	wakeup(q);
	spin_unlock(&q->lock);
}

bool
hosted_wait(wait_queue_head_t *q, u_int wakes, sbintime_t until)
{
	bool in_time = true;

	spin_lock(&q->lock);
	while (q->wakes == wakes && in_time)
		in_time = msleep_sbt(q, &q->lock.m, 0, "waitq", until, 0,
		    C_ABSOLUTE) != EWOULDBLOCK;
	spin_unlock(&q->lock);
	return (in_time);
}
