/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_LEDS_H_
#define _HOSTED_LINUX_LEDS_H_

#include <linux/types.h>

enum led_brightness {
	LED_OFF = 0,
	LED_FULL = 255,
};

struct led_classdev {
	const char	*name;
	const char	*default_trigger;
	void		(*brightness_set)(struct led_classdev *,
			    enum led_brightness);
	int		(*blink_set)(struct led_classdev *, unsigned long *on,
			    unsigned long *off);
};

#endif /* _HOSTED_LINUX_LEDS_H_ */
