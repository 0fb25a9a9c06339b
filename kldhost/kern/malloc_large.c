/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of malloc(9), and contigmalloc(9)'s: page-wise in KVA. */
#include "malloc.h"

struct large {
	TAILQ_ENTRY(large) link;
	uintptr_t	va;
	size_t		size, mapped;
	struct malloc_type *type;
	uint64_t	caller;
};

static TAILQ_HEAD(, large) larges[256];

void
khi_large_init(void)
{
	int i;

	for (i = 0; i < 256; i++)
		TAILQ_INIT(&larges[i]);
}

static struct large *
find_large(uintptr_t va)
{
	struct large *l;

	TAILQ_FOREACH(l, &larges[va >> 12 & 255], link)
		if (l->va == va)
			return (l);
	return (NULL);
}

/* Notes memory that is page-wise in KVA. */
void
khi_large_note(void *p, size_t size, size_t mapped, struct malloc_type *t,
    uint64_t caller)
{
	struct large *l = host_alloc(sizeof(*l));

	l->va = (uintptr_t)p;
	l->size = size;
	l->mapped = mapped;
	l->type = t;
	l->caller = caller;
	khi_m_lock();
	TAILQ_INSERT_TAIL(&larges[l->va >> 12 & 255], l, link);
	khi_m_unlock();
	khi_count_alloc(t, size);
}

void *
khi_large_alloc(size_t size, size_t align, struct malloc_type *t, int flags,
    int domain, uint64_t caller)
{
	size_t mapped = round_page(MAX(size, 1));
	void *p;

	p = khi_kmem(domain, mapped, flags & (M_WAITOK | M_NOWAIT | M_ZERO), 0,
	    ~0UL, MAX(align, PAGE_SIZE), 0, align > PAGE_SIZE, caller);
	if (p == NULL)
		return (NULL);
	if ((flags & M_ZERO) == 0)
		khi_junk(p, size & ~3UL);
	memset((char *)p + size, REDZONE, mapped - size);
	khi_large_note(p, size, mapped, t, caller);
	return (p);
}

int
khi_large_size(const void *p, size_t *size)
{
	struct large *l = find_large((uintptr_t)p);

	if (l == NULL)
		return (0);
	*size = l->size;
	return (1);
}

/* 0 if it is not from here. */
int
khi_large_free(void *p, struct malloc_type *t)
{
	struct large *l;

	khi_m_lock();
	l = find_large((uintptr_t)p);
	if (l != NULL && l->type == t)
		TAILQ_REMOVE(&larges[l->va >> 12 & 255], l, link);
	khi_m_unlock();
	if (l == NULL)
		return (0);
	if (l->type != t)
		panic("free: %p is of type %s, not %s", p,
		    l->type->ks_shortdesc, t->ks_shortdesc);
	khi_redzone_check(p, l->size, l->mapped, l->caller);
	khi_count_free(t, l->size);
	khi_kmem_free(p, l->mapped);
	host_free(l, sizeof(*l));
	return (1);
}

void
khi_large_report(struct malloc_type *t)
{
	struct large *l;
	int i;

	for (i = 0; i < 256; i++)
		TAILQ_FOREACH(l, &larges[i], link)
			if (l->type == t)
				host_leak("malloc", t->ks_shortdesc, l->size,
				    l->caller);
}
