/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What LinuxKPI's net/cfg80211.h has of channels, rates, bands and the wiphy,
 * as far as mt76's core and our own net/cfg80211.h (which includes this) use
 * it.  Numbers of nl80211 are those of its user interface.
 */
#ifndef _HOSTED_NET_CFG80211_H_
#define _HOSTED_NET_CFG80211_H_

#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/etherdevice.h>
#include <linux/ieee80211.h>

enum nl80211_band {
	NL80211_BAND_2GHZ,
	NL80211_BAND_5GHZ,
	NL80211_BAND_60GHZ,
	NL80211_BAND_6GHZ,
	NUM_NL80211_BANDS,
};

enum nl80211_iftype {
	NL80211_IFTYPE_UNSPECIFIED,
	NL80211_IFTYPE_ADHOC,
	NL80211_IFTYPE_STATION,
	NL80211_IFTYPE_AP,
	NL80211_IFTYPE_AP_VLAN,
	NL80211_IFTYPE_WDS,
	NL80211_IFTYPE_MONITOR,
	NL80211_IFTYPE_MESH_POINT,
	NL80211_IFTYPE_P2P_CLIENT,
	NL80211_IFTYPE_P2P_GO,
};

enum nl80211_chan_width {
	NL80211_CHAN_WIDTH_20_NOHT,
	NL80211_CHAN_WIDTH_20,
	NL80211_CHAN_WIDTH_40,
	NL80211_CHAN_WIDTH_80,
	NL80211_CHAN_WIDTH_80P80,
	NL80211_CHAN_WIDTH_160,
	NL80211_CHAN_WIDTH_5,
	NL80211_CHAN_WIDTH_10,
	NL80211_CHAN_WIDTH_320 = 8,
};

enum nl80211_dfs_regions {
	NL80211_DFS_UNSET,
	NL80211_DFS_FCC,
	NL80211_DFS_ETSI,
	NL80211_DFS_JP,
};

enum rate_info_bw {
	RATE_INFO_BW_20,
	RATE_INFO_BW_5,
	RATE_INFO_BW_10,
	RATE_INFO_BW_40,
	RATE_INFO_BW_80,
	RATE_INFO_BW_160,
	RATE_INFO_BW_HE_RU,
	RATE_INFO_BW_320,
	RATE_INFO_BW_EHT_RU,
};

enum nl80211_he_gi {
	NL80211_RATE_INFO_HE_GI_0_8,
	NL80211_RATE_INFO_HE_GI_1_6,
	NL80211_RATE_INFO_HE_GI_3_2,
};
#define	NL80211_RATE_INFO_EHT_GI_3_2		2
#define	NL80211_RATE_INFO_HE_RU_ALLOC_2x996	6
#define	NL80211_RATE_INFO_EHT_RU_ALLOC_4x996	15

#define	RATE_INFO_FLAGS_MCS		BIT(0)
#define	RATE_INFO_FLAGS_VHT_MCS		BIT(1)
#define	RATE_INFO_FLAGS_SHORT_GI	BIT(2)
#define	RATE_INFO_FLAGS_HE_MCS		BIT(4)
#define	RATE_INFO_FLAGS_EHT_MCS		BIT(7)

struct rate_info {
	uint16_t	flags;		/* RATE_INFO_FLAGS_* */
	uint16_t	legacy;		/* 100 kbit/s */
	uint8_t		mcs, nss, bw;
	uint8_t		he_gi, he_dcm, he_ru_alloc, eht_gi;
};

#define	IEEE80211_CHAN_DISABLED	BIT(0)
#define	IEEE80211_CHAN_NO_IR	BIT(1)
#define	IEEE80211_CHAN_RADAR	BIT(3)

struct linuxkpi_ieee80211_channel {
	enum nl80211_band band;
	uint32_t	center_freq;	/* MHz */
	uint16_t	hw_value;
	uint32_t	flags;		/* IEEE80211_CHAN_* */
	int		max_power;	/* dBm */
};
#define	ieee80211_channel	linuxkpi_ieee80211_channel

struct cfg80211_chan_def {
	struct linuxkpi_ieee80211_channel *chan;
	enum nl80211_chan_width width;
	uint32_t	center_freq1, center_freq2;
};

#define	IEEE80211_RATE_SHORT_PREAMBLE	BIT(0)

struct ieee80211_rate {
	uint32_t	flags;		/* IEEE80211_RATE_* */
	uint16_t	bitrate;	/* 100 kbit/s */
	uint16_t	hw_value, hw_value_short;
};

struct ieee80211_sta_ht_cap {
	uint16_t	cap;
	bool		ht_supported;
	uint8_t		ampdu_factor;
	struct {
		uint8_t		rx_mask[IEEE80211_HT_MCS_MASK_LEN];
		uint8_t		tx_params;
	} mcs;
};

struct ieee80211_sta_vht_cap {
	uint32_t	cap;
	bool		vht_supported;
	struct {
		__le16		rx_mcs_map, tx_mcs_map, tx_highest;
	} vht_mcs;
};

struct ieee80211_sta_he_cap {
	bool		has_he;
};

struct ieee80211_sta_eht_cap {
	bool		has_eht;
};

struct ieee80211_sband_iftype_data {
	uint16_t	types_mask;
	struct ieee80211_sta_he_cap he_cap;
	struct {
		__le16	capa;
	} he_6ghz_capa;
	struct ieee80211_sta_eht_cap eht_cap;
};

struct ieee80211_supported_band {
	struct linuxkpi_ieee80211_channel *channels;
	struct ieee80211_rate *bitrates;
	enum nl80211_band band;
	int		n_channels, n_bitrates;
	struct ieee80211_sta_ht_cap ht_cap;
	struct ieee80211_sta_vht_cap vht_cap;
	uint16_t	n_iftype_data;
	struct ieee80211_sband_iftype_data *iftype_data;
};

enum nl80211_sar_type {
	NL80211_SAR_TYPE_POWER,
};

struct cfg80211_sar_freq_ranges {
	uint32_t	start_freq, end_freq;
};

struct cfg80211_sar_capa {
	enum nl80211_sar_type type;
	uint32_t	num_freq_ranges;
	const struct cfg80211_sar_freq_ranges *freq_ranges;
};

struct cfg80211_sar_sub_specs {
	int32_t		power;		/* 1/4 dBm */
	uint32_t	freq_range_index;
};

struct cfg80211_sar_specs {
	enum nl80211_sar_type type;
	uint32_t	num_sub_specs;
	struct cfg80211_sar_sub_specs sub_specs[];
};

#define	NL80211_FEATURE_AP_MODE_CHAN_WIDTH_CHANGE	BIT(14)
#define	NL80211_FEATURE_ACTIVE_MONITOR			BIT(17)
#define	NL80211_EXT_FEATURE_CQM_RSSI_LIST		10
#define	NL80211_EXT_FEATURE_AIRTIME_FAIRNESS		30
#define	NL80211_EXT_FEATURE_AQL				43
/* Kernel's own, of no fixed value. */
#define	WIPHY_FLAG_IBSS_RSN			BIT(8)
#define	WIPHY_FLAG_SUPPORTS_TDLS		BIT(15)
#define	WIPHY_FLAG_AP_UAPSD			BIT(14)
#define	WIPHY_FLAG_HAS_CHANNEL_SWITCH		BIT(23)

struct wiphy_iftype_ext_capab {
	enum nl80211_iftype iftype;
};

struct wiphy {
	char		name[16];
	struct device	*dev;
	uint32_t	flags, features;
	unsigned long	ext_features[2];
	uint16_t	interface_modes;
	uint32_t	available_antennas_tx, available_antennas_rx;
	struct ieee80211_supported_band *bands[NUM_NL80211_BANDS];
	const struct cfg80211_sar_capa *sar_capa;
	const struct wiphy_iftype_ext_capab *iftype_ext_capab;
	unsigned int	num_iftype_ext_capab;
};

static inline const char *
wiphy_name(const struct wiphy *wiphy)
{
	return (wiphy->name);
}

static inline void
wiphy_ext_feature_set(struct wiphy *wiphy, int feature)
{
	__set_bit(feature, wiphy->ext_features);
}

/* No device tree limits anything. */
static inline void
wiphy_read_of_freq_limits(struct wiphy *wiphy __unused)
{
}

/* The channel of this center in one of the wiphy's bands, or NULL. */
struct linuxkpi_ieee80211_channel *linuxkpi_ieee80211_get_channel(
	    struct wiphy *, uint32_t freq);
#define	ieee80211_get_channel(wiphy, freq)				\
	linuxkpi_ieee80211_get_channel(wiphy, freq)

/* In MHz, by the channel numbers of 802.11's annex E; 0 for what there is not. */
static inline int
ieee80211_channel_to_frequency(int chan, enum nl80211_band band)
{
	switch (band) {
	case NL80211_BAND_2GHZ:
		return (chan == 14 ? 2484 : chan >= 1 && chan < 14 ?
		    2407 + 5 * chan : 0);
	case NL80211_BAND_5GHZ:
		return (chan >= 1 && chan <= 177 ? 5000 + 5 * chan : 0);
	case NL80211_BAND_6GHZ:
		return (chan >= 1 && chan <= 233 ? 5950 + 5 * chan : 0);
	default:
		return (0);
	}
}

enum survey_info_flags {
	SURVEY_INFO_NOISE_DBM	= BIT(0),
	SURVEY_INFO_IN_USE	= BIT(1),
	SURVEY_INFO_TIME	= BIT(2),
	SURVEY_INFO_TIME_BUSY	= BIT(3),
	SURVEY_INFO_TIME_RX	= BIT(5),
	SURVEY_INFO_TIME_TX	= BIT(6),
	SURVEY_INFO_TIME_BSS_RX	= BIT(8),
};

struct survey_info {
	struct linuxkpi_ieee80211_channel *channel;
	uint64_t	time, time_busy, time_rx, time_tx, time_bss_rx;
	uint32_t	filled;
	int8_t		noise;
};

#include <net/mac80211.h>

#endif /* _HOSTED_NET_CFG80211_H_ */
