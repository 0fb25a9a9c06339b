/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_idr.c: that file, whose idr_remove() panics if
 * nothing has the number.  Linux's returns NULL, and mt76 relies on it: a TX
 * status may come after its frame was given up.
 */
#include <sys/param.h>
#include <sys/systm.h>

#include <linux/idr.h>

#define	idr_remove(idr, id)	stock_idr_remove(idr, id)
void	*stock_idr_remove(struct idr *, int);

#include <compat/linuxkpi/common/src/linux_idr.c>

#undef idr_remove

/* What had the number; NULL: nothing.  Takes the idr's lock. */
void *
idr_remove(struct idr *idr, int id)
{
	struct idr_layer *il;
	void *res = NULL;

	mtx_lock(&idr->lock);
	il = idr_find_layer_locked(idr, id);
	if (il != NULL && (il->bitmap & (1 << (id & IDR_MASK))) == 0)
		res = idr_remove_locked(idr, id);
	mtx_unlock(&idr->lock);
	return (res);
}
