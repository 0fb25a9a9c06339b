/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edu.ko: a PCI device's DMA to and from the pages of page_pool.ko, on QEMU's
 * edu device, with the stock linuxkpi.ko.  `sysctl compat.edu.run=1'.
 *
 * pci.c is the driver; this and the rest are compiled with our headers.
 */
#define	SELFTEST_NAME	edu
#include "cases.h"
#include "kmod/selftest/harness.h"
#include "kmod/selftest/books.h"
#include "kmod/selftest/module.h"

#include <lkpirs/dma_provider.h>

#ifndef LKPIRS_LINUXKPI		/* which is the provider itself */
static int
provider_info(struct device *dev, struct lkpirs_dma_info *info)
{
	info->domain = -1;
	return (edu_known(dev, &info->parent, &info->dma_mask));
}

static const struct lkpirs_dma_provider provider = {
	.name = "edu",
	.info = provider_info,
	.set_mask = edu_known_mask,
};
#endif

void
edu_case(struct test *t, void (*f)(struct test *, struct device *))
{
	struct device *dev = edu_hold();

	if (!EXPECT(dev != NULL))
		return;
	f(t, dev);
	EXPECT(dma_set_mask(dev, edu_reach()) == 0);
	edu_release();
}

static const struct test_case cases[] = {
	{ "registers", test_registers },
	{ "interrupts", test_interrupts },
	{ "reference", test_reference },
	{ "control", test_control },
	{ "receive", test_receive },
	{ "transmit", test_transmit },
	{ "fragments", test_fragments },
	{ "offsets", test_offsets },
	{ "order1", test_order1 },
	{ "recycle", test_recycle },
	{ "masks", test_masks },
	{ "destroy_out", test_destroy_out },
	{ "threads", test_threads },
	{ "single", test_single },
	{ "page", test_page },
	{ "both_ways", test_both_ways },
	{ "coherent", test_coherent },
	{ "bounce", test_bounce },
	{ "bounce_block", test_bounce_block },
	{ "reattach", test_reattach },
	{ NULL, NULL },
};

const struct test_suite selftest_suite = { "edu", cases, live, errors };

int	edu_main(int argc, char **argv);

int
edu_main(int argc, char **argv)
{
	return (selftest_main(argc, argv));
}

/* What the machine is, for who starts the cases. */
static int
sysctl_flag(SYSCTL_HANDLER_ARGS)
{
	bool (*f)(void) = arg1;
	int v = -1;

	if (edu_hold() != NULL) {
		v = f();
		edu_release();
	}
	return (sysctl_handle_int(oidp, &v, 0, req));
}
SYSCTL_PROC(_compat_edu, OID_AUTO, msi, CTLTYPE_INT | CTLFLAG_RD |
    CTLFLAG_MPSAFE, edu_has_msi, 0, sysctl_flag, "I",
    "The device interrupts by message (-1: no device)");
SYSCTL_PROC(_compat_edu, OID_AUTO, translated, CTLTYPE_INT | CTLFLAG_RD |
    CTLFLAG_MPSAFE, edu_translated, 0, sysctl_flag, "I",
    "The device is behind an IOMMU (-1: no device)");
SYSCTL_INT(_compat_edu, OID_AUTO, spoil, CTLFLAG_RW, &edu_spoil, 0,
    "Make a byte of each transfer wrong: cases must fail");

/* A pool that stays, with a page out: edu.ko must not go. */
static struct page_pool *kept;
static struct page *kept_page;

static int
sysctl_keep(SYSCTL_HANDLER_ARGS)
{
	struct test test = { 0 };
	struct device *dev;
	int error, keep = kept != NULL;

	error = sysctl_handle_int(oidp, &keep, 0, req);
	if (error != 0 || req->newptr == NULL || (keep != 0) == (kept != NULL))
		return (error);
	if (keep) {
		dev = edu_hold();
		if (dev == NULL)
			return (ENXIO);
		kept = pool_make(&test, dev, DMA_FROM_DEVICE, 0);
		kept_page = kept != NULL ? pool_take(&test, kept) : NULL;
		edu_release();
		return (test.failed != 0 ? ENOMEM : 0);
	}
	page_pool_put_full_page(kept, kept_page, false);
	page_pool_destroy(kept);
	kept = NULL;
	return (0);
}
SYSCTL_PROC(_compat_edu, OID_AUTO, keep, CTLTYPE_INT | CTLFLAG_RW, NULL, 0,
    sysctl_keep, "I", "Keep a pool of the device, so that edu.ko cannot go");

static int
edu_event(module_t mod, int what, void *arg)
{
#ifndef LKPIRS_LINUXKPI
	int error;

	switch (what) {
	case MOD_LOAD:
		return (lkpirs_dma_provider_register(&provider));
	case MOD_UNLOAD:
		error = selftest_event(mod, what, arg);
		/* Refused while a pool or a mapping uses the device. */
		return (error != 0 ? error :
		    lkpirs_dma_provider_unregister(&provider));
	}
#endif
	return (selftest_event(mod, what, arg));
}

static moduledata_t edu_mod = { "edu", edu_event, NULL };

DECLARE_MODULE(edu, edu_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(edu, 1);
MODULE_DEPEND(edu, lkpi_page, 1, 1, 1);
MODULE_DEPEND(edu, page_pool, 1, 1, 1);
