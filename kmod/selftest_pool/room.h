/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers on their way from the thread that has them of a pool to those that give
 * them back. */
#ifndef _ROOM_H_
#define _ROOM_H_

#include "pool.h"

#include <sys/lock.h>
#include <sys/mutex.h>

#define	ROOM	64

struct room {
	struct mtx	lock;
	struct passed { void *p; unsigned int off; } at[ROOM];
	int		n;
	bool		over;		/* no more will come */
};

static inline void
room_init(struct room *r)
{
	mtx_init(&r->lock, "selftest room", NULL, MTX_DEF);
}

static inline void
room_end(struct room *r)
{
	mtx_destroy(&r->lock);
}

/* False: it is full. */
static inline bool
room_put(struct room *r, struct passed what)
{
	bool fits;

	mtx_lock(&r->lock);
	fits = r->n < ROOM;
	if (fits)
		r->at[r->n++] = what;
	mtx_unlock(&r->lock);
	return (fits);
}

static inline void
room_close(struct room *r)
{
	mtx_lock(&r->lock);
	r->over = true;
	mtx_unlock(&r->lock);
}

/* Waits; false: it is empty and stays so. */
static inline bool
room_take(struct room *r, struct passed *what)
{
	bool some;

	mtx_lock(&r->lock);
	while (r->n == 0 && !r->over) {
		mtx_unlock(&r->lock);
		pause_sbt("frames", SBT_1MS, 0, C_HARDCLOCK);
		mtx_lock(&r->lock);
	}
	some = r->n > 0;
	if (some)
		*what = r->at[--r->n];
	mtx_unlock(&r->lock);
	return (some);
}

#endif /* _ROOM_H_ */
