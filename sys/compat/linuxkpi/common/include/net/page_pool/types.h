/* SPDX-License-Identifier: BSD-2-Clause */
/* page_pool(9): parameters, statistics and functions, as in Linux 6.12. */
#ifndef _LINUXKPI_NET_PAGE_POOL_TYPES_H_
#define _LINUXKPI_NET_PAGE_POOL_TYPES_H_

#include <linux/types.h>
#include <linux/page.h>
#include <linux/gfp.h>
#include <linux/dma-mapping.h>

struct device;
struct napi_struct;
struct net_device;

#define	PP_FLAG_DMA_MAP		(1U << 0) /* the pool maps its pages */
#define	PP_FLAG_DMA_SYNC_DEV	(1U << 1) /* ... and syncs them for the device */
#define	PP_FLAG_SYSTEM_POOL	(1U << 2)
#define	PP_FLAG_ALLOW_UNREADABLE_NETMEM (1U << 3)
#define	PP_FLAG_ALL		0xfU
#define	PP_FLAG_PAGE_FRAG	0	/* of old drivers: every pool has it */
/* Not Linux's: pages are zeroed before the device may reach them, when they
 * come in and each time they come back. */
#define	LKPIRS_PP_FLAG_SCRUB	(1U << 31)

#define	PP_ALLOC_CACHE_SIZE	128
#define	PP_ALLOC_CACHE_REFILL	64
#define	PP_SIGNATURE		0x40UL

#ifndef ETH_GSTRING_LEN
#define	ETH_GSTRING_LEN		32
#endif

/* A page, as a number. */
typedef unsigned long netmem_ref;

#define	PAGE_POOL_PARAMS_FAST						\
	unsigned int	order;		/* pages of 2^order */		\
	unsigned int	pool_size;	/* of the ring; 0 is 1024 */	\
	int		nid;		/* node, or NUMA_NO_NODE */	\
	struct device	*dev;						\
	struct napi_struct *napi;	/* the one consumer */		\
	enum dma_data_direction dma_dir;				\
	unsigned int	max_len;	/* what is synced for the device */ \
	unsigned int	offset		/* ... from here */

#define	PAGE_POOL_PARAMS_SLOW						\
	struct net_device *netdev;					\
	unsigned int	queue_idx;					\
	unsigned int	flags;		/* PP_FLAG_* */			\
	void		(*init_callback)(netmem_ref netmem, void *arg);	\
	void		*init_arg

struct page_pool_params_fast {
	PAGE_POOL_PARAMS_FAST;
};

struct page_pool_params_slow {
	PAGE_POOL_PARAMS_SLOW;
};

struct page_pool_params {
	union {
		struct {
			PAGE_POOL_PARAMS_FAST;
		};
		struct page_pool_params_fast fast;
	};
	union {
		struct {
			PAGE_POOL_PARAMS_SLOW;
		};
		struct page_pool_params_slow slow;
	};
};

/* What follows the parameters is page_pool.ko's own. */
struct page_pool {
	struct page_pool_params_fast p;
};

struct page_pool_alloc_stats {
	u64	fast;		/* from the cache */
	u64	slow;		/* from the system */
	u64	slow_high_order;
	u64	empty;		/* the ring was empty */
	u64	refill;		/* from the ring */
	u64	waive;		/* not taken: of another node */
};

struct page_pool_recycle_stats {
	u64	cached;		/* into the cache */
	u64	cache_full;
	u64	ring;		/* into the ring */
	u64	ring_full;
	u64	released_refcnt; /* somebody else held the page */
};

struct page_pool_stats {
	struct page_pool_alloc_stats alloc_stats;
	struct page_pool_recycle_stats recycle_stats;
};

struct page_pool *lkpirs_page_pool_create(const struct page_pool_params *);
void	lkpirs_page_pool_destroy(struct page_pool *);
struct page *lkpirs_page_pool_alloc_pages(struct page_pool *, gfp_t);
struct page *lkpirs_page_pool_alloc_frag(struct page_pool *, unsigned int *offset,
	    unsigned int size, gfp_t);
struct page *lkpirs_page_pool_alloc(struct page_pool *, unsigned int *offset,
	    unsigned int *size, gfp_t);
void	lkpirs_page_pool_put_direct(struct page_pool *, struct page *,
	    unsigned int dma_sync_size);
void	lkpirs_page_pool_put(struct page_pool *, struct page *,
	    unsigned int dma_sync_size);
void	lkpirs_page_pool_put_unrefed_page(struct page_pool *, struct page *,
	    unsigned int dma_sync_size, bool allow_direct);
void	lkpirs_page_pool_put_page_bulk(struct page_pool *, void **data, int count);
long	lkpirs_page_pool_unref_page(struct page *, long nr);
void	lkpirs_page_pool_dma_sync_for_cpu(const struct page_pool *,
	    const struct page *, u32 offset, u32 len);
void	lkpirs_page_pool_update_nid(struct page_pool *, int nid);
void	lkpirs_page_pool_disable_direct_recycling(struct page_pool *);
int	lkpirs_page_pool_inflight(const struct page_pool *, bool strict);
bool	lkpirs_page_pool_get_stats(const struct page_pool *, struct page_pool_stats *);
u8	*lkpirs_page_pool_ethtool_stats_get_strings(u8 *data);

/* A number of the sysctl tree compat.page_pool, by its name there. */
uint64_t lkpirs_pool_stat(const char *name);
/* What compat.page_pool.holders says of the first pool after the one of this
 * id, cut to len bytes with their NUL; its id, or 0 for none. */
uint32_t lkpirs_pool_report(uint32_t after, char *text, size_t len);

/* FreeBSD's LinuxKPI has names of its own for some. */
#define	linuxkpi_page_pool_create	lkpirs_page_pool_create
#define	linuxkpi_page_pool_destroy	lkpirs_page_pool_destroy
#define	linuxkpi_page_pool_alloc_frag	lkpirs_page_pool_alloc_frag
#define	linuxkpi_page_pool_dev_alloc_frag page_pool_dev_alloc_frag
#define	linuxkpi_page_pool_put_full_page page_pool_put_full_page
#define	linuxkpi_page_pool_get_dma_addr	page_pool_get_dma_addr

/* May sleep.  An error is an ERR_PTR, never NULL. */
static inline struct page_pool *
page_pool_create(const struct page_pool_params *params)
{
	return (lkpirs_page_pool_create(params));
}

/* The CPU does not matter: direct recycling goes by thread. */
static inline struct page_pool *
page_pool_create_percpu(const struct page_pool_params *params, int cpuid __unused)
{
	return (lkpirs_page_pool_create(params));
}

/* May sleep.  NULL is allowed; pages may still be out. */
static inline void
page_pool_destroy(struct page_pool *pool)
{
	lkpirs_page_pool_destroy(pool);
}

static inline struct page *
page_pool_alloc_pages(struct page_pool *pool, gfp_t gfp)
{
	return (lkpirs_page_pool_alloc_pages(pool, gfp));
}

static inline struct page *
page_pool_alloc_frag(struct page_pool *pool, unsigned int *offset,
    unsigned int size, gfp_t gfp)
{
	return (lkpirs_page_pool_alloc_frag(pool, offset, size, gfp));
}

static inline void
page_pool_put_unrefed_page(struct page_pool *pool, struct page *page,
    unsigned int dma_sync_size, bool allow_direct)
{
	lkpirs_page_pool_put_unrefed_page(pool, page, dma_sync_size, allow_direct);
}

/* Addresses in pages of the pool; the array is overwritten. */
static inline void
page_pool_put_page_bulk(struct page_pool *pool, void **data, int count)
{
	lkpirs_page_pool_put_page_bulk(pool, data, count);
}

static inline void
page_pool_update_nid(struct page_pool *pool, int new_nid)
{
	lkpirs_page_pool_update_nid(pool, new_nid);
}

static inline void
page_pool_disable_direct_recycling(struct page_pool *pool)
{
	lkpirs_page_pool_disable_direct_recycling(pool);
}

static inline int
page_pool_inflight(const struct page_pool *pool, bool strict)
{
	return (lkpirs_page_pool_inflight(pool, strict));
}

static inline bool
is_page_pool_compiled_in(void)
{
	return (true);
}

#endif /* _LINUXKPI_NET_PAGE_POOL_TYPES_H_ */
