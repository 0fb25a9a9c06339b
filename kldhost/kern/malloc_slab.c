/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small pieces of malloc(9): slabs of physical pages seen through the direct
 * map, as with UMA on amd64, so vtophys and PHYS_TO_VM_PAGE work on them.  A
 * slab's bookkeeping lies outside of it, found by the vm_page of the address.
 */
#include "malloc.h"

#define	NCLASS		19
static const uint32_t class_size[NCLASS] = { 16, 32, 64, 128, 256, 384, 512,
    768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 32768, 65536 };

struct item {
	uint32_t		size;	/* as requested; 0: free */
	int			next;	/* free list */
	struct malloc_type	*type;
	uint64_t		caller;
	int			used;	/* was in use before: check the junk */
};

struct slab {
	TAILQ_ENTRY(slab) link;		/* slabs with free items */
	TAILQ_ENTRY(slab) all;
	uintptr_t	base;
	vm_page_t	pages;
	u_long		npages;
	uint32_t	stride;
	int		class, domain, nitems, nused, freehead;
	struct item	items[];
};
TAILQ_HEAD(slabs, slab);

static struct slabs avail[NCLASS][MAXMEMDOM + 1];
static struct slabs every = TAILQ_HEAD_INITIALIZER(every);

void
khi_slab_init(void)
{
	int i, d;

	for (i = 0; i < NCLASS; i++)
		for (d = 0; d <= MAXMEMDOM; d++)
			TAILQ_INIT(&avail[i][d]);
}

static struct slab *
slab_new(int class, int domain, uint64_t caller)
{
	uint32_t c = class_size[class], align, stride;
	struct slab *s;
	vm_page_t m;
	u_long n;
	int i, items;

	align = MIN(c & -c, PAGE_SIZE);
	stride = roundup2(c + 16, align);
	n = stride <= 512 ? 1 : atop(round_page(stride * 4));
	items = ptoa(n) / stride;
	m = khi_page_alloc(domain, n, 0, ~0UL, PAGE_SIZE, 0, VM_ALLOC_WIRED,
	    caller);
	if (m == NULL)
		return (NULL);
	khi_page_own(m, n, 1, caller);
	s = host_alloc(sizeof(*s) + items * sizeof(struct item));
	s->base = PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m));
	s->pages = m;
	s->npages = n;
	s->stride = stride;
	s->class = class;
	s->domain = domain;
	s->nitems = items;
	s->nused = 0;
	s->freehead = 0;
	for (i = 0; i < items; i++) {
		memset(&s->items[i], 0, sizeof(s->items[i]));
		s->items[i].next = i + 1 < items ? i + 1 : -1;
	}
	for (i = 0; i < (int)n; i++) {
		m[i].plinks.uma.slab = s;
		m[i].plinks.uma.zone = &every;
	}
	return (s);
}

void *
khi_slab_alloc(size_t size, size_t want, int domain, struct malloc_type *t,
    uint64_t caller)
{
	struct slabs *h;
	struct slab *s;
	struct item *it;
	char *p;
	int class;

	for (class = 0; class_size[class] < want; class++)
		;
	h = &avail[class][domain + 1];
	khi_m_lock();
	s = TAILQ_FIRST(h);
	if (s == NULL) {
		khi_m_unlock();
		s = slab_new(class, domain, caller);
		if (s == NULL)
			return (NULL);
		khi_m_lock();
		TAILQ_INSERT_HEAD(h, s, link);
		TAILQ_INSERT_TAIL(&every, s, all);
	}
	it = &s->items[s->freehead];
	p = (char *)s->base + (size_t)s->freehead * s->stride;
	s->freehead = it->next;
	if (++s->nused == s->nitems)
		TAILQ_REMOVE(h, s, link);
	it->size = size + 1;
	it->type = t;
	khi_m_unlock();
	if (it->used)
		khi_junk_check(p, class_size[class], it->caller);
	else
		khi_junk(p, class_size[class]);
	it->used = 1;
	it->caller = caller;
	memset(p + size, REDZONE, s->stride - size);
	return (p);
}

static struct slab *
find_slab(uintptr_t va, int *idx)
{
	vm_page_t m;
	struct slab *s;

	if (va < kva_layout.dmap_low || va >= kva_layout.dmap_low + dmaplimit)
		return (NULL);
	m = vm_phys_paddr_to_vm_page(DMAP_TO_PHYS(va));
	if (m == NULL || m->plinks.uma.zone != &every ||
	    m->busy_lock == VPB_FREED)
		return (NULL);
	s = m->plinks.uma.slab;
	if ((va - s->base) % s->stride != 0)
		return (NULL);
	*idx = (va - s->base) / s->stride;
	return (*idx < s->nitems ? s : NULL);
}

int
khi_slab_size(const void *p, size_t *size)
{
	struct slab *s;
	int i;

	if ((s = find_slab((uintptr_t)p, &i)) == NULL || s->items[i].size == 0)
		return (0);
	*size = s->items[i].size - 1;
	return (1);
}

/* 0 if it is not from here. */
int
khi_slab_free(void *p, struct malloc_type *t, uint64_t caller)
{
	struct malloc_type *ot;
	struct slab *s, *empty = NULL;
	struct item *it;
	size_t size;
	int i;

	s = find_slab((uintptr_t)p, &i);
	if (s == NULL)
		return (0);
	it = &s->items[i];
	if (it->size == 0)
		panic("free: %p is free already", p);
	ot = it->type;
	if (ot != t)
		panic("free: %p is of type %s, not %s", p, ot->ks_shortdesc,
		    t->ks_shortdesc);
	size = it->size - 1;
	khi_redzone_check(p, size, s->stride, it->caller);
	khi_junk(p, class_size[s->class]);
	khi_count_free(t, size);
	khi_m_lock();
	it->size = 0;
	it->caller = caller;
	it->next = s->freehead;
	s->freehead = i;
	if (s->nused-- == s->nitems)
		TAILQ_INSERT_TAIL(&avail[s->class][s->domain + 1], s, link);
	/* One empty slab a class is kept. */
	if (s->nused == 0 && TAILQ_NEXT(TAILQ_FIRST(
	    &avail[s->class][s->domain + 1]), link) != NULL) {
		TAILQ_REMOVE(&avail[s->class][s->domain + 1], s, link);
		TAILQ_REMOVE(&every, s, all);
		empty = s;
	}
	khi_m_unlock();
	if (empty != NULL) {
		for (i = 0; i < (int)empty->npages; i++)
			empty->pages[i].plinks.uma.zone = NULL;
		khi_page_free_run(empty->pages, empty->npages);
		host_free(empty, sizeof(*empty) +
		    empty->nitems * sizeof(struct item));
	}
	return (1);
}

void
khi_slab_report(struct malloc_type *t)
{
	struct slab *s;
	int i;

	TAILQ_FOREACH(s, &every, all)
		for (i = 0; i < s->nitems; i++)
			if (s->items[i].size != 0 && s->items[i].type == t)
				host_leak("malloc", t->ks_shortdesc,
				    s->items[i].size - 1, s->items[i].caller);
}

/* What is allocated now is nobody's leak. */
void
khi_slab_baseline(void)
{
	struct slab *s;
	int i;

	TAILQ_FOREACH(s, &every, all)
		for (i = 0; i < s->nitems; i++)
			if (s->items[i].size != 0)
				s->items[i].caller = ~0UL;
}

size_t
malloc_size(size_t size)
{
	int i;

	for (i = 0; i < NCLASS; i++)
		if (size <= class_size[i])
			return (class_size[i]);
	return (round_page(size));
}
