/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of test modes, which are not built. */
#ifndef _HOSTED_NET_NETLINK_H_
#define _HOSTED_NET_NETLINK_H_

struct nla_policy {
	int	unused;
};
struct nlattr;
struct netlink_callback;

#endif /* _HOSTED_NET_NETLINK_H_ */
