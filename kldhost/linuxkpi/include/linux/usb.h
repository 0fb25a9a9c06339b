/* SPDX-License-Identifier: BSD-2-Clause */
/* No USB: mt76.h has inline functions for it that nobody calls. */
#ifndef _HOSTED_LINUX_USB_H_
#define _HOSTED_LINUX_USB_H_

#include <linux/errno.h>

struct usb_interface;
struct usb_device;
struct urb {
	int	status;
};

#define	to_usb_interface(dev)	((void)(dev), (struct usb_interface *)NULL)
#define	interface_to_usbdev(i)	((void)(i), (struct usb_device *)NULL)
#define	usb_rcvbulkpipe(udev, ep)	((void)(udev), (unsigned int)(ep))
#define	usb_sndbulkpipe(udev, ep)	((void)(udev), (unsigned int)(ep))
#define	usb_bulk_msg(udev, pipe, data, len, done, timeout)		\
	((void)(udev), (void)(pipe), -ENODEV)

#endif /* _HOSTED_LINUX_USB_H_ */
