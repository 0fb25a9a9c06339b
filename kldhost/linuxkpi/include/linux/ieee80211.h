/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of 802.11 frames and their bits (IEEE Std 802.11-2020, 9.2 to 9.4),
 * as far as mt76's core reads them. */
#ifndef _HOSTED_LINUX_IEEE80211_H_
#define _HOSTED_LINUX_IEEE80211_H_

#include <linux/types.h>

#define	IEEE80211_NUM_TIDS		16
#define	IEEE80211_MAX_CHAINS		4
#define	IEEE80211_HT_MCS_MASK_LEN	10

#define	IEEE80211_FCTL_TODS		0x0100
#define	IEEE80211_FCTL_FROMDS		0x0200
#define	IEEE80211_FCTL_MOREFRAGS	0x0400
#define	IEEE80211_FCTL_FTYPE		0x000c
#define	IEEE80211_FCTL_STYPE		0x00f0
#define	IEEE80211_FTYPE_MGMT		0x0000
#define	IEEE80211_FTYPE_CTL		0x0004
#define	IEEE80211_FTYPE_DATA		0x0008
#define	IEEE80211_STYPE_PROBE_REQ	0x0040
#define	IEEE80211_STYPE_PROBE_RESP	0x0050
#define	IEEE80211_STYPE_BEACON		0x0080
#define	IEEE80211_STYPE_DATA		0x0000
#define	IEEE80211_STYPE_NULLFUNC	0x0040
#define	IEEE80211_STYPE_QOS_DATA	0x0080
#define	IEEE80211_STYPE_QOS_NULLFUNC	0x00c0
#define	IEEE80211_STYPE_BACK_REQ	0x0080
#define	IEEE80211_STYPE_PSPOLL		0x00a0

#define	IEEE80211_SEQ_SEQ_SHIFT		4
#define	IEEE80211_SEQ_SEQ_MASK		0xfff0
#define	IEEE80211_SEQ_TO_SN(seq)	(((seq) & IEEE80211_SEQ_SEQ_MASK) >> 4)
#define	ieee80211_sn_sub(a, b)		(((a) - (b)) & 0xfff)

#define	IEEE80211_QOS_CTL_TID_MASK	0x000f
#define	IEEE80211_QOS_CTL_TAG1D_MASK	0x0007
#define	IEEE80211_QOS_CTL_EOSP		0x0010
#define	IEEE80211_QOS_CTL_ACK_POLICY_MASK	0x0060
#define	IEEE80211_QOS_CTL_ACK_POLICY_NOACK	0x0020

struct ieee80211_hdr {
	__le16	frame_control;
	__le16	duration_id;
	u8	addr1[6];
	u8	addr2[6];
	u8	addr3[6];
	__le16	seq_ctrl;
	u8	addr4[6];
} __packed __aligned(2);

struct ieee80211_hdr_3addr {
	__le16	frame_control;
	__le16	duration_id;
	u8	addr1[6];
	u8	addr2[6];
	u8	addr3[6];
	__le16	seq_ctrl;
} __packed __aligned(2);

struct ieee80211_bar {
	__le16	frame_control;
	__le16	duration;
	u8	ra[6];
	u8	ta[6];
	__le16	control;
	__le16	start_seq_num;
} __packed;

#define	HOSTED_FTYPE(fc)	(le16toh(fc) & IEEE80211_FCTL_FTYPE)
#define	HOSTED_STYPE(fc)	(le16toh(fc) & IEEE80211_FCTL_STYPE)
#define	HOSTED_IS(fc, type, stype)					\
	((le16toh(fc) & (IEEE80211_FCTL_FTYPE | IEEE80211_FCTL_STYPE)) ==	\
	    (IEEE80211_FTYPE_##type | IEEE80211_STYPE_##stype))

#define	ieee80211_is_mgmt(fc)	(HOSTED_FTYPE(fc) == IEEE80211_FTYPE_MGMT)
#define	ieee80211_is_ctl(fc)	(HOSTED_FTYPE(fc) == IEEE80211_FTYPE_CTL)
#define	ieee80211_is_data(fc)	(HOSTED_FTYPE(fc) == IEEE80211_FTYPE_DATA)
#define	ieee80211_is_beacon(fc)		HOSTED_IS(fc, MGMT, BEACON)
#define	ieee80211_is_probe_req(fc)	HOSTED_IS(fc, MGMT, PROBE_REQ)
#define	ieee80211_is_probe_resp(fc)	HOSTED_IS(fc, MGMT, PROBE_RESP)
#define	ieee80211_is_back_req(fc)	HOSTED_IS(fc, CTL, BACK_REQ)
#define	ieee80211_is_pspoll(fc)		HOSTED_IS(fc, CTL, PSPOLL)
#define	ieee80211_is_qos_nullfunc(fc)	HOSTED_IS(fc, DATA, QOS_NULLFUNC)
/* The bit of QoS, whatever else the subtype says. */
#define	ieee80211_is_data_qos(fc)					\
	(ieee80211_is_data(fc) &&					\
	    (HOSTED_STYPE(fc) & IEEE80211_STYPE_QOS_DATA) != 0)
/* Not one of the "null" subtypes, which have no body. */
#define	ieee80211_is_data_present(fc)					\
	(ieee80211_is_data(fc) && (HOSTED_STYPE(fc) & 0x40) == 0)
#define	ieee80211_has_tods(fc)	((le16toh(fc) & IEEE80211_FCTL_TODS) != 0)
#define	ieee80211_has_a4(fc)						\
	((le16toh(fc) & (IEEE80211_FCTL_TODS | IEEE80211_FCTL_FROMDS)) ==	\
	    (IEEE80211_FCTL_TODS | IEEE80211_FCTL_FROMDS))
#define	ieee80211_has_morefrags(fc)					\
	((le16toh(fc) & IEEE80211_FCTL_MOREFRAGS) != 0)

/* Behind the addresses and the sequence number. */
static inline u8 *
ieee80211_get_qos_ctl(struct ieee80211_hdr *hdr)
{
	return ((u8 *)hdr + (ieee80211_has_a4(hdr->frame_control) ? 30 : 24));
}

/* Bytes of the header, 802.11's security excluded (9.2.3, 9.3.1). */
static inline unsigned int
ieee80211_hdrlen(__le16 fc)
{
	if (ieee80211_is_data(fc))
		return (24 + (ieee80211_has_a4(fc) ? 6 : 0) +
		    (ieee80211_is_data_qos(fc) ? 2 : 0));
	/* ACK and CTS have one address, other control frames two. */
	if (ieee80211_is_ctl(fc))
		return ((HOSTED_STYPE(fc) & 0xe0) == 0xc0 ? 10 : 16);
	return (24);
}

/* Capabilities. */
#define	IEEE80211_HT_CAP_SUP_WIDTH_20_40	0x0002
#define	IEEE80211_HT_CAP_GRN_FLD		0x0010
#define	IEEE80211_HT_CAP_SGI_20			0x0020
#define	IEEE80211_HT_CAP_SGI_40			0x0040
#define	IEEE80211_HT_CAP_TX_STBC		0x0080
#define	IEEE80211_HT_CAP_RX_STBC_SHIFT		8
#define	IEEE80211_HT_MCS_TX_DEFINED		0x01
#define	IEEE80211_HT_MAX_AMPDU_64K		3
#define	IEEE80211_VHT_CAP_RXLDPC		0x00000010
#define	IEEE80211_VHT_CAP_SHORT_GI_80		0x00000020
#define	IEEE80211_VHT_CAP_TXSTBC		0x00000080
#define	IEEE80211_VHT_CAP_RXSTBC_1		0x00000100
#define	IEEE80211_VHT_CAP_MAX_A_MPDU_LENGTH_EXPONENT_SHIFT	23
#define	IEEE80211_VHT_CAP_RX_ANTENNA_PATTERN	0x10000000
#define	IEEE80211_VHT_CAP_TX_ANTENNA_PATTERN	0x20000000
#define	IEEE80211_VHT_MCS_SUPPORT_0_9		2
#define	IEEE80211_VHT_MCS_NOT_SUPPORTED		3
#define	IEEE80211_VHT_EXT_NSS_BW_CAPABLE	(1 << 13)
#define	IEEE80211_WMM_IE_STA_QOSINFO_SP_ALL	0x00

#define	WLAN_CIPHER_SUITE_CCMP			0x000fac04

struct element {
	u8	id;
	u8	datalen;
	u8	data[];
} __packed;

#endif /* _HOSTED_LINUX_IEEE80211_H_ */
