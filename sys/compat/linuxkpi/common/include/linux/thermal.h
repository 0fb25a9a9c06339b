/* SPDX-License-Identifier: BSD-2-Clause */
/* As in a Linux without CONFIG_THERMAL: a driver goes on without a cooling
 * device. */
#ifndef _LKPIRS_LINUX_THERMAL_H_
#define _LKPIRS_LINUX_THERMAL_H_

#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>

struct thermal_cooling_device {
	struct device	device;
	void		*devdata;
};

struct thermal_cooling_device_ops {
	int (*get_max_state)(struct thermal_cooling_device *, unsigned long *);
	int (*get_cur_state)(struct thermal_cooling_device *, unsigned long *);
	int (*set_cur_state)(struct thermal_cooling_device *, unsigned long);
};

static inline struct thermal_cooling_device *
thermal_cooling_device_register(const char *type __unused, void *data __unused,
    const struct thermal_cooling_device_ops *ops __unused)
{
	return (ERR_PTR(-ENODEV));
}

static inline void
thermal_cooling_device_unregister(struct thermal_cooling_device *cdev __unused)
{
}

#endif /* _LKPIRS_LINUX_THERMAL_H_ */
