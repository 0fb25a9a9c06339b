/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_ATOMIC_H_
#define _HOSTED_LINUX_ATOMIC_H_

#include <linux/types.h>

static inline int
atomic_read(const atomic_t *a)
{
	return (a->counter);
}

static inline int
atomic_add_return(int n, atomic_t *a)
{
	return (atomic_fetchadd_int((volatile u_int *)&a->counter, n) + n);
}
#define	atomic_inc_return(a)	atomic_add_return(1, a)
#define	atomic_dec_return(a)	atomic_add_return(-1, a)

/* What it was: new is there only if that is old. */
static inline int
atomic_cmpxchg(atomic_t *a, int old, int new)
{
	u_int was = old;

	(void)atomic_fcmpset_int((volatile u_int *)&a->counter, &was, new);
	return (was);
}

#endif /* _HOSTED_LINUX_ATOMIC_H_ */
