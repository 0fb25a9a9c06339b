/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page allocation, in place of LinuxKPI's linux/gfp.h: the same flags (gfp_t
 * is malloc(9)'s flags and a few more), on lkpi_page's pages.  lkpi_page(4).
 */
#ifndef _LINUXKPI_LINUX_GFP_H_
#define _LINUXKPI_LINUX_GFP_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>

#include <linux/page.h>

#include <vm/vm_param.h>
#include <vm/vm_object.h>
#include <vm/vm_extern.h>
#include <vm/vm_kern.h>

#define	__GFP_NOWARN		0
#define	__GFP_HIGHMEM		0
#define	__GFP_ZERO		M_ZERO
#define	__GFP_NOMEMALLOC	0
#define	__GFP_MEMALLOC		M_USE_RESERVE
#define	__GFP_RECLAIM		0
#define	__GFP_DIRECT_RECLAIM	0
#define	__GFP_RECLAIMABLE	0
#define	__GFP_RETRY_MAYFAIL	0
#define	__GFP_MOVABLE		0
#define	__GFP_IO		0
#define	__GFP_NO_KSWAPD		0
#define	__GFP_KSWAPD_RECLAIM	0
#define	__GFP_WAIT		M_WAITOK
#define	__GFP_NOFAIL		M_WAITOK
#define	__GFP_DMA32		(1U << 24)	/* below 4 GiB */
#define	__GFP_COMP		(1U << 25)	/* a compound block */
#define	__GFP_NORETRY		(1U << 26)	/* no reclaim for a large block */
#define	__GFP_BITS_SHIFT	27
#define	__GFP_BITS_MASK		((1U << __GFP_BITS_SHIFT) - 1)

#define	GFP_NOWAIT		M_NOWAIT
#define	GFP_ATOMIC		(M_NOWAIT | M_USE_RESERVE)
#define	GFP_KERNEL		M_WAITOK
#define	GFP_KERNEL_ACCOUNT	M_WAITOK
#define	GFP_USER		M_WAITOK
#define	GFP_HIGHUSER		M_WAITOK
#define	GFP_HIGHUSER_MOVABLE	M_WAITOK
#define	GFP_IOFS		M_NOWAIT
#define	GFP_NOIO		M_NOWAIT
#define	GFP_NOFS		M_NOWAIT
#define	GFP_DMA32		__GFP_DMA32
#define	GFP_TEMPORARY		M_NOWAIT
#define	GFP_TRANSHUGE		0
#define	GFP_TRANSHUGE_LIGHT	0
#define	GFP_NATIVE_MASK		(M_NOWAIT | M_WAITOK | M_USE_RESERVE | M_ZERO)

CTASSERT(((__GFP_DMA32 | __GFP_COMP | __GFP_NORETRY) & GFP_NATIVE_MASK) == 0);
CTASSERT((__GFP_BITS_MASK & GFP_NATIVE_MASK) == GFP_NATIVE_MASK);

#define	MAX_PAGE_ORDER		10
#define	MAX_ORDER		MAX_PAGE_ORDER
#define	NR_PAGE_ORDERS		(MAX_PAGE_ORDER + 1)
#ifndef NUMA_NO_NODE
#define	NUMA_NO_NODE		(-1)
#endif

/* Zeroed when new; one user at a time. */
struct page_frag_cache {
	void		*va;
	int		 pagecnt_bias;
	uint32_t	 offset;
	uint32_t	 size;
};

struct page *linux_alloc_pages(gfp_t flags, unsigned int order);
struct page *lkpirs_alloc_pages_node(int nid, gfp_t flags, unsigned int order);
void	linux_free_pages(struct page *page, unsigned int order);
unsigned long lkpirs_alloc_pages_bulk(gfp_t flags, int nid, unsigned long n,
	    struct page **pages);
vm_offset_t linux_alloc_kmem(gfp_t flags, unsigned int order);
void	linux_free_kmem(vm_offset_t addr, unsigned int order);
void	*linuxkpi_page_frag_alloc(struct page_frag_cache *, size_t, gfp_t);
void	linuxkpi_page_frag_free(void *addr);
void	linuxkpi__page_frag_cache_drain(struct page *page, size_t count);
void	lkpirs_split_page(struct page *page, unsigned int order);

#define	alloc_pages(flags, order)	linux_alloc_pages(flags, order)
#define	alloc_page(flags)		linux_alloc_pages(flags, 0)
#define	alloc_pages_node(nid, flags, order) lkpirs_alloc_pages_node(nid, flags, order)
#define	dev_alloc_pages(order) \
	linux_alloc_pages(GFP_ATOMIC | __GFP_COMP, order)
#define	dev_alloc_page()		dev_alloc_pages(0)
#define	__free_pages(page, order)	linux_free_pages(page, order)
#define	__free_page(page)		linux_free_pages(page, 0)
#define	split_page(page, order)		lkpirs_split_page(page, order)

/* Fills the empty (NULL) places of the array; returns how many places from its
 * start hold a page. */
static inline unsigned long
alloc_pages_bulk_array_node(gfp_t flags, int nid, unsigned long n,
    struct page **pages)
{
	return (lkpirs_alloc_pages_bulk(flags, nid, n, pages));
}

static inline unsigned long
alloc_pages_bulk_array(gfp_t flags, unsigned long n, struct page **pages)
{
	return (lkpirs_alloc_pages_bulk(flags, NUMA_NO_NODE, n, pages));
}

static inline vm_offset_t
__get_free_pages(gfp_t flags, unsigned int order)
{
	return (linux_alloc_kmem(flags, order));
}

static inline vm_offset_t
__get_free_page(gfp_t flags)
{
	return (linux_alloc_kmem(flags, 0));
}

static inline vm_offset_t
get_zeroed_page(gfp_t flags)
{
	return (linux_alloc_kmem(flags | __GFP_ZERO, 0));
}

static inline void
free_pages(uintptr_t addr, unsigned int order)
{
	if (addr != 0)
		linux_free_kmem(addr, order);
}

static inline void
free_page(uintptr_t addr)
{
	free_pages(addr, 0);
}

#define	page_frag_alloc(cache, size, flags) \
	linuxkpi_page_frag_alloc(cache, size, flags)
#define	page_frag_free(addr)	linuxkpi_page_frag_free(addr)
#define	__page_frag_cache_drain(page, count) \
	linuxkpi__page_frag_cache_drain(page, count)
void	lkpirs_page_frag_cache_destroy(struct page_frag_cache *);
#define	page_frag_cache_drain(cache) lkpirs_page_frag_cache_destroy(cache)

static inline bool
gfpflags_allow_blocking(const gfp_t flags)
{
	return ((flags & (M_WAITOK | M_NOWAIT)) == M_WAITOK);
}

#define	SetPageReserved(page)	do { } while (0)
#define	ClearPageReserved(page)	do { } while (0)

#endif /* _LINUXKPI_LINUX_GFP_H_ */
