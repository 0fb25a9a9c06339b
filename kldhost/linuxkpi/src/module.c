/* SPDX-License-Identifier: BSD-2-Clause */
/* hosted_lkpi.ko: a small LinuxKPI for kldhost, with our struct page. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>

int	hosted_dma_start(void);
int	hosted_dma_stop(void);

static int
event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		return (hosted_dma_start());
	case MOD_UNLOAD:
		return (hosted_dma_stop());
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t hosted_lkpi_mod = { "hosted_lkpi", event, NULL };

DECLARE_MODULE(hosted_lkpi, hosted_lkpi_mod, SI_SUB_DRIVERS, SI_ORDER_FIRST);
MODULE_VERSION(hosted_lkpi, 1);
MODULE_DEPEND(hosted_lkpi, lkpi_page, 1, 1, 1);
MODULE_DEPEND(hosted_lkpi, page_pool, 1, 1, 1);
MODULE_DEPEND(hosted_lkpi, mt76, 1, 1, 1);
