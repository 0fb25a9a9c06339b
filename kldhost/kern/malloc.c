/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc(9).  Small requests come from slabs of physical pages seen through
 * the direct map, as with UMA on amd64, so vtophys and PHYS_TO_VM_PAGE work
 * on them; what is larger is page-wise in KVA.  A slab's bookkeeping lies
 * outside of it, found by the vm_page of the address.
 *
 * Bytes after the requested size are a redzone, freed memory is 0xdeadc0de;
 * both are checked.
 */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <sys/domainset.h>
#include <vm/vm_pageout.h>

#define	LARGE		65536
#define	REDZONE		0xfd
#define	JUNK		0xdeadc0deU
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

struct large {
	TAILQ_ENTRY(large) link;
	uintptr_t	va;
	size_t		size, mapped;
	struct malloc_type *type;
	uint64_t	caller;
};

/* Kept in mti_spare[]: allocations, frees, bytes in, bytes out. */
#define	STAT(t, i)	(t)->ks_mti.mti_spare[i]

static struct slabs avail[NCLASS][MAXMEMDOM + 1];
static struct slabs every = TAILQ_HEAD_INITIALIZER(every);
static TAILQ_HEAD(, large) larges[256];
static volatile uint32_t mlock;
static struct malloc_type *types;
static int inited;

MALLOC_DEFINE(M_TEMP, "temp", "temporary buffers");
MALLOC_DEFINE(M_DEVBUF, "devbuf", "device driver memory");
MALLOC_DEFINE(M_CACHE, "cache", "caches");
MALLOC_DEFINE(M_IOV, "iov", "large iov's");

void	*host_alloc(size_t size);
void	host_free(void *p, size_t size);
void	*khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
	    uint64_t caller);
void	khi_kmem_free(void *p, vm_size_t size);

static void
m_lock(void)
{
	while (atomic_cmpset_acq_int(&mlock, 0, 1) == 0)
		host_sched_yield();
}

static void m_unlock(void) { atomic_store_rel_int(&mlock, 0); }

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
	m_lock();
	TAILQ_INSERT_TAIL(&larges[l->va >> 12 & 255], l, link);
	m_unlock();
	atomic_add_long(&STAT(t, 0), 1);
	atomic_add_long(&STAT(t, 2), size);
}

void
khi_malloc_init(void)
{
	int i, d;

	for (i = 0; i < NCLASS; i++)
		for (d = 0; d <= MAXMEMDOM; d++)
			TAILQ_INIT(&avail[i][d]);
	for (i = 0; i < 256; i++)
		TAILQ_INIT(&larges[i]);
	inited = 1;
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
	m_lock();
	t->ks_next = types;
	types = t;
	memset(&t->ks_mti, 0, sizeof(t->ks_mti));
	t->ks_mti.mti_stats = (void *)t;	/* "is initialised" */
	m_unlock();
	host_track_add(KHI_MTYPE, t, 0, t->ks_shortdesc, KHI_CALLER);
}

void host_leak(const char *kind, const char *name, uint64_t size,
    uint64_t caller);

/* Names every allocation of type t. */
static void
report(struct malloc_type *t)
{
	struct slab *s;
	struct large *l;
	int i;

	TAILQ_FOREACH(s, &every, all)
		for (i = 0; i < s->nitems; i++)
			if (s->items[i].size != 0 && s->items[i].type == t)
				host_leak("malloc", t->ks_shortdesc,
				    s->items[i].size - 1, s->items[i].caller);
	for (i = 0; i < 256; i++)
		TAILQ_FOREACH(l, &larges[i], link)
			if (l->type == t)
				host_leak("malloc", t->ks_shortdesc, l->size,
				    l->caller);
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
	m_lock();
	for (tp = &types; *tp != NULL && *tp != t; tp = &(*tp)->ks_next)
		;
	if (*tp != NULL)
		*tp = t->ks_next;
	t->ks_mti.mti_stats = NULL;
	m_unlock();
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
	struct slab *s;
	int i;

	for (t = types; t != NULL; t = t->ks_next)
		memset(t->ks_mti.mti_spare, 0, sizeof(t->ks_mti.mti_spare));
	TAILQ_FOREACH(s, &every, all)
		for (i = 0; i < s->nitems; i++)
			if (s->items[i].size != 0)
				s->items[i].caller = ~0UL;
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

static void
junk(void *p, size_t n)
{
	uint32_t *w = p;
	size_t i;

	for (i = 0; i < n / 4; i++)
		w[i] = JUNK;
}

static void *
small(size_t size, int class, int domain, struct malloc_type *t,
    uint64_t caller)
{
	struct slabs *h = &avail[class][domain + 1];
	uint32_t *w;
	struct slab *s;
	struct item *it;
	char *p;
	size_t i;

	m_lock();
	s = TAILQ_FIRST(h);
	if (s == NULL) {
		m_unlock();
		s = slab_new(class, domain, caller);
		if (s == NULL)
			return (NULL);
		m_lock();
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
	m_unlock();
	w = (uint32_t *)p;
	if (it->used)
		for (i = 0; i < class_size[class] / 4; i++)
			if (w[i] != JUNK) {
				char sym[128];
				long off = 0;

				if (host_symbol((uint32_t)it->caller, sym,
				    sizeof(sym), &off) != 0)
					strlcpy(sym, "?", sizeof(sym));
				panic("memory modified after free: %p + %lu is "
				    "%#x; freed by %s+%#lx", p, i * 4, w[i],
				    sym, off);
			}
	if (!it->used)
		junk(p, class_size[class]);
	it->used = 1;
	it->caller = caller;
	memset(p + size, REDZONE, s->stride - size);
	return (p);
}

void *
khi_malloc_at(size_t size, size_t align, struct malloc_type *t, int flags,
    int domain, uint64_t caller)
{
	size_t want = MAX(size, align);
	void *p = NULL;
	int class;

	khi_check_type(t, "malloc");
	if ((flags & (M_WAITOK | M_NOWAIT)) != M_WAITOK &&
	    (flags & (M_WAITOK | M_NOWAIT)) != M_NOWAIT)
		panic("malloc: flags must have either M_WAITOK or M_NOWAIT");
	if ((flags & M_WAITOK) != 0)
		khi_sleep_check("malloc(M_WAITOK)");
	else if (curthread->td_critnest != 0)
		panic("malloc: called with spinlock or critical section held");
	else if (caller != KHI_INTERNAL && khi_fault("malloc(M_NOWAIT)", caller))
		return (NULL);
	/* A power of two is aligned to itself, up to a page. */
	if (align > 1 && want < LARGE)
		want = 1UL << flsl(want - 1);
	for (;;) {
		if (want <= LARGE && align <= PAGE_SIZE) {
			for (class = 0; class_size[class] < want; class++)
				;
			p = small(size, class, domain, t, caller);
		} else {
			size_t mapped = round_page(MAX(size, 1));

			p = khi_kmem(domain, mapped, flags &
			    (M_WAITOK | M_NOWAIT | M_ZERO), 0, ~0UL,
			    MAX(align, PAGE_SIZE), 0, align > PAGE_SIZE, caller);
			if (p != NULL) {
				if ((flags & M_ZERO) == 0)
					junk(p, size & ~3UL);
				memset((char *)p + size, REDZONE, mapped - size);
				khi_large_note(p, size, mapped, t, caller);
				return (p);
			}
		}
		if (p != NULL || (flags & M_WAITOK) == 0)
			break;
		vm_wait(NULL);
	}
	if (p == NULL)
		return (NULL);
	atomic_add_long(&STAT(t, 0), 1);
	atomic_add_long(&STAT(t, 2), size);
	if ((flags & M_ZERO) != 0)
		memset(p, 0, size);
	return (p);
}

static void
check_redzone(const u_char *p, size_t size, size_t end, uint64_t caller)
{
	char sym[128];
	long off = 0;
	size_t i;

	for (i = size; i < end; i++)
		if (p[i] != REDZONE) {
			if (host_symbol((uint32_t)caller, sym, sizeof(sym),
			    &off) != 0)
				strlcpy(sym, "?", sizeof(sym));
			panic("free: %p (%lu bytes, allocated by %s+%#lx): "
			    "byte %lu past the end was overwritten", p, size,
			    sym, off, i - size);
		}
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

size_t
malloc_usable_size(const void *p)
{
	struct large *l;
	struct slab *s;
	int i;

	if (p == NULL)
		return (0);
	if ((s = find_slab((uintptr_t)p, &i)) != NULL && s->items[i].size != 0)
		return (s->items[i].size - 1);
	if ((l = find_large((uintptr_t)p)) != NULL)
		return (l->size);
	panic("malloc_usable_size: %p was not allocated", p);
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

static void
count_free(struct malloc_type *t, size_t size)
{
	atomic_add_long(&STAT(t, 1), 1);
	atomic_add_long(&STAT(t, 3), size);
}

void
khi_free_at(void *p, struct malloc_type *t, uint64_t caller)
{
	struct malloc_type *ot;
	struct large *l;
	struct slab *s, *empty = NULL;
	struct item *it;
	size_t size;
	int i;

	if (p == NULL)
		return;
	khi_check_type(t, "free");
	if (curthread->td_critnest != 0)
		panic("free: called with spinlock or critical section held");
	s = find_slab((uintptr_t)p, &i);
	if (s == NULL) {
		m_lock();
		l = find_large((uintptr_t)p);
		if (l != NULL && l->type == t)
			TAILQ_REMOVE(&larges[l->va >> 12 & 255], l, link);
		m_unlock();
		if (l == NULL)
			panic("free: address %p was not allocated by malloc", p);
		if (l->type != t)
			panic("free: %p is of type %s, not %s", p,
			    l->type->ks_shortdesc, t->ks_shortdesc);
		check_redzone(p, l->size, l->mapped, l->caller);
		count_free(t, l->size);
		khi_kmem_free(p, l->mapped);
		host_free(l, sizeof(*l));
		return;
	}
	it = &s->items[i];
	if (it->size == 0)
		panic("free: %p is free already", p);
	ot = it->type;
	if (ot != t)
		panic("free: %p is of type %s, not %s", p, ot->ks_shortdesc,
		    t->ks_shortdesc);
	size = it->size - 1;
	check_redzone(p, size, s->stride, it->caller);
	junk(p, class_size[s->class]);
	count_free(t, size);
	m_lock();
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
	m_unlock();
	if (empty != NULL) {
		for (i = 0; i < (int)empty->npages; i++)
			empty->pages[i].plinks.uma.zone = NULL;
		khi_page_free_run(empty->pages, empty->npages);
		host_free(empty, sizeof(*empty) +
		    empty->nitems * sizeof(struct item));
	}
}
