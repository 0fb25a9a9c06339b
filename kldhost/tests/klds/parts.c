/* SPDX-License-Identifier: BSD-2-Clause */
/* Small modules for the linker; -DNAME=... and others choose which. */
#include "mod.h"
#include <sys/smp.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_page.h>
#include <sys/taskqueue.h>

#define	XMODULE(n)	MODULE_(n, event)
#define	XDEPEND(n, d, lo, hi)	MODULE_DEPEND(n, d, lo, lo, hi)
#define	XNAME(p, n)	p##n
#define	XFN(p, n)	XNAME(p, n)

static int __unused busy;
SYSCTL_INT(_debug, OID_AUTO, NAME, CTLFLAG_RW, &busy, 0, "errno of MOD_UNLOAD");

static int __unused
event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		printf("load %s cold %d cpus started %d taskq %d\n",
		    __XSTRING(NAME), cold, smp_started, taskqueue_thread != NULL);
#ifdef LOAD_ERROR
		return (LOAD_ERROR);
#endif
		return (0);
	case MOD_UNLOAD:
		printf("unload %s\n", __XSTRING(NAME));
		return (busy);
	}
	return (EOPNOTSUPP);
}

static void
early(void *arg __unused)
{
	printf("early sysinit of %s, cold %d\n", __XSTRING(NAME), cold);
}
SYSINIT(early, SI_SUB_VM, SI_ORDER_ANY, early, NULL);

static void
late(void *arg __unused)
{
	printf("late sysinit of %s\n", __XSTRING(NAME));
}
SYSINIT(late, SI_SUB_LAST, SI_ORDER_ANY, late, NULL);

static void
gone(void *arg __unused)
{
	printf("sysuninit of %s\n", __XSTRING(NAME));
}
SYSUNINIT(gone, SI_SUB_VM, SI_ORDER_ANY, gone, NULL);

int	XFN(fn_, NAME)(int, char **);
int	XFN(fn_, NAME)(int argc __unused, char **argv __unused) { return (0); }

#ifdef USES
int	USES(int, char **);
ENTRY(call_dep) { return (USES(0, NULL)); }
#endif
#ifdef DEPENDS
XDEPEND(NAME, DEPENDS, DEP_MIN, DEP_MAX);
#endif
#ifdef OLD_KERNEL
MODULE_METADATA(old_kernel, MDT_DEPEND,
    (&(struct mod_depend){ 1400000, 1400000, 1499999 }), "kernel");
#endif
#ifndef NO_MODULE
XMODULE(NAME);
#endif
