/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_JIFFIES_H_
#define _HOSTED_LINUX_JIFFIES_H_

#include <linux/types.h>
#include <sys/kernel.h>
#include <sys/time.h>

#define	HZ	hz
/* Drivers have members of this name. */
#define	jiffies	ticks
#define	time_after32(a, b)	((s32)((u32)(b) - (u32)(a)) < 0)
#define	time_after(a, b)	time_after32(a, b)
#define	time_is_after_jiffies(t) time_after(t, jiffies)

typedef s64	ktime_t;	/* nanoseconds */

static inline ktime_t
ktime_get_boottime(void)
{
	return (sbttons(sbinuptime()));
}
#define	ktime_get_boottime_ns()	((u64)ktime_get_boottime())
#define	ktime_sub(a, b)		((a) - (b))
#define	ktime_to_us(t)		((t) / 1000)

#endif /* _HOSTED_LINUX_JIFFIES_H_ */
