/* SPDX-License-Identifier: BSD-2-Clause */
/* LinuxKPI's linux/usb.h; for drivers whose headers have inline functions for
 * USB variants that are not built, the names that these use.  -ENODEV. */
#ifndef _LKPIRS_LINUX_USB_H_
#define _LKPIRS_LINUX_USB_H_

#include_next <linux/usb.h>

#ifdef KBUILD_MODNAME
#include <linux/errno.h>

#define	to_usb_interface(dev)	((void)(dev), (struct usb_interface *)NULL)
#undef	usb_rcvbulkpipe
#undef	usb_sndbulkpipe
#define	usb_rcvbulkpipe(udev, ep)	((void)(udev), (unsigned int)(ep))
#define	usb_sndbulkpipe(udev, ep)	((void)(udev), (unsigned int)(ep))
#define	usb_bulk_msg(udev, pipe, data, len, done, timeout)		\
	((void)(udev), (void)(pipe), -ENODEV)
#endif

#endif /* _LKPIRS_LINUX_USB_H_ */
