/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak.ko: threads that make random pools, take random buffers of them, write
 * into each what only its owner knows, hand them to each other, look whether it
 * is still there, and give them back in every way that there is.  Pools are
 * destroyed and made again all the while.
 */
#ifndef _SOAK_H_
#define _SOAK_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>

#include <net/page_pool/helpers.h>
#include <lkpirs/softdev.h>

MALLOC_DECLARE(M_SOAK);

uint64_t lkpirs_stat(const char *name);

#define	MAXTHREADS	64
#define	MAXSLOTS	(2 * MAXTHREADS)
#define	BURST		64
#define	ROOM		512		/* buffers that wait for a thread */
#define	STREAMS		6		/* mappings that a thread has */

/* How a buffer was made, which says how it may be put. */
enum made { MADE_PAGE, MADE_FRAG, MADE_SIZED, MADE_VA, MADE_SPLIT };

struct buf {
	struct page_pool *pool;
	struct page	*page;
	uint32_t	off, len;
	uint32_t	tag;		/* what was written into it */
	uint8_t		order;		/* of its page */
	uint8_t		made;
};

/* A pool, or room for one.  Who has set `busy' is its driver: allocates, puts
 * directly, destroys. */
struct slot {
	volatile u_int	busy;
	struct page_pool *pool;
	struct page_pool_params params;
	uint32_t	left;		/* bursts until it is destroyed */
} __aligned(CACHE_LINE_SIZE);

/* What a thread has done. */
struct counts {
	uint64_t	buffers, failed, direct, puts, bulk, unref, held;
	uint64_t	pools, syncs, streams, no_stream;
	uint64_t	waited;		/* most destroyed pools that had buffers out */
};

struct stream {
	struct page	*page;
	dma_addr_t	dma;
	size_t		len;
	u_int		order;
	uint32_t	seed;
	enum dma_data_direction dir;
	struct device	*dev;
};

struct worker {
	struct job	*job;
	int		id;
	uint64_t	random;
	struct counts	n;
	struct stream	streams[STREAMS];
	struct buf	own[ROOM];	/* only the thread's */
	int		nown;
	struct buf	burst[BURST];
	void		*bulk[BURST];
	/* Buffers from the other threads. */
	struct mtx	lock;
	struct buf	in[ROOM];
	int		nin;
	bool		dead;		/* under the lock */
} __aligned(CACHE_LINE_SIZE);

struct job {
	uint64_t	buffers;	/* to take, by all threads together */
	uint64_t	seed;
	sbintime_t	start, until;	/* ... or when to stop; 0 is never */
	int		threads, nslots;
	volatile u_int	error;		/* the first; all stop */
	volatile u_long	taken;
	volatile u_int	arrived;	/* threads that take no more */
	struct slot	slots[MAXSLOTS];
	struct worker	*workers;
};

/* 0 .. n - 1 */
uint32_t soak_random(struct worker *, uint32_t n);
static inline bool one_in(struct worker *w, uint32_t n) { return (soak_random(w, n) == 0); }
/* The run is over, with an error: what, at which buffer. */
void	soak_fail(struct worker *, const char *what, const struct buf *);

/* buffer.c */
int	soak_take(struct worker *, struct slot *, int want, struct buf *);
bool	soak_check(struct worker *, const struct buf *);
void	soak_put(struct worker *, struct buf *, int n, bool direct);

/* stream.c */
void	soak_stream(struct worker *);
void	soak_stream_end(struct worker *);

/* worker.c */
struct device *soak_device(uint32_t n);
void	soak_thread(void *);
void	soak_destroy(struct worker *, struct slot *);

#endif /* _SOAK_H_ */
