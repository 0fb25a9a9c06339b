/* SPDX-License-Identifier: BSD-2-Clause */
/* uma(9), each zone a malloc type of its own. */
#include "kh.h"
#include <vm/vm.h>
#include <vm/uma.h>

struct uma_zone {
	struct malloc_type type[1];
	char		name[48];
	size_t		size;
	int		align, flags, max, pcpu;
	volatile int	inuse;
	uma_ctor	ctor;
	uma_dtor	dtor;
	uma_init	init;
	uma_fini	fini;
	uma_import	import;
	uma_release	release;
	void		*arg;
};

void	*host_alloc(size_t size);
void	host_free(void *p, size_t size);
uintptr_t khi_pcpu_alloc(int n);
void	khi_pcpu_free(uintptr_t off, int n, const char *what);
void khi_uma_init(void) { }

static struct uma_zone *
make(const char *name, size_t size, uma_ctor ctor, uma_dtor dtor,
    uma_init init, uma_fini fini, int align, int flags, uint64_t caller)
{
	struct uma_zone *z = host_alloc(sizeof(*z));

	khi_sleep_check("uma_zcreate");
	bzero(z, sizeof(*z));
	strlcpy(z->name, name, sizeof(z->name));
	z->type->ks_version = M_VERSION;
	z->type->ks_shortdesc = z->name;
	malloc_init(z->type);
	z->size = size;
	z->align = align + 1;
	z->flags = flags;
	z->pcpu = (flags & UMA_ZONE_PCPU) != 0;
	z->ctor = ctor;
	z->dtor = dtor;
	z->init = init;
	z->fini = fini;
	host_track_add(KHI_ZONE, z, 0, z->name, caller);
	return (z);
}

uma_zone_t
uma_zcreate(const char *name, size_t size, uma_ctor ctor, uma_dtor dtor,
    uma_init init, uma_fini fini, int align, uint32_t flags)
{
	return (make(name, size, ctor, dtor, init, fini, align, flags,
	    KHI_CALLER));
}

uma_zone_t
uma_zcache_create(const char *name, int size, uma_ctor ctor, uma_dtor dtor,
    uma_init init, uma_fini fini, uma_import import, uma_release release,
    void *arg, int flags)
{
	struct uma_zone *z = make(name, size, ctor, dtor, init, fini, 0, flags,
	    KHI_CALLER);

	z->import = import;
	z->release = release;
	z->arg = arg;
	return (z);
}

void
uma_zdestroy(uma_zone_t z)
{
	if (z->inuse != 0)
		printf("Freed UMA keg (%s) was not empty (%d items).\n",
		    z->name, z->inuse);
	malloc_uninit(z->type);
	if (z->pcpu && z->inuse != 0)
		host_fail("per-CPU zone destroyed with items in use");
	host_track_del(KHI_ZONE, z);
	host_free(z, sizeof(*z));
}

static void *
alloc(struct uma_zone *z, void *arg, int flags, int domain, uint64_t caller)
{
	void *p = NULL;

	if (z->max != 0 && z->inuse >= z->max && (flags & M_NOWAIT) != 0)
		return (NULL);
	if (z->pcpu) {
		if ((flags & M_NOWAIT) != 0 && khi_fault("uma_zalloc_pcpu",
		    caller))
			return (NULL);
		p = (void *)khi_pcpu_alloc(howmany(z->size, 8));
		host_track_add(KHI_ITEM, p, z->size, z->name, caller);
	} else if (z->import != NULL) {
		if (z->import(z->arg, &p, 1, domain, flags) != 1)
			return (NULL);
	} else
		p = khi_malloc_at(z->size, z->align, z->type, flags & ~M_ZERO,
		    domain, caller);
	if (p == NULL)
		return (NULL);
	atomic_add_int(&z->inuse, 1);
	if (!z->pcpu && z->init != NULL && z->init(p, z->size, flags) != 0)
		goto fail;
	if ((flags & M_ZERO) != 0 && !z->pcpu)
		bzero(p, z->size);
	if (z->ctor != NULL && z->ctor(p, z->size, arg, flags) != 0) {
		if (z->fini != NULL)
			z->fini(p, z->size);
		goto fail;
	}
	return (p);
fail:
	atomic_subtract_int(&z->inuse, 1);
	free(p, z->type);
	return (NULL);
}

static void
release(struct uma_zone *z, void *p, void *arg)
{
	if (p == NULL)
		return;
	if (z->dtor != NULL)
		z->dtor(p, z->size, arg);
	if (z->fini != NULL)
		z->fini(p, z->size);
	atomic_subtract_int(&z->inuse, 1);
	if (z->pcpu) {
		host_track_del(KHI_ITEM, p);
		khi_pcpu_free((uintptr_t)p, howmany(z->size, 8), "uma_zfree_pcpu");
	} else if (z->release != NULL)
		z->release(z->arg, &p, 1);
	else
		free(p, z->type);
}

void *uma_zalloc_arg(uma_zone_t z, void *a, int f) { return (alloc(z, a, f, -1, KHI_CALLER)); }
void *uma_zalloc_pcpu_arg(uma_zone_t z, void *a, int f) { return (alloc(z, a, f, -1, KHI_CALLER)); }
void *uma_zalloc_domain(uma_zone_t z, void *a, int d, int f) { return (alloc(z, a, f, d, KHI_CALLER)); }
void uma_zfree_arg(uma_zone_t z, void *p, void *a) { release(z, p, a); }
void uma_zfree_pcpu_arg(uma_zone_t z, void *p, void *a) { release(z, p, a); }
int uma_zone_set_max(uma_zone_t z, int n) { z->max = n; return (n); }
int uma_zone_get_max(uma_zone_t z) { return (z->max); }
int uma_zone_get_cur(uma_zone_t z) { return (z->inuse); }
void uma_zone_reclaim(uma_zone_t z __unused, int r __unused) { }
void uma_reclaim(int r __unused) { }
void uma_prealloc(uma_zone_t z __unused, int n __unused) { }
void uma_zone_reserve(uma_zone_t z __unused, int n __unused) { }
int uma_zone_exhausted(uma_zone_t z) { return (z->max != 0 && z->inuse >= z->max); }
