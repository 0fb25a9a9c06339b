/* SPDX-License-Identifier: BSD-2-Clause */
/* Read-copy-update: src/rcu.c. */
#ifndef _HOSTED_LINUX_RCUPDATE_H_
#define _HOSTED_LINUX_RCUPDATE_H_

#include <linux/kernel.h>

struct rcu_head {
	struct rcu_head	*next;
	size_t		offset;		/* of the head in what is freed */
};

/* Any thread; sections nest, and may not sleep. */
void	rcu_read_lock(void);
void	rcu_read_unlock(void);
/* Frees what holds the head when all sections of now have ended. */
void	hosted_kfree_rcu(struct rcu_head *, size_t offset);
#define	kfree_rcu(p, member)						\
	hosted_kfree_rcu(&(p)->member, offsetof(__typeof(*(p)), member))
/* Returns when all sections of now have ended.  Sleeps. */
void	synchronize_rcu(void);

#define	rcu_access_pointer(p)	READ_ONCE(p)
#define	rcu_dereference(p)	READ_ONCE(p)
#define	rcu_dereference_protected(p, held)	((void)(held), (p))
#define	rcu_assign_pointer(p, v)					\
	do { smp_wmb(); WRITE_ONCE(p, v); } while (0)
#define	rcu_replace_pointer(p, v, held)					\
	({ __typeof(p) old_ = rcu_dereference_protected(p, held);	\
	   rcu_assign_pointer(p, v); old_; })

#endif /* _HOSTED_LINUX_RCUPDATE_H_ */
