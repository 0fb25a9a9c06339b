/* SPDX-License-Identifier: BSD-2-Clause */
/* 802.11 by LinuxKPI's structures; src/mt76 has the tests of the logic. */
#include "cases.h"

void
test_capabilities(struct test *t)
{
	struct ieee80211_sband_iftype_data data[2] = {
		{ .types_mask = BIT(NL80211_IFTYPE_STATION) },
		{ .types_mask = BIT(NL80211_IFTYPE_AP) | BIT(NL80211_IFTYPE_P2P_GO) },
	};
	struct ieee80211_supported_band band = { 0 };
	struct ieee80211_vif *vif = malloc(sizeof(*vif), M_SELFTEST, M_WAITOK | M_ZERO);

	EXPECT(ieee80211_get_he_iftype_cap(&band, NL80211_IFTYPE_AP) == NULL);
	_ieee80211_set_sband_iftype_data(&band, data, 2);
	/* There, but without the capability. */
	EXPECT(ieee80211_get_he_iftype_cap(&band, NL80211_IFTYPE_AP) == NULL);
	data[0].he_cap.has_he = true;
	data[1].he_cap.has_he = true;
	data[1].eht_cap.has_eht = true;
	data[1].he_6ghz_capa.capa = 0x1234;
	EXPECT(ieee80211_get_he_iftype_cap(&band, NL80211_IFTYPE_STATION) == &data[0].he_cap);
	EXPECT(ieee80211_get_he_iftype_cap(&band, NL80211_IFTYPE_P2P_GO) == &data[1].he_cap);
	EXPECT(ieee80211_get_eht_iftype_cap(&band, NL80211_IFTYPE_STATION) == NULL);
	EXPECT(ieee80211_get_eht_iftype_cap(&band, NL80211_IFTYPE_AP) == &data[1].eht_cap);
	EXPECT(ieee80211_get_he_iftype_cap(&band, NL80211_IFTYPE_MONITOR) == NULL);
	EXPECT(ieee80211_get_he_6ghz_capa(&band, NL80211_IFTYPE_AP) == 0x1234);
	vif->type = NL80211_IFTYPE_AP;
	vif->p2p = true;
	EXPECT(ieee80211_get_eht_iftype_cap_vif(&band, vif) == &data[1].eht_cap);
	vif->type = NL80211_IFTYPE_STATION;
	EXPECT(ieee80211_get_he_iftype_cap_vif(&band, vif) == NULL);
	EXPECT(!ieee80211_vif_is_mesh(vif));
	free(vif, M_SELFTEST);
}

void
test_chandef(struct test *t)
{
	struct linuxkpi_ieee80211_channel chan = { .center_freq = 5180 };
	struct cfg80211_chan_def c = {
		.chan = &chan, .width = NL80211_CHAN_WIDTH_80, .center_freq1 = 5210,
	};

	EXPECT(cfg80211_chandef_valid(&c));
	c.center_freq1 = 5290;
	EXPECT(!cfg80211_chandef_valid(&c));
	c.center_freq1 = 5250;
	c.width = NL80211_CHAN_WIDTH_160;
	EXPECT(cfg80211_chandef_valid(&c));
	c.width = NL80211_CHAN_WIDTH_320;
	EXPECT(!cfg80211_chandef_valid(&(struct cfg80211_chan_def){ 0 }));
	c.width = 77;
	EXPECT(!cfg80211_chandef_valid(&c));
}

void
test_rates(struct test *t)
{
	struct ieee80211_sta *sta = malloc(sizeof(*sta), M_SELFTEST, M_WAITOK | M_ZERO);
	struct ieee80211_sta_rates rates = { .rate = { { .idx = 9, .flags = IEEE80211_TX_RC_MCS } } };
	struct ieee80211_supported_band band = {
		.band = NL80211_BAND_5GHZ, .n_bitrates = 8,
	};
	struct ieee80211_tx_rate dest[3];
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
	struct ieee80211_hdr *hdr;
	struct ieee80211_tx_rate vht;

	if (!EXPECT(skb != NULL))
		return;
	hdr = skb_put_zero(skb, sizeof(*hdr));
	hdr->frame_control = htole16(0x0088);	/* QoS data */
	IEEE80211_SKB_CB(skb)->band = NL80211_BAND_5GHZ;
	EXPECT(rate_lowest_index(&band, sta) == 0);
	sta->deflink.supp_rates[NL80211_BAND_5GHZ] = 0x14;
	EXPECT(rate_lowest_index(&band, sta) == 2);
	memset(dest, 0x55, sizeof(dest));
	ieee80211_get_tx_rates(NULL, sta, skb, dest, 3);
	EXPECT(dest[0].idx == 2 && dest[0].count == 1 && dest[0].flags == 0);
	EXPECT((int8_t)dest[1].idx == -1 && dest[1].count == 0);
	EXPECT((int8_t)dest[2].idx == -1 && dest[2].flags == 0);
	sta->rates = &rates;
	ieee80211_get_tx_rates(NULL, sta, skb, dest, 2);
	EXPECT(dest[0].idx == 9 && dest[0].flags == IEEE80211_TX_RC_MCS);
	hdr->frame_control = htole16(0x00b0);	/* Authentication */
	ieee80211_get_tx_rates(NULL, sta, skb, dest, 1);
	EXPECT(dest[0].idx == 2);
	ieee80211_get_tx_rates(NULL, NULL, skb, dest, 1);
	EXPECT(dest[0].idx == 0);
	ieee80211_rate_set_vht(&vht, 9, 3);
	EXPECT(ieee80211_rate_get_vht_mcs(&vht) == 9);
	EXPECT(ieee80211_rate_get_vht_nss(&vht) == 3);
	EXPECT(cfg80211_calculate_bitrate(&(struct rate_info){ .legacy = 540 }) == 540);
	EXPECT(cfg80211_calculate_bitrate(&(struct rate_info){ .mcs = 15,
	    .flags = RATE_INFO_FLAGS_MCS }) == 1300);
	EXPECT(cfg80211_calculate_bitrate(&(struct rate_info){ .mcs = 9, .nss = 2,
	    .flags = RATE_INFO_FLAGS_VHT_MCS | RATE_INFO_FLAGS_SHORT_GI,
	    .bw = RATE_INFO_BW_160 }) == 17333);
	EXPECT(cfg80211_calculate_bitrate(&(struct rate_info){ .mcs = 11, .nss = 2,
	    .flags = RATE_INFO_FLAGS_HE_MCS, .bw = RATE_INFO_BW_160 }) == 24020);
	EXPECT(cfg80211_calculate_bitrate(&(struct rate_info){ .mcs = 13, .nss = 1,
	    .flags = RATE_INFO_FLAGS_EHT_MCS, .bw = RATE_INFO_BW_320 }) == 28824);
	kfree_skb(skb);
	free(sta, M_SELFTEST);
}

void
test_airtime(struct test *t)
{
	struct ieee80211_rate rates[2] = { { .bitrate = 10 }, { .bitrate = 60 } };
	struct ieee80211_supported_band band = {
		.band = NL80211_BAND_2GHZ, .bitrates = rates, .n_bitrates = 2,
	};
	struct wiphy *wiphy = malloc(sizeof(*wiphy), M_SELFTEST, M_WAITOK | M_ZERO);
	struct ieee80211_hw *hw = malloc(sizeof(*hw), M_SELFTEST, M_WAITOK | M_ZERO);
	struct ieee80211_rx_status st = { .band = NL80211_BAND_2GHZ };

	hw->wiphy = wiphy;
	/* No such band, then no such rate. */
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 14) == 0);
	wiphy->bands[NL80211_BAND_2GHZ] = &band;
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 14) == 304);
	st.rate_idx = 1;
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 14) == 50);
	st.rate_idx = 2;
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 14) == 0);
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, -1) == 0);
	st = (struct ieee80211_rx_status){ .band = NL80211_BAND_5GHZ,
	    .encoding = RX_ENC_HT, .rate_idx = 7 };
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 1500) == 224);
	st.enc_flags = RX_ENC_FLAG_HT_GF;
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 1500) == 212);
	st = (struct ieee80211_rx_status){ .band = NL80211_BAND_5GHZ,
	    .encoding = RX_ENC_VHT, .bw = RATE_INFO_BW_80, .rate_idx = 9, .nss = 1,
	    .enc_flags = RX_ENC_FLAG_SHORT_GI };
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 1500) == 72);
	st = (struct ieee80211_rx_status){ .band = NL80211_BAND_5GHZ,
	    .encoding = RX_ENC_HE, .bw = RATE_INFO_BW_80, .rate_idx = 11, .nss = 2 };
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 1500) == 64);
	st.he_gi = NL80211_RATE_INFO_HE_GI_3_2;
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 1500) == 84);
	st.band = NUM_NL80211_BANDS;
	EXPECT(ieee80211_calc_rx_airtime(hw, &st, 1500) == 0);
	free(hw, M_SELFTEST);
	free(wiphy, M_SELFTEST);
}

void
test_frames(struct test *t)
{
	struct ieee80211_key_conf *key = malloc(sizeof(*key), M_SELFTEST, M_WAITOK | M_ZERO);
	struct ieee80211_key_seq seq;
	struct ieee80211_hdr hdr = { .seq_ctrl = htole16(0x1230) };
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
	struct ieee80211_mgmt *mgmt;

	if (!EXPECT(skb != NULL))
		return;
	/* Every pair of neighbours, and both halves of the circle. */
	for (uint16_t sn = 0; sn < 4096; sn++) {
		EXPECT(ieee80211_sn_inc(sn) == (sn + 1) % 4096);
		EXPECT(ieee80211_sn_less(sn, ieee80211_sn_inc(sn)));
		EXPECT(!ieee80211_sn_less(ieee80211_sn_inc(sn), sn));
		EXPECT(!ieee80211_sn_less(sn, sn));
		EXPECT(ieee80211_sn_less(sn, ieee80211_sn_add(sn, 2047)));
		EXPECT(ieee80211_sn_less(sn, ieee80211_sn_add(sn, 2048)) == false);
		EXPECT(ieee80211_sn_sub(ieee80211_sn_add(sn, 64), 64) == sn);
	}
	EXPECT(!ieee80211_is_frag(&hdr) && ieee80211_is_first_frag(hdr.seq_ctrl));
	hdr.seq_ctrl = htole16(0x1231);
	EXPECT(ieee80211_is_frag(&hdr) && !ieee80211_is_first_frag(hdr.seq_ctrl));
	hdr.seq_ctrl = htole16(0x1230);
	hdr.frame_control = htole16(0x0408);
	EXPECT(ieee80211_is_frag(&hdr));
	EXPECT(!ieee80211_has_pm(hdr.frame_control) && ieee80211_has_pm(htole16(0x1000)));
	mgmt = skb_put_zero(skb, IEEE80211_MIN_ACTION_SIZE);
	mgmt->frame_control = htole16(0x00d0);
	mgmt->u.action.category = 3;
	EXPECT(ieee80211_is_robust_mgmt_frame(skb) && ieee80211_is_bufferable_mmpdu(skb));
	mgmt->u.action.category = 4;
	EXPECT(!ieee80211_is_robust_mgmt_frame(skb) && !ieee80211_is_ftm(skb));
	((uint8_t *)skb_put(skb, 1))[0] = 33;
	EXPECT(ieee80211_is_ftm(skb) && !ieee80211_is_bufferable_mmpdu(skb));
	EXPECT(!ieee80211_is_timing_measurement(skb));
	skb_trim(skb, 1);
	EXPECT(!ieee80211_is_robust_mgmt_frame(skb));
	kfree_skb(skb);
	memset(&seq, 0xff, sizeof(seq));
	ieee80211_get_key_rx_seq(key, 0, &seq);
	for (u_int i = 0; i < sizeof(seq); i++)
		EXPECT(((uint8_t *)&seq)[i] == 0);
	free(key, M_SELFTEST);
}

void
test_elements(struct test *t)
{
	static const uint8_t ies[] = {
		0, 2, 'a', 'b', 221, 5, 0, 0x50, 0xf2, 4, 1, 255, 2, 35, 9, 45, 9, 0,
	};

	EXPECT(cfg80211_find_ie(0, ies, sizeof(ies)) == ies);
	EXPECT(cfg80211_find_ie(221, ies, sizeof(ies)) == ies + 4);
	EXPECT((const uint8_t *)cfg80211_find_elem(221, ies, sizeof(ies)) == ies + 4);
	/* Cut off. */
	EXPECT(cfg80211_find_ie(45, ies, sizeof(ies)) == NULL);
	EXPECT(cfg80211_find_ie(0, NULL, 0) == NULL);
	EXPECT(cfg80211_find_ext_ie(35, ies, sizeof(ies)) == ies + 11);
	EXPECT(cfg80211_find_ext_ie(36, ies, sizeof(ies)) == NULL);
	EXPECT(cfg80211_find_vendor_ie(0x0050f2, 4, ies, sizeof(ies)) == ies + 4);
	EXPECT(cfg80211_find_vendor_ie(0x0050f2, 1, ies, sizeof(ies)) == NULL);
	EXPECT(cfg80211_find_ie_match(0, ies, sizeof(ies), "b", 1, 3) == ies);
	EXPECT(cfg80211_find_ie_match(0, ies, sizeof(ies), "b", 1, 2) == NULL);
	EXPECT(cfg80211_find_ie_match(0, ies, sizeof(ies), "b", 1, 1) == NULL);
}

/* What is not there says so: an errno or NULL, and a call that is counted. */
void
test_absent(struct test *t)
{
	struct { const char *name; uint64_t calls; } a[] = {
		{ "ieee80211_start_tx_ba_session" }, { "ieee80211_beacon_get_template" },
		{ "ieee80211_csa_finish" }, { "ieee80211_beacon_update_cntdwn" },
	};
	uint64_t all = lkpirs_absent_calls(NULL);

	for (u_int i = 0; i < nitems(a); i++)
		a[i].calls = lkpirs_absent_calls(a[i].name);
	EXPECT(ieee80211_start_tx_ba_session((struct ieee80211_sta *)NULL, 0, 0) == -EINVAL);
	EXPECT(ieee80211_beacon_get_template(NULL, NULL, NULL, 0) == NULL);
	ieee80211_csa_finish(NULL, 0);
	EXPECT(ieee80211_beacon_update_cntdwn(NULL) == 0);
	for (u_int i = 0; i < nitems(a); i++)
		EXPECT(lkpirs_absent_calls(a[i].name) == a[i].calls + 1);
	EXPECT(lkpirs_absent_calls(NULL) == all + 4);
	EXPECT(!ieee80211_beacon_cntdwn_is_complete(NULL, 0));
	EXPECT(lkpirs_absent_calls(NULL) == all + 4);
	EXPECT(lkpirs_absent("ieee80211_register_hw") == 0);
	EXPECT(lkpirs_absent_calls("ieee80211_register_hw") == 0);
}
