/* SPDX-License-Identifier: BSD-2-Clause */
/* mt76_core.ko: Linux's objects, and this, which says what they are. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>

static int
event(module_t mod __unused, int what, void *arg __unused)
{
	return (what == MOD_LOAD || what == MOD_UNLOAD || what == MOD_QUIESCE ||
	    what == MOD_SHUTDOWN ? 0 : EOPNOTSUPP);
}

static moduledata_t mt76_core_mod = { "mt76_core", event, NULL };

DECLARE_MODULE(mt76_core, mt76_core_mod, SI_SUB_DRIVERS, SI_ORDER_THIRD);
MODULE_VERSION(mt76_core, 1);
MODULE_DEPEND(mt76_core, lkpi_page, 1, 1, 1);
MODULE_DEPEND(mt76_core, page_pool, 1, 1, 1);
MODULE_DEPEND(mt76_core, mt76, 1, 1, 1);
MODULE_DEPEND(mt76_core, hosted_lkpi, 1, 1, 1);
