/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's DMA interface on page_pool.ko.  page_pool(9). */
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

#define	DMA_BIT_MASK(n)		((2ULL << ((n) - 1)) - 1ULL)
#define	DMA_MAPPING_ERROR	(~(dma_addr_t)0)

/*
 * SKIP_CPU_SYNC, NO_WARN and MMIO mean what they do on Linux, memory always is
 * FORCE_CONTIGUOUS; the others are hints that bus_dma(9) has no word for.
 */
#define	DMA_ATTR_WEAK_ORDERING		(1UL << 1)
#define	DMA_ATTR_WRITE_COMBINE		(1UL << 2)
#define	DMA_ATTR_NO_KERNEL_MAPPING	(1UL << 4)
#define	DMA_ATTR_SKIP_CPU_SYNC		(1UL << 5)
#define	DMA_ATTR_FORCE_CONTIGUOUS	(1UL << 6)
#define	DMA_ATTR_ALLOC_SINGLE_PAGES	(1UL << 7)
#define	DMA_ATTR_NO_WARN		(1UL << 8)
#define	DMA_ATTR_PRIVILEGED		(1UL << 9)
#define	DMA_ATTR_MMIO			(1UL << 10)
/* Ours: freed when the device goes. */
#define	LKPIRS_DMA_MANAGED		(1UL << 31)

/* Directions are int, so that LinuxKPI's own enum may be passed as well. */
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
void	*lkpirs_dma_alloc(struct device *, size_t, uint64_t *addr, bool nowait,
	    unsigned long attrs);
void	lkpirs_dma_free(struct device *, size_t, void *, uint64_t addr,
	    unsigned long attrs);
int	lkpirs_dma_set_mask(struct device *, uint64_t mask);
int	lkpirs_dma_set_coherent_mask(struct device *, uint64_t mask);
uint64_t lkpirs_dma_get_mask(struct device *);
uint64_t lkpirs_dma_get_required_mask(struct device *);
size_t	lkpirs_dma_max_mapping_size(struct device *);

static inline int
dma_mapping_error(struct device *dev __unused, dma_addr_t addr)
{
	return (addr == DMA_MAPPING_ERROR ? -ENOMEM : 0);
}

/* --- mapping a driver's memory --- */

#define	dma_map_phys(dev, pa, size, dir, attrs) \
	lkpirs_dma_map_phys(dev, pa, size, dir, attrs)
#define	dma_unmap_phys(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, attrs)
#define	dma_map_page_attrs(dev, page, off, size, dir, attrs) \
	lkpirs_dma_map_page(dev, page, off, size, dir, attrs)
#define	dma_unmap_page_attrs(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, attrs)
#define	dma_map_single_attrs(dev, ptr, size, dir, attrs) \
	lkpirs_dma_map_single(dev, ptr, size, dir, attrs)
#define	dma_unmap_single_attrs(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, attrs)
#define	dma_map_resource(dev, pa, size, dir, attrs) \
	lkpirs_dma_map_phys(dev, pa, size, dir, (attrs) | DMA_ATTR_MMIO)
#define	dma_unmap_resource(dev, addr, size, dir, attrs) \
	lkpirs_dma_unmap(dev, addr, size, dir, (attrs) | DMA_ATTR_MMIO)

#define	dma_map_page(dev, page, off, size, dir) \
	dma_map_page_attrs(dev, page, off, size, dir, 0)
#define	dma_unmap_page(dev, addr, size, dir) \
	dma_unmap_page_attrs(dev, addr, size, dir, 0)
#define	dma_map_single(dev, ptr, size, dir) \
	dma_map_single_attrs(dev, ptr, size, dir, 0)
#define	dma_unmap_single(dev, addr, size, dir) \
	dma_unmap_single_attrs(dev, addr, size, dir, 0)

/* --- syncs --- */

/*
 * How many mappings need syncs, in the whole system.  Who has an address finds
 * its mapping counted, so that with 0 there is nothing to do for it.  One more
 * while compat.page_pool.check_syncs is on: then a sync of what is not mapped
 * is always reported.
 */
extern unsigned long lkpirs_dma_need_sync;
/* Set check_syncs; what it was. */
bool	lkpirs_dma_check_syncs(bool on);

static inline bool
lkpirs_dma_may_sync(void)
{
	return (__predict_false(*(volatile unsigned long *)&lkpirs_dma_need_sync != 0));
}

static inline bool
dma_need_sync(struct device *dev __unused, dma_addr_t addr __unused)
{
	return (lkpirs_dma_may_sync());
}

static inline void
dma_sync_single_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
    enum dma_data_direction dir)
{
	if (lkpirs_dma_may_sync())
		lkpirs_dma_sync(dev, addr, size, dir, false);
}

static inline void
dma_sync_single_for_device(struct device *dev, dma_addr_t addr, size_t size,
    enum dma_data_direction dir)
{
	if (lkpirs_dma_may_sync())
		lkpirs_dma_sync(dev, addr, size, dir, true);
}

static inline void
dma_sync_single_range_for_cpu(struct device *dev, dma_addr_t addr,
    unsigned long offset, size_t size, enum dma_data_direction dir)
{
	if (lkpirs_dma_may_sync())
		lkpirs_dma_sync(dev, addr + offset, size, dir, false);
}

static inline void
dma_sync_single_range_for_device(struct device *dev, dma_addr_t addr,
    unsigned long offset, size_t size, enum dma_data_direction dir)
{
	if (lkpirs_dma_may_sync())
		lkpirs_dma_sync(dev, addr + offset, size, dir, true);
}

/* --- memory that the device shares; zeroed.  Sleeps if gfp allows it. --- */

static inline void *
dma_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
    unsigned long attrs)
{
	return (lkpirs_dma_alloc(dev, size, handle, (gfp & M_WAITOK) == 0, attrs));
}

static inline void
dma_free_attrs(struct device *dev, size_t size, void *va, dma_addr_t handle,
    unsigned long attrs)
{
	if (va != NULL)
		lkpirs_dma_free(dev, size, va, handle, attrs);
}

#define	dma_alloc_coherent(dev, size, handle, gfp) \
	dma_alloc_attrs(dev, size, handle, gfp, 0)
#define	dma_zalloc_coherent(dev, size, handle, gfp) \
	dma_alloc_attrs(dev, size, handle, gfp, 0)
#define	dma_free_coherent(dev, size, va, handle) \
	dma_free_attrs(dev, size, va, handle, 0)
#define	dma_alloc_wc(dev, size, handle, gfp) \
	dma_alloc_attrs(dev, size, handle, gfp, DMA_ATTR_WRITE_COMBINE)
#define	dma_free_wc(dev, size, va, handle) \
	dma_free_attrs(dev, size, va, handle, DMA_ATTR_WRITE_COMBINE)

/* Freed with the device, or sooner (lkpirs/dma_provider.h). */
#define	dmam_alloc_coherent(dev, size, handle, gfp) \
	dma_alloc_attrs(dev, size, handle, gfp, LKPIRS_DMA_MANAGED)
#define	dmam_alloc_attrs(dev, size, handle, gfp, attrs) \
	dma_alloc_attrs(dev, size, handle, gfp, (attrs) | LKPIRS_DMA_MANAGED)
#define	dmam_free_coherent(dev, size, va, handle) \
	dma_free_attrs(dev, size, va, handle, LKPIRS_DMA_MANAGED)

/* Coherent as well, so that the syncs it wants have nothing to do. */
#define	dma_alloc_noncoherent(dev, size, handle, dir, gfp) \
	((void)(dir), dma_alloc_attrs(dev, size, handle, gfp, 0))
#define	dma_free_noncoherent(dev, size, va, handle, dir) \
	((void)(dir), dma_free_attrs(dev, size, va, handle, 0))

static inline struct page *
dma_alloc_pages(struct device *dev, size_t size, dma_addr_t *handle,
    enum dma_data_direction dir __unused, gfp_t gfp)
{
	void *va = dma_alloc_attrs(dev, size, handle, gfp, DMA_ATTR_FORCE_CONTIGUOUS);
	struct page *page = va != NULL ? virt_to_page(va) : NULL;

	/* There may be no memory for its shadow. */
	if (va != NULL && page == NULL)
		dma_free_attrs(dev, size, va, *handle, 0);
	return (page);
}

static inline void
dma_free_pages(struct device *dev, size_t size, struct page *page,
    dma_addr_t handle, enum dma_data_direction dir __unused)
{
	dma_free_attrs(dev, size, page, handle, 0);
}

/* --- what the device can --- */

/* 0 or -EIO. */
static inline int dma_set_mask(struct device *dev, u64 mask) { return (lkpirs_dma_set_mask(dev, mask)); }
static inline int dma_set_coherent_mask(struct device *dev, u64 mask) { return (lkpirs_dma_set_coherent_mask(dev, mask)); }
static inline u64 dma_get_mask(struct device *dev) { return (lkpirs_dma_get_mask(dev)); }
static inline u64 dma_get_required_mask(struct device *dev) { return (lkpirs_dma_get_required_mask(dev)); }
static inline size_t dma_max_mapping_size(struct device *dev) { return (lkpirs_dma_max_mapping_size(dev)); }
static inline size_t dma_opt_mapping_size(struct device *dev) { return (lkpirs_dma_max_mapping_size(dev)); }

static inline int
dma_set_mask_and_coherent(struct device *dev, u64 mask)
{
	int error = lkpirs_dma_set_mask(dev, mask);

	return (error != 0 ? error : lkpirs_dma_set_coherent_mask(dev, mask));
}
#define	dma_coerce_mask_and_coherent(dev, mask) dma_set_mask_and_coherent(dev, mask)
static inline bool dma_supported(struct device *dev __unused, u64 mask) { return (mask >= DMA_BIT_MASK(24)); }
static inline bool dma_addressing_limited(struct device *dev) { return (dma_get_mask(dev) < dma_get_required_mask(dev)); }

/* As LinuxKPI: segments have one address each, whatever their size. */
static inline int dma_set_max_seg_size(struct device *dev __unused, unsigned int size __unused) { return (0); }
static inline unsigned int dma_get_max_seg_size(struct device *dev) { return (lkpirs_dma_max_mapping_size(dev)); }
static inline int dma_set_seg_boundary(struct device *dev __unused, unsigned long mask __unused) { return (0); }
static inline unsigned long dma_get_seg_boundary(struct device *dev __unused) { return (~0UL); }
static inline int dma_set_min_align_mask(struct device *dev __unused, unsigned int mask __unused) { return (0); }
static inline unsigned int dma_get_min_align_mask(struct device *dev __unused) { return (0); }
static inline bool dma_can_mmap(struct device *dev __unused) { return (false); }

#define	dma_get_cache_alignment()	CACHE_LINE_SIZE
#define	dma_wmb()	wmb()
#define	dma_rmb()	rmb()

/* Where a driver keeps what it needs to unmap. */
#define	DEFINE_DMA_UNMAP_ADDR(name)		dma_addr_t name
#define	DEFINE_DMA_UNMAP_LEN(name)		__u32 name
#define	dma_unmap_addr(p, name)			((p)->name)
#define	dma_unmap_addr_set(p, name, v)		(((p)->name) = (v))
#define	dma_unmap_len(p, name)			((p)->name)
#define	dma_unmap_len_set(p, name, v)		(((p)->name) = (v))

#include <linux/scatterlist.h>
#ifdef LKPIRS_LINUXKPI
/* What LinuxKPI's own header brings along. */
#include <linux/mm.h>
#include <linux/sizes.h>
#include <machine/bus.h>

#define	dma_sync_single(dev, addr, size, dir) \
	dma_sync_single_for_cpu(dev, addr, size, dir)
#endif

/* --- lists --- */

/* n segments, or a negative errno. */
int	lkpirs_dma_map_sg(struct device *, struct scatterlist *, int n, int dir,
	    unsigned long attrs);
void	lkpirs_dma_unmap_sg(struct device *, struct scatterlist *, int n, int dir,
	    unsigned long attrs);
void	lkpirs_dma_sync_sg(struct device *, struct scatterlist *, int n, int dir,
	    bool for_device);

/* Linux's: as many addresses, or 0. */
static inline unsigned int
dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int n,
    enum dma_data_direction dir, unsigned long attrs)
{
	int done = lkpirs_dma_map_sg(dev, sg, n, dir, attrs);

	return (done > 0 ? done : 0);
}

#define	dma_unmap_sg_attrs(dev, sg, n, dir, attrs) \
	lkpirs_dma_unmap_sg(dev, sg, n, dir, attrs)
#define	dma_map_sg(dev, sg, n, dir)	dma_map_sg_attrs(dev, sg, n, dir, 0)
#define	dma_unmap_sg(dev, sg, n, dir)	dma_unmap_sg_attrs(dev, sg, n, dir, 0)

static inline void
dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int n,
    enum dma_data_direction dir)
{
	if (lkpirs_dma_may_sync())
		lkpirs_dma_sync_sg(dev, sg, n, dir, false);
}

static inline void
dma_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int n,
    enum dma_data_direction dir)
{
	if (lkpirs_dma_may_sync())
		lkpirs_dma_sync_sg(dev, sg, n, dir, true);
}

/* 0 or a negative errno. */
static inline int
dma_map_sgtable(struct device *dev, struct sg_table *sgt,
    enum dma_data_direction dir, unsigned long attrs)
{
	int done = lkpirs_dma_map_sg(dev, sgt->sgl, sgt->orig_nents, dir, attrs);

	if (done < 0)
		return (done);
	sgt->nents = done;
	return (0);
}

static inline void
dma_unmap_sgtable(struct device *dev, struct sg_table *sgt,
    enum dma_data_direction dir, unsigned long attrs)
{
	lkpirs_dma_unmap_sg(dev, sgt->sgl, sgt->orig_nents, dir, attrs);
}

#define	dma_sync_sgtable_for_cpu(dev, sgt, dir) \
	dma_sync_sg_for_cpu(dev, (sgt)->sgl, (sgt)->orig_nents, dir)
#define	dma_sync_sgtable_for_device(dev, sgt, dir) \
	dma_sync_sg_for_device(dev, (sgt)->sgl, (sgt)->orig_nents, dir)

#endif /* _LINUXKPI_LINUX_DMA_MAPPING_H_ */
