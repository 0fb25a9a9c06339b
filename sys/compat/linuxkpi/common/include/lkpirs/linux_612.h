/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Linux 6.12's mt76 has from headers that LinuxKPI's do not include in
 * their turn, and small names that LinuxKPI lacks.
 */
#ifndef _LKPIRS_LINUX_612_H_
#define _LKPIRS_LINUX_612_H_

#include <linux/kernel.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/pci.h>
#include <linux/rwlock.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uuid.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/debugfs.h>
#include <linux/of.h>
#include <linux/seq_file.h>

#ifndef __counted_by
#define	__counted_by(member)
#endif
#ifndef static_assert
#define	static_assert_(e, text, ...)	_Static_assert(e, text)
#define	static_assert(e, ...)	static_assert_(e, ##__VA_ARGS__, #e)
#endif
/* Members by themselves and, under a name, together. */
#ifndef struct_group_tagged
#define	struct_group_tagged(tag, name, ...)				\
	union { struct { __VA_ARGS__ }; struct tag { __VA_ARGS__ } name; }
#endif
#ifndef struct_group
#define	struct_group(name, ...)						\
	union { struct { __VA_ARGS__ }; struct { __VA_ARGS__ } name; }
#endif
#ifndef L1_CACHE_ALIGN
#define	L1_CACHE_ALIGN(x)	ALIGN(x, CACHE_LINE_SIZE)
#endif

#ifndef memzero_explicit
#define	memzero_explicit(p, n)	explicit_bzero(p, n)
#endif
#ifndef read_lock_bh
#define	read_lock_bh(l)		read_lock(l)
#define	read_unlock_bh(l)	read_unlock(l)
#endif
#define	device_init_wakeup(dev, enable)	device_set_wakeup_enable(dev, enable)
#ifndef EXPORT_TRACEPOINT_SYMBOL_GPL
#define	EXPORT_TRACEPOINT_SYMBOL_GPL(name)
#endif
#ifndef IFA_F_TENTATIVE
#define	IFA_F_TENTATIVE		0x40
#endif

/* Memory of devm_kmalloc() and its kin; NULL is allowed. */
static inline void
devm_kfree(struct device *dev, const void *p)
{
	if (p == NULL)
		return;
	lkpi_devres_unlink(dev, __DECONST(void *, p));
	lkpi_devres_free(__DECONST(void *, p));
}

/* sysctl(9) has no links. */
struct kobject;
static inline int
lkpirs_sysfs_create_link(struct kobject *kobj __unused,
    struct kobject *target __unused, const char *name __unused)
{
	return (0);
}
#define	sysfs_create_link	lkpirs_sysfs_create_link
#define	sysfs_remove_link(kobj, name)	do { (void)(kobj); (void)(name); } while (0)

#ifndef PCI_VENDOR_ID_ITTIM
#define	PCI_VENDOR_ID_ITTIM	0x0b48
#endif
#ifndef PCI_D3hot
#define	PCI_D3hot	3
#endif
/* With three arguments Linux's, with one newbus's. */
#define	LKPIRS_THIRD(a, b, c, name, ...)	name
#define	pci_get_device(...)						\
	LKPIRS_THIRD(__VA_ARGS__, linuxkpi_pci_get_device, ,		\
	    (pci_get_device))(__VA_ARGS__)
static inline pci_power_t
pci_choose_state(struct pci_dev *pdev __unused, pm_message_t state __unused)
{
	return (PCI_D3hot);
}
/* FreeBSD's PCI bus arms wake-up by itself, for devices that the user chose. */
static inline int
pci_enable_wake(struct pci_dev *pdev __unused, pci_power_t state __unused,
    bool enable __unused)
{
	return (0);
}

#endif /* _LKPIRS_LINUX_612_H_ */
