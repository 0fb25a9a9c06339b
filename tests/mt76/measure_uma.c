/* SPDX-License-Identifier: BSD-2-Clause */
/* uma(9) as mbufs use it: a stack of items a CPU, which stay initialised. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>
#include <vm/vm.h>
#include <vm/uma.h>

#include "freelist.h"
#include "side.h"

#define	ITEMS	65536

struct uma_zone {
	struct freelist	list;
	size_t		size;
	uma_ctor	ctor;
	uma_dtor	dtor;
	uma_init	init;
};

uma_zone_t
uma_zcreate(const char *name __unused, size_t size, uma_ctor ctor,
    uma_dtor dtor, uma_init init, uma_fini fini __unused, int align __unused,
    uint32_t flags __unused)
{
	struct uma_zone *z = host_alloc(sizeof(*z), CACHE_LINE_SIZE);

	z->list.page = host_alloc(ITEMS * sizeof(void *), PAGE_SIZE);
	z->size = size;
	z->ctor = ctor;
	z->dtor = dtor;
	z->init = init;
	return (z);
}

static void * __noinline
import(struct uma_zone *z, int flags)
{
	void *p = host_alloc(z->size, z->size);

	if (z->init != NULL)
		(void)z->init(p, z->size, flags);
	return (p);
}

void *
uma_zalloc_arg(uma_zone_t z, void *arg, int flags)
{
	void *p;

	critical_enter();
	p = free_take(&z->list, PCPU_GET(cpuid));
	critical_exit();
	if (p == NULL)
		p = import(z, flags);
	if (z->ctor != NULL)
		(void)z->ctor(p, z->size, arg, flags);
	return (p);
}

void
uma_zfree_arg(uma_zone_t z, void *p, void *arg)
{
	if (z->dtor != NULL)
		z->dtor(p, z->size, arg);
	critical_enter();
	free_give(&z->list, PCPU_GET(cpuid), p);
	critical_exit();
}
