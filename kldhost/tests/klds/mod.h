/* SPDX-License-Identifier: BSD-2-Clause */
/* A module around a test's entries; NAME and, if wanted, EVENT are defined. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/limits.h>
#include <sys/malloc.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>
#include <sys/proc.h>

#define	CHECK(x)	do {						\
	if (!(x)) {							\
		printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #x);	\
		return (1);						\
	}								\
} while (0)
#define	ENTRY(n)	int n(int argc, char **argv);			\
	int n(int argc __unused, char **argv __unused)

#define	MODULE_(n, ev)							\
	static moduledata_t n##_data = { #n, ev, NULL };		\
	DECLARE_MODULE(n, n##_data, SI_SUB_DRIVERS, SI_ORDER_MIDDLE);	\
	MODULE_VERSION(n, 1)

static int __unused
plain_event(module_t mod __unused, int what, void *arg __unused)
{
	return (what == MOD_LOAD || what == MOD_UNLOAD ? 0 : EOPNOTSUPP);
}
