/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of ppstat(8): any number of pools, some pages of each in use. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/sysctl.h>

#include <linux/err.h>
#include <linux/gfp.h>
#include <net/page_pool/helpers.h>

#define	POOLS	256
#define	PAGES	3

static struct page_pool *pools[POOLS];
static struct page *pages[POOLS][PAGES];
static bool waits[POOLS];
static int made;

/* n more, each with PAGES pages in use. */
static int
make(int n)
{
	struct page_pool_params params = { .pool_size = 256 };
	int i;

	for (; n > 0; n--) {
		if (made == POOLS)
			return (ENOSPC);
		pools[made] = page_pool_create(&params);
		if (IS_ERR(pools[made]))
			return (ENOMEM);
		made++;
		for (i = 0; i < PAGES; i++) {
			pages[made - 1][i] = page_pool_alloc_pages(
			    pools[made - 1], GFP_KERNEL);
			if (pages[made - 1][i] == NULL)
				return (ENOMEM);
		}
	}
	return (0);
}

/* n allocations and direct puts, with the first pool. */
static int
turn(int n)
{
	struct page *page;

	for (; n > 0 && made > 0; n--) {
		page = page_pool_alloc_pages(pools[0], GFP_KERNEL);
		if (page == NULL)
			return (ENOMEM);
		page_pool_put_full_page(pools[0], page, true);
	}
	return (0);
}

/* Pool n, from 1 on, is destroyed, and waits for its pages. */
static int
destroy(int n)
{
	if (n < 1 || n > made || waits[n - 1])
		return (EINVAL);
	waits[n - 1] = true;
	page_pool_destroy(pools[n - 1]);
	return (0);
}

/* Everything goes. */
static int
give(int n __unused)
{
	int i;

	for (; made > 0; made--) {
		for (i = 0; i < PAGES; i++)
			if (pages[made - 1][i] != NULL)
				page_pool_put_full_page(pools[made - 1],
				    pages[made - 1][i], false);
		if (!waits[made - 1])
			page_pool_destroy(pools[made - 1]);
		waits[made - 1] = false;
	}
	return (0);
}

static int (*const jobs[])(int) = { make, turn, destroy, give };

static int
sysctl_job(SYSCTL_HANDLER_ARGS)
{
	int n = 0, error = sysctl_handle_int(oidp, &n, 0, req);

	return (error != 0 || req->newptr == NULL ? error : jobs[arg2](n));
}
SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, pools, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "Pools to look at");
#define	JOB(name, i)							\
	SYSCTL_PROC(_compat_pools, OID_AUTO, name, CTLTYPE_INT |	\
	    CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, i, sysctl_job, "I", "")
JOB(make, 0);
JOB(turn, 1);
JOB(destroy, 2);
JOB(give, 3);

static int
event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	case MOD_UNLOAD:
		return (made > 0 ? EBUSY : 0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t pools_mod = { "pools", event, NULL };
DECLARE_MODULE(pools, pools_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(pools, 1);
MODULE_DEPEND(pools, lkpi_page, 1, 1, 1);
MODULE_DEPEND(pools, page_pool, 1, 1, 1);
