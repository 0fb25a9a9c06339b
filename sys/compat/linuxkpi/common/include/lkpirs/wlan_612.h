/* SPDX-License-Identifier: BSD-2-Clause */
/* 802.11 in Linux 6.12 and not in LinuxKPI.  From lkpirs/wlan.h. */
#ifndef _LKPIRS_WLAN_612_H_
#define _LKPIRS_WLAN_612_H_

#ifndef IEEE80211_FCTL_MOREDATA
#define	IEEE80211_FCTL_MOREDATA		0x2000
#endif
#ifndef IEEE80211_STYPE_DATA
#define	IEEE80211_STYPE_DATA		IEEE80211_FC0_SUBTYPE_DATA
#endif
#ifndef IEEE80211_SN_TO_SEQ
#define	IEEE80211_SN_TO_SEQ(sn)						\
	(((sn) << IEEE80211_SEQ_SEQ_SHIFT) & IEEE80211_SEQ_SEQ_MASK)
#endif
#define	IEEE80211_HT_OP_MODE_NON_GF_STA_PRSNT	0x0004
#define	IEEE80211_MLD_CAP_OP_MAX_SIMUL_LINKS	0x000f

struct ieee80211_he_6ghz_capa {
	__le16	capa;
} __packed;

/* Values that LinuxKPI's enums leave free. */
#define	IEEE80211_REG_UNSET_AP	((enum ieee80211_reg_ap_power)-1)
#define	IEEE80211_TX_CTL_NO_PS_BUFFER	((enum ieee80211_tx_info_flags)BIT(21))
#define	IEEE80211_TX_CTRL_DONT_USE_RATE_MASK				\
	((enum ieee80211_tx_control_flags)BIT(3))

/* LEDs blink for nobody, as in a Linux without CONFIG_MAC80211_LEDS. */
#define	IEEE80211_TPT_LEDTRIG_FL_RADIO	BIT(0)
struct ieee80211_tpt_blink {
	int	throughput;
	int	blink_time;
};
static inline const char *
ieee80211_create_tpt_led_trigger(struct ieee80211_hw *hw __unused,
    unsigned int flags __unused, const struct ieee80211_tpt_blink *table __unused,
    unsigned int len __unused)
{
	return (NULL);
}

/* Every link that is valid may be used. */
static inline u16
ieee80211_vif_usable_links(const struct ieee80211_vif *vif)
{
	return (vif->valid_links);
}
#define	ieee80211_set_active_links_async(vif, links)			\
	((void)LKPIRS_ABSENT("ieee80211_set_active_links_async", vif, links))

/* Of a type, or NULL. */
static inline const struct wiphy_iftype_ext_capab *
cfg80211_get_iftype_ext_capa(struct wiphy *wiphy, enum nl80211_iftype type)
{
	for (int i = 0; i < wiphy->num_iftype_ext_capab; i++)
		if (wiphy->iftype_ext_capab[i].iftype == type)
			return (&wiphy->iftype_ext_capab[i]);
	return (NULL);
}

#ifdef KBUILD_MODNAME
/* For drivers alone: these headers have names that the kernel has too. */
#include <lkpirs/linux_612.h>
#endif

#endif /* _LKPIRS_WLAN_612_H_ */
