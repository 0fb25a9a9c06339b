/* SPDX-License-Identifier: BSD-2-Clause */
/* LinuxKPI's net/cfg80211.h and, through its last line, net/mac80211.h; then
 * what both lack. */
#ifndef _LKPIRS_NET_CFG80211_H_
#define _LKPIRS_NET_CFG80211_H_

#include_next <net/cfg80211.h>
#include <lkpirs/wlan.h>

#endif /* _LKPIRS_NET_CFG80211_H_ */
