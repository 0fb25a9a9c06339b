/* SPDX-License-Identifier: BSD-2-Clause */
/* NAPIs, and net_devices to hang them on, as LinuxKPI has them: src/napi.c.
 * Our own linux/netdevice.h, which includes this, has the rest. */
#ifndef _HOSTED_LINUX_NETDEVICE_H_
#define _HOSTED_LINUX_NETDEVICE_H_

#include <linux/bitops.h>
#include <linux/skbuff.h>
#include <sys/taskqueue.h>
#include <sys/socket.h>
#include <net/if.h>

#define	NAPI_POLL_WEIGHT	64

struct napi_struct {
	struct net_device *dev;
	int		(*poll)(struct napi_struct *, int budget);
	unsigned long	state;
#define	LKPI_NAPI_FLAG_DISABLED		0
#define	LKPI_NAPI_FLAG_IS_SCHEDULED	1
#define	LKPI_NAPI_FLAG_AGAIN		2	/* scheduled while it ran */
	struct task	task;
	uint64_t	polls, polled;		/* calls, and what they returned */
};

struct net_device {
	char		name[IFNAMSIZ];
	bool		threaded;
	struct taskqueue *napi_tq;	/* one thread: it polls all NAPIs */
	unsigned int	napis;
	uint8_t		drv_priv[] __aligned(CACHE_LINE_SIZE);
};

/* NULL without memory.  Both sleep. */
struct net_device *linuxkpi_alloc_netdev(size_t priv, const char *name,
	    unsigned int flags, void (*setup)(struct net_device *));
void	linuxkpi_free_netdev(struct net_device *);
#define	free_netdev(dev)	linuxkpi_free_netdev(dev)

static inline void *
netdev_priv(struct net_device *dev)
{
	return (dev->drv_priv);
}

/* A NAPI is disabled when it is added, and before it is deleted. */
void	netif_napi_add(struct net_device *, struct napi_struct *,
	    int (*poll)(struct napi_struct *, int));
#define	netif_napi_add_tx(dev, napi, poll)	netif_napi_add(dev, napi, poll)
void	netif_napi_del(struct napi_struct *);
void	napi_enable(struct napi_struct *);
/* When it returns the NAPI is not polled and will not be.  Sleeps. */
void	napi_disable(struct napi_struct *);
/* Has it polled: any thread.  Nothing while it is disabled. */
void	napi_schedule(struct napi_struct *);
/* Of the poll itself: false if it has to go on. */
bool	napi_complete(struct napi_struct *);

#endif /* _HOSTED_LINUX_NETDEVICE_H_ */
