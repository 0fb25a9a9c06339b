/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers for pointers: an array that doubles. */
#include <sys/param.h>
#include <sys/systm.h>

#include <linux/idr.h>
#include <linux/slab.h>

void
idr_init(struct idr *idr)
{
	memset(idr, 0, sizeof(*idr));
}

void
idr_destroy(struct idr *idr)
{
	kfree(idr->slots);
	idr_init(idr);
}

static int
grow(struct idr *idr, int n, gfp_t gfp)
{
	int size = MAX(idr->size * 2, MAX(n, 64));
	void **slots = kzalloc(size * sizeof(*slots), gfp);

	if (slots == NULL)
		return (-ENOMEM);
	if (idr->size != 0)
		memcpy(slots, idr->slots, idr->size * sizeof(*slots));
	kfree(idr->slots);
	idr->slots = slots;
	idr->size = size;
	return (0);
}

int
idr_alloc(struct idr *idr, void *p, int start, int end, gfp_t gfp)
{
	int i, error;

	KASSERT(p != NULL && start >= 0, ("idr_alloc"));
	for (i = MAX(start, idr->first); i < idr->size; i++)
		if (idr->slots[i] == NULL)
			break;
	if (i >= end)
		return (-ENOSPC);
	if (i >= idr->size) {
		error = grow(idr, i + 1, gfp);
		if (error != 0)
			return (error);
	}
	idr->slots[i] = p;
	idr->used++;
	/* Those below start were not looked at. */
	if (start <= idr->first)
		idr->first = i + 1;
	return (i);
}

void *
idr_find(const struct idr *idr, unsigned long id)
{
	return (id < (unsigned long)idr->size ? idr->slots[id] : NULL);
}

void *
idr_remove(struct idr *idr, unsigned long id)
{
	void *p = idr_find(idr, id);

	if (p != NULL) {
		idr->slots[id] = NULL;
		idr->used--;
		idr->first = MIN(idr->first, (int)id);
	}
	return (p);
}

void *
idr_get_next(const struct idr *idr, int *id)
{
	for (int i = *id; i < idr->size; i++)
		if (idr->slots[i] != NULL) {
			*id = i;
			return (idr->slots[i]);
		}
	return (NULL);
}
