/* SPDX-License-Identifier: BSD-2-Clause */
/* LinuxKPI's linux/leds.h; LEDs are registered with nobody, as in a Linux
 * without CONFIG_LEDS_CLASS. */
#ifndef _LKPIRS_LINUX_LEDS_H_
#define _LKPIRS_LINUX_LEDS_H_

#include_next <linux/leds.h>

struct device;

static inline int
led_classdev_register(struct device *parent __unused,
    struct led_classdev *led __unused)
{
	return (0);
}

static inline void
led_classdev_unregister(struct led_classdev *led __unused)
{
}

#endif /* _LKPIRS_LINUX_LEDS_H_ */
