/* SPDX-License-Identifier: BSD-2-Clause */
/* page_pool.ko: module event, release task, sysctl nodes.  page_pool(9). */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <net/page_pool/types.h>
#include <lkpirs/dma_provider.h>

MALLOC_DEFINE(M_PAGE_POOL, "page_pool", "page_pool");

void	lkpirs_page_pool_load(void);
int	lkpirs_page_pool_unload(void);
void	lkpirs_page_pool_reap(void);
void	lkpirs_page_pool_schedule_reap(void);

/* Destroyed pools go from here once their last page is back. */
static void
reap(void *arg __unused, int pending __unused)
{
	lkpirs_page_pool_reap();
}
static struct task reap_task = TASK_INITIALIZER(0, reap, NULL);

void
lkpirs_page_pool_schedule_reap(void)
{
	taskqueue_enqueue(taskqueue_thread, &reap_task);
}

SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, page_pool, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "page_pool");

static int
sysctl_stat(SYSCTL_HANDLER_ARGS)
{
	uint64_t v = lkpirs_pool_stat(arg1);

	return (sysctl_handle_64(oidp, &v, 0, req));
}
#define	STAT(name, descr)						\
	SYSCTL_PROC(_compat_page_pool, OID_AUTO, name, CTLTYPE_U64 |	\
	    CTLFLAG_RD | CTLFLAG_MPSAFE, __DECONST(char *, #name), 0,	\
	    sysctl_stat, "QU", descr)
STAT(pools, "Pools");
STAT(waiting, "Destroyed pools that wait for pages");
STAT(in_flight, "Pages that belong to a pool");
STAT(dma_maps, "DMA maps of pools and drivers");
STAT(mappings, "DMA mappings found by address");
STAT(need_sync, "DMA mappings that need syncs");
STAT(errors, "Callers' mistakes that were caught");

/* Debugging kernels look for mistakes, others skip syncs that do nothing. */
#ifdef INVARIANTS
static int check_syncs = 1;
#else
static int check_syncs;
#endif
static int
sysctl_check(SYSCTL_HANDLER_ARGS)
{
	int error = sysctl_handle_int(oidp, &check_syncs, 0, req);

	if (error == 0 && req->newptr != NULL)
		lkpirs_dma_check_syncs(check_syncs != 0);
	return (error);
}
SYSCTL_PROC(_compat_page_pool, OID_AUTO, check_syncs, CTLTYPE_INT |
    CTLFLAG_RWTUN | CTLFLAG_MPSAFE, NULL, 0, sysctl_check, "I",
    "Look at every DMA sync, to report those of what is not mapped");

static int
page_pool_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		lkpirs_dma_check_syncs(check_syncs != 0);
		lkpirs_page_pool_load();
		return (0);
	case MOD_UNLOAD:
		taskqueue_drain(taskqueue_thread, &reap_task);
		return (lkpirs_page_pool_unload());
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t page_pool_mod = { "page_pool", page_pool_event, NULL };

/* Before any driver. */
DECLARE_MODULE(page_pool, page_pool_mod, SI_SUB_TASKQ, SI_ORDER_ANY);
MODULE_VERSION(page_pool, 1);
MODULE_DEPEND(page_pool, lkpi_page, 1, 1, 1);

/* The crate asserts the same numbers. */
#ifdef __LP64__
CTASSERT(sizeof(struct page_pool_params_fast) == 48);
CTASSERT(sizeof(struct page_pool_params) == 80);
CTASSERT(offsetof(struct page_pool_params, dma_dir) == 32);
CTASSERT(offsetof(struct page_pool_params, flags) == 60);
CTASSERT(offsetof(struct page_pool_params, init_callback) == 64);
CTASSERT(sizeof(struct lkpirs_dma_info) == 24);
#endif
CTASSERT(sizeof(struct page_pool_stats) == 11 * sizeof(uint64_t));
