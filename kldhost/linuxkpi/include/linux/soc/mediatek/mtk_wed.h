/* SPDX-License-Identifier: BSD-2-Clause */
/* A companion of MediaTek's routers; there is none. */
#ifndef _HOSTED_MTK_WED_H_
#define _HOSTED_MTK_WED_H_

#include <linux/types.h>

struct mtk_wed_device {
	int	unused;
};

#define	mtk_wed_device_active(dev)		((void)(dev), false)
#define	mtk_wed_get_rx_capa(dev)		((void)(dev), false)
#define	mtk_wed_device_detach(dev)		do { (void)(dev); } while (0)
#define	mtk_wed_device_irq_set_mask(dev, mask)	do { (void)(mask); } while (0)

#endif /* _HOSTED_MTK_WED_H_ */
