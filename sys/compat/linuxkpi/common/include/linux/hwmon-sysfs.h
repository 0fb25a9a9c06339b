/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _LKPIRS_LINUX_HWMON_SYSFS_H_
#define _LKPIRS_LINUX_HWMON_SYSFS_H_

#include <linux/device.h>

struct sensor_device_attribute {
	struct device_attribute	dev_attr;
	int			index;
};
#define	to_sensor_dev_attr(attr)					\
	container_of(attr, struct sensor_device_attribute, dev_attr)

#define	SENSOR_ATTR(name, mode, show, store, i)				\
	{ .dev_attr = __ATTR(name, mode, show, store), .index = (i) }
#define	SENSOR_DEVICE_ATTR(name, mode, show, store, i)			\
	struct sensor_device_attribute sensor_dev_attr_ ## name =	\
	    SENSOR_ATTR(name, mode, show, store, i)
#define	SENSOR_DEVICE_ATTR_RO(name, func, i)				\
	SENSOR_DEVICE_ATTR(name, 0444, func ## _show, NULL, i)
#define	SENSOR_DEVICE_ATTR_RW(name, func, i)				\
	SENSOR_DEVICE_ATTR(name, 0644, func ## _show, func ## _store, i)
#define	SENSOR_DEVICE_ATTR_WO(name, func, i)				\
	SENSOR_DEVICE_ATTR(name, 0200, NULL, func ## _store, i)

#endif /* _LKPIRS_LINUX_HWMON_SYSFS_H_ */
