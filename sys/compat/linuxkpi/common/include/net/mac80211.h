/* SPDX-License-Identifier: BSD-2-Clause */
/* LinuxKPI's net/mac80211.h comes with net/cfg80211.h, whichever is asked for
 * first: ours is complete after both.  So this file has no guard. */
#ifndef _LKPIRS_NET_CFG80211_H_
#include <net/cfg80211.h>
#else
#include_next <net/mac80211.h>
#endif
