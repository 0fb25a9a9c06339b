/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that can be stopped, parked and woken: src/kthread.c. */
#ifndef _HOSTED_LINUX_KTHREAD_H_
#define _HOSTED_LINUX_KTHREAD_H_

#include <linux/spinlock.h>
#include <sys/proc.h>

#define	TASK_RUNNING		0
#define	TASK_INTERRUPTIBLE	1

struct task_struct {
	struct mtx	lock;
	int		(*fn)(void *);
	void		*arg;
	int		state;		/* TASK_* */
	bool		should_stop, should_park, parked, exited;
	int		exit_code;
};

/* A thread that runs; an ERR_PTR.  Sleeps. */
struct task_struct *hosted_kthread_run(int (*fn)(void *), void *arg,
	    const char *fmt, ...) __printflike(3, 4);
#define	kthread_run(fn, arg, ...)	hosted_kthread_run(fn, arg, __VA_ARGS__)

/* Each returns when the thread has parked, goes on, or has exited.  All but
 * unpark sleep. */
int	kthread_park(struct task_struct *);
void	kthread_unpark(struct task_struct *);
int	kthread_stop(struct task_struct *);
/* Of a kthread_run() thread itself: */
bool	kthread_should_stop(void);
bool	kthread_should_park(void);
void	kthread_parkme(void);
void	set_current_state(int state);
void	schedule(void);

/* Whether it slept. */
int	wake_up_process(struct task_struct *);

static inline void
cond_resched(void)
{
}

/* The hosted kernel has no priorities. */
static inline void
sched_set_fifo_low(struct task_struct *task __unused)
{
}

#endif /* _HOSTED_LINUX_KTHREAD_H_ */
