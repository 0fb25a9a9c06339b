/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of drivers and of devices, and what page_pool.ko asks of a device. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>

#include <linux/device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <lkpirs/dma_provider.h>

MALLOC_DEFINE(M_HOSTED, "hosted", "hosted LinuxKPI");

static u_int warnings;

bool
hosted_warn(const char *file, int line, const char *what)
{
	atomic_add_int(&warnings, 1);
	printf("WARNING: %s at %s:%d\n", what, file, line);
	return (true);
}

/* How many WARN_ON()s were true. */
u_int
hosted_warnings(void)
{
	return (atomic_load_int(&warnings));
}

void
hosted_kfree(const void *p)
{
	if (p == NULL)
		return;
	hosted_locks_end(p, malloc_usable_size(p));
	free(__DECONST(void *, p), M_HOSTED);
}

/* --- memory of devices --- */

struct devres {
	struct list_head link;
	size_t		size;
	uint8_t		data[] __aligned(CACHE_LINE_SIZE);
};

void *
devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	struct devres *r = kmalloc(sizeof(*r) + size, gfp);

	if (r == NULL)
		return (NULL);
	r->size = size;
	list_add(&r->link, &dev->devres);
	return (r->data);
}

void *
devm_kmemdup(struct device *dev, const void *from, size_t size, gfp_t gfp)
{
	void *p = devm_kmalloc(dev, size, gfp);

	return (p != NULL ? memcpy(p, from, size) : NULL);
}

void
devm_kfree(struct device *dev __unused, const void *p)
{
	struct devres *r;

	if (p == NULL)
		return;
	r = __containerof(__DECONST(uint8_t (*)[], p), struct devres, data);
	list_del(&r->link);
	kfree(r);
}

/* --- DMA --- */

/* A driver holds its struct device, and the pool asks only for those of
 * drivers: all are ours. */
static int
info(struct device *dev, struct lkpirs_dma_info *i)
{
	i->parent = NULL;
	i->dma_mask = dev->dma_mask;
	i->domain = -1;
	return (0);
}

static int
set_mask(struct device *dev, uint64_t mask)
{
	dev->dma_mask = mask;
	return (0);
}

static const struct lkpirs_dma_provider provider = {
	.name = "hosted",
	.info = info,
	.set_mask = set_mask,
	.flags = LKPIRS_DMA_SAYS_GONE,
};

int	hosted_dma_start(void);
int	hosted_dma_stop(void);

int
hosted_dma_start(void)
{
	return (lkpirs_dma_provider_register(&provider));
}

/* EBUSY: a pool or a mapping uses a device. */
int
hosted_dma_stop(void)
{
	return (lkpirs_dma_provider_unregister(&provider));
}

void
hosted_device_add(struct device *dev, const char *name, u64 mask)
{
	memset(dev, 0, sizeof(*dev));
	dev->init_name = name;
	dev->dma_mask = mask;
	INIT_LIST_HEAD(&dev->devres);
}

void
hosted_device_gone(struct device *dev)
{
	struct devres *r;

	lkpirs_dma_device_gone(dev);
	while (!list_empty(&dev->devres)) {
		r = list_first_entry(&dev->devres, struct devres, link);
		devm_kfree(dev, r->data);
	}
}
