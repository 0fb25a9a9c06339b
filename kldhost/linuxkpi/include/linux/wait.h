/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_WAIT_H_
#define _HOSTED_LINUX_WAIT_H_

#include <linux/spinlock.h>
#include <linux/jiffies.h>

typedef struct wait_queue_head {
	spinlock_t	lock;
	u_int		wakes;		/* how many there were */
} wait_queue_head_t;

#define	init_waitqueue_head(q)						\
	do { spin_lock_init(&(q)->lock); (q)->wakes = 0; } while (0)

void	wake_up(wait_queue_head_t *);
/* Sleeps until there were more wake-ups, or that time of sbinuptime(); false if
 * it was the time. */
bool	hosted_wait(wait_queue_head_t *, u_int wakes, sbintime_t until);

/* Ticks that are left, but at least 1; 0 if the time is up and it is still
 * false. */
#define	wait_event_timeout(q, condition, timeout)			\
({									\
	long timeout_ = (timeout), left_;				\
	sbintime_t until_ = sbinuptime() + timeout_ * tick_sbt;		\
	bool more_ = true;						\
	for (;;) {							\
		u_int wakes_ = READ_ONCE((q).wakes);			\
		smp_mb();						\
		if (condition) {					\
			left_ = (until_ - sbinuptime()) / tick_sbt;	\
			left_ = left_ < 1 ? 1 : left_;			\
			break;						\
		}							\
		left_ = 0;						\
		if (!more_)						\
			break;						\
		more_ = hosted_wait(&(q), wakes_, until_);		\
	}								\
	left_;								\
})

#endif /* _HOSTED_LINUX_WAIT_H_ */
