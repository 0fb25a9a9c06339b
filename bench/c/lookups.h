/* SPDX-License-Identifier: BSD-2-Clause */
/* What c/ gives to the benchmark; src/lookups.rs declares the same. */
#ifndef _BENCH_LOOKUPS_H_
#define _BENCH_LOOKUPS_H_

#include <sys/types.h>

struct vm_page;
struct page;

/* Apply a look-up to n arguments; the sum is so that nothing is dropped. */
typedef u_long	bench_loop_t(const u_long *in, size_t n);

/* One way to do one look-up. */
struct bench_way {
	bench_loop_t	*used;		/* the caller then reads the page */
	bench_loop_t	*ref;		/* and takes a reference */
	bench_loop_t	*wait;		/* used, each waiting for that word */
	bench_loop_t	*bare;		/* the look-up alone */
	bench_loop_t	*chain;		/* bare, each waiting for the last */
};

struct bench_lookup {
	const char	*name;
	struct bench_way ours;
	struct bench_way peer;
};
extern const struct bench_lookup bench_lookups[];
extern const size_t bench_nlookups;

/* The machine that look-ups see from now on. */
struct bench_machine {
	struct page	*const *base;
	const uint8_t	*const *states;
	u_long		npfns;
	struct vm_page	*array;		/* vm_page_array */
	long		array_size;
	long		first_page;
	u_long		dmap_low;
	u_long		dmap_size;
	struct page	*vmemmap;	/* the peer's, flat */
};
void	bench_set_machine(const struct bench_machine *);

extern struct page *bench_vmemmap;
extern u_long bench_dmap_base;
extern volatile u_long bench_zero;

#endif /* _BENCH_LOOKUPS_H_ */
