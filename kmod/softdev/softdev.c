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

/* What is done to [p, p + n), which is at byte `at' of the whole. */
typedef int part_fn(void *arg, char *p, size_t at, size_t n);

#if PMAP_HAS_DMAP
static int
each_part(uint64_t dma, size_t len, part_fn *f, void *arg)
{
	if (!PHYS_IN_DMAP(dma) || !PHYS_IN_DMAP(dma + len - 1))
		return (EFAULT);
	return (f(arg, (char *)PHYS_TO_DMAP(dma), 0, len));
}
#else
/* Without a direct map: page by page, mapped for this CPU alone. */
static int
each_part(uint64_t dma, size_t len, part_fn *f, void *arg)
{
	size_t at, n, off;
	vm_offset_t va;
	vm_page_t m;
	int error = 0;

	for (at = 0; at < len && error == 0; at += n) {
		off = (dma + at) & (PAGE_SIZE - 1);
		n = MIN(len - at, PAGE_SIZE - off);
		m = PHYS_TO_VM_PAGE(dma + at);
		if (m == NULL)
			return (EFAULT);
		va = pmap_quick_enter_page(m);
		error = f(arg, (char *)va + off, at, n);
		pmap_quick_remove_page(va);
	}
	return (error);
}
#endif

/* Do it to the memory behind [dma, dma + len), if the device reaches that. */
static int
reach(const struct device *dev, uint64_t dma, size_t len, part_fn *f, void *arg)
{
	struct softdev *s;
	uint64_t mask;

	mtx_lock(&lock);
	s = find(dev);
	mask = s != NULL ? s->mask : 0;
	mtx_unlock(&lock);
	if (s == NULL)
		return (ENODEV);
	if (len == 0 || dma > mask || len - 1 > mask - dma)
		return (EFAULT);
	return (each_part(dma, len, f, arg));
}

static int
write_part(void *arg, char *p, size_t at, size_t n)
{
	memcpy(p, (const char *)arg + at, n);
	return (0);
}

int
lkpi_softdev_write(struct device *dev, uint64_t dma, const void *src, size_t len)
{
	return (reach(dev, dma, len, write_part, __DECONST(void *, src)));
}

static int
read_part(void *arg, char *p, size_t at, size_t n)
{
	memcpy((char *)arg + at, p, n);
	return (0);
}

int
lkpi_softdev_read(struct device *dev, uint64_t dma, void *dst, size_t len)
{
	return (reach(dev, dma, len, read_part, dst));
}

static inline uint32_t
word(uint32_t seed, size_t i)
{
	return ((seed + (uint32_t)i * 0x9e3779b9U) ^ 0xa5a5a5a5U);
}

/* Up to the pattern's next word: how many of its bytes, and they. */
static inline size_t
pattern_word(uint32_t seed, size_t at, size_t n, uint8_t w[4])
{
	size_t skip = at % 4, i;
	uint32_t whole = word(seed, at - skip);

	for (i = 0; i < 4 - skip; i++)
		w[i] = ((const uint8_t *)&whole)[skip + i];
	return (MIN(n, 4 - skip));
}

static int
fill_part(void *arg, char *p, size_t at, size_t n)
{
	uint32_t seed = *(const uint32_t *)arg, w;
	size_t i, m;

	for (i = 0; i < n; i += m) {
		if ((at + i) % 4 == 0 && n - i >= 4) {
			w = word(seed, at + i);
			memcpy(p + i, &w, m = 4);
			continue;
		}
		m = pattern_word(seed, at + i, n - i, (uint8_t *)&w);
		memcpy(p + i, &w, m);
	}
	return (0);
}

static int
check_part(void *arg, char *p, size_t at, size_t n)
{
	uint32_t seed = *(const uint32_t *)arg, w;
	size_t i, m;

	for (i = 0; i < n; i += m) {
		m = 4;
		if ((at + i) % 4 == 0 && n - i >= 4)
			w = word(seed, at + i);
		else
			m = pattern_word(seed, at + i, n - i, (uint8_t *)&w);
		if (memcmp(p + i, &w, m) != 0)
			return (EBADMSG);
	}
	return (0);
}

void
lkpi_softdev_pattern(void *buf, size_t len, uint32_t seed)
{
	(void)fill_part(&seed, buf, 0, len);
}

int
lkpi_softdev_pattern_check(const void *buf, size_t len, uint32_t seed)
{
	return (check_part(&seed, __DECONST(char *, buf), 0, len));
}

int
lkpi_softdev_fill(struct device *dev, uint64_t dma, size_t len, uint32_t seed)
{
	return (reach(dev, dma, len, fill_part, &seed));
}

int
lkpi_softdev_check(struct device *dev, uint64_t dma, size_t len, uint32_t seed)
{
	return (reach(dev, dma, len, check_part, &seed));
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
