/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _LKPIRS_LINUX_OF_NET_H_
#define _LKPIRS_LINUX_OF_NET_H_

#include <linux/of.h>

static inline int
of_get_mac_address(struct device_node *np __unused, u8 *mac __unused)
{
	return (-ENODEV);
}

#endif /* _LKPIRS_LINUX_OF_NET_H_ */
