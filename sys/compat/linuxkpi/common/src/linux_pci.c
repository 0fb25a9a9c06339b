/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_pci.c: that file, and the provider that tells
 * page_pool.ko of its devices (lkpirs/dma_provider.h).  Drivers map memory with
 * page_pool.ko's functions; of the DMA functions here only those that set masks
 * and the pools of small blocks (dma_pool_create() & co.) are still called.
 * A device without messages gets its pin.  A device that is looked for and not
 * there is NULL.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/bus.h>
#include <sys/lock.h>
#include <sys/module.h>
#include <sys/mutex.h>

#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <lkpirs/dma_provider.h>

/* Of the tree's linux/dma-mapping.h. */
int	linux_dma_tag_init(struct device *, u64);
int	linux_dma_tag_init_coherent(struct device *, u64);
void	*linux_dma_alloc_coherent(struct device *, size_t, dma_addr_t *, gfp_t);
void	*linuxkpi_dmam_alloc_coherent(struct device *, size_t, dma_addr_t *, gfp_t);
dma_addr_t linux_dma_map_phys(struct device *, vm_paddr_t, size_t);
void	linux_dma_unmap(struct device *, dma_addr_t, size_t);
void	linuxkpi_dma_sync(struct device *, dma_addr_t, size_t, bus_dmasync_op_t);

/* Its lists are ours, which it is not to map: nobody calls these. */
static int linux_dma_map_sg_attrs(struct device *, struct scatterlist *, int,
    enum dma_data_direction, unsigned long) __unused;
static void linux_dma_unmap_sg_attrs(struct device *, struct scatterlist *, int,
    enum dma_data_direction, unsigned long) __unused;

/*
 * A device's DMA data has a lock, which linux_pdev_dma_uninit() alone destroys:
 * after the driver was detached, before the struct device is freed.
 */
static void	destroy_lock(struct mtx *);
/*
 * Before the DMA data goes, what the driver had for as long as its device: its
 * coherent memory needs that data to be freed.  The tree frees pci_dev::bus
 * just before, in a detach and after a failed probe; it leaves its name and the
 * descriptors of its messages.
 */
static void	free_bus(void *, struct malloc_type *);
#define	free(p, type)	_Generic((p), struct pci_bus *: free_bus,	\
	default: (free))((p), (type))

#define	pci_alloc_irq_vectors	stock_alloc_irq_vectors
int	stock_alloc_irq_vectors(struct pci_dev *, int, int, unsigned int);
#define	lkpi_pci_get_device	stock_pci_get_device
struct pci_dev *stock_pci_get_device(uint16_t, uint16_t, struct pci_dev *);

#pragma push_macro("mtx_destroy")
#undef mtx_destroy
#define	mtx_destroy(m)	destroy_lock(m)

#include <compat/linuxkpi/common/src/linux_pci.c>

#pragma pop_macro("mtx_destroy")
#undef free
#undef pci_alloc_irq_vectors
#undef lkpi_pci_get_device

/*
 * The next device of these numbers after `from', or the first one, with a
 * reference; that on `from' is dropped.  NULL if there is none: the tree's
 * returns the head of the list, and takes no reference.
 */
struct pci_dev *
lkpi_pci_get_device(uint16_t vendor, uint16_t device, struct pci_dev *from)
{
	struct pci_dev *pdev, *found = NULL;
	bool after = from == NULL;

	spin_lock(&pci_lock);
	list_for_each_entry(pdev, &pci_devices, links) {
		if (after && pdev->vendor == vendor && pdev->device == device) {
			found = pdev;
			get_device(&pdev->dev);
			break;
		}
		after |= pdev == from;
	}
	spin_unlock(&pci_lock);
	pci_dev_put(from);
	return (found);
}

/* As in Linux each kind is tried in turn.  The tree's gives up where there are
 * too few messages. */
int
pci_alloc_irq_vectors(struct pci_dev *pdev, int minv, int maxv,
    unsigned int flags)
{
	if (pci_msi_count(pdev->dev.bsddev) < minv)
		flags &= ~PCI_IRQ_MSI;
	return (stock_alloc_irq_vectors(pdev, minv, maxv, flags));
}

static void
free_msi_desc(struct pci_dev *pdev)
{
	int i;

	if (pdev->msi_desc == NULL)
		return;
	for (i = pci_msi_count(pdev->dev.bsddev) - 1; i >= 0; i--)
		free(pdev->msi_desc[i], M_DEVBUF);
	free(pdev->msi_desc, M_DEVBUF);
	pdev->msi_desc = NULL;
}

static void
free_bus(void *bus, struct malloc_type *type)
{
	struct pci_dev *pdev, *found = NULL;

	spin_lock(&pci_lock);
	list_for_each_entry(pdev, &pci_devices, links)
		if (pdev->bus == bus)
			found = pdev;
	spin_unlock(&pci_lock);
	if (found != NULL) {
		lkpi_devres_release_free_list(&found->dev);
		kfree(found->path_name);
		found->path_name = NULL;
		free_msi_desc(found);
	}
	free(bus, type);
}

static void
destroy_lock(struct mtx *lock)
{
	struct linux_dma_priv *priv;
	struct device *dev = NULL;
	struct pci_dev *pdev;

	spin_lock(&pci_lock);
	list_for_each_entry(pdev, &pci_devices, links) {
		priv = pdev->dev.dma_priv;
		if (priv != NULL && &priv->lock == lock)
			dev = &pdev->dev;
	}
	spin_unlock(&pci_lock);
	if (dev != NULL) {
		(void)lkpirs_page_pool_device_left(dev);
		lkpirs_dma_device_gone(dev);
	}
	mtx_destroy(lock);
}

/* By address: what is asked for may be another provider's. */
static int
provider_info(struct device *dev, struct lkpirs_dma_info *info)
{
	struct linux_dma_priv *priv;
	struct pci_dev *pdev;
	int error = ENODEV;

	spin_lock(&pci_lock);
	list_for_each_entry(pdev, &pci_devices, links) {
		priv = pdev->dev.dma_priv;
		if (&pdev->dev != dev || priv == NULL)
			continue;
		info->parent = bus_get_dma_tag(dev->bsddev);
		info->dma_mask = priv->dma_mask;
		if (bus_get_domain(dev->bsddev, &info->domain) != 0)
			info->domain = -1;
		error = 0;
		break;
	}
	spin_unlock(&pci_lock);
	return (error);
}

static int
provider_set_mask(struct device *dev, uint64_t mask)
{
	struct lkpirs_dma_info info;
	int error = provider_info(dev, &info);

	return (error != 0 ? error : -linux_dma_tag_init(dev, mask));
}

static const struct lkpirs_dma_provider provider = {
	.name = "linuxkpi",
	.info = provider_info,
	.set_mask = provider_set_mask,
	.flags = LKPIRS_DMA_SAYS_GONE,
};

static int
page_abi_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		return (lkpirs_dma_provider_register(&provider));
	case MOD_UNLOAD:
		return (lkpirs_dma_provider_unregister(&provider));
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

/* What is built with our headers depends on this module, so that FreeBSD's own
 * linuxkpi.ko will not do. */
static moduledata_t page_abi_mod = { "linuxkpi_page_abi", page_abi_event, NULL };
DECLARE_MODULE(linuxkpi_page_abi, page_abi_mod, SI_SUB_DRIVERS, SI_ORDER_SECOND);
MODULE_VERSION(linuxkpi_page_abi, 1);
