/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page_pool to be measured, and what it gets from the program around it.
 * Seen by FreeBSD C, Linux C and (src/pool/side.rs) Rust alike: no includes.
 */
#ifndef _BENCH_SIDE_H_
#define _BENCH_SIDE_H_

#define	BENCH_CPUS	8		/* the last is nobody's */
#define	BENCH_BURST	64		/* pages out before pages go in */
#define	BENCH_PAGES	131072UL	/* 512 MiB of simulated memory */
#define	BENCH_PAGE	4096UL
#define	BENCH_FRAG	2048		/* bytes of a fragment */
#define	BENCH_DESCS	64		/* receive descriptors of a queue */

/* How a pool is made. */
struct bench_conf {
	unsigned	size;		/* of the ring */
	unsigned	dma;		/* mapped and synced */
	unsigned	napi;		/* with a NAPI, polled on CPU 0 */
};

/* Pages from the consumer to one thread that puts them: the words of each side
 * are on cache lines of their own. */
#define	BENCH_SLOTS	256
struct bench_queue {
	unsigned long	head __attribute__((aligned(128)));
	unsigned long	tail __attribute__((aligned(128)));
	unsigned long	stop __attribute__((aligned(128)));
	/* The tail that the consumer saw last: it looks again when it must. */
	unsigned long	seen __attribute__((aligned(128)));
	void		*slot[BENCH_SLOTS] __attribute__((aligned(128)));
};

/* What a loop works on: n allocations, and as many puts. */
struct bench_args {
	void		**pools;
	unsigned long	npools;
	unsigned long	n;
	unsigned long	burst;		/* of the loops that have one */
	struct bench_queue **queues;
	unsigned long	nqueues;
};

struct bench_loop {
	const char	*name;
	void		(*run)(const struct bench_args *);
};

struct bench_side {
	const char	*name;
	void		(*boot)(void);	/* once, before everything else */
	/* The calling thread is this CPU of the side's kernel from now on;
	 * poll: it runs a NAPI poll, else it is an ordinary thread. */
	void		(*enter)(unsigned long cpu, int poll);
	void		*(*create)(const struct bench_conf *);
	void		(*destroy)(void *pool);
	/* Put what comes out of a queue until it is stopped and empty. */
	void		(*put_all)(void *pool, struct bench_queue *);
	const struct bench_loop *loops;
};

/* The program's services. */
void	*host_alloc(unsigned long size, unsigned long align);	/* zeroed */
void	host_free(void *, unsigned long size, unsigned long align);
void	host_set_gs(const void *);
void	host_pause(unsigned long tries);	/* while waiting */
void	host_panic(const char *) __attribute__((noreturn));
/* Simulated memory: all of it, and a part once more at another place. */
void	*host_memory(void);
void	host_map(unsigned long va, unsigned long pa);
void	*host_addresses(unsigned long size);	/* aligned to their size */
/* What the kernels' allocators gave out, their size classes included. */
void	host_account(long bytes);

static inline unsigned long
bench_load(const unsigned long *p)
{
	return (__atomic_load_n(p, __ATOMIC_ACQUIRE));
}

static inline void
bench_store(unsigned long *p, unsigned long v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

#endif /* _BENCH_SIDE_H_ */
