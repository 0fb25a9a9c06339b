/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of malloc(9): what of each is allocated, and what was left behind. */
#include "malloc.h"

static struct malloc_type *types;

MALLOC_DEFINE(M_TEMP, "temp", "temporary buffers");
MALLOC_DEFINE(M_DEVBUF, "devbuf", "device driver memory");
MALLOC_DEFINE(M_CACHE, "cache", "caches");
MALLOC_DEFINE(M_IOV, "iov", "large iov's");

void
khi_type_init(void)
{
	malloc_init(M_TEMP);
	malloc_init(M_DEVBUF);
	malloc_init(M_CACHE);
	malloc_init(M_IOV);
}

void
malloc_init(void *data)
{
	struct malloc_type *t = data;

	if (t->ks_version != M_VERSION)
		panic("malloc_init: type %s with unsupported version %lu",
		    t->ks_shortdesc, t->ks_version);
	khi_m_lock();
	t->ks_next = types;
	types = t;
	memset(&t->ks_mti, 0, sizeof(t->ks_mti));
	t->ks_mti.mti_stats = (void *)t;	/* "is initialised" */
	khi_m_unlock();
	host_track_add(KHI_MTYPE, t, 0, t->ks_shortdesc, KHI_CALLER);
}

/* Names every allocation of type t. */
static void
report(struct malloc_type *t)
{
	khi_slab_report(t);
	khi_large_report(t);
}

void
malloc_uninit(void *data)
{
	struct malloc_type *t = data, **tp;

	if (STAT(t, 0) != STAT(t, 1)) {
		printf("Warning: memory type %s leaked memory on destroy "
		    "(%lu allocations, %lu bytes leaked).\n", t->ks_shortdesc,
		    STAT(t, 0) - STAT(t, 1), STAT(t, 2) - STAT(t, 3));
		report(t);
	}
	khi_m_lock();
	for (tp = &types; *tp != NULL && *tp != t; tp = &(*tp)->ks_next)
		;
	if (*tp != NULL)
		*tp = t->ks_next;
	t->ks_mti.mti_stats = NULL;
	khi_m_unlock();
	host_track_del(KHI_MTYPE, t);
}

/* End of run: what is left in the kernel's own types. */
void
khi_malloc_leaks(void)
{
	struct malloc_type *t;

	for (t = types; t != NULL; t = t->ks_next)
		if (STAT(t, 0) != STAT(t, 1))
			report(t);
}

/* At the start of a run: everything so far belongs to the hosted kernel. */
void
khi_malloc_baseline(void)
{
	struct malloc_type *t;

	for (t = types; t != NULL; t = t->ks_next)
		memset(t->ks_mti.mti_spare, 0, sizeof(t->ks_mti.mti_spare));
	khi_slab_baseline();
}

void
khi_check_type(struct malloc_type *t, const char *what)
{
	if (t->ks_version != M_VERSION)
		panic("%s: bad malloc type magic %lx", what, t->ks_version);
	if (t->ks_mti.mti_stats == NULL)
		panic("%s: malloc type \"%s\" is not initialized", what,
		    t->ks_shortdesc);
}

void
khi_count_alloc(struct malloc_type *t, size_t size)
{
	atomic_add_long(&STAT(t, 0), 1);
	atomic_add_long(&STAT(t, 2), size);
}

void
khi_count_free(struct malloc_type *t, size_t size)
{
	atomic_add_long(&STAT(t, 1), 1);
	atomic_add_long(&STAT(t, 3), size);
}
