/* SPDX-License-Identifier: BSD-2-Clause */
/* page_pool.ko: module event, release task, sysctl nodes.  page_pool(9). */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <machine/atomic.h>

#include <net/page_pool/types.h>
#include <lkpirs/dma_provider.h>

#include "page_pool.h"

MALLOC_DEFINE(M_PAGE_POOL, "page_pool", "page_pool");

void	lkpirs_page_pool_load(void);
int	lkpirs_page_pool_unload(void);
void	lkpirs_page_pool_reap(void);
void	lkpirs_page_pool_schedule_reap(void);
uint64_t lkpirs_page_pool_watch(void);
void	lkpirs_page_pool_schedule_watch(void);

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

/* Pools that wait for long are told of from here. */
static struct timeout_task watch_task;

/* What reads the list of pools: it must not go meanwhile. */
static volatile u_int reading;
static volatile bool unloading;

bool
lkpirs_page_pool_read_enter(void)
{
	atomic_add_int(&reading, 1);
	atomic_thread_fence_seq_cst();
	return (!unloading);
}

void
lkpirs_page_pool_read_exit(void)
{
	atomic_thread_fence_rel();
	atomic_subtract_int(&reading, 1);
}

static void
watch(void *arg __unused, int pending __unused)
{
	uint64_t ms = lkpirs_page_pool_watch();

	/* A day at most, so that any time fits. */
	if (ms != 0 && !unloading)
		taskqueue_enqueue_timeout_sbt(taskqueue_thread, &watch_task,
		    MIN(ms, 86400000) * SBT_1MS, 0, 0);
}

/* Finds by itself when the next one is due. */
void
lkpirs_page_pool_schedule_watch(void)
{
	taskqueue_enqueue(taskqueue_thread, &watch_task.t);
}

SYSCTL_DECL(_compat);
SYSCTL_NODE(_compat, OID_AUTO, page_pool, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "page_pool");

static int
sysctl_stat(SYSCTL_HANDLER_ARGS)
{
	uint64_t v = lkpirs_page_pool_read_enter() ? lkpirs_pool_stat(arg1) : 0;

	lkpirs_page_pool_read_exit();
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
STAT(recycled,
    "Allocations of a thousand that did not ask the system, of the pools there are");
STAT(mbufs, "Buffers that mbufs have");
STAT(mbufs_lent, "Buffers that mbufs ever had");
STAT(mbufs_refused, "Buffers that they did not get: too many out, or no pages");
STAT(stalls, "Times that the log heard of a pool that waits");
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

extern int lkpirs_page_pool_track, lkpirs_page_pool_poison;
extern int lkpirs_page_pool_stall_secs;

int lkpirs_page_pool_track;
SYSCTL_INT(_compat_page_pool, OID_AUTO, track, CTLFLAG_RWTUN,
    &lkpirs_page_pool_track, 0,
    "Pools made from now on remember who holds each page (slower)");
int lkpirs_page_pool_poison;
SYSCTL_INT(_compat_page_pool, OID_AUTO, poison, CTLFLAG_RWTUN,
    &lkpirs_page_pool_poison, 0,
    "Pools made from now on look for writes to pages at rest (slow)");

int lkpirs_page_pool_stall_secs = 60;
static int
sysctl_stall_secs(SYSCTL_HANDLER_ARGS)
{
	int error = sysctl_handle_int(oidp, &lkpirs_page_pool_stall_secs, 0, req);

	/* As a tunable it is set before MOD_LOAD. */
	if (error == 0 && req->newptr != NULL && watch_task.q != NULL)
		lkpirs_page_pool_schedule_watch();
	return (error);
}
SYSCTL_PROC(_compat_page_pool, OID_AUTO, stall_secs, CTLTYPE_INT |
    CTLFLAG_RWTUN | CTLFLAG_MPSAFE, NULL, 0, sysctl_stall_secs, "I",
    "Log destroyed pools that wait for pages for so long; 0: never");

/* What is said of one pool. */
#define	REPORT	2048

static int
sysctl_holders(SYSCTL_HANDLER_ARGS)
{
	char *text = malloc(REPORT, M_PAGE_POOL, M_WAITOK);
	uint32_t id = 0;
	int error = 0;

	while (error == 0) {
		id = lkpirs_page_pool_read_enter() ?
		    lkpirs_pool_report(id, text, REPORT) : 0;
		lkpirs_page_pool_read_exit();
		if (id == 0)
			break;
		error = SYSCTL_OUT(req, text, strlen(text));
	}
	free(text, M_PAGE_POOL);
	return (error == 0 ? SYSCTL_OUT(req, "", 1) : error);
}
SYSCTL_PROC(_compat_page_pool, OID_AUTO, holders, CTLTYPE_STRING | CTLFLAG_RD |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_holders, "A",
    "Each pool, and who holds how many of its pages for how long");

static int
page_pool_unload(void)
{
	int error = 0;

	unloading = true;
	atomic_thread_fence_seq_cst();
	while (reading != 0)
		pause("pgpool", 1);
	atomic_thread_fence_acq();
	/* One that was running may have set the timer once more. */
	taskqueue_drain_timeout(taskqueue_thread, &watch_task);
	taskqueue_drain_timeout(taskqueue_thread, &watch_task);
	taskqueue_drain(taskqueue_thread, &reap_task);
	/* What an mbuf gives back comes from anywhere: the last of them may have
	 * started the task again. */
	if (lkpirs_pool_stat("pools") == 0) {
		taskqueue_drain(taskqueue_thread, &reap_task);
		error = lkpirs_page_pool_mbufs_end();
	}
	if (error == 0)
		error = lkpirs_page_pool_unload();
	if (error != 0) {
		unloading = false;
		lkpirs_page_pool_schedule_watch();
	}
	return (error);
}

static int
page_pool_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		lkpirs_dma_check_syncs(check_syncs != 0);
		TIMEOUT_TASK_INIT(taskqueue_thread, &watch_task, 0, watch, NULL);
		lkpirs_page_pool_load();
		return (0);
	case MOD_UNLOAD:
		return (page_pool_unload());
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
