/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who knows what a struct device is: page_pool.ko asks the registered
 * providers for the bus_dma(9) tag and the mask of a driver's device.
 */
#ifndef _LKPIRS_DMA_PROVIDER_H_
#define _LKPIRS_DMA_PROVIDER_H_

#include <sys/types.h>
#include <sys/_bus_dma.h>

struct device;

struct lkpirs_dma_info {
	bus_dma_tag_t	parent;		/* or NULL */
	uint64_t	dma_mask;	/* highest address reached */
	int		domain;		/* of memory, or -1 */
};

struct lkpirs_dma_provider {
	const char	*name;
	/* 0, or an errno for a device that is not this provider's.  Does not
	 * sleep; the parent tag stays while the provider is in use. */
	int		(*info)(struct device *, struct lkpirs_dma_info *);
	/* 0 or an errno; may be NULL. */
	int		(*set_mask)(struct device *, uint64_t mask);
	unsigned int	flags;
};

/*
 * The provider calls lkpirs_dma_device_gone() before a device or its parent tag
 * goes, and masks change through set_mask only.  Then what is kept for a device
 * (its tag, made when the driver sets its mask, and its own coherent mask)
 * outlives its last mapping, and dmam_alloc_coherent() is freed by that call;
 * without the flag the last mapping takes all of it along.
 */
#define	LKPIRS_DMA_SAYS_GONE	1

/*
 * The device goes: its driver is detached, its pools are destroyed.  Frees
 * managed memory, undoes (and counts as the driver's mistakes) mappings that
 * were left.  Coherent memory that is not managed keeps the provider in use.
 * Sleeps.
 */
void	lkpirs_dma_device_gone(struct device *);
/*
 * Destroys the pools that the device's driver did not, and says how many: after
 * the driver's last call, before lkpirs_dma_device_gone().  May sleep.
 */
unsigned int lkpirs_page_pool_device_left(struct device *);

/* 0 or an errno.  A provider in use stays: EBUSY. */
int	lkpirs_dma_provider_register(const struct lkpirs_dma_provider *);
int	lkpirs_dma_provider_unregister(const struct lkpirs_dma_provider *);

#endif /* _LKPIRS_DMA_PROVIDER_H_ */
