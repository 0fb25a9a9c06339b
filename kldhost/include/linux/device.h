/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of LinuxKPI's linux/device.h that drivers' tests use. */
#ifndef _LINUXKPI_LINUX_DEVICE_H_
#define _LINUXKPI_LINUX_DEVICE_H_

#include <linux/types.h>

struct device {
	struct device	*parent;
	void		*driver_data;
	const char	*init_name;
};

#include <hosted_device.h>

#endif /* _LINUXKPI_LINUX_DEVICE_H_ */
