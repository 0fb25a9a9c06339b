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

static inline const char *dev_name(const struct device *dev) { return (dev->init_name != NULL ? dev->init_name : "device"); }
static inline void *dev_get_drvdata(const struct device *dev) { return (dev->driver_data); }
static inline void dev_set_drvdata(struct device *dev, void *data) { dev->driver_data = data; }

#define	dev_err(dev, fmt, ...)	printf("%s: ERR: " fmt, dev_name(dev), ##__VA_ARGS__)
#define	dev_warn(dev, fmt, ...)	printf("%s: WARN: " fmt, dev_name(dev), ##__VA_ARGS__)
#define	dev_info(dev, fmt, ...)	printf("%s: INFO: " fmt, dev_name(dev), ##__VA_ARGS__)

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
