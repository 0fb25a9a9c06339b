/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LinuxKPI's linux/netdevice.h, and what NAPI drivers miss there.  Its
 * net_device has no ifnet: frames reach net80211 by ieee80211_rx_list(), which
 * leaves none on its list.
 */
#ifndef _LKPIRS_LINUX_NETDEVICE_H_
#define _LKPIRS_LINUX_NETDEVICE_H_

#include_next <linux/netdevice.h>
#include <linux/skbuff.h>
#include <lkpirs/mt76.h>

#ifndef NET_RX_SUCCESS
#define	NET_RX_SUCCESS	0
#define	NET_RX_DROP	1
#endif

enum gro_result {
	GRO_MERGED,
	GRO_MERGED_FREE,
	GRO_HELD,
	GRO_NORMAL,
	GRO_CONSUMED,
};
typedef enum gro_result gro_result_t;

/* Frees the frame: there is nobody to take it. */
static inline gro_result_t
lkpirs_napi_gro_receive(struct napi_struct *napi __unused, struct sk_buff *skb)
{
	lkpirs_absent("napi_gro_receive");
	kfree_skb(skb);
	return (GRO_CONSUMED);
}
#define	napi_gro_receive	lkpirs_napi_gro_receive

/* The same for all on the list. */
static inline void
lkpirs_netif_receive_skb_list(struct list_head *head)
{
	struct sk_buff *skb, *next;

	if (list_empty(head))
		return;
	lkpirs_absent("netif_receive_skb_list");
	list_for_each_entry_safe(skb, next, head, list) {
		skb_list_del_init(skb);
		kfree_skb(skb);
	}
}
#define	netif_receive_skb_list	lkpirs_netif_receive_skb_list

/* LinuxKPI always polls in a thread. */
static inline int
lkpirs_dev_set_threaded(struct net_device *ndev, bool threaded)
{
	ndev->threaded = threaded;
	return (0);
}
#define	dev_set_threaded	lkpirs_dev_set_threaded

/* 64 frames a poll are LinuxKPI's only weight. */
#define	netif_napi_add_weight(ndev, napi, poll, weight)			\
	netif_napi_add(ndev, napi, poll)

static inline void
lkpirs_dummy_setup(struct net_device *ndev __unused)
{
}
/* A net_device for its NAPIs alone, with size bytes of netdev_priv(); NULL
 * without memory.  free_netdev() frees it. */
static inline struct net_device *
alloc_netdev_dummy(int size)
{
	return (linuxkpi_alloc_netdev(size, "dummy", 0, lkpirs_dummy_setup));
}

#ifndef NETIF_F_HW_TC
#define	NETIF_F_HW_TC	0	/* no offload of traffic control */
#endif
enum tc_setup_type;

#endif /* _LKPIRS_LINUX_NETDEVICE_H_ */
