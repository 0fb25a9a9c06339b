/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * softdev.ko: devices made of software (lkpirs/softdev.h), and the provider
 * that tells page_pool.ko what they reach.
 *
 * Memory at DMA address a is physical memory at a: so it is on a machine without
 * an IOMMU, and kldhost's IOMMU maps what it translates there.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/queue.h>

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_extern.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>
#include <machine/atomic.h>
#include <machine/vmparam.h>

#include <linux/device.h>
#include <lkpirs/dma_provider.h>
#include <lkpirs/softdev.h>

static MALLOC_DEFINE(M_SOFTDEV, "softdev", "devices made of software");

struct softdev {
	struct device	dev;		/* first: drivers hold this */
	uint64_t	asked;		/* the mask that names the device */
	uint64_t	mask;		/* what it reaches */
	SLIST_ENTRY(softdev) link;
};

static SLIST_HEAD(, softdev) devices = SLIST_HEAD_INITIALIZER(devices);
static struct mtx lock;
static uint64_t dma_limit;

static struct softdev *
find(const struct device *dev)
{
	struct softdev *s;

	SLIST_FOREACH(s, &devices, link)
		if (&s->dev == dev)
			return (s);
	return (NULL);
}

static uint64_t
limited(uint64_t mask)
{
	return (dma_limit != 0 ? MIN(mask, dma_limit) : mask);
}

struct device *
lkpi_softdev(uint64_t mask)
{
	struct softdev *s, *fresh;

	fresh = malloc(sizeof(*fresh), M_SOFTDEV, M_WAITOK | M_ZERO);
	fresh->asked = mask;
	fresh->mask = limited(mask);
	mtx_lock(&lock);
	SLIST_FOREACH(s, &devices, link)
		if (s->asked == mask)
			break;
	if (s == NULL) {
		s = fresh;
		fresh = NULL;
		SLIST_INSERT_HEAD(&devices, s, link);
	}
	mtx_unlock(&lock);
	free(fresh, M_SOFTDEV);
	return (&s->dev);
}

static int
provider_info(struct device *dev, struct lkpirs_dma_info *info)
{
	struct softdev *s;

	mtx_lock(&lock);
	s = find(dev);
	if (s != NULL) {
		info->parent = NULL;
		info->dma_mask = s->mask;
		info->domain = -1;
	}
	mtx_unlock(&lock);
	return (s != NULL ? 0 : ENODEV);
}

static int
provider_set_mask(struct device *dev, uint64_t mask)
{
	struct softdev *s;

	mtx_lock(&lock);
	s = find(dev);
	if (s != NULL)
		s->mask = limited(mask);
	mtx_unlock(&lock);
	return (s != NULL ? 0 : ENODEV);
}

static const struct lkpirs_dma_provider provider = {
	.name = "softdev",
	.info = provider_info,
	.set_mask = provider_set_mask,
	.flags = LKPIRS_DMA_SAYS_GONE,
};

/* --- the engine ---------------------------------------------------------- */

#if PMAP_HAS_DMAP
static void *
window(uint64_t dma, size_t len)
{
	return (PHYS_IN_DMAP(dma) && PHYS_IN_DMAP(dma + len - 1) ?
	    (void *)PHYS_TO_DMAP(dma) : NULL);
}

static void
leave(void *p __unused, size_t len __unused)
{
}
#else
/* Without a direct map: addresses for as long as the device is at it. */
static void *
window(uint64_t dma, size_t len)
{
	size_t n = atop(round_page((dma & (PAGE_SIZE - 1)) + len)), i;
	vm_offset_t va = kva_alloc(ptoa(n));
	vm_page_t m;

	for (i = 0; va != 0 && i < n; i++) {
		m = PHYS_TO_VM_PAGE(dma + ptoa(i));
		if (m == NULL) {
			if (i > 0)
				pmap_qremove(va, i);
			kva_free(va, ptoa(n));
			return (NULL);
		}
		pmap_qenter(va + ptoa(i), &m, 1);
	}
	return (va != 0 ? (void *)(va + (dma & (PAGE_SIZE - 1))) : NULL);
}

static void
leave(void *p, size_t len)
{
	vm_offset_t va = trunc_page((vm_offset_t)p);
	size_t n = atop(round_page((vm_offset_t)p + len) - va);

	pmap_qremove(va, n);
	kva_free(va, ptoa(n));
}
#endif

/* The memory behind [dma, dma + len), if the device reaches it, until
 * leave(). */
static void *
reach(const struct device *dev, uint64_t dma, size_t len, int *error)
{
	struct softdev *s;
	uint64_t mask;

	mtx_lock(&lock);
	s = find(dev);
	mask = s != NULL ? s->mask : 0;
	mtx_unlock(&lock);
	if (s == NULL)
		*error = ENODEV;
	else if (len == 0 || dma > mask || len - 1 > mask - dma)
		*error = EFAULT;
	else {
		void *p = window(dma, len);

		*error = p != NULL ? 0 : EFAULT;
		return (p);
	}
	return (NULL);
}

int
lkpi_softdev_write(struct device *dev, uint64_t dma, const void *src, size_t len)
{
	int error;
	void *p = reach(dev, dma, len, &error);

	if (p != NULL) {
		memcpy(p, src, len);
		leave(p, len);
	}
	return (error);
}

int
lkpi_softdev_read(struct device *dev, uint64_t dma, void *dst, size_t len)
{
	int error;
	void *p = reach(dev, dma, len, &error);

	if (p != NULL) {
		memcpy(dst, p, len);
		leave(p, len);
	}
	return (error);
}

static inline uint32_t
word(uint32_t seed, size_t i)
{
	return ((seed + (uint32_t)i * 0x9e3779b9U) ^ 0xa5a5a5a5U);
}

void
lkpi_softdev_pattern(void *buf, size_t len, uint32_t seed)
{
	uint8_t *b = buf;
	size_t i;
	uint32_t w;

	for (i = 0; i < len; i += sizeof(w)) {
		w = word(seed, i);
		memcpy(b + i, &w, MIN(sizeof(w), len - i));
	}
}

int
lkpi_softdev_pattern_check(const void *buf, size_t len, uint32_t seed)
{
	const uint8_t *b = buf;
	size_t i;
	uint32_t w;

	for (i = 0; i < len; i += sizeof(w)) {
		w = word(seed, i);
		if (memcmp(b + i, &w, MIN(sizeof(w), len - i)) != 0)
			return (EBADMSG);
	}
	return (0);
}

int
lkpi_softdev_fill(struct device *dev, uint64_t dma, size_t len, uint32_t seed)
{
	int error;
	void *p = reach(dev, dma, len, &error);

	if (p != NULL) {
		lkpi_softdev_pattern(p, len, seed);
		leave(p, len);
	}
	return (error);
}

int
lkpi_softdev_check(struct device *dev, uint64_t dma, size_t len, uint32_t seed)
{
	int error;
	void *p = reach(dev, dma, len, &error);

	if (p != NULL) {
		error = lkpi_softdev_pattern_check(p, len, seed);
		leave(p, len);
	}
	return (error);
}

static int
softdev_event(module_t mod __unused, int what, void *arg __unused)
{
	struct softdev *s;
	int error;

	switch (what) {
	case MOD_LOAD:
		TUNABLE_UINT64_FETCH("compat.softdev.dma_limit", &dma_limit);
		mtx_init(&lock, "softdev", NULL, MTX_DEF);
		error = lkpirs_dma_provider_register(&provider);
		if (error != 0)
			mtx_destroy(&lock);
		return (error);
	case MOD_UNLOAD:
		SLIST_FOREACH(s, &devices, link)
			lkpirs_dma_device_gone(&s->dev);
		error = lkpirs_dma_provider_unregister(&provider);
		if (error != 0) {
			printf("softdev: busy: a pool or a mapping uses a device\n");
			return (error);
		}
		while ((s = SLIST_FIRST(&devices)) != NULL) {
			SLIST_REMOVE_HEAD(&devices, link);
			free(s, M_SOFTDEV);
		}
		mtx_destroy(&lock);
		return (0);
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t softdev_mod = { "softdev", softdev_event, NULL };

DECLARE_MODULE(softdev, softdev_mod, SI_SUB_DRIVERS, SI_ORDER_FIRST);
MODULE_VERSION(softdev, 1);
MODULE_DEPEND(softdev, lkpi_page, 1, 1, 1);
MODULE_DEPEND(softdev, page_pool, 1, 1, 1);
