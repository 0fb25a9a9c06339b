/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices, and memory that lives as long as their drivers: src/device.c. */
#ifndef _HOSTED_LINUX_DEVICE_H_
#define _HOSTED_LINUX_DEVICE_H_

#include <linux/kernel.h>
#include <linux/gfp.h>

struct device_node;
struct pci_dev;

struct device {
	struct device	*parent;
	void		*driver_data;
	const char	*init_name;
	struct device_node *of_node;	/* NULL */
	u64		dma_mask;	/* what it reaches */
	struct list_head devres;
};

#include <hosted_device.h>

/* NULL without memory.  One thread at a time for each device. */
void	*devm_kmalloc(struct device *, size_t, gfp_t);
#define	devm_kzalloc(dev, size, gfp)	devm_kmalloc(dev, size, (gfp) | __GFP_ZERO)
#define	devm_kcalloc(dev, n, size, gfp)	devm_kzalloc(dev, (size_t)(n) * (size), gfp)
void	*devm_kmemdup(struct device *, const void *, size_t, gfp_t);
/* NULL is allowed. */
void	devm_kfree(struct device *, const void *);

/* A device whose DMA reaches up to and including mask, and its end: its driver
 * is gone, and so goes what devm_*() gave.  Both sleep. */
void	hosted_device_add(struct device *, const char *name, u64 mask);
void	hosted_device_gone(struct device *);

#endif /* _HOSTED_LINUX_DEVICE_H_ */
