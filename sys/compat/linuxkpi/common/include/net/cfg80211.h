/* SPDX-License-Identifier: BSD-2-Clause */
/* LinuxKPI's net/cfg80211.h and, through its last line, net/mac80211.h; then
 * what both lack. */
#ifndef _LKPIRS_NET_CFG80211_H_
#define _LKPIRS_NET_CFG80211_H_

#include_next <net/cfg80211.h>
/* FreeBSD 13 has no mt76 drivers. */
#if __FreeBSD_version >= 1400000
#include <lkpirs/wlan.h>
#endif

#endif /* _LKPIRS_NET_CFG80211_H_ */
