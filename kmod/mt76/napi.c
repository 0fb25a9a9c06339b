/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which thread polls a NAPI: page_pool.ko asks, so that what is freed there
 * goes straight into the cache of the pool that the NAPI fills from.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>

#include <linux/netdevice.h>
#include <lkpirs/napi.h>

/*
 * LinuxKPI polls all NAPIs of a net_device in the one thread of its task
 * queue, so whatever runs there excludes the poll.  While the NAPI is not
 * scheduled, another thread may have the queue to itself (a reset, after
 * napi_disable()).  The net_device is there until the pool is destroyed.
 */
static bool
polled_here(const struct napi_struct *napi)
{
	struct net_device *dev;

	if (!test_bit(LKPI_NAPI_FLAG_IS_SCHEDULED, &napi->state))
		return (false);
	dev = napi->dev;
	return (dev != NULL && dev->napi_tq != NULL &&
	    taskqueue_member(dev->napi_tq, curthread));
}

static void
load(void *arg __unused)
{
	int error = lkpirs_page_pool_napi_register(polled_here);

	if (error != 0)
		printf("mt76: page_pool has another's NAPIs: %d\n", error);
}
SYSINIT(mt76_napi, SI_SUB_DRIVERS, SI_ORDER_SECOND, load, NULL);

static void
unload(void *arg __unused)
{
	lkpirs_page_pool_napi_unregister(polled_here);
}
SYSUNINIT(mt76_napi, SI_SUB_DRIVERS, SI_ORDER_SECOND, unload, NULL);
