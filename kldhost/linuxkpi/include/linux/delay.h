/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_DELAY_H_
#define _HOSTED_LINUX_DELAY_H_

#include <linux/jiffies.h>

#define	udelay(us)	DELAY(us)
#define	usleep_range(lo, hi)						\
	pause_sbt("usleep", ustosbt(lo), ustosbt((hi) - (lo)), C_HARDCLOCK)

#endif /* _HOSTED_LINUX_DELAY_H_ */
