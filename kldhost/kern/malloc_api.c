/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of malloc(9) over khi_malloc_at() and khi_free_at(). */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <sys/domainset.h>

void	*khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
	    uint64_t caller);

void free(void *p, struct malloc_type *t) { khi_free_at(p, t, KHI_CALLER); }

void
zfree(void *p, struct malloc_type *t)
{
	if (p != NULL)
		memset(p, 0, malloc_usable_size(p));
	khi_free_at(p, t, KHI_CALLER);
}

#define	DS(ds)	((ds)->ds_cnt == 1 ? (ds)->ds_order[0] : -1)

void *malloc(size_t n, struct malloc_type *t, int f) { return (khi_malloc_at(n, 1, t, f, -1, KHI_CALLER)); }
void *malloc_exec(size_t n, struct malloc_type *t, int f) { return (khi_malloc_at(n, 1, t, f, -1, KHI_CALLER)); }
void *malloc_domainset(size_t n, struct malloc_type *t, struct domainset *ds, int f) { return (khi_malloc_at(n, 1, t, f, DS(ds), KHI_CALLER)); }
void *malloc_aligned(size_t n, size_t a, struct malloc_type *t, int f) { return (khi_malloc_at(n, a, t, f, -1, KHI_CALLER)); }
void *malloc_domainset_aligned(size_t n, size_t a, struct malloc_type *t, struct domainset *ds, int f) { return (khi_malloc_at(n, a, t, f, DS(ds), KHI_CALLER)); }

void *
mallocarray(size_t n, size_t size, struct malloc_type *t, int f)
{
	if (WOULD_OVERFLOW(n, size))
		panic("mallocarray: %zu * %zu overflowed", n, size);
	return (khi_malloc_at(n * size, 1, t, f, -1, KHI_CALLER));
}

void *
mallocarray_domainset(size_t n, size_t size, struct malloc_type *t,
    struct domainset *ds, int f)
{
	if (WOULD_OVERFLOW(n, size))
		panic("mallocarray_domainset: %zu * %zu overflowed", n, size);
	return (khi_malloc_at(n * size, 1, t, f, DS(ds), KHI_CALLER));
}

static void *
do_realloc(void *p, size_t size, struct malloc_type *t, int f, uint64_t caller)
{
	size_t old;
	void *q;

	q = khi_malloc_at(size, 1, t, f & ~M_ZERO, -1, caller);
	if (q == NULL || p == NULL) {
		if (q != NULL && (f & M_ZERO) != 0)
			memset(q, 0, size);
		return (q);
	}
	old = malloc_usable_size(p);
	memcpy(q, p, MIN(old, size));
	khi_free_at(p, t, caller);
	return (q);
}

void *realloc(void *p, size_t n, struct malloc_type *t, int f) { return (do_realloc(p, n, t, f, KHI_CALLER)); }

void *
reallocf(void *p, size_t n, struct malloc_type *t, int f)
{
	void *q = do_realloc(p, n, t, f, KHI_CALLER);

	if (q == NULL)
		khi_free_at(p, t, KHI_CALLER);
	return (q);
}

void *
contigmalloc_domainset(u_long size, struct malloc_type *t, struct domainset *ds,
    int flags, vm_paddr_t low, vm_paddr_t high, u_long align,
    vm_paddr_t boundary)
{
	uint64_t caller = KHI_CALLER;
	void *p;

	khi_check_type(t, "contigmalloc");
	if ((flags & M_WAITOK) != 0)
		khi_sleep_check("contigmalloc");
	else if (khi_fault("contigmalloc", caller))
		return (NULL);
	p = khi_kmem(ds != NULL ? DS(ds) : -1, size, M_WAITOK |
	    (flags & M_ZERO), low, high, MAX(align, PAGE_SIZE), boundary, 1,
	    caller);
	if (p == NULL)
		return (NULL);
	khi_large_note(p, round_page(size), round_page(size), t, caller);
	return (p);
}

void *
contigmalloc(u_long size, struct malloc_type *t, int flags, vm_paddr_t low,
    vm_paddr_t high, u_long align, vm_paddr_t boundary)
{
	return (contigmalloc_domainset(size, t, NULL, flags, low, high, align,
	    boundary));
}

void
contigfree(void *p, u_long size __unused, struct malloc_type *t)
{
	khi_free_at(p, t, KHI_CALLER);
}
