/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_MUTEX_H_
#define _HOSTED_LINUX_MUTEX_H_

#include <linux/spinlock.h>
#include <sys/sx.h>

struct mutex {
	struct sx	sx;
	struct hosted_lock end;
};

void	hosted_mutex_init(struct mutex *, const char *name);
#define	mutex_init(m)		hosted_mutex_init(m, #m)
#define	mutex_lock(m)		sx_xlock(&(m)->sx)
#define	mutex_unlock(m)		sx_xunlock(&(m)->sx)
#define	lockdep_is_held(m)	sx_xlocked(&(m)->sx)

#endif /* _HOSTED_LINUX_MUTEX_H_ */
