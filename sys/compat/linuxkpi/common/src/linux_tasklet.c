/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_tasklet.c: that file, whose tasklet_disable()
 * waits until the tasklet is idle.  One that is queued is not run while it is
 * disabled, so that is for ever.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/gtaskqueue.h>
#include <sys/proc.h>
#include <sys/sched.h>

#include <linux/compiler.h>
#include <linux/interrupt.h>
#include <linux/compat.h>

void	stock_tasklet_disable(struct tasklet_struct *);
#define	tasklet_disable	stock_tasklet_disable

#include <compat/linuxkpi/common/src/linux_tasklet.c>

#undef tasklet_disable

static bool
unqueue(struct tasklet_struct *ts)
{
	struct tasklet_struct *t;
	struct tasklet_worker *tw;
	int i;

	CPU_FOREACH(i) {
		tw = DPCPU_ID_PTR(i, tasklet_worker);
		TASKLET_WORKER_LOCK(tw);
		TAILQ_FOREACH(t, &tw->head, entry)
			if (t == ts) {
				TAILQ_REMOVE(&tw->head, ts, entry);
				TASKLET_ST_SET(ts, TASKLET_ST_IDLE);
				break;
			}
		TASKLET_WORKER_UNLOCK(tw);
		if (t != NULL)
			return (true);
	}
	return (false);
}

/*
 * Returns when it does not run, nor is queued: as tasklet_schedule() forgets
 * what comes for a disabled one, so is what came just before.  Sleeps.
 */
void
tasklet_disable(struct tasklet_struct *ts)
{
	atomic_inc(&ts->count);
	while (TASKLET_ST_GET(ts) != TASKLET_ST_IDLE && !unqueue(ts))
		pause("tasklet", 1);
}
