/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared/exclusive engine under sx(9), rwlock(9) and rmlock(9). */
#ifndef KH_RWCORE_H
#define KH_RWCORE_H

#include "kh.h"

/* Encoding of the lock word; sx and rw use the same one. */
#define	RWC_READ	0x01UL
#define	RWC_WAITERS	0x06UL
#define	RWC_RECURSED	0x10UL
#define	RWC_FLAGS	0x1fUL
#define	RWC_UNLOCKED	RWC_READ
#define	RWC_DESTROYED	RWC_WAITERS
#define	RWC_ONE		0x20UL
#define	RWC_OWNER(v)	(((v) & RWC_READ) != 0 ? NULL :			\
			    (struct thread *)((v) & ~RWC_FLAGS))

int	khi_rw_wlock(struct lock_object *lo, volatile uintptr_t *w, int try,
	    int opts, const char *what, const char *file, int line);
int	khi_rw_rlock(struct lock_object *lo, volatile uintptr_t *w, int try,
	    int opts, const char *what, const char *file, int line);
void	khi_rw_wunlock(struct lock_object *lo, volatile uintptr_t *w,
	    const char *what, const char *file, int line);
void	khi_rw_runlock(struct lock_object *lo, volatile uintptr_t *w,
	    const char *what, const char *file, int line);
int	khi_rw_upgrade(struct lock_object *lo, volatile uintptr_t *w,
	    const char *what, const char *file, int line);
void	khi_rw_downgrade(struct lock_object *lo, volatile uintptr_t *w,
	    const char *what, const char *file, int line);
void	khi_rw_destroy(struct lock_object *lo, volatile uintptr_t *w,
	    const char *what);
void	khi_rw_assert(const struct lock_object *lo, uintptr_t v, int what,
	    const char *file, int line);

#endif
