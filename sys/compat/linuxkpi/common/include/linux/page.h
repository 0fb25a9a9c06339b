/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct page: Linux's view of a physical page, one for every page that the
 * kernel's vm_phys_segs hold, kept by lkpi_page.ko beside the native
 * struct vm_page and never the same object (lkpi_page(4)).
 *
 * This header replaces LinuxKPI's linux/page.h, where `page' is a macro for
 * vm_page.  Code that can use either tests PAGE_IS_LKPI_PAGE.
 */
#ifndef _LKPIRS_LINUX_PAGE_H_
#define _LKPIRS_LINUX_PAGE_H_

#include <sys/param.h>
#include <sys/systm.h>

#include <machine/atomic.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#include <linux/types.h>
/* FreeBSD's headers that come later may want their own LIST_HEAD(). */
#ifndef LKPIRS_LINUXKPI
#include <linux/list.h>
#endif

/* The rest of LinuxKPI (LKPIRS_LINUXKPI: tools/linuxkpi.sh) wants what else its
 * own header has: cache flushes and what later releases add. */
#ifdef LKPIRS_LINUXKPI
#define	cachemode2protval	lkpi_stock_cachemode2protval
#define	pgprot2cachemode	lkpi_stock_pgprot2cachemode
#include_next <linux/page.h>
#undef cachemode2protval
#undef pgprot2cachemode
#undef page
#undef virt_to_page
#undef page_to_pfn
#undef pfn_to_page
#undef nth_page
#undef page_to_phys
#undef clear_page
#undef pgprot_noncached
#undef pgprot_writecombine
#undef LINUXKPI_PROT_VALID
#undef LINUXKPI_CACHE_MODE_SHIFT
#undef PAGE_KERNEL_IO
#else
#define	_LINUXKPI_LINUX_PAGE_H_
#endif

#define	PAGE_IS_LKPI_PAGE	1

struct page_pool;

typedef unsigned long	linux_pte_t;
typedef unsigned long	linux_pmd_t;
typedef unsigned long	linux_pgd_t;
typedef unsigned long	pgprot_t;

/*
 * Every word has the place that Linux 6.12 gives it, so that what Linux
 * overlays (lru with pp_magic and pp, index with dma_addr, private with
 * pp_ref_count) is overlaid here, and lru and private never are.
 */
struct page {
	unsigned long	flags;		/* LKPIRS_PG_*, pfn above PFN_SHIFT */
	union {
		struct {
			struct list_head lru;		/* the owner's */
			void		*mapping;	/* the owner's */
			unsigned long	 index;		/* the owner's */
			unsigned long	 private;	/* the owner's */
		};
		struct {				/* in a page_pool */
			unsigned long	 pp_magic;
			struct page_pool *pp;
			void		*_pp_dma_map;	/* bus_dmamap_t */
			unsigned long	 dma_addr;
			long		 pp_ref_count;
		};
		struct {				/* a compound tail */
			unsigned long	 compound_head;	/* head | 1 */
		};
	};
	int		 page_type;	/* LKPIRS_OWNER_* */
	int		 _refcount;	/* references to pages we allocated */
	struct vm_page	*vm_page;	/* the native page, never NULL */
} __aligned(64);

struct folio {
	struct page page;
};

/* struct page::flags.  The owner of a block changes the low byte, the page
 * frame number above it never changes. */
#define	LKPIRS_PG_ORDER		0x0fUL	/* of the block, in its first page */
#define	LKPIRS_PG_HEAD		0x10UL	/* first page of a compound block */
#define	LKPIRS_PG_TAIL		0x20UL	/* another page of a compound block */
#define	LKPIRS_PG_OWNED		0x40UL	/* allocated by lkpi_page */
#define	LKPIRS_PG_FICTITIOUS	0x80UL	/* device memory */
#define	LKPIRS_PFN_SHIFT	8

/* struct page::page_type of a block's first page: for whom it is live. */
#define	LKPIRS_OWNER_NONE	0
#define	LKPIRS_OWNER_ALLOC	1	/* alloc_pages() and its kin */
#define	LKPIRS_OWNER_FRAG	2	/* page_frag_alloc() */
#define	LKPIRS_OWNER_POOL	3	/* page_pool */

/* drm-kmod and the crates rely on these; the crate kpi asserts the same. */
#ifdef __LP64__
_Static_assert(sizeof(struct page) == 64, "struct page is one cache line");
_Static_assert(offsetof(struct page, lru) == 8, "lru");
_Static_assert(offsetof(struct page, pp) == 16, "pp");
_Static_assert(offsetof(struct page, mapping) == 24, "mapping");
_Static_assert(offsetof(struct page, dma_addr) == 32, "dma_addr");
_Static_assert(offsetof(struct page, private) == 40, "private");
_Static_assert(offsetof(struct page, pp_ref_count) == 40, "pp_ref_count");
_Static_assert(offsetof(struct page, _refcount) == 52, "_refcount");
_Static_assert(offsetof(struct page, vm_page) == 56, "vm_page");
#endif

/*
 * The directory of the shadow.  An entry covers a chunk, 2 MiB of shadows; its
 * pointers are biased, so that they are indexed by the page frame number
 * itself.  A byte of a chunk's states covers one page of shadows (a block) and
 * is set, with release order, after they have been initialised.
 */
struct lkpirs_vmemmap {
	struct page	*const *base;	/* by chunk; then by pfn */
	const uint8_t	*const *states;	/* by chunk, or NULL; then by block */
	u_long		 npfns;		/* page frames the directory covers */
	uintptr_t	 first;		/* every shadow of memory lies in */
	uintptr_t	 end;		/* [first, end), which is */
	u_long		 span;		/* so many of them wide */
};
extern struct lkpirs_vmemmap lkpirs_vmemmap;

#define	LKPIRS_CHUNK_PAGES	(2UL * 1024 * 1024 / sizeof(struct page))
#define	LKPIRS_BLOCK_PAGES	(PAGE_SIZE / sizeof(struct page))
#define	LKPIRS_BLOCK_FULL	2	/* backed, and every frame is memory */

/* The types that differ have link names of their own (a driver built for
 * LinuxKPI's page does not link). */
#define	linux_page_address		lkpirs_page_address
#define	linux_alloc_pages		lkpirs_alloc_pages
#define	linux_free_pages		lkpirs_free_pages
#define	linux_alloc_kmem		lkpirs_alloc_kmem
#define	linux_free_kmem			lkpirs_free_kmem
#define	linuxkpi_page_frag_alloc	lkpirs_page_frag_alloc
#define	linuxkpi_page_frag_free		lkpirs_page_frag_free
#define	linuxkpi__page_frag_cache_drain	lkpirs_page_frag_cache_drain
#define	linuxkpi_virt_to_page		lkpirs_virt_to_page
#define	linuxkpi_pfn_to_page		lkpirs_pfn_to_page
#define	lkpi_vm_page_to_page		lkpirs_vm_page_to_page
#define	linux_shmem_read_mapping_page_gfp lkpirs_shmem_read_mapping_page_gfp
#define	linux_dma_map_sg_attrs		lkpirs_stock_dma_map_sg_attrs
#define	linux_dma_unmap_sg_attrs	lkpirs_stock_dma_unmap_sg_attrs

struct page *lkpirs_pfn_to_page(unsigned long pfn);
struct page *lkpirs_virt_to_page(const void *va);
struct page *lkpirs_vm_page_to_page(struct vm_page *m);
void	*lkpirs_page_address(const struct page *page);

/* The shadow of a frame below npfns. */
static inline struct page *
lkpirs_page_at(unsigned long pfn)
{
	const uint8_t *states = lkpirs_vmemmap.states[pfn / LKPIRS_CHUNK_PAGES];

	if (__predict_true(states != NULL &&
	    __atomic_load_n(&states[pfn / LKPIRS_BLOCK_PAGES],
	    __ATOMIC_ACQUIRE) == LKPIRS_BLOCK_FULL))
		return (lkpirs_vmemmap.base[pfn / LKPIRS_CHUNK_PAGES] + pfn);
	return (lkpirs_pfn_to_page(pfn));
}

/*
 * The shadow of a page frame, or NULL: no such memory, or no memory to back
 * its shadow.  Lock-free where the shadow exists; else one mutex(9), never
 * sleeping for memory.
 */
static inline struct page *
pfn_to_page(unsigned long pfn)
{
	if (__predict_true(pfn < lkpirs_vmemmap.npfns))
		return (lkpirs_page_at(pfn));
	return (lkpirs_pfn_to_page(pfn));
}

static inline unsigned long
page_to_pfn(const struct page *page)
{
	return (page->flags >> LKPIRS_PFN_SHIFT);
}

static inline vm_paddr_t
page_to_phys(const struct page *page)
{
	return ((vm_paddr_t)page_to_pfn(page) << PAGE_SHIFT);
}

static inline struct vm_page *
page_to_vm_page(const struct page *page)
{
	return (page->vm_page);
}

/* The shadow of a native page: the array's index gives the frame where the
 * array is dense, the page itself where it is packed or fictitious. */
static inline struct page *
vm_page_to_page(struct vm_page *m)
{
#ifdef VM_PHYSSEG_DENSE
	u_long i = m - vm_page_array;

	if (__predict_true(i < (u_long)vm_page_array_size))
		return (lkpirs_page_at(i + first_page));
#else
	if (__predict_true(m >= vm_page_array &&
	    m < vm_page_array + vm_page_array_size))
		return (pfn_to_page(VM_PAGE_TO_PHYS(m) >> PAGE_SHIFT));
#endif
	return (lkpirs_vm_page_to_page(m));
}

static inline struct page *
virt_to_page(const void *va)
{
#if defined(__amd64__)
	/* One bound for both ends of the direct map: below it wraps. */
	u_long pfn = ((vm_offset_t)va - PHYS_TO_DMAP(0)) >> PAGE_SHIFT;

	if (__predict_true(pfn < lkpirs_vmemmap.npfns))
		return (lkpirs_page_at(pfn));
#elif PMAP_HAS_DMAP
	if (__predict_true(VIRT_IN_DMAP((vm_offset_t)va)))
		return (pfn_to_page(DMAP_TO_PHYS((vm_offset_t)va) >> PAGE_SHIFT));
#endif
	return (lkpirs_virt_to_page(va));
}
#define	virt_to_page(va)	(virt_to_page)((const void *)(va))

static inline bool
pfn_valid(unsigned long pfn)
{
	return (pfn_to_page(pfn) != NULL);
}

static inline struct page *
compound_head(const struct page *page)
{
	if ((page->flags & LKPIRS_PG_TAIL) != 0)
		return ((struct page *)(page->compound_head - 1));
	return (__DECONST(struct page *, page));
}

static inline unsigned int
compound_order(const struct page *page)
{
	if ((page->flags & LKPIRS_PG_HEAD) == 0)
		return (0);
	return (page->flags & LKPIRS_PG_ORDER);
}

static inline bool
PageCompound(const struct page *page)
{
	return ((page->flags & (LKPIRS_PG_HEAD | LKPIRS_PG_TAIL)) != 0);
}

#define	phys_to_page(pa)	pfn_to_page((pa) >> PAGE_SHIFT)
#define	page_to_virt(page)	page_address(page)
#define	page_address(page)	lkpirs_page_address(page)
#define	lowmem_page_address(page) page_address(page)
/* Holds across any boundary, where page + n holds inside one 128 MiB. */
#define	nth_page(page, n)	pfn_to_page(page_to_pfn(page) + (n))
#define	clear_page(va)		memset(va, 0, PAGE_SIZE)

#define	LINUXKPI_PROT_VALID		(1 << 3)
#define	LINUXKPI_CACHE_MODE_SHIFT	4
#define	PAGE_KERNEL_IO			0x0000

CTASSERT((VM_PROT_ALL & -LINUXKPI_PROT_VALID) == 0);

static inline pgprot_t
cachemode2protval(vm_memattr_t attr)
{
	return (((pgprot_t)attr << LINUXKPI_CACHE_MODE_SHIFT) | LINUXKPI_PROT_VALID);
}

static inline vm_memattr_t
pgprot2cachemode(pgprot_t prot)
{
	return ((prot & LINUXKPI_PROT_VALID) != 0 ?
	    (vm_memattr_t)(prot >> LINUXKPI_CACHE_MODE_SHIFT) : VM_MEMATTR_DEFAULT);
}

#define	pgprot_noncached(prot) \
	(((prot) & VM_PROT_ALL) | cachemode2protval(VM_MEMATTR_UNCACHEABLE))
#ifdef VM_MEMATTR_WRITE_COMBINING
#define	pgprot_writecombine(prot) \
	(((prot) & VM_PROT_ALL) | cachemode2protval(VM_MEMATTR_WRITE_COMBINING))
#else
#define	pgprot_writecombine(prot)	pgprot_noncached(prot)
#endif

/* Linux's PAGE_MASK has the other sign; what FreeBSD builds on its own comes
 * back in a form that holds with it. */
#undef	PAGE_MASK
#define	PAGE_MASK	(~(PAGE_SIZE - 1))
#undef	btoc
#define	btoc(x)		(((vm_offset_t)(x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#undef	round_page
#define	round_page(x)	((((uintptr_t)(x)) + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1))
#undef	trunc_page
#define	trunc_page(x)	((uintptr_t)(x) & ~(PAGE_SIZE - 1))

#endif /* _LKPIRS_LINUX_PAGE_H_ */
