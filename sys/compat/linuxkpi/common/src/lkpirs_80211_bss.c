/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part of linux_80211.c: what a driver is told of its BSS's channel and of scans.
 */

/*
 * Channel contexts.  The tree's file makes one for each association, and knows
 * it again only if the driver has taken it; that of a driver without such
 * operations is lost.  The interface keeps the address of what was freed, and
 * that of its node's BSSID, which goes with the node.
 */
static const uint8_t no_bssid[ETH_ALEN];

static void
tell_bss(struct ieee80211_hw *hw, struct ieee80211_vif *vif,
    struct ieee80211_bss_conf *conf, uint64_t changed)
{
	if (HW_TO_LHW(hw)->ops->assign_vif_chanctx == NULL)
		vif->chanctx_conf = vif->bss_conf.chanctx_conf;
	lkpi_80211_mo_bss_info_changed(hw, vif, conf, changed);
}

/* At the end of an association, while there is a node. */
static void
unassign_chanctx(struct ieee80211_hw *hw, struct ieee80211_vif *vif)
{
	lkpi_80211_mo_unassign_vif_chanctx(hw, vif, &vif->bss_conf,
	    &vif->chanctx_conf);
	vif->chanctx_conf = vif->bss_conf.chanctx_conf = NULL;
	vif->bss_conf.bssid = no_bssid;
}

/*
 * Scans by net80211.  The tree's file looks for a mark that only scans by the
 * firmware have, so a driver that was told of the begin never hears of the end.
 */
#define	SW_SCAN	(1u << 31)

static void
begin_scan(struct ieee80211_hw *hw, struct ieee80211_vif *vif, const u8 *addr)
{
	struct lkpi_hw *lhw = HW_TO_LHW(hw);

	LKPI_80211_LHW_SCAN_LOCK(lhw);
	lhw->scan_flags |= SW_SCAN;
	LKPI_80211_LHW_SCAN_UNLOCK(lhw);
	lkpi_80211_mo_sw_scan_start(hw, vif, addr);
}

static void
lkpi_ic_scan_end(struct ieee80211com *ic)
{
	struct lkpi_hw *lhw = ic->ic_softc;
	struct ieee80211vap *vap = ic->ic_scan->ss_vap;
	bool begun;

	LKPI_80211_LHW_SCAN_LOCK(lhw);
	begun = (lhw->scan_flags & SW_SCAN) != 0;
	lhw->scan_flags &= ~SW_SCAN;
	LKPI_80211_LHW_SCAN_UNLOCK(lhw);
	if (!begun)
		return;
	lkpi_80211_mo_sw_scan_complete(LHW_TO_HW(lhw),
	    LVIF_TO_VIF(VAP_TO_LVIF(vap)));
	if (vap->iv_state == IEEE80211_S_SCAN)
		lkpi_hw_conf_idle(LHW_TO_HW(lhw), true);
}
