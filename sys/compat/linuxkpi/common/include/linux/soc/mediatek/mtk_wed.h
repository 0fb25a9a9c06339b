/* SPDX-License-Identifier: BSD-2-Clause */
/* LinuxKPI's mtk_wed.h: no such device. */
#include_next <linux/soc/mediatek/mtk_wed.h>
#include <linux/errno.h>

#define	mtk_wed_device_start_hw_rro(dev, mask, reset)			\
	do { } while (0)
#define	mtk_wed_device_setup_tc(dev, ndev, type, data)	(-EOPNOTSUPP)
#ifndef _LKPIRS_LINUX_SOC_MEDIATEK_MTK_WED_H_
#define _LKPIRS_LINUX_SOC_MEDIATEK_MTK_WED_H_


#endif /* _LKPIRS_LINUX_SOC_MEDIATEK_MTK_WED_H_ */
