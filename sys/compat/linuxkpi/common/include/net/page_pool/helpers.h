/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_pool(9): the calls that drivers make, as in Linux 6.12.
 *
 * One caller at a time (the pool's NAPI, or a lock of the driver's) allocates,
 * puts with allow_direct, and changes the node.  Everybody else puts with
 * allow_direct false, from wherever an ordinary mutex may be taken.
 */
#ifndef _LINUXKPI_NET_PAGE_POOL_HELPERS_H_
#define _LINUXKPI_NET_PAGE_POOL_HELPERS_H_

#include <linux/mm.h>
#include <net/netmem.h>
#include <net/page_pool/types.h>

/* Adds to *stats, which the caller has set to 0. */
static inline bool
page_pool_get_stats(const struct page_pool *pool, struct page_pool_stats *stats)
{
	return (lkpirs_page_pool_get_stats(pool, stats));
}

static inline int
page_pool_ethtool_stats_get_count(void)
{
	return (sizeof(struct page_pool_stats) / sizeof(u64));
}

/* ETH_GSTRING_LEN bytes each; returns the place after the last. */
static inline u8 *
page_pool_ethtool_stats_get_strings(u8 *data)
{
	return (lkpirs_page_pool_ethtool_stats_get_strings(data));
}

static inline u64 *
page_pool_ethtool_stats_get(u64 *data, const void *stats)
{
	memcpy(data, stats, sizeof(struct page_pool_stats));
	return (data + page_pool_ethtool_stats_get_count());
}

static inline struct page *
page_pool_dev_alloc_pages(struct page_pool *pool)
{
	return (page_pool_alloc_pages(pool, GFP_ATOMIC | __GFP_NOWARN));
}

static inline struct page *
page_pool_dev_alloc_frag(struct page_pool *pool, unsigned int *offset,
    unsigned int size)
{
	return (page_pool_alloc_frag(pool, offset, size,
	    GFP_ATOMIC | __GFP_NOWARN));
}

/* A page, or a piece of one if two fit; *size becomes what was given. */
static inline struct page *
page_pool_alloc(struct page_pool *pool, unsigned int *offset,
    unsigned int *size, gfp_t gfp)
{
	return (lkpirs_page_pool_alloc(pool, offset, size, gfp));
}

static inline struct page *
page_pool_dev_alloc(struct page_pool *pool, unsigned int *offset,
    unsigned int *size)
{
	return (page_pool_alloc(pool, offset, size, GFP_ATOMIC | __GFP_NOWARN));
}

static inline void *
page_pool_alloc_va(struct page_pool *pool, unsigned int *size, gfp_t gfp)
{
	unsigned int offset = 0;
	struct page *page;

	page = page_pool_alloc(pool, &offset, size, gfp & ~__GFP_HIGHMEM);
	return (page == NULL ? NULL : (char *)page_address(page) + offset);
}

static inline void *
page_pool_dev_alloc_va(struct page_pool *pool, unsigned int *size)
{
	return (page_pool_alloc_va(pool, size, GFP_ATOMIC | __GFP_NOWARN));
}

static inline enum dma_data_direction
page_pool_get_dma_dir(const struct page_pool *pool)
{
	return (pool->p.dma_dir);
}

/* nr pool references in place of the one that a fresh page has. */
static inline void
page_pool_fragment_page(struct page *page, long nr)
{
	atomic_store_rel_long((volatile u_long *)&page->pp_ref_count, nr);
}

/* Drop nr; how many are left.  At 0 the page is the caller's to put with
 * page_pool_put_unrefed_page(). */
static inline long
page_pool_unref_page(struct page *page, long nr)
{
	return (lkpirs_page_pool_unref_page(page, nr));
}

static inline void
page_pool_ref_page(struct page *page)
{
	atomic_add_long((volatile u_long *)&page->pp_ref_count, 1);
}

static inline bool
page_pool_is_last_ref(struct page *page)
{
	return (page_pool_unref_page(page, 1) == 0);
}

/* Give one pool reference up; dma_sync_size bytes may have been written. */
static inline void
page_pool_put_page(struct page_pool *pool, struct page *page,
    unsigned int dma_sync_size, bool allow_direct)
{
	if (allow_direct)
		lkpirs_page_pool_put_direct(pool, page, dma_sync_size);
	else
		lkpirs_page_pool_put(pool, page, dma_sync_size);
}

static inline void
page_pool_put_full_page(struct page_pool *pool, struct page *page,
    bool allow_direct)
{
	page_pool_put_page(pool, page, -1, allow_direct);
}

static inline void
page_pool_recycle_direct(struct page_pool *pool, struct page *page)
{
	page_pool_put_full_page(pool, page, true);
}

static inline void
page_pool_free_va(struct page_pool *pool, void *va, bool allow_direct)
{
	page_pool_put_page(pool, virt_to_head_page(va), -1, allow_direct);
}

/* The device's address of the page's first byte; with PP_FLAG_DMA_MAP. */
static inline dma_addr_t
page_pool_get_dma_addr(const struct page *page)
{
	return (page->dma_addr);
}

static inline void
page_pool_dma_sync_for_cpu(const struct page_pool *pool, const struct page *page,
    u32 offset, u32 dma_sync_size)
{
	if (lkpirs_dma_may_sync())
		lkpirs_page_pool_dma_sync_for_cpu(pool, page, offset, dma_sync_size);
}

static inline void
page_pool_nid_changed(struct page_pool *pool, int new_nid)
{
	if (unlikely(pool->p.nid != new_nid))
		page_pool_update_nid(pool, new_nid);
}

/* The same for what may be device memory elsewhere. */
static inline netmem_ref
page_pool_alloc_netmems(struct page_pool *pool, gfp_t gfp)
{
	return (page_to_netmem(page_pool_alloc_pages(pool, gfp)));
}

static inline netmem_ref
page_pool_dev_alloc_netmems(struct page_pool *pool)
{
	return (page_to_netmem(page_pool_dev_alloc_pages(pool)));
}

static inline netmem_ref
page_pool_alloc_frag_netmem(struct page_pool *pool, unsigned int *offset,
    unsigned int size, gfp_t gfp)
{
	return (page_to_netmem(page_pool_alloc_frag(pool, offset, size, gfp)));
}

static inline netmem_ref
page_pool_alloc_netmem(struct page_pool *pool, unsigned int *offset,
    unsigned int *size, gfp_t gfp)
{
	return (page_to_netmem(page_pool_alloc(pool, offset, size, gfp)));
}

static inline netmem_ref
page_pool_dev_alloc_netmem(struct page_pool *pool, unsigned int *offset,
    unsigned int *size)
{
	return (page_to_netmem(page_pool_dev_alloc(pool, offset, size)));
}

static inline void
page_pool_fragment_netmem(netmem_ref netmem, long nr)
{
	page_pool_fragment_page(netmem_to_page(netmem), nr);
}

static inline long
page_pool_unref_netmem(netmem_ref netmem, long nr)
{
	return (page_pool_unref_page(netmem_to_page(netmem), nr));
}

static inline void
page_pool_ref_netmem(netmem_ref netmem)
{
	page_pool_ref_page(netmem_to_page(netmem));
}

static inline void
page_pool_put_unrefed_netmem(struct page_pool *pool, netmem_ref netmem,
    unsigned int dma_sync_size, bool allow_direct)
{
	page_pool_put_unrefed_page(pool, netmem_to_page(netmem), dma_sync_size,
	    allow_direct);
}

static inline void
page_pool_put_netmem(struct page_pool *pool, netmem_ref netmem,
    unsigned int dma_sync_size, bool allow_direct)
{
	page_pool_put_page(pool, netmem_to_page(netmem), dma_sync_size, allow_direct);
}

static inline void
page_pool_put_full_netmem(struct page_pool *pool, netmem_ref netmem,
    bool allow_direct)
{
	page_pool_put_netmem(pool, netmem, -1, allow_direct);
}

static inline dma_addr_t
page_pool_get_dma_addr_netmem(netmem_ref netmem)
{
	return (page_pool_get_dma_addr(netmem_to_page(netmem)));
}

static inline void
page_pool_dma_sync_netmem_for_cpu(const struct page_pool *pool, netmem_ref netmem,
    u32 offset, u32 dma_sync_size)
{
	page_pool_dma_sync_for_cpu(pool, netmem_to_page(netmem), offset, dma_sync_size);
}

#endif /* _LINUXKPI_NET_PAGE_POOL_HELPERS_H_ */
