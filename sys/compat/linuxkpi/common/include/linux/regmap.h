/* SPDX-License-Identifier: BSD-2-Clause */
/* As in a Linux without CONFIG_REGMAP. */
#include <linux/errno.h>

struct regmap;

static inline int
regmap_update_bits(struct regmap *map __unused, unsigned int reg __unused,
    unsigned int mask __unused, unsigned int val __unused)
{
	return (-EINVAL);
}
#ifndef _LKPIRS_LINUX_REGMAP_H_
#define _LKPIRS_LINUX_REGMAP_H_


#endif /* _LKPIRS_LINUX_REGMAP_H_ */
