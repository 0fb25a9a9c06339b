/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sysctls compat.page_pool.pool_list and .holder_list give: a struct
 * lkpirs_pp_head, then entries of its entry_size up to the end, in the order of
 * their pools' ids.  For the kernel and for programs; page_pool(4).
 *
 * A reader that finds another version has to be rebuilt.  Entries may grow at
 * their end without a new version: entry_size says where the next one is.
 */
#ifndef _LKPIRS_PAGE_POOL_STAT_H_
#define _LKPIRS_PAGE_POOL_STAT_H_

#ifdef _KERNEL
#include <sys/types.h>
#else
#include <stdint.h>
#endif

#define	LKPIRS_PP_STAT_VERSION	1

struct lkpirs_pp_head {
	uint32_t	version;
	uint32_t	head_size;
	uint32_t	entry_size;
	uint32_t	zero;
	uint64_t	uptime_ms;	/* when the list was begun */
};

#define	LKPIRS_PP_NAME		80	/* "symbol+0x12" */
#define	LKPIRS_PP_NSTATS	11	/* as struct page_pool_stats has them */

/* state */
#define	LKPIRS_PP_DESTROYED	0x1	/* waits for the pages that are out */
#define	LKPIRS_PP_TRACKED	0x2
#define	LKPIRS_PP_POISONED	0x4

/* compat.page_pool.pool_list: a pool. */
struct lkpirs_pp_pool {
	uint32_t	id;		/* never given twice */
	int32_t		pid;		/* of the process that made it */
	char		comm[20];
	uint32_t	flags;		/* PP_FLAG_* */
	uint32_t	state;
	uint32_t	order;		/* its pages are 2^order pages */
	uint32_t	pool_size;	/* of the ring, in pages */
	int32_t		nid;		/* preferred node, or negative */
	int32_t		in_flight;	/* pages that belong to it */
	uint32_t	zero;
	uint64_t	in_ring;	/* of these, at rest in the ring */
	uint64_t	waited_ms;	/* since destroy */
	uint64_t	stats[LKPIRS_PP_NSTATS];
	char		maker[LKPIRS_PP_NAME];	/* where it was made */
};

/* kind */
#define	LKPIRS_PP_UNKNOWN	0	/* the pool does not know its pages */
#define	LKPIRS_PP_ALL		1	/* all pages that are with users */
#define	LKPIRS_PP_CALLER	2	/* those allocated at one place */
#define	LKPIRS_PP_OTHERS	3	/* and at places that have no entry */

#define	LKPIRS_PP_NAGES		6	/* <1 s, 10 s, 1 min, 10 min, 1 h; more */

/*
 * compat.page_pool.holder_list: who has how many of a pool's pages.  Each pool
 * has one entry of UNKNOWN or ALL; a tracked pool's CALLERs and OTHERS follow.
 */
struct lkpirs_pp_holder {
	uint32_t	pool;
	uint32_t	kind;
	uint32_t	pages;
	uint32_t	zero;
	uint64_t	buffers;	/* users of these pages */
	uint64_t	oldest_ms;
	uint32_t	ages[LKPIRS_PP_NAGES];	/* of ALL: pages of each age */
	char		caller[LKPIRS_PP_NAME];	/* of CALLER */
};

#endif /* _LKPIRS_PAGE_POOL_STAT_H_ */
