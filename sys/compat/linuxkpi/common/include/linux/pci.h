/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LinuxKPI's linux/pci.h with another dev_is_pci().  The tree's asks whether a
 * device is the bus itself, so it is false for every driver's.
 */
#ifndef _LKPIRS_LINUX_PCI_H_
#define _LKPIRS_LINUX_PCI_H_

#define	dev_is_pci	stock_dev_is_pci
#include_next <linux/pci.h>
#undef dev_is_pci

/* A child of a PCI bus; or of a device on one, as a graphics driver's is.  Any
 * context. */
static inline bool
dev_is_pci(struct device *dev)
{
	device_t d = dev->bsddev;
	const char *name;
	int i;

	for (i = 0; i < 2 && d != NULL; i++) {
		d = device_get_parent(d);
		name = d != NULL ? device_get_name(d) : NULL;
		if (name != NULL && strcmp(name, "pci") == 0)
			return (true);
	}
	return (false);
}

#endif /* _LKPIRS_LINUX_PCI_H_ */
