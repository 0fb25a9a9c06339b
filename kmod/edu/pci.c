/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI driver of QEMU's edu device (docs/specs/edu), as it would be for
 * Linux.  Compiled with LinuxKPI's headers alone: see edu.h.
 */
#include <linux/module.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>

#include "edu.h"

#define	EDU_IRQ_STATUS	0x24
#define	EDU_IRQ_ACK	0x64
#define	EDU_DMA_SRC	0x80
#define	EDU_DMA_DST	0x88
#define	EDU_DMA_COUNT	0x90
#define	EDU_DMA_CMD	0x98
#define	EDU_DMA_RUN	0x01
#define	EDU_DMA_TO_RAM	0x02
#define	EDU_DMA_IRQ	0x04
#define	EDU_BUFFER	0x40000		/* where the device has its own */

#define	IS_EDU(id)	((id) == 0x010000ed)

/* compat.edu.msi=0: the interrupt pin; compat.edu.bits: QEMU's dma_mask. */
static int use_msi = 1;
TUNABLE_INT("compat.edu.msi", &use_msi);
static int bits = 28;
TUNABLE_INT("compat.edu.bits", &bits);

struct edu {
	struct pci_dev	*pdev;
	void __iomem	*regs;
	bus_dma_tag_t	parent;
	u64		mask;
	uint8_t		*ref;
	dma_addr_t	ref_dma;
	dma_addr_t	managed_dma;
	bool		irq;
	u_int		interrupts;	/* under the lock */
	u32		pending;	/* under the lock */
	struct completion came;
};

static DEFINE_SPINLOCK(lock);
static struct edu *edu;			/* under the lock */
static int holders;			/* under the lock */
static DEFINE_MUTEX(engine);		/* one transfer at a time */

static irqreturn_t
edu_interrupt(int irq, void *arg)
{
	struct edu *e = arg;
	u32 status = readl(e->regs + EDU_IRQ_STATUS);

	if (status == 0)
		return (IRQ_NONE);
	writel(status, e->regs + EDU_IRQ_ACK);
	spin_lock(&lock);
	e->interrupts++;
	e->pending |= status;
	spin_unlock(&lock);
	complete_all(&e->came);
	return (IRQ_HANDLED);
}

static void
edu_undo(struct edu *e)
{
	struct pci_dev *pdev = e->pdev;

	if (e->irq)
		free_irq(pdev->irq, e);
	if (pdev->msi_enabled)
		pci_disable_msi(pdev);
	if (e->ref != NULL)
		dma_free_coherent(&pdev->dev, PAGE_SIZE, e->ref, e->ref_dma);
	if (e->regs != NULL)
		pci_iounmap(pdev, e->regs);
	pci_clear_master(pdev);
	pci_disable_device(pdev);
	kfree(e);
}

static int
edu_setup(struct edu *e)
{
	struct pci_dev *pdev = e->pdev;
	int error;

	e->regs = pci_iomap(pdev, 0, 0);
	if (e->regs == NULL || !IS_EDU(readl(e->regs + EDU_ID)))
		return (-ENXIO);
	pci_set_master(pdev);
	error = dma_set_mask_and_coherent(&pdev->dev, e->mask);
	if (error != 0)
		return (error);
	e->ref = dma_alloc_coherent(&pdev->dev, PAGE_SIZE, &e->ref_dma, GFP_KERNEL);
	if (e->ref == NULL)
		return (-ENOMEM);
#ifdef LKPIRS_LINUXKPI
	/* Whose end is the device's; LinuxKPI's own panics then. */
	if (dmam_alloc_coherent(&pdev->dev, PAGE_SIZE, &e->managed_dma,
	    GFP_KERNEL) == NULL)
		return (-ENOMEM);
#endif
	error = pci_alloc_irq_vectors(pdev, 1, 1,
	    use_msi ? PCI_IRQ_MSI | PCI_IRQ_LEGACY : PCI_IRQ_LEGACY);
	if (error < 0)
		return (error);
	/* One that was left by who had the device before. */
	writel(readl(e->regs + EDU_IRQ_STATUS), e->regs + EDU_IRQ_ACK);
	error = request_irq(pdev->irq, edu_interrupt,
	    pdev->msi_enabled ? 0 : IRQF_SHARED, "edu", e);
	e->irq = error == 0;
	return (error);
}

static int
edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu *e;
	int error;

	error = pci_enable_device(pdev);
	if (error != 0)
		return (error);
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	e->pdev = pdev;
	e->mask = edu_reach();
	e->parent = bus_get_dma_tag(pdev->dev.bsddev);
	init_completion(&e->came);
	pci_set_drvdata(pdev, e);
	error = edu_setup(e);
	if (error == 0) {
		spin_lock(&lock);
		if (edu == NULL)
			edu = e;
		else
			error = -EBUSY;
		spin_unlock(&lock);
	}
	if (error != 0) {
		dev_err(&pdev->dev, "edu: not attached: %d\n", error);
		edu_undo(e);
	}
	return (error);
}

static void
edu_remove(struct pci_dev *pdev)
{
	struct edu *e = pci_get_drvdata(pdev);

	spin_lock(&lock);
	while (holders > 0) {
		spin_unlock(&lock);
		msleep(10);
		spin_lock(&lock);
	}
	edu = NULL;
	spin_unlock(&lock);
	edu_undo(e);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};

static struct pci_driver edu_driver = {
	.name = "edu",
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};

module_pci_driver(edu_driver);
MODULE_DEPEND(edu, linuxkpi, 1, 1, 1);
MODULE_DEPEND(edu, pci, 1, 1, 1);

/* --- edu.h ---------------------------------------------------------------- */

uint64_t
edu_reach(void)
{
	return (DMA_BIT_MASK(bits));
}

struct device *
edu_hold(void)
{
	struct device *dev;

	spin_lock(&lock);
	dev = edu != NULL ? &edu->pdev->dev : NULL;
	if (dev != NULL)
		holders++;
	spin_unlock(&lock);
	return (dev);
}

void
edu_release(void)
{
	spin_lock(&lock);
	holders--;
	spin_unlock(&lock);
}

int
edu_known(struct device *dev, bus_dma_tag_t *parent, uint64_t *mask)
{
	int error = ENODEV;

	spin_lock(&lock);
	if (edu != NULL && dev == &edu->pdev->dev) {
		*parent = edu->parent;
		*mask = edu->mask;
		error = 0;
	}
	spin_unlock(&lock);
	return (error);
}

int
edu_known_mask(struct device *dev, uint64_t mask)
{
	int error = ENODEV;

	spin_lock(&lock);
	if (edu != NULL && dev == &edu->pdev->dev) {
		edu->mask = mask;
		error = 0;
	}
	spin_unlock(&lock);
	return (error);
}

uint32_t
edu_read(u_int reg)
{
	return (readl(edu->regs + reg));
}

void
edu_write(u_int reg, uint32_t value)
{
	writel(value, edu->regs + reg);
}

u_int
edu_interrupts(void)
{
	return (READ_ONCE(edu->interrupts));
}

bool
edu_has_msi(void)
{
	return (edu->pdev->msi_enabled);
}

int
edu_wait(uint32_t irqs)
{
	unsigned long end = jiffies + 10 * HZ;
	bool came;

	do {
		spin_lock(&lock);
		came = (edu->pending & irqs) == irqs;
		if (came)
			edu->pending &= ~irqs;
		else
			reinit_completion(&edu->came);
		spin_unlock(&lock);
		if (!came)
			wait_for_completion_timeout(&edu->came, HZ);
	} while (!came && time_before(jiffies, end));
	return (came ? 0 : ETIMEDOUT);
}

/* The device takes either width; the upper half of an address is 0 then. */
static void
dma_write(u_int reg, uint64_t value)
{
#ifdef __LP64__
	writeq(value, edu->regs + reg);
#else
	writel(value, edu->regs + reg);
#endif
}

static int
transfer(uint64_t src, uint64_t dst, size_t len, u32 cmd)
{
	int error;

	mutex_lock(&engine);
	dma_write(EDU_DMA_SRC, src);
	dma_write(EDU_DMA_DST, dst);
	dma_write(EDU_DMA_COUNT, len);
	dma_write(EDU_DMA_CMD, cmd | EDU_DMA_RUN | EDU_DMA_IRQ);
	error = edu_wait(EDU_IRQ_DMA);
	if (error == 0 && (readl(edu->regs + EDU_DMA_CMD) & EDU_DMA_RUN) != 0)
		error = EIO;
	mutex_unlock(&engine);
	return (error);
}

static int
refused(uint64_t dma, u_int at, size_t len)
{
	if (len == 0 || len > EDU_MOST || at > EDU_MOST - len)
		return (EINVAL);
	return (dma > edu_reach() || len - 1 > edu_reach() - dma ? EFAULT : 0);
}

int
edu_fetch(uint64_t dma, u_int at, size_t len)
{
	int error = refused(dma, at, len);

	return (error != 0 ? error : transfer(dma, EDU_BUFFER + at, len, 0));
}

int
edu_store(uint64_t dma, u_int at, size_t len)
{
	int error = refused(dma, at, len);

	return (error != 0 ? error :
	    transfer(EDU_BUFFER + at, dma, len, EDU_DMA_TO_RAM));
}

uint8_t *
edu_reference(uint64_t *dma)
{
	*dma = edu->ref_dma;
	return (edu->ref);
}

bool
edu_translated(void)
{
	return (edu->ref_dma != vtophys(edu->ref));
}

int
edu_reattach(void (*f)(void *), void *arg)
{
	struct device *dev = edu_hold();
	device_t bsddev;
	int error;

	if (dev == NULL)
		return (ENXIO);
	bsddev = dev->bsddev;
	edu_release();
	bus_topo_lock();
	error = device_detach(bsddev);
	if (error == 0) {
		f(arg);
		error = device_probe_and_attach(bsddev);
	}
	bus_topo_unlock();
	return (error);
}
