/* SPDX-License-Identifier: BSD-2-Clause */
/* What both struct device of this folder's and of kldhost/linuxkpi's can do, for
 * their linux/device.h: each has init_name and driver_data. */
#ifndef _HOSTED_DEVICE_H_
#define _HOSTED_DEVICE_H_

static inline const char *dev_name(const struct device *dev) { return (dev->init_name != NULL ? dev->init_name : "device"); }
static inline void *dev_get_drvdata(const struct device *dev) { return (dev->driver_data); }
static inline void dev_set_drvdata(struct device *dev, void *data) { dev->driver_data = data; }

#define	dev_err(dev, fmt, ...)	printf("%s: ERR: " fmt, dev_name(dev), ##__VA_ARGS__)
#define	dev_warn(dev, fmt, ...)	printf("%s: WARN: " fmt, dev_name(dev), ##__VA_ARGS__)
#define	dev_info(dev, fmt, ...)	printf("%s: INFO: " fmt, dev_name(dev), ##__VA_ARGS__)

#endif /* _HOSTED_DEVICE_H_ */
