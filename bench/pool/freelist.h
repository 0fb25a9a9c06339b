/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator that both kernels have here: a stack a CPU, as FreeBSD's
 * per-CPU caches of free pages and Linux's per-CPU page lists are, in front of
 * one stack for all.
 */
#ifndef _BENCH_FREELIST_H_
#define _BENCH_FREELIST_H_

#include "side.h"

#define	FREE_CPU	512		/* pages a CPU keeps at most */
#define	FREE_MOVE	128		/* pages moved at once */

struct freelist {
	struct {
		void		*page[FREE_CPU];
		unsigned long	n;
	} __attribute__((aligned(128))) cpu[BENCH_CPUS];
	unsigned long	lock __attribute__((aligned(128)));
	unsigned long	n;
	void		**page;
};

static void
free_move(struct freelist *f, unsigned long cpu, long n)
{
	unsigned long tries = 0;

	while (__atomic_exchange_n(&f->lock, 1, __ATOMIC_ACQUIRE) != 0)
		host_pause(tries++);
	for (; n > 0 && f->n > 0; n--)
		f->cpu[cpu].page[f->cpu[cpu].n++] = f->page[--f->n];
	for (; n < 0; n++)
		f->page[f->n++] = f->cpu[cpu].page[--f->cpu[cpu].n];
	__atomic_store_n(&f->lock, 0, __ATOMIC_RELEASE);
}

static inline void *
free_take(struct freelist *f, unsigned long cpu)
{
	if (__builtin_expect(f->cpu[cpu].n == 0, 0)) {
		free_move(f, cpu, FREE_MOVE);
		if (f->cpu[cpu].n == 0)
			return ((void *)0);
	}
	return (f->cpu[cpu].page[--f->cpu[cpu].n]);
}

static inline void
free_give(struct freelist *f, unsigned long cpu, void *page)
{
	if (__builtin_expect(f->cpu[cpu].n == FREE_CPU, 0))
		free_move(f, cpu, -FREE_MOVE);
	f->cpu[cpu].page[f->cpu[cpu].n++] = page;
}

#endif /* _BENCH_FREELIST_H_ */
