/* SPDX-License-Identifier: BSD-2-Clause */
/* Rates: LinuxKPI's structures to and from mt76.ko's.  From lkpirs/wlan.h. */
#ifndef _LKPIRS_WLAN_RATE_H_
#define _LKPIRS_WLAN_RATE_H_

/* The crate's numbers. */
_Static_assert(RX_ENC_LEGACY == 0 && RX_ENC_HT == 1 && RX_ENC_VHT == 2 &&
    RX_ENC_HE == 3 && RX_ENC_EHT == 4, "enum mac80211_rx_encoding");
_Static_assert(RATE_INFO_BW_20 == 0 && RATE_INFO_BW_5 == 1 &&
    RATE_INFO_BW_10 == 2 && RATE_INFO_BW_40 == 3 && RATE_INFO_BW_80 == 4 &&
    RATE_INFO_BW_160 == 5 && RATE_INFO_BW_HE_RU == 6 &&
    RATE_INFO_BW_320 == 7 && RATE_INFO_BW_EHT_RU == 8, "enum rate_info_bw");
_Static_assert(NL80211_RATE_INFO_HE_GI_0_8 == 0 &&
    NL80211_RATE_INFO_HE_GI_3_2 == 2 && NL80211_RATE_INFO_EHT_GI_3_2 == 2 &&
    NL80211_RATE_INFO_HE_RU_ALLOC_2x996 == 6 &&
    NL80211_RATE_INFO_EHT_RU_ALLOC_4x996 == 15, "nl80211's units and guards");
_Static_assert(NL80211_CHAN_WIDTH_20_NOHT == 0 && NL80211_CHAN_WIDTH_20 == 1 &&
    NL80211_CHAN_WIDTH_40 == 2 && NL80211_CHAN_WIDTH_80 == 3 &&
    NL80211_CHAN_WIDTH_80P80 == 4 && NL80211_CHAN_WIDTH_160 == 5 &&
    NL80211_CHAN_WIDTH_5 == 6 && NL80211_CHAN_WIDTH_10 == 7 &&
    NL80211_CHAN_WIDTH_320 == 8, "enum nl80211_chan_width");

/* In 100 kbit/s; 0 for what there is not. */
static inline uint32_t
lkpirs_cfg80211_calculate_bitrate(const struct rate_info *info)
{
	struct lkpirs_rate r = {
		.legacy = info->legacy,
		.bw = info->bw,
		.mcs = info->mcs,
		.nss = info->nss,
	};

	if ((info->flags & RATE_INFO_FLAGS_EHT_MCS) != 0) {
		/* This rate_info has no eht_ru_alloc. */
		r.encoding = RX_ENC_EHT;
		r.gi = info->eht_gi;
	} else if ((info->flags & RATE_INFO_FLAGS_HE_MCS) != 0) {
		r.encoding = RX_ENC_HE;
		r.gi = info->he_gi;
		r.ru = info->he_ru_alloc;
		r.dcm = info->he_dcm;
	} else {
		r.gi = (info->flags & RATE_INFO_FLAGS_SHORT_GI) != 0;
		if ((info->flags & RATE_INFO_FLAGS_VHT_MCS) != 0)
			r.encoding = RX_ENC_VHT;
		else if ((info->flags & RATE_INFO_FLAGS_MCS) != 0)
			r.encoding = RX_ENC_HT;
	}
	return (lkpirs_bitrate(&r));
}
#define	cfg80211_calculate_bitrate	lkpirs_cfg80211_calculate_bitrate

/* Microseconds that a frame of this length was on the air; 0 if the status
 * says nothing that makes sense. */
static inline uint32_t
lkpirs_ieee80211_calc_rx_airtime(struct ieee80211_hw *hw,
    const struct ieee80211_rx_status *status, int len)
{
	const struct ieee80211_supported_band *band;
	struct lkpirs_rate r = {
		.encoding = status->encoding,
		.bw = status->bw,
		.mcs = status->rate_idx,
		.nss = status->nss,
		.two_ghz = status->band == NL80211_BAND_2GHZ,
		.short_preamble = (status->enc_flags & RX_ENC_FLAG_SHORTPRE) != 0,
		.greenfield = (status->enc_flags & RX_ENC_FLAG_HT_GF) != 0,
	};

	if (len <= 0 || status->band >= NUM_NL80211_BANDS)
		return (0);
	switch (status->encoding) {
	case RX_ENC_LEGACY:
		band = hw->wiphy->bands[status->band];
		if (band == NULL || status->rate_idx >= band->n_bitrates)
			return (0);
		r.legacy = band->bitrates[status->rate_idx].bitrate;
		break;
	case RX_ENC_HT:
	case RX_ENC_VHT:
		r.gi = (status->enc_flags & RX_ENC_FLAG_SHORT_GI) != 0;
		break;
	case RX_ENC_HE:
		r.gi = status->he_gi;
		r.ru = status->he_ru;
		r.dcm = status->he_dcm;
		break;
	case RX_ENC_EHT:
		r.gi = status->eht.gi;
		r.ru = status->eht.ru;
		break;
	}
	return (lkpirs_airtime(&r, len));
}
#define	ieee80211_calc_rx_airtime	lkpirs_ieee80211_calc_rx_airtime

/* The slowest rate of a band that the station takes; the band's first one if
 * it says nothing. */
static inline int
lkpirs_rate_lowest_index(const struct ieee80211_supported_band *band,
    const struct ieee80211_sta *sta)
{
	for (int i = 0; sta != NULL && i < MIN(band->n_bitrates, 32); i++)
		if ((sta->deflink.supp_rates[band->band] & BIT(i)) != 0)
			return (i);
	return (0);
}
#define	rate_lowest_index	lkpirs_rate_lowest_index

/*
 * The rates for a frame: of a data frame, those that the driver set for the
 * station; of others the slowest one.  What is left has index -1, which in
 * LinuxKPI's unsigned idx reads 255.
 */
static inline void
lkpirs_ieee80211_get_tx_rates(struct ieee80211_vif *vif __unused,
    struct ieee80211_sta *sta, struct sk_buff *skb,
    struct ieee80211_tx_rate *dest, int n)
{
	const struct ieee80211_hdr *hdr = (const void *)skb->data;
	const struct ieee80211_sta_rates *rates;
	int i = 0;

	rates = sta != NULL ? sta->rates : NULL;
	if (rates != NULL && skb_headlen(skb) >= 2 &&
	    ieee80211_is_data(hdr->frame_control))
		for (; i < MIN(n, (int)nitems(rates->rate)); i++) {
			if (rates->rate[i].idx < 0)
				break;
			dest[i].idx = rates->rate[i].idx;
			dest[i].flags = rates->rate[i].flags;
			dest[i].count = 1;
		}
	if (i == 0 && n > 0) {
		/* The first basic rate is index 0 in every band of these
		 * drivers; the station may not take it. */
		dest[0].idx = sta == NULL ? 0 :
		    MAX(ffs(sta->deflink.supp_rates[IEEE80211_SKB_CB(skb)->band %
		    NUM_NL80211_BANDS]), 1) - 1;
		dest[0].flags = 0;
		dest[0].count = 1;
		i = 1;
	}
	for (; i < n; i++) {
		dest[i].idx = -1;
		dest[i].flags = 0;
		dest[i].count = 0;
	}
}
#define	ieee80211_get_tx_rates	lkpirs_ieee80211_get_tx_rates

/* An index of a rate with a VHT MCS: the streams but one above four bits of
 * MCS. */
static inline void
lkpirs_ieee80211_rate_set_vht(struct ieee80211_tx_rate *rate, u8 mcs, u8 nss)
{
	rate->idx = (nss - 1) << 4 | (mcs & 0xf);
}
#define	ieee80211_rate_set_vht	lkpirs_ieee80211_rate_set_vht
#define	ieee80211_rate_get_vht_mcs(rate)	((u8)((rate)->idx & 0xf))
#define	ieee80211_rate_get_vht_nss(rate)	((u8)(((rate)->idx >> 4) + 1))

#endif /* _LKPIRS_WLAN_RATE_H_ */
