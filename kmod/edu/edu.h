/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI driver of QEMU's edu device, pci.c, as the cases see it.  pci.c is
 * compiled with LinuxKPI's own headers and the cases with ours: a struct page
 * of one is not that of the other, so none crosses here.
 */
#ifndef _EDU_H_
#define _EDU_H_

#include <sys/types.h>
#include <sys/_bus_dma.h>

struct device;

#define	EDU_ID		0x00	/* 0x010000ed */
#define	EDU_LIVE	0x04	/* reads as the complement of what is written */
#define	EDU_FACTORIAL	0x08
#define	EDU_STATUS	0x20
#define	EDU_BUSY	0x01
#define	EDU_WANT_IRQ	0x80	/* EDU_IRQ_FACTORIAL when it is computed */
#define	EDU_RAISE	0x60

#define	EDU_IRQ_FACTORIAL 0x001
#define	EDU_IRQ_DMA	0x100

/* Bytes that a transfer moves at most: one that ends where the device's
 * buffer of 4096 ends is refused, and QEMU with it. */
#define	EDU_MOST	4095

/*
 * The attached device, which stays attached until edu_release(); NULL if there
 * is none.  Everything else here but edu_known() is for who holds it.
 */
struct device *edu_hold(void);
void	edu_release(void);

uint32_t edu_read(u_int reg);
void	edu_write(u_int reg, uint32_t value);
/* Sleep until these interrupts have come, and forget them: 0 or ETIMEDOUT. */
int	edu_wait(uint32_t irqs);
/* Interrupts that have come so far. */
u_int	edu_interrupts(void);
bool	edu_has_msi(void);

/*
 * Move len bytes from memory to byte `at' of the device's buffer, or back,
 * and sleep until the device interrupts.  0; EFAULT where the device does not
 * reach, EINVAL beyond its buffer, ETIMEDOUT.  One at a time.
 */
int	edu_fetch(uint64_t dma, u_int at, size_t len);
int	edu_store(uint64_t dma, u_int at, size_t len);

/* Of page_pool.ko's DMA maps, the driver's own: of its reference memory, and of
 * memory that goes with the device. */
#ifdef LKPIRS_LINUXKPI
#define	EDU_MAPS	2
#else
#define	EDU_MAPS	0
#endif

/* A page that CPU and device share, of LinuxKPI's dma_alloc_coherent(). */
uint8_t	*edu_reference(uint64_t *dma);
/* An IOMMU is between the device and that. */
bool	edu_translated(void);

/* Detach the device, call f(arg), attach it again: 0 or an errno.  For who
 * does not hold it. */
int	edu_reattach(void (*f)(void *), void *arg);

/* For the provider: what bus_dma(9) knows of the device.  ENODEV if it is
 * another device, or gone.  Does not sleep. */
int	edu_known(struct device *, bus_dma_tag_t *parent, uint64_t *mask);
int	edu_known_mask(struct device *, uint64_t mask);
/* Addresses that the device has: QEMU's property dma_mask. */
uint64_t edu_reach(void);

#endif /* _EDU_H_ */
