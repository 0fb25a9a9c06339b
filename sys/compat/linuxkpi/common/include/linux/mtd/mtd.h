/* SPDX-License-Identifier: BSD-2-Clause */
/* No flash partitions: mt76 looks at them only where CONFIG_MTD is. */
struct mtd_info;
#ifndef _LKPIRS_LINUX_MTD_MTD_H_
#define _LKPIRS_LINUX_MTD_MTD_H_


#endif /* _LKPIRS_LINUX_MTD_MTD_H_ */
