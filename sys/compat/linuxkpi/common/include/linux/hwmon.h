/* SPDX-License-Identifier: BSD-2-Clause */
/* As in a Linux without CONFIG_HWMON, whose drivers ask for that first. */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/sysfs.h>

static inline struct device *
devm_hwmon_device_register_with_groups(struct device *dev __unused,
    const char *name __unused, void *data __unused,
    const struct attribute_group **groups __unused)
{
	return (ERR_PTR(-ENODEV));
}
#ifndef _LKPIRS_LINUX_HWMON_H_
#define _LKPIRS_LINUX_HWMON_H_


#endif /* _LKPIRS_LINUX_HWMON_H_ */
