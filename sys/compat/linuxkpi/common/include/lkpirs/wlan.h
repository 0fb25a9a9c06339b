/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What LinuxKPI's net/cfg80211.h and net/mac80211.h have as a place holder, and
 * mt76.ko as a function.  The names are mapped to ours from here on; a kld that
 * uses them depends on mt76.  docs/mt76-names.md has the list.
 */
#ifndef _LKPIRS_WLAN_H_
#define _LKPIRS_WLAN_H_

#include <lkpirs/mt76.h>

/* Sequence numbers. */
#define	ieee80211_sn_less	lkpirs_ieee80211_sn_less
#define	ieee80211_sn_add	lkpirs_ieee80211_sn_add
#define	ieee80211_sn_inc(sn)	lkpirs_ieee80211_sn_add(sn, 1)

/* Frames. */
#define	ieee80211_is_frag(hdr)						\
	lkpirs_ieee80211_is_frag((hdr)->frame_control, (hdr)->seq_ctrl)
#define	ieee80211_is_first_frag	lkpirs_ieee80211_is_first_frag
#define	ieee80211_has_pm	lkpirs_ieee80211_has_pm
#define	ieee80211_is_robust_mgmt_frame(skb)				\
	lkpirs_ieee80211_is_robust_mgmt((skb)->data, skb_headlen(skb))
#define	ieee80211_is_bufferable_mmpdu(skb)				\
	lkpirs_ieee80211_is_bufferable((skb)->data, skb_headlen(skb))
#define	ieee80211_is_ftm(skb)						\
	lkpirs_ieee80211_is_ftm_frame((skb)->data, skb_headlen(skb))
#define	ieee80211_is_timing_measurement(skb)				\
	lkpirs_ieee80211_is_timing_frame((skb)->data, skb_headlen(skb))

/* LinuxKPI has no mesh interfaces. */
static inline bool
lkpirs_ieee80211_vif_is_mesh(const struct ieee80211_vif *vif)
{
	return (vif->type == NL80211_IFTYPE_MESH_POINT);
}
#define	ieee80211_vif_is_mesh	lkpirs_ieee80211_vif_is_mesh

/* Elements. */
#define	cfg80211_find_ie(id, ies, len)					\
	lkpirs_cfg80211_find_elem(id, ies, len, NULL, 0, 0)
#define	cfg80211_find_elem(id, ies, len)				\
	((const struct element *)cfg80211_find_ie(id, ies, len))
#define	cfg80211_find_elem_match(id, ies, len, match, match_len, offset) \
	((const struct element *)lkpirs_cfg80211_find_elem(id, ies, len, \
	    match, match_len, offset))
#define	cfg80211_find_ext_ie	lkpirs_cfg80211_find_ext_ie
#define	cfg80211_find_vendor_ie	lkpirs_cfg80211_find_vendor_ie

/* Linux counts the offset of the match from the element's start. */
static inline const u8 *
lkpirs_cfg80211_find_ie_match(u8 id, const u8 *ies, size_t len, const u8 *match,
    unsigned int match_len, unsigned int offset)
{
	if (match_len > 0 && offset < 2)
		return (NULL);
	return (lkpirs_cfg80211_find_elem(id, ies, len, match, match_len,
	    match_len > 0 ? offset - 2 : 0));
}
#define	cfg80211_find_ie_match	lkpirs_cfg80211_find_ie_match

/* Capabilities that a band has for an interface type. */
static inline const struct ieee80211_sband_iftype_data *
lkpirs_iftype_data(const struct ieee80211_supported_band *band,
    enum nl80211_iftype type)
{
	for (int i = 0; i < band->n_iftype_data; i++)
		if ((band->iftype_data[i].types_mask & BIT(type)) != 0)
			return (&band->iftype_data[i]);
	return (NULL);
}
#define	ieee80211_get_sband_iftype_data	lkpirs_iftype_data

static inline const struct ieee80211_sta_he_cap *
lkpirs_ieee80211_get_he_iftype_cap(const struct ieee80211_supported_band *band,
    enum nl80211_iftype type)
{
	const struct ieee80211_sband_iftype_data *data;

	data = lkpirs_iftype_data(band, type);
	return (data != NULL && data->he_cap.has_he ? &data->he_cap : NULL);
}
#define	ieee80211_get_he_iftype_cap	lkpirs_ieee80211_get_he_iftype_cap

static inline const struct ieee80211_sta_eht_cap *
lkpirs_ieee80211_get_eht_iftype_cap(const struct ieee80211_supported_band *band,
    enum nl80211_iftype type)
{
	const struct ieee80211_sband_iftype_data *data;

	data = lkpirs_iftype_data(band, type);
	return (data != NULL && data->eht_cap.has_eht ? &data->eht_cap : NULL);
}
#define	ieee80211_get_eht_iftype_cap	lkpirs_ieee80211_get_eht_iftype_cap

#define	ieee80211_get_he_iftype_cap_vif(band, vif)			\
	ieee80211_get_he_iftype_cap(band, ieee80211_vif_type_p2p(vif))
#define	ieee80211_get_eht_iftype_cap_vif(band, vif)			\
	ieee80211_get_eht_iftype_cap(band, ieee80211_vif_type_p2p(vif))

static inline __le16
ieee80211_get_he_6ghz_capa(const struct ieee80211_supported_band *band,
    enum nl80211_iftype type)
{
	const struct ieee80211_sband_iftype_data *data;

	data = lkpirs_iftype_data(band, type);
	return (data != NULL && data->he_cap.has_he ? data->he_6ghz_capa.capa : 0);
}
#define	ieee80211_get_he_6ghz_capa_vif(band, vif)			\
	ieee80211_get_he_6ghz_capa(band, ieee80211_vif_type_p2p(vif))

static inline void
_ieee80211_set_sband_iftype_data(struct ieee80211_supported_band *band,
    const struct ieee80211_sband_iftype_data *data, u16 n)
{
	band->iftype_data = __DECONST(struct ieee80211_sband_iftype_data *, data);
	band->n_iftype_data = n;
}
#ifndef ieee80211_set_sband_iftype_data
#define	ieee80211_set_sband_iftype_data(band, data)			\
	_ieee80211_set_sband_iftype_data(band, data, ARRAY_SIZE(data))
#endif

/* Channel definitions. */
static inline bool
lkpirs_cfg80211_chandef_valid(const struct cfg80211_chan_def *c)
{
	return (c->chan != NULL && lkpirs_chandef_valid(c->chan->center_freq,
	    c->center_freq1, c->center_freq2, c->width));
}
#define	cfg80211_chandef_valid	lkpirs_cfg80211_chandef_valid

/* Every channel must be there and allow to begin to send; where radar must be
 * looked out for, that was not done. */
static inline bool
lkpirs_cfg80211_reg_can_beacon(struct wiphy *wiphy,
    const struct cfg80211_chan_def *c, enum nl80211_iftype type __unused)
{
	struct linuxkpi_ieee80211_channel *chan;
	uint32_t freq;

	if (!lkpirs_cfg80211_chandef_valid(c))
		return (false);
	for (int i = 0; (freq = lkpirs_chandef_channel(c->center_freq1,
	    c->center_freq2, c->width, i)) != 0; i++) {
		chan = ieee80211_get_channel(wiphy, freq);
		if (chan == NULL || (chan->flags & (IEEE80211_CHAN_DISABLED |
		    IEEE80211_CHAN_NO_IR | IEEE80211_CHAN_RADAR)) != 0)
			return (false);
	}
	return (true);
}
#define	cfg80211_reg_can_beacon	lkpirs_cfg80211_reg_can_beacon

/*
 * The receive counters of a key that was just set, per TID.  LinuxKPI hands no
 * start value down from net80211, so they begin at 0: a replay check accepts
 * every first frame.
 */
static inline void
lkpirs_ieee80211_get_key_rx_seq(struct ieee80211_key_conf *key __unused,
    int tid __unused, struct ieee80211_key_seq *seq)
{
	memset(seq, 0, sizeof(*seq));
}
#define	ieee80211_get_key_rx_seq	lkpirs_ieee80211_get_key_rx_seq

/* Drop the association; net80211 looks for another. */
static inline void
lkpirs_ieee80211_disconnect(struct ieee80211_vif *vif, bool reconnect __unused)
{
	linuxkpi_ieee80211_connection_loss(vif);
}
#define	ieee80211_disconnect	lkpirs_ieee80211_disconnect
#define	ieee80211_channel_switch_disconnect	lkpirs_ieee80211_disconnect

/* Nothing to be refreshed: there are no sessions for sent frames
 * (ieee80211_start_tx_ba_session). */
#define	ieee80211_refresh_tx_agg_session_timer(sta, tid)		\
	do { (void)(sta); (void)(tid); } while (0)

#include <lkpirs/wlan_rate.h>
#include <lkpirs/wlan_absent.h>
#include <lkpirs/wlan_values.h>
#include <lkpirs/wlan_612.h>

#endif /* _LKPIRS_WLAN_H_ */
