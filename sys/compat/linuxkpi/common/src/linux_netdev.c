/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_netdev.c: that file, whose netif_napi_del()
 * waits for a poll with a mutex held, lets one be queued behind its back, and
 * leaves the task queue of a dummy device, which nobody frees, to run for ever;
 * and whose napi_disable() lets polls run again as soon as it returns.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/netdevice.h>

static int	enqueue(struct taskqueue *, struct task *);

#define	taskqueue_enqueue(tq, task)	enqueue(tq, task)
#define	linuxkpi_netif_napi_add		stock_netif_napi_add
#define	linuxkpi_netif_napi_del		stock_netif_napi_del
#define	linuxkpi_free_netdev		stock_free_netdev
#define	linuxkpi_napi_disable		stock_napi_disable
#define	linuxkpi_napi_enable		stock_napi_enable
void		stock_napi_disable(struct napi_struct *);
void		stock_napi_enable(struct napi_struct *);
static void	stock_netif_napi_del(struct napi_struct *) __unused;
void		stock_free_netdev(struct net_device *);

#include <compat/linuxkpi/common/src/linux_netdev.c>

#undef taskqueue_enqueue
#undef linuxkpi_netif_napi_add
#undef linuxkpi_netif_napi_del
#undef linuxkpi_free_netdev
#undef linuxkpi_napi_disable
#undef linuxkpi_napi_enable

/* Between a poll being queued and its NAPI being shut. */
static struct mtx gate;
MTX_SYSINIT(lkpirs_napi, &gate, "lkpirs napi", MTX_DEF);

static int
enqueue(struct taskqueue *tq __unused, struct task *task)
{
	struct napi_struct *napi = container_of(task, struct napi_struct,
	    napi_task);
	int error = 0;

	mtx_lock(&gate);
	if (test_bit(LKPI_NAPI_FLAG_SHUTDOWN, &napi->state)) {
		clear_bit(LKPI_NAPI_FLAG_LOST_RACE_TRY_AGAIN, &napi->state);
		clear_bit(LKPI_NAPI_FLAG_IS_SCHEDULED, &napi->state);
	} else
		error = taskqueue_enqueue(napi->dev->napi_tq, task);
	mtx_unlock(&gate);
	return (error);
}

/* No poll of it runs when it returns, nor is queued until it is enabled.
 * Sleeps. */
void
linuxkpi_napi_disable(struct napi_struct *napi)
{
	set_bit(LKPI_NAPI_FLAG_DISABLE_PENDING, &napi->state);
	while (test_bit(LKPI_NAPI_FLAG_IS_SCHEDULED, &napi->state))
		pause_sbt("napidslp", SBT_1MS, 0, C_HARDCLOCK);
}

void
linuxkpi_napi_enable(struct napi_struct *napi)
{
	stock_napi_enable(napi);
	clear_bit(LKPI_NAPI_FLAG_DISABLE_PENDING, &napi->state);
}

/* A dummy device whose NAPIs have all been deleted gets a new task queue. */
void
linuxkpi_netif_napi_add(struct net_device *ndev, struct napi_struct *napi,
    int (*poll)(struct napi_struct *, int))
{
	if (ndev->napi_tq == NULL) {
		NAPI_LOCK_INIT(ndev);
		ndev->napi_tq = taskqueue_create("tq_ndev_napi", M_WAITOK,
		    taskqueue_thread_enqueue, &ndev->napi_tq);
		taskqueue_start_threads(&ndev->napi_tq, 1, PWAIT,
		    "ndev napi taskq");
	}
	stock_netif_napi_add(ndev, napi, poll);
}

/* Returns when no poll of it runs, nor will.  Sleeps. */
void
linuxkpi_netif_napi_del(struct napi_struct *napi)
{
	struct net_device *ndev = napi->dev;
	bool last;

	mtx_lock(&gate);
	set_bit(LKPI_NAPI_FLAG_SHUTDOWN, &napi->state);
	mtx_unlock(&gate);
	while (taskqueue_cancel(ndev->napi_tq, &napi->napi_task, NULL) != 0)
		taskqueue_drain(ndev->napi_tq, &napi->napi_task);
	NAPI_LOCK(ndev);
	TAILQ_REMOVE(&ndev->napi_head, napi, entry);
	last = TAILQ_EMPTY(&ndev->napi_head);
	NAPI_UNLOCK(ndev);
	if (!last || ndev->reg_state != NETREG_DUMMY)
		return;
	taskqueue_free(ndev->napi_tq);
	ndev->napi_tq = NULL;
	NAPI_LOCK_DESTROY(ndev);
}

/* Its NAPIs go first.  Sleeps. */
void
linuxkpi_free_netdev(struct net_device *ndev)
{
	struct napi_struct *napi;

	while ((napi = TAILQ_FIRST(&ndev->napi_head)) != NULL)
		linuxkpi_netif_napi_del(napi);
	if (ndev->napi_tq != NULL)
		stock_free_netdev(ndev);
	else
		free(ndev, M_NETDEV);
}
