/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and descriptors of a DMA engine, the same in all chips so far. */
#ifndef _MT76SIM_REGS_H_
#define _MT76SIM_REGS_H_

#define	BAR_SIZE		0x100000

/* Of an engine's block: */
#define	ENGINE_GLO_CFG		0x208
#define	  TX_DMA_EN		0x1
#define	  TX_DMA_BUSY		0x2
#define	  RX_DMA_EN		0x4
#define	  RX_DMA_BUSY		0x8
#define	ENGINE_RST_DTX_PTR	0x20c
#define	ENGINE_TX_RING(n)	(0x300 + (n) * 0x10)
#define	ENGINE_RX_RING(n)	(0x500 + (n) * 0x10)
/* Of a ring: */
#define	  RING_BASE		0x0
#define	  RING_SIZE		0x4
#define	  RING_CPU		0x8	/* the driver's index */
#define	  RING_DMA		0xc	/* the chip's */

/* A descriptor's second word. */
#define	CTL_LEN1(c)		((c) & 0x3fff)
#define	CTL_LAST1		(1u << 14)
#define	CTL_LEN0(c)		(((c) >> 16) & 0x3fff)
#define	CTL_LAST0		(1u << 30)
#define	CTL_DONE		(1u << 31)

#endif /* _MT76SIM_REGS_H_ */
