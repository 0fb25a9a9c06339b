/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers for pointers: src/idr.c.  The caller excludes others. */
#ifndef _HOSTED_LINUX_IDR_H_
#define _HOSTED_LINUX_IDR_H_

#include <linux/gfp.h>

struct idr {
	void	**slots;
	int	size;		/* of slots, which grows */
	int	used;
	int	first;		/* none below is free */
};

void	idr_init(struct idr *);
void	idr_destroy(struct idr *);	/* may be used again */
/* The lowest free number in [start, end); -ENOSPC, -ENOMEM. */
int	idr_alloc(struct idr *, void *, int start, int end, gfp_t);
void	*idr_remove(struct idr *, unsigned long id);	/* NULL if it is free */
void	*idr_find(const struct idr *, unsigned long id);
/* The first at or above *id, whose number *id becomes; NULL after the last. */
void	*idr_get_next(const struct idr *, int *id);

static inline bool
idr_is_empty(const struct idr *idr)
{
	return (idr->used == 0);
}

#define	idr_for_each_entry(idr, p, id)					\
	for ((id) = 0; ((p) = idr_get_next(idr, &(id))) != NULL; (id)++)

#endif /* _HOSTED_LINUX_IDR_H_ */
