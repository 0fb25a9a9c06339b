/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc(9): how memory of any size is asked for and given back.  The functions
 * that klds call are in malloc_api.c.
 */
#include "malloc.h"

static volatile uint32_t mlock;

void
khi_m_lock(void)
{
	while (atomic_cmpset_acq_int(&mlock, 0, 1) == 0)
		host_sched_yield();
}

void khi_m_unlock(void) { atomic_store_rel_int(&mlock, 0); }

void
khi_malloc_init(void)
{
	khi_slab_init();
	khi_large_init();
	khi_type_init();
}

void *
khi_malloc_at(size_t size, size_t align, struct malloc_type *t, int flags,
    int domain, uint64_t caller)
{
	size_t want = MAX(size, align);
	void *p;

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
		if (want > LARGE || align > PAGE_SIZE) {
			p = khi_large_alloc(size, align, t, flags, domain,
			    caller);
			if (p != NULL)
				return (p);
		} else
			p = khi_slab_alloc(size, want, domain, t, caller);
		if (p != NULL || (flags & M_WAITOK) == 0)
			break;
		vm_wait(NULL);
	}
	if (p == NULL)
		return (NULL);
	khi_count_alloc(t, size);
	if ((flags & M_ZERO) != 0)
		memset(p, 0, size);
	return (p);
}

size_t
malloc_usable_size(const void *p)
{
	size_t size;

	if (p == NULL)
		return (0);
	if (khi_slab_size(p, &size) || khi_large_size(p, &size))
		return (size);
	panic("malloc_usable_size: %p was not allocated", p);
}

void
khi_free_at(void *p, struct malloc_type *t, uint64_t caller)
{
	if (p == NULL)
		return;
	khi_check_type(t, "free");
	if (curthread->td_critnest != 0)
		panic("free: called with spinlock or critical section held");
	if (!khi_slab_free(p, t, caller) && !khi_large_free(p, t))
		panic("free: address %p was not allocated by malloc", p);
}
