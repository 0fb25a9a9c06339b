/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_SLAB_H_
#define _HOSTED_LINUX_SLAB_H_

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <sys/malloc.h>

MALLOC_DECLARE(M_HOSTED);

static inline void *
kmalloc(size_t size, gfp_t gfp)
{
	return (malloc(size, M_HOSTED, gfp & GFP_NATIVE_MASK));
}
#define	kzalloc(size, gfp)	kmalloc(size, (gfp) | __GFP_ZERO)

/* Locks in it end.  NULL is allowed. */
void	hosted_kfree(const void *);
#define	kfree(p)		hosted_kfree(p)

#endif /* _HOSTED_LINUX_SLAB_H_ */
