/* SPDX-License-Identifier: BSD-2-Clause */
/* ppstat(8): what its files share. */
#ifndef PPSTAT_H
#define PPSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkpirs/page_pool_stat.h>

/* A list as the kernel gave it; its memory is used again by the next read. */
struct list {
	char	*buf;
	size_t	 room;		/* of buf */
	size_t	 entry_size;
	size_t	 n;
	uint64_t uptime_ms;
	char	*first;
};

/* compat.lkpi_page.*, compat.page_pool.*: names and values. */
struct number {
	const char *name;	/* below the node */
	const char *leaf;	/* in JSON */
	uint64_t value;
};

struct sample {
	bool		have_page, have_pool;	/* the klds are loaded */
	struct number	*page, *pool, *live;	/* up to a NULL name */
	struct list	pools, holders;
};

struct wish {
	bool	all;		/* every counter */
	bool	holders;
	bool	live;		/* have the kernel count live pages */
};

/* read.c: ends the program on an error that is not "not loaded". */
void	sample_read(struct sample *, const struct wish *);
const struct lkpirs_pp_pool *pool_at(const struct list *, size_t);
const struct lkpirs_pp_holder *holder_at(const struct list *, size_t);

/* show.c: with rates if there is a sample before. */
void	sample_show(const struct sample *, const struct sample *before,
	    const struct wish *);

#endif
