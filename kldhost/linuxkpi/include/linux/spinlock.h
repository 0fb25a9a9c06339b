/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks are mutexes, as in LinuxKPI: bottom halves and interrupts are
 * threads, so that none has to be kept away.
 *
 * Linux has no end of a lock, FreeBSD has: a lock ends with the memory that it
 * lies in (hosted_locks_end(), which kfree() and its kin call).
 */
#ifndef _HOSTED_LINUX_SPINLOCK_H_
#define _HOSTED_LINUX_SPINLOCK_H_

#include <linux/types.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/queue.h>

struct hosted_lock {
	LIST_ENTRY(hosted_lock) link;
	bool		sleeps;		/* an sx(9), else a mutex(9) */
};

typedef struct spinlock {
	struct mtx	m;
	struct hosted_lock end;
} spinlock_t;

void	hosted_spin_lock_init(spinlock_t *, const char *name);
/* Locks in [p, p + len) end; none of them is held. */
void	hosted_locks_end(const void *p, size_t len);

/* Locks of one name are of one class: a queue of mt76 and one of skbs are not. */
#define	spin_lock_init(l)	hosted_spin_lock_init(l, #l " of " __FILE_NAME__)
#define	spin_lock(l)		mtx_lock(&(l)->m)
#define	spin_unlock(l)		mtx_unlock(&(l)->m)
#define	spin_lock_bh(l)		spin_lock(l)
#define	spin_unlock_bh(l)	spin_unlock(l)
#define	spin_lock_irqsave(l, f)	do { (f) = 0; spin_lock(l); } while (0)
#define	spin_unlock_irqrestore(l, f) do { (void)(f); spin_unlock(l); } while (0)
#define	local_bh_disable()	do { } while (0)
#define	local_bh_enable()	do { } while (0)

#define	lockdep_assert_held(l)	mtx_assert(&(l)->m, MA_OWNED)

#endif /* _HOSTED_LINUX_SPINLOCK_H_ */
