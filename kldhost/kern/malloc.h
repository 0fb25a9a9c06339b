/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of malloc(9): types, slabs of small items, large pieces, checks. */
#ifndef KH_MALLOC_H
#define KH_MALLOC_H

#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <vm/vm_pageout.h>

#define	LARGE		65536		/* more is page-wise in KVA */
#define	REDZONE		0xfd

/* Kept in mti_spare[]: allocations, frees, bytes in, bytes out. */
#define	STAT(t, i)	(t)->ks_mti.mti_spare[i]

void	*host_alloc(size_t size);
void	host_free(void *p, size_t size);
void	host_leak(const char *kind, const char *name, uint64_t size,
	    uint64_t caller);
void	*khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
	    uint64_t caller);
void	khi_kmem_free(void *p, vm_size_t size);

/* malloc.c: under this lock are slabs, larges and the list of types. */
void	khi_m_lock(void);
void	khi_m_unlock(void);

/* malloc_type.c */
void	khi_type_init(void);
void	khi_count_alloc(struct malloc_type *t, size_t size);
void	khi_count_free(struct malloc_type *t, size_t size);

/* malloc_check.c */
void	khi_junk(void *p, size_t n);
void	khi_junk_check(const void *p, size_t n, uint64_t freed_by);
void	khi_redzone_check(const u_char *p, size_t size, size_t end,
	    uint64_t caller);

/* malloc_slab.c */
void	khi_slab_init(void);
void	*khi_slab_alloc(size_t size, size_t want, int domain,
	    struct malloc_type *t, uint64_t caller);
int	khi_slab_free(void *p, struct malloc_type *t, uint64_t caller);
int	khi_slab_size(const void *p, size_t *size);
void	khi_slab_report(struct malloc_type *t);
void	khi_slab_baseline(void);

/* malloc_large.c */
void	khi_large_init(void);
void	*khi_large_alloc(size_t size, size_t align, struct malloc_type *t,
	    int flags, int domain, uint64_t caller);
int	khi_large_free(void *p, struct malloc_type *t);
int	khi_large_size(const void *p, size_t *size);
void	khi_large_report(struct malloc_type *t);

#endif
