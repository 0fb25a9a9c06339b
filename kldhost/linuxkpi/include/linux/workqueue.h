/* SPDX-License-Identifier: BSD-2-Clause */
/* Work queues are taskqueue(9)s: src/workqueue.c. */
#ifndef _HOSTED_LINUX_WORKQUEUE_H_
#define _HOSTED_LINUX_WORKQUEUE_H_

#include <linux/types.h>
#include <sys/taskqueue.h>

struct work_struct;
typedef void work_func_t(struct work_struct *);

struct work_struct {
	work_func_t	*func;
};

struct workqueue_struct {
	struct taskqueue *tq;
};

struct delayed_work {
	struct work_struct work;
	struct timeout_task task;
	struct workqueue_struct *wq;	/* where it was queued last */
	u_int		pending;
};

void	hosted_init_delayed_work(struct delayed_work *, work_func_t *);
#define	INIT_DELAYED_WORK(w, f)	hosted_init_delayed_work(w, f)

/* One thread; NULL without memory.  Both sleep. */
struct workqueue_struct *alloc_ordered_workqueue(const char *name, int flags);
void	destroy_workqueue(struct workqueue_struct *);
/* False: it is queued already, and stays as it is. */
bool	queue_delayed_work(struct workqueue_struct *, struct delayed_work *,
	    unsigned long delay);
/* When it returns the work runs no more.  Whether it was queued.  Sleeps. */
bool	cancel_delayed_work_sync(struct delayed_work *);

#endif /* _HOSTED_LINUX_WORKQUEUE_H_ */
