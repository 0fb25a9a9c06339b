/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_ETHERDEVICE_H_
#define _HOSTED_LINUX_ETHERDEVICE_H_

#include <linux/types.h>
#include <sys/libkern.h>

#ifndef ETH_ALEN
#define	ETH_ALEN	6
#endif

static const u8 rfc1042_header[6] __unused = { 0xaa, 0xaa, 3, 0, 0, 0 };

static inline bool
ether_addr_equal(const u8 *a, const u8 *b)
{
	return (memcmp(a, b, ETH_ALEN) == 0);
}

static inline bool
is_multicast_ether_addr(const u8 *a)
{
	return ((a[0] & 1) != 0);
}

static inline bool
is_valid_ether_addr(const u8 *a)
{
	return (!is_multicast_ether_addr(a) &&
	    (a[0] | a[1] | a[2] | a[3] | a[4] | a[5]) != 0);
}

/* Locally administered, of one station. */
static inline void
eth_random_addr(u8 *a)
{
	arc4rand(a, ETH_ALEN, 0);
	a[0] = (a[0] & 0xfe) | 2;
}

#endif /* _HOSTED_LINUX_ETHERDEVICE_H_ */
