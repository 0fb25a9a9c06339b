/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of the MT7921's BAR 0 that chip7921.c plays, by their offset there.
 * The driver knows most of them by the chip's own addresses and maps those to
 * the offsets; what it reaches through the window at 0x40000 is marked with its
 * address.  The window is not switched: each offset in it is used for one
 * address only.
 */
#ifndef _MT76SIM_REGS7921_H_
#define _MT76SIM_REGS7921_H_

#include "regs.h"

#define	R_WFDMA_DUMMY		0x02120	/* kept until the DMA engine lost its state */
#define	  NEED_REINIT		0x2	/* set by the driver: 0 says lost */
#define	R_PCIE_INT_ENABLE	0x10188

#define	R_TOP_LPCR		0x40010	/* 0x18060010 */
#define	  TOP_FW_OWN		0x1
#define	  TOP_DRV_OWN		0x2
#define	R_WFSYS_RST		0x40140	/* 0x18000140 */
#define	  WFSYS_SW_RST_B	0x1
#define	  WFSYS_INIT_DONE	0x10
#define	R_CHIPID		0x40200	/* 0x70010200 */
#define	R_REVISION		0x40204	/* 0x70010204 */

#define	R_LPCTL			0xe0010
#define	  LPCTL_SET_OWN		0x1	/* the firmware shall own */
#define	  LPCTL_CLR_OWN		0x2	/* the driver wants to */
#define	  LPCTL_OWN_SYNC	0x4	/* the firmware does */
#define	R_CONN_MISC		0xe00f0
#define	  MISC_FW_READY		0x3

#define	R_WFDMA			0xd4000
#define	R_MCU_CMD		(R_WFDMA + 0x1f0)
#define	  MCU_CMD_WAKE_RX	0x1	/* frames wait until it is woken */
#define	R_INT_STA		(R_WFDMA + 0x200)
#define	R_INT_ENA		(R_WFDMA + 0x204)
#define	R_GLO_CFG		(R_WFDMA + ENGINE_GLO_CFG)
#define	R_RST_DTX_PTR		(R_WFDMA + ENGINE_RST_DTX_PTR)
#define	R_TX_RING(n)		(R_WFDMA + ENGINE_TX_RING(n))
#define	R_RX_RING(n)		(R_WFDMA + ENGINE_RX_RING(n))

/* The rings in use, and their bits of R_INT_STA and R_INT_ENA. */
#define	TXQ_DATA		0
#define	TXQ_DOWNLOAD		16
#define	TXQ_MCU			17
#define	RXQ_ROM			0	/* events before the firmware runs */
#define	RXQ_DATA		2
#define	RXQ_MCU			4	/* events of the firmware */
#define	INT_TX_DATA		(1u << 4)
#define	INT_TX_DOWNLOAD		(1u << 26)
#define	INT_TX_MCU		(1u << 27)
#define	INT_RX_ROM		(1u << 0)
#define	INT_RX_DATA		(1u << 2)
#define	INT_RX_MCU		(1u << 22)
#define	INT_MCU_CMD		(1u << 29)	/* see R_MCU_CMD */
#define	INT_UNREAD		(1u << 31)	/* see struct chip_model */

#endif /* _MT76SIM_REGS7921_H_ */
