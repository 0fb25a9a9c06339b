// SPDX-License-Identifier: BSD-2-Clause
//! What mt76 may call and FreeBSD cannot do. A call is counted and, the first
//! time, logged; the caller gets the errno that the function has for it in
//! Linux, or nothing where it returns nothing.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use kpi::errno::{LinuxErr, EINVAL};

/// A function that is not there.
pub struct Absent {
    /// Linux's name.
    pub name: &'static str,
    /// What a function that returns an errno returns.
    pub errno: Option<LinuxErr>,
    /// Why it cannot be had; one line of the log.
    pub why: &'static str,
    calls: AtomicU32,
}

const NO_AP: &str = "LinuxKPI has stations only: there is no beacon, no sleeping client";
const NO_BA: &str = "LinuxKPI does not pass aggregation of sent frames on to net80211";
const NO_DFS: &str = "net80211 watches for radar itself, and not for LinuxKPI";
const NO_SCHED: &str = "net80211 has no scans that the firmware repeats by itself";
const NO_SCAN: &str = "net80211's scan results are its own: none are looked at";
const NO_ROC: &str = "LinuxKPI does not ask for other channels: nobody waits";
const NO_CQM: &str = "net80211 watches the signal by itself";
const NO_AIRTIME: &str = "LinuxKPI's queues take turns by frames, not by time on the air";
const NO_IFNET: &str = "LinuxKPI's net_device has no ifnet: frames go up by ieee80211_rx_list() alone";

const fn void(name: &'static str, why: &'static str) -> Absent {
    Absent { name, errno: None, why, calls: AtomicU32::new(0) }
}

const fn fails(name: &'static str, errno: LinuxErr, why: &'static str) -> Absent {
    Absent { name, errno: Some(errno), why, calls: AtomicU32::new(0) }
}

/// All of them, by name.
pub static TABLE: [Absent; 37] = [
    void("cfg80211_background_radar_event", NO_DFS),
    void("cfg80211_bss_iter", NO_SCAN),
    void("ieee80211_beacon_free_ema_list", NO_AP),
    void("ieee80211_beacon_get", NO_AP),
    void("ieee80211_beacon_get_template", NO_AP),
    void("ieee80211_beacon_get_template_ema_list", NO_AP),
    void("ieee80211_beacon_get_tim", NO_AP),
    void("ieee80211_beacon_set_cntdwn", NO_AP),
    void("ieee80211_beacon_update_cntdwn", NO_AP),
    void("ieee80211_color_change_finish", NO_AP),
    void("ieee80211_cqm_rssi_notify", NO_CQM),
    void("ieee80211_csa_finish", NO_AP),
    void("ieee80211_get_fils_discovery_tmpl", NO_AP),
    void("ieee80211_get_unsol_bcast_probe_resp_tmpl", NO_AP),
    void("ieee80211_obss_color_collision_notify", NO_AP),
    void("ieee80211_proberesp_get", NO_AP),
    void("ieee80211_radar_detected", NO_DFS),
    void("ieee80211_ready_on_channel", NO_ROC),
    void("ieee80211_remain_on_channel_expired", NO_ROC),
    void("ieee80211_sched_scan_results", NO_SCHED),
    void("ieee80211_sched_scan_stopped", NO_SCHED),
    void("ieee80211_send_bar", NO_BA),
    void("ieee80211_set_active_links_async", "LinuxKPI has one link an interface"),
    void("ieee80211_sta_block_awake", NO_AP),
    void("ieee80211_sta_eosp", NO_AP),
    void("ieee80211_sta_ps_transition", NO_AP),
    void("ieee80211_sta_pspoll", NO_AP),
    void("ieee80211_sta_register_airtime", NO_AIRTIME),
    void("ieee80211_sta_set_buffered", NO_AP),
    void("ieee80211_sta_uapsd_trigger", NO_AP),
    void("ieee80211_start_tx_ba_cb_irqsafe", NO_BA),
    fails("ieee80211_start_tx_ba_session", EINVAL, NO_BA),
    void("ieee80211_stop_tx_ba_cb_irqsafe", NO_BA),
    fails("ieee80211_stop_tx_ba_session", EINVAL, NO_BA),
    void("mt7996_debugfs_rx_fw_monitor", "FreeBSD's mt7996 is built without its debugfs.c"),
    void("napi_gro_receive", NO_IFNET),
    void("netif_receive_skb_list", NO_IFNET),
];

/// The function of this name.
pub fn find(name: &[u8]) -> Option<&'static Absent> {
    TABLE.binary_search_by(|a| a.name.as_bytes().cmp(name)).ok().map(|i| &TABLE[i])
}

impl Absent {
    /// Count a call; whether it is the first. Any context.
    pub fn call(&self) -> bool {
        // A counter that wraps would log once more.
        self.calls.fetch_update(Relaxed, Relaxed, |n| n.checked_add(1)).is_ok_and(|n| n == 0)
    }

    /// Calls so far.
    pub fn calls(&self) -> u32 {
        self.calls.load(Relaxed)
    }

    /// What the C function returns.
    pub fn returns(&self) -> i32 {
        self.errno.map_or(0, LinuxErr::to_linux)
    }
}
