/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of taskqueue(9). */
#ifndef KH_TASKQUEUE_H
#define KH_TASKQUEUE_H

#include "kh.h"
#include <sys/callout.h>
#include <sys/cpuset.h>
#include <sys/kthread.h>
#include <sys/taskqueue.h>
#include <machine/stdarg.h>

struct running {
	TAILQ_ENTRY(running) link;
	struct task	*task;
	u_int		seq;
	int		canceling;
};

struct taskqueue {
	STAILQ_HEAD(, task) tasks;
	TAILQ_HEAD(, running) running;
	taskqueue_enqueue_fn enqueue;
	void		*context;
	char		name[TASKQUEUE_NAMELEN];
	struct mtx	mtx;
	struct thread	*threads[16];
	int		nthreads, spin, active, blocked, callouts, system;
	u_int		seq;
	taskqueue_callback_fn cb[TASKQUEUE_NUM_CALLBACKS];
	void		*cbctx[TASKQUEUE_NUM_CALLBACKS];
};

#define	TQ_LOCK(q)	do { if ((q)->spin) mtx_lock_spin(&(q)->mtx);	\
			    else mtx_lock(&(q)->mtx); } while (0)
#define	TQ_UNLOCK(q)	do { if ((q)->spin) mtx_unlock_spin(&(q)->mtx);	\
			    else mtx_unlock(&(q)->mtx); } while (0)

void	khi_tq_sleep(struct taskqueue *q, void *chan, const char *wmesg);
struct running *khi_find_running(struct taskqueue *q, struct task *t);
/* Called locked, returns unlocked. */
int	khi_enqueue_locked(struct taskqueue *q, struct task *t, int flags);

#endif
