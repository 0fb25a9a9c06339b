/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_idr.c: that file, whose idr_remove() panics if
 * nothing has the number, and whose idr_destroy() frees the leaves of a tree
 * only.  Linux's idr_remove() returns NULL, and mt76 relies on it: a TX status
 * may come after its frame was given up.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>

#include <linux/idr.h>

#define	idr_remove(idr, id)	stock_idr_remove(idr, id)
#define	idr_remove_all(idr)	stock_idr_remove_all(idr)
#define	idr_destroy(idr)	stock_idr_destroy(idr)
void	*stock_idr_remove(struct idr *, int);
void	stock_idr_remove_all(struct idr *);
void	stock_idr_destroy(struct idr *);

#include <compat/linuxkpi/common/src/linux_idr.c>

#undef idr_remove
#undef idr_remove_all
#undef idr_destroy

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

static void
free_layers(struct idr_layer *il, int layer)
{
	int i;

	if (il == NULL)
		return;
	for (i = 0; layer > 0 && i < IDR_SIZE; i++)
		free_layers(il->ary[i], layer - 1);
	free(il, M_IDR);
}

/* Not what the numbers stand for.  Takes the idr's lock. */
void
idr_remove_all(struct idr *idr)
{
	mtx_lock(&idr->lock);
	free_layers(idr->top, idr->layers - 1);
	idr->top = NULL;
	idr->layers = 0;
	mtx_unlock(&idr->lock);
}

void
idr_destroy(struct idr *idr)
{
	idr_remove_all(idr);
	stock_idr_destroy(idr);
}
