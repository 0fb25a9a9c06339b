/* SPDX-License-Identifier: BSD-2-Clause */
/* NAPIs: tasks of the one thread of their net_device. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/priority.h>
#include <sys/taskqueue.h>

#include <linux/netdevice.h>
#include <linux/slab.h>

#define	SCHEDULED	BIT(LKPI_NAPI_FLAG_IS_SCHEDULED)
#define	DISABLED	BIT(LKPI_NAPI_FLAG_DISABLED)
#define	AGAIN		BIT(LKPI_NAPI_FLAG_AGAIN)

struct net_device *
linuxkpi_alloc_netdev(size_t priv, const char *name, unsigned int flags __unused,
    void (*setup)(struct net_device *))
{
	struct net_device *dev = kzalloc(sizeof(*dev) + priv, GFP_KERNEL);

	strlcpy(dev->name, name, sizeof(dev->name));
	setup(dev);
	dev->napi_tq = taskqueue_create("napi", M_WAITOK,
	    taskqueue_thread_enqueue, &dev->napi_tq);
	if (taskqueue_start_threads(&dev->napi_tq, 1, PWAIT, "napi") != 0) {
		taskqueue_free(dev->napi_tq);
		kfree(dev);
		return (NULL);
	}
	return (dev);
}

void
linuxkpi_free_netdev(struct net_device *dev)
{
	WARN_ON(dev->napis != 0);
	taskqueue_free(dev->napi_tq);
	kfree(dev);
}

static void
run(void *arg, int pending __unused)
{
	struct napi_struct *napi = arg;
	u_long v;
	int n;

	/* It may have been completed, and queued once too often. */
	if (!test_bit(LKPI_NAPI_FLAG_IS_SCHEDULED, &napi->state))
		return;
	n = napi->poll(napi, NAPI_POLL_WEIGHT);
	WARN_ON(n < 0 || n > NAPI_POLL_WEIGHT);
	napi->polls++;
	napi->polled += n;
	for (;;) {
		v = READ_ONCE(napi->state);
		if ((v & SCHEDULED) == 0)
			return;
		if ((v & DISABLED) == 0)
			break;
		if (atomic_cmpset_long(&napi->state, v, v & ~(SCHEDULED | AGAIN)))
			return;
	}
	taskqueue_enqueue(napi->dev->napi_tq, &napi->task);
}

void
netif_napi_add(struct net_device *dev, struct napi_struct *napi,
    int (*poll)(struct napi_struct *, int))
{
	memset(napi, 0, sizeof(*napi));
	napi->dev = dev;
	napi->poll = poll;
	napi->state = DISABLED;
	TASK_INIT(&napi->task, 0, run, napi);
	dev->napis++;
}

/* Of one that was disabled. */
void
netif_napi_del(struct napi_struct *napi)
{
	if (napi->dev == NULL)
		return;
	set_bit(LKPI_NAPI_FLAG_DISABLED, &napi->state);
	taskqueue_drain(napi->dev->napi_tq, &napi->task);
	napi->dev->napis--;
	napi->dev = NULL;
}

void
napi_enable(struct napi_struct *napi)
{
	WARN_ON((napi->state & DISABLED) == 0);
	clear_bit(LKPI_NAPI_FLAG_DISABLED, &napi->state);
}

void
napi_disable(struct napi_struct *napi)
{
	set_bit(LKPI_NAPI_FLAG_DISABLED, &napi->state);
	while (test_bit(LKPI_NAPI_FLAG_IS_SCHEDULED, &napi->state))
		pause_sbt("napioff", 50 * SBT_1US, 0, C_HARDCLOCK);
	/* The poll has been completed, but may not have returned. */
	if (napi->dev != NULL)
		taskqueue_drain(napi->dev->napi_tq, &napi->task);
}

void
napi_schedule(struct napi_struct *napi)
{
	u_long v;

	do {
		v = READ_ONCE(napi->state);
		if ((v & DISABLED) != 0)
			return;
	} while (!atomic_cmpset_long(&napi->state, v, v | SCHEDULED |
	    ((v & SCHEDULED) != 0 ? AGAIN : 0)));
	if ((v & SCHEDULED) == 0)
		taskqueue_enqueue(napi->dev->napi_tq, &napi->task);
}

bool
napi_complete(struct napi_struct *napi)
{
	u_long v;

	do {
		v = READ_ONCE(napi->state);
	} while (!atomic_cmpset_long(&napi->state, v, (v & AGAIN) != 0 ?
	    v & ~AGAIN : v & ~SCHEDULED));
	return ((v & AGAIN) == 0);
}
