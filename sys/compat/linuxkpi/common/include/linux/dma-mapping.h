/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's DMA interface on page_pool.ko. */
#ifndef _LINUXKPI_LINUX_DMA_MAPPING_H_
#define _LINUXKPI_LINUX_DMA_MAPPING_H_

#include <linux/types.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/page.h>

enum dma_data_direction {
	DMA_BIDIRECTIONAL = 0,
	DMA_TO_DEVICE = 1,
	DMA_FROM_DEVICE = 2,
	DMA_NONE = 3,
};

#define	DMA_BIT_MASK(n)		((n) == 64 ? ~0ULL : (1ULL << (n)) - 1ULL)
#define	DMA_MAPPING_ERROR	(~(dma_addr_t)0)

#define	DMA_ATTR_WEAK_ORDERING		(1UL << 1)
#define	DMA_ATTR_WRITE_COMBINE		(1UL << 2)
#define	DMA_ATTR_NO_KERNEL_MAPPING	(1UL << 4)
#define	DMA_ATTR_SKIP_CPU_SYNC		(1UL << 5)
#define	DMA_ATTR_FORCE_CONTIGUOUS	(1UL << 6)
#define	DMA_ATTR_ALLOC_SINGLE_PAGES	(1UL << 7)
#define	DMA_ATTR_NO_WARN		(1UL << 8)

uint64_t lkpirs_dma_map_phys(struct device *, uint64_t pa, size_t, int dir,
	    unsigned long attrs);
uint64_t lkpirs_dma_map_page(struct device *, const struct page *, size_t offset,
	    size_t, int dir, unsigned long attrs);
uint64_t lkpirs_dma_map_single(struct device *, const void *, size_t, int dir,
	    unsigned long attrs);
void	lkpirs_dma_unmap(struct device *, uint64_t addr, size_t, int dir,
	    unsigned long attrs);
void	lkpirs_dma_sync(struct device *, uint64_t addr, size_t, int dir,
	    bool for_device);
void	*lkpirs_dma_alloc_coherent(struct device *, size_t, uint64_t *addr,
	    bool nowait);
void	lkpirs_dma_free_coherent(struct device *, size_t, void *, uint64_t addr);
int	lkpirs_dma_set_mask(struct device *, uint64_t mask);
uint64_t lkpirs_dma_get_mask(struct device *);

static inline int
dma_mapping_error(struct device *dev __unused, dma_addr_t addr)
{
	return (addr == DMA_MAPPING_ERROR ? -ENOMEM : 0);
}

#define	dma_map_page_attrs(dev, page, off, size, dir, attrs) \
	lkpirs_dma_map_page(dev, page, off, size, dir, attrs)
#define	dma_unmap_page_attrs(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, attrs)
#define	dma_map_single_attrs(dev, ptr, size, dir, attrs) \
	lkpirs_dma_map_single(dev, ptr, size, dir, attrs)
#define	dma_unmap_single_attrs(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, attrs)
#define	dma_map_resource(dev, pa, size, dir, attrs) \
	lkpirs_dma_map_phys(dev, pa, size, dir, attrs)
#define	dma_unmap_resource(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, (attrs) | DMA_ATTR_SKIP_CPU_SYNC)

#define	dma_map_page(dev, page, off, size, dir) \
	dma_map_page_attrs(dev, page, off, size, dir, 0)
#define	dma_unmap_page(dev, addr, size, dir) \
	dma_unmap_page_attrs(dev, addr, size, dir, 0)
#define	dma_map_single(dev, ptr, size, dir) \
	dma_map_single_attrs(dev, ptr, size, dir, 0)
#define	dma_unmap_single(dev, addr, size, dir) \
	dma_unmap_single_attrs(dev, addr, size, dir, 0)

static inline void
dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
    enum dma_data_direction dir)
{
	lkpirs_dma_sync(dev, addr, size, dir, false);
}

static inline void
dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t size,
    enum dma_data_direction dir)
{
	lkpirs_dma_sync(dev, addr, size, dir, true);
}

static inline void
dma_sync_single_range_for_cpu(struct device *dev, dma_addr_t addr,
    unsigned long offset, size_t size, enum dma_data_direction dir)
{
	lkpirs_dma_sync(dev, addr + offset, size, dir, false);
}

static inline void
dma_sync_single_range_for_device(struct device *dev, dma_addr_t addr,
    unsigned long offset, size_t size, enum dma_data_direction dir)
{
	lkpirs_dma_sync(dev, addr + offset, size, dir, true);
}

/* Zeroed.  Sleeps if gfp allows it. */
static inline void *
dma_alloc_coherent(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	return (lkpirs_dma_alloc_coherent(dev, size, handle, (gfp & M_WAITOK) == 0));
}

static inline void
dma_free_coherent(struct device *dev, size_t size, void *va, dma_addr_t handle)
{
	if (va != NULL)
		lkpirs_dma_free_coherent(dev, size, va, handle);
}

#define	dma_alloc_attrs(dev, size, handle, gfp, attrs) \
	dma_alloc_coherent(dev, size, handle, gfp)
#define	dma_free_attrs(dev, size, va, handle, attrs) \
	dma_free_coherent(dev, size, va, handle)

static inline int dma_set_mask(struct device *dev, u64 mask) { return (lkpirs_dma_set_mask(dev, mask)); }
static inline int dma_set_coherent_mask(struct device *dev, u64 mask) { return (lkpirs_dma_set_mask(dev, mask)); }
static inline int dma_set_mask_and_coherent(struct device *dev, u64 mask) { return (lkpirs_dma_set_mask(dev, mask)); }
static inline u64 dma_get_mask(struct device *dev) { return (lkpirs_dma_get_mask(dev)); }

#define	dma_get_cache_alignment()	CACHE_LINE_SIZE
#define	dma_wmb()	wmb()
#define	dma_rmb()	rmb()

#endif /* _LINUXKPI_LINUX_DMA_MAPPING_H_ */
