/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _LKPIRS_LINUX_MTD_PARTITIONS_H_
#define _LKPIRS_LINUX_MTD_PARTITIONS_H_

#include <linux/mtd/mtd.h>

#endif /* _LKPIRS_LINUX_MTD_PARTITIONS_H_ */
