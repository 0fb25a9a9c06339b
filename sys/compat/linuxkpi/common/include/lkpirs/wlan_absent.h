/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What cannot be had on LinuxKPI: the call is counted, and the first one says
 * in the log why nothing comes of it.  Functions that return an skb return
 * NULL, those with an errno the one that they have in Linux.  From
 * lkpirs/wlan.h; the reasons are in src/mt76/src/absent.rs.
 */
#ifndef _LKPIRS_WLAN_ABSENT_H_
#define _LKPIRS_WLAN_ABSENT_H_

/* The arguments are evaluated, as a function's are. */
static inline void
lkpirs_unused(int first __unused, ...)
{
}
#define	LKPIRS_ABSENT(name, ...)					\
	({ lkpirs_unused(0, __VA_ARGS__); lkpirs_absent(name); })

/* Beacons, and what an AP sends in their stead. */
#define	ieee80211_beacon_get(hw, ...)					\
	((struct sk_buff *)(intptr_t)LKPIRS_ABSENT("ieee80211_beacon_get", hw, __VA_ARGS__))
#define	ieee80211_beacon_get_template(hw, ...)				\
	((struct sk_buff *)(intptr_t)LKPIRS_ABSENT("ieee80211_beacon_get_template", hw, __VA_ARGS__))
#define	ieee80211_beacon_get_template_ema_list(hw, ...)			\
	((struct ieee80211_ema_beacons *)(intptr_t)LKPIRS_ABSENT("ieee80211_beacon_get_template_ema_list", hw, __VA_ARGS__))
#define	ieee80211_beacon_free_ema_list(list)				\
	((void)LKPIRS_ABSENT("ieee80211_beacon_free_ema_list", list))
#define	ieee80211_proberesp_get(hw, vif)				\
	((struct sk_buff *)(intptr_t)LKPIRS_ABSENT("ieee80211_proberesp_get", hw, vif))
#define	ieee80211_get_fils_discovery_tmpl(hw, vif)			\
	((struct sk_buff *)(intptr_t)LKPIRS_ABSENT("ieee80211_get_fils_discovery_tmpl", hw, vif))
#define	ieee80211_get_unsol_bcast_probe_resp_tmpl(hw, vif)		\
	((struct sk_buff *)(intptr_t)LKPIRS_ABSENT("ieee80211_get_unsol_bcast_probe_resp_tmpl", hw, vif))

/* A count-down is part of a beacon: without one it never ends. */
#define	ieee80211_beacon_set_cntdwn(vif, counter)			\
	((void)LKPIRS_ABSENT("ieee80211_beacon_set_cntdwn", vif, counter))
#define	ieee80211_beacon_update_cntdwn(vif, ...)			\
	((u8)LKPIRS_ABSENT("ieee80211_beacon_update_cntdwn", vif, ##__VA_ARGS__))
#define	ieee80211_beacon_cntdwn_is_complete(vif, ...)			\
	({ lkpirs_unused(0, vif, ##__VA_ARGS__); false; })
#define	ieee80211_csa_is_complete(vif)	ieee80211_beacon_cntdwn_is_complete(vif)
#define	ieee80211_csa_finish(vif, ...)					\
	((void)LKPIRS_ABSENT("ieee80211_csa_finish", vif, ##__VA_ARGS__))
#define	ieee80211_color_change_finish(vif, ...)				\
	((void)LKPIRS_ABSENT("ieee80211_color_change_finish", vif, ##__VA_ARGS__))
#define	ieee80211_obss_color_collision_notify(vif, ...)			\
	((void)LKPIRS_ABSENT("ieee80211_obss_color_collision_notify", vif, __VA_ARGS__))

/* An AP's clients that sleep. */
#define	ieee80211_sta_block_awake(hw, sta, block)			\
	((void)LKPIRS_ABSENT("ieee80211_sta_block_awake", hw, sta, block))
#define	ieee80211_sta_ps_transition(sta, start)				\
	LKPIRS_ABSENT("ieee80211_sta_ps_transition", sta, start)
#define	ieee80211_sta_pspoll(sta)					\
	((void)LKPIRS_ABSENT("ieee80211_sta_pspoll", sta))
#define	ieee80211_sta_uapsd_trigger(sta, tid)				\
	((void)LKPIRS_ABSENT("ieee80211_sta_uapsd_trigger", sta, tid))
#define	ieee80211_sta_eosp(sta)						\
	((void)LKPIRS_ABSENT("ieee80211_sta_eosp", sta))
#define	ieee80211_sta_set_buffered(sta, tid, buffered)			\
	((void)LKPIRS_ABSENT("ieee80211_sta_set_buffered", sta, tid, buffered))

/* Aggregation of sent frames: -EINVAL, as of a station without HT. */
#define	ieee80211_start_tx_ba_session(sta, tid, timeout)		\
	LKPIRS_ABSENT("ieee80211_start_tx_ba_session", sta, tid, timeout)
#define	ieee80211_stop_tx_ba_session(sta, tid)				\
	LKPIRS_ABSENT("ieee80211_stop_tx_ba_session", sta, tid)
#define	ieee80211_start_tx_ba_cb_irqsafe(vif, ra, tid)			\
	((void)LKPIRS_ABSENT("ieee80211_start_tx_ba_cb_irqsafe", vif, ra, tid))
#define	ieee80211_stop_tx_ba_cb_irqsafe(vif, ra, tid)			\
	((void)LKPIRS_ABSENT("ieee80211_stop_tx_ba_cb_irqsafe", vif, ra, tid))
#undef	ieee80211_send_bar
#define	ieee80211_send_bar(vif, ra, tid, ssn)				\
	((void)LKPIRS_ABSENT("ieee80211_send_bar", vif, ra, tid, ssn))

/* What the firmware sees and net80211 does not ask for. */
#define	ieee80211_sta_register_airtime(sta, tid, tx, rx)		\
	((void)LKPIRS_ABSENT("ieee80211_sta_register_airtime", sta, tid, tx, rx))
#define	ieee80211_cqm_rssi_notify(vif, ...)				\
	((void)LKPIRS_ABSENT("ieee80211_cqm_rssi_notify", vif, __VA_ARGS__))
#define	ieee80211_radar_detected(hw, ...)				\
	((void)LKPIRS_ABSENT("ieee80211_radar_detected", hw, ##__VA_ARGS__))
#define	cfg80211_background_radar_event(wiphy, chandef, gfp)		\
	((void)LKPIRS_ABSENT("cfg80211_background_radar_event", wiphy, chandef, gfp))
#define	cfg80211_bss_iter(wiphy, chandef, iter, data)			\
	((void)LKPIRS_ABSENT("cfg80211_bss_iter", wiphy, chandef, iter, data))
#define	ieee80211_sched_scan_results(hw)				\
	((void)LKPIRS_ABSENT("ieee80211_sched_scan_results", hw))
#define	ieee80211_sched_scan_stopped(hw)				\
	((void)LKPIRS_ABSENT("ieee80211_sched_scan_stopped", hw))
#define	ieee80211_ready_on_channel(hw)					\
	((void)LKPIRS_ABSENT("ieee80211_ready_on_channel", hw))
#define	ieee80211_remain_on_channel_expired(hw)				\
	((void)LKPIRS_ABSENT("ieee80211_remain_on_channel_expired", hw))

static inline struct sk_buff *
lkpirs_ieee80211_beacon_get_tim(struct ieee80211_hw *hw __unused,
    struct ieee80211_vif *vif __unused, u16 *tim_offset, u16 *tim_length,
    unsigned int link_id __unused)
{
	if (tim_offset != NULL)
		*tim_offset = 0;
	if (tim_length != NULL)
		*tim_length = 0;
	lkpirs_absent("ieee80211_beacon_get_tim");
	return (NULL);
}
#define	ieee80211_beacon_get_tim	lkpirs_ieee80211_beacon_get_tim

#endif /* _LKPIRS_WLAN_ABSENT_H_ */
