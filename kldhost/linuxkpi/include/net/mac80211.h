/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What LinuxKPI's net/mac80211.h has of devices, stations, queues and the state
 * of frames, as far as mt76's core and our own headers use it.  src/mac80211.c;
 * hosted_mac80211.h is how a test plays what is above.
 */
#ifndef _HOSTED_NET_MAC80211_H_
#define _HOSTED_NET_MAC80211_H_

#include <net/cfg80211.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

enum ieee80211_ac_numbers {
	IEEE80211_AC_VO,
	IEEE80211_AC_VI,
	IEEE80211_AC_BE,
	IEEE80211_AC_BK,
	IEEE80211_NUM_ACS,
};

/* --- frames that were received --- */

enum mac80211_rx_flags {
	RX_FLAG_DECRYPTED	= BIT(1),
	RX_FLAG_IV_STRIPPED	= BIT(4),
	RX_FLAG_FAILED_FCS_CRC	= BIT(5),
	RX_FLAG_NO_SIGNAL_VAL	= BIT(12),
	RX_FLAG_AMPDU_DETAILS	= BIT(13),
	RX_FLAG_PN_VALIDATED	= BIT(14),
	RX_FLAG_DUP_VALIDATED	= BIT(15),
	RX_FLAG_ONLY_MONITOR	= BIT(22),
	RX_FLAG_RADIOTAP_HE	= BIT(26),
	RX_FLAG_RADIOTAP_HE_MU	= BIT(27),
	RX_FLAG_8023		= BIT(30),
};

enum mac80211_rx_encoding {
	RX_ENC_LEGACY,
	RX_ENC_HT,
	RX_ENC_VHT,
	RX_ENC_HE,
	RX_ENC_EHT,
};

enum mac80211_rx_encoding_flags {
	RX_ENC_FLAG_SHORTPRE	= BIT(0),
	RX_ENC_FLAG_SHORT_GI	= BIT(2),
	RX_ENC_FLAG_HT_GF	= BIT(3),
};

struct ieee80211_rx_status {
	uint64_t	mactime, boottime_ns;
	uint32_t	device_timestamp, ampdu_reference, flag;
	uint16_t	freq;
	uint8_t		enc_flags, encoding:3, bw:5;
	union {
		struct {
			uint8_t	he_ru:3, he_gi:2, he_dcm:1;
		};
		struct {
			uint8_t	ru:4, gi:2;
		} eht;
	};
	uint8_t		rate_idx, nss, band, chains;
	int8_t		signal, chain_signal[IEEE80211_MAX_CHAINS];
	uint8_t		link_valid:1, link_id:4;
};
#define	IEEE80211_SKB_RXCB(skb)	((struct ieee80211_rx_status *)(skb)->cb)

struct ieee80211_radiotap_he {
	__le16	data[6];
};

struct ieee80211_radiotap_he_mu {
	__le16	flags1, flags2;
	u8	ru_ch1[4], ru_ch2[4];
};

/* --- frames to be sent --- */

struct ieee80211_tx_rate {
	uint8_t		idx;		/* 255 ends a list, as LinuxKPI has it */
	uint8_t		count;
	uint16_t	flags;
};
#define	IEEE80211_TX_MAX_RATES	4

enum ieee80211_tx_info_flags {
	IEEE80211_TX_CTL_REQ_TX_STATUS		= BIT(0),
	IEEE80211_TX_CTL_NO_ACK			= BIT(2),
	IEEE80211_TX_STAT_ACK			= BIT(9),
	IEEE80211_TX_CTL_RATE_CTRL_PROBE	= BIT(11),
	IEEE80211_TX_CTL_TX_OFFCHAN		= BIT(24),
	IEEE80211_TX_STATUS_EOSP		= BIT(28),
	/* The highest, so that the values our header adds fit the type. */
	IEEE80211_TX_CTL_HW_80211_ENCAP		= BIT(30),
};

enum ieee80211_tx_control_flags {
	IEEE80211_TX_CTRL_PS_RESPONSE		= BIT(1),
	IEEE80211_TX_CTRL_HIGHEST		= BIT(5),
};

/* In skb->cb from mac80211 to the driver and back. */
struct ieee80211_tx_info {
	uint32_t	flags;		/* enum ieee80211_tx_info_flags */
	uint16_t	band:3, tx_time_est:10;
	uint8_t		hw_queue;
	union {
		struct {
			struct ieee80211_tx_rate rates[IEEE80211_TX_MAX_RATES];
			struct ieee80211_vif *vif;
			uint32_t	flags;
		} control;
		struct {
			struct ieee80211_tx_rate rates[IEEE80211_TX_MAX_RATES];
			void		*status_driver_data[2];
		} status;
	};
};
#define	IEEE80211_SKB_CB(skb)	((struct ieee80211_tx_info *)(skb)->cb)
_Static_assert(sizeof(struct ieee80211_tx_info) <= 64 &&
    sizeof(struct ieee80211_rx_status) <= 64, "sk_buff's cb");

struct ieee80211_rate_status {
	struct rate_info rate_idx;
};

struct ieee80211_tx_status {
	struct ieee80211_sta *sta;
	struct ieee80211_tx_info *info;
	struct sk_buff	*skb;
	struct ieee80211_rate_status *rates;
	uint8_t		n_rates;
	struct list_head *free_list;
};

/* --- interfaces, stations, queues --- */

struct ieee80211_bss_conf {
	bool		csa_active;
};

struct ieee80211_vif {
	enum nl80211_iftype type;
	bool		p2p;
	u16		valid_links;
	uint8_t		addr[ETH_ALEN];
	struct ieee80211_bss_conf bss_conf;
	uint8_t		drv_priv[] __aligned(8);
};

static inline enum nl80211_iftype
ieee80211_vif_type_p2p(const struct ieee80211_vif *vif)
{
	if (!vif->p2p)
		return (vif->type);
	return (vif->type == NL80211_IFTYPE_AP ? NL80211_IFTYPE_P2P_GO :
	    NL80211_IFTYPE_P2P_CLIENT);
}

struct ieee80211_sta_rates {
	struct {
		s8	idx;
		u16	flags;
	} rate[IEEE80211_TX_MAX_RATES];
};

struct ieee80211_sta {
	uint8_t		addr[ETH_ALEN];
	struct ieee80211_sta_rates *rates;
	struct {
		uint32_t	supp_rates[NUM_NL80211_BANDS];
	} deflink;
	struct ieee80211_txq *txq[IEEE80211_NUM_TIDS + 1];
	uint8_t		drv_priv[] __aligned(8);
};

enum ieee80211_sta_state {
	IEEE80211_STA_NOTEXIST,
	IEEE80211_STA_NONE,
	IEEE80211_STA_AUTH,
	IEEE80211_STA_ASSOC,
	IEEE80211_STA_AUTHORIZED,
};

struct ieee80211_txq {
	struct ieee80211_vif *vif;
	struct ieee80211_sta *sta;
	uint8_t		tid, ac;
	/* Hosted: */
	struct sk_buff_head frames;
	struct list_head active;	/* its turn in the AC's list */
	u_int		round;		/* the last one that served it */
	uint8_t		drv_priv[] __aligned(8);
};

enum ieee80211_frame_release_type {
	IEEE80211_FRAME_RELEASE_PSPOLL,
	IEEE80211_FRAME_RELEASE_UAPSD,
};

enum set_key_cmd {
	SET_KEY,
	DISABLE_KEY,
};

struct ieee80211_key_conf {
	uint32_t	cipher;
};

struct ieee80211_key_seq {
	struct {
		u8	pn[6];
	} ccmp;
};

struct ieee80211_chanctx_conf {
	struct cfg80211_chan_def def;
};

/* --- devices --- */

enum ieee80211_hw_flags {
	IEEE80211_HW_SIGNAL_DBM,
	IEEE80211_HW_AMPDU_AGGREGATION,
	IEEE80211_HW_SUPPORTS_RC_TABLE,
	IEEE80211_HW_SUPPORT_FAST_XMIT,
	IEEE80211_HW_SUPPORTS_CLONED_SKBS,
	IEEE80211_HW_SUPPORTS_AMSDU_IN_AMPDU,
	IEEE80211_HW_SUPPORTS_REORDERING_BUFFER,
	IEEE80211_HW_SPECTRUM_MGMT,
	IEEE80211_HW_TX_AMSDU,
	IEEE80211_HW_TX_FRAG_LIST,
	IEEE80211_HW_MFP_CAPABLE,
	IEEE80211_HW_AP_LINK_PS,
	IEEE80211_HW_REPORTS_TX_ACK_STATUS,
	IEEE80211_HW_SUPPORTS_VHT_EXT_NSS_BW,
};

#define	IEEE80211_CONF_MONITOR		BIT(0)
#define	IEEE80211_CONF_OFFCHANNEL	BIT(4)

struct ieee80211_hw {
	struct wiphy	*wiphy;
	void		*priv;
	unsigned long	flags[1];	/* enum ieee80211_hw_flags */
	struct {
		uint32_t	flags;	/* IEEE80211_CONF_* */
		struct cfg80211_chan_def chandef;
		bool		radar_enabled;
	} conf;
	int		txq_data_size, sta_data_size, vif_data_size;
	uint8_t		uapsd_max_sp_len, max_tx_fragments;
};
#define	ieee80211_hw_set(hw, flag)	__set_bit(IEEE80211_HW_##flag, (hw)->flags)
#define	ieee80211_hw_check(hw, flag)	test_bit(IEEE80211_HW_##flag, (hw)->flags)
#define	SET_IEEE80211_DEV(hw, d)	((hw)->wiphy->dev = (d))
/* net80211 asks for the address when the interface is made; here nobody does. */
#define	SET_IEEE80211_PERM_ADDR(hw, a)	do { (void)(hw); (void)(a); } while (0)

struct ieee80211_ops {
	void	(*wake_tx_queue)(struct ieee80211_hw *, struct ieee80211_txq *);
	int	(*sta_state)(struct ieee80211_hw *, struct ieee80211_vif *,
		    struct ieee80211_sta *, enum ieee80211_sta_state was,
		    enum ieee80211_sta_state is);
	void	(*sta_pre_rcu_remove)(struct ieee80211_hw *,
		    struct ieee80211_vif *, struct ieee80211_sta *);
};

struct ieee80211_hw *ieee80211_alloc_hw(size_t priv, const struct ieee80211_ops *);
int	ieee80211_register_hw(struct ieee80211_hw *);
void	ieee80211_unregister_hw(struct ieee80211_hw *);
void	ieee80211_free_hw(struct ieee80211_hw *);

/* The frame is mac80211's from here on; nothing is put on the list. */
void	ieee80211_rx_list(struct ieee80211_hw *, struct ieee80211_sta *,
	    struct sk_buff *, struct list_head *);
/* So is one that was sent, or that could not be. */
void	ieee80211_tx_status_ext(struct ieee80211_hw *, struct ieee80211_tx_status *);
void	ieee80211_free_txskb(struct ieee80211_hw *, struct sk_buff *);

/* A driver's turns through an AC's queues that have frames: each once between
 * start and end. */
void	ieee80211_txq_schedule_start(struct ieee80211_hw *, u8 ac);
#define	ieee80211_txq_schedule_end(hw, ac)	do { } while (0)
struct ieee80211_txq *ieee80211_next_txq(struct ieee80211_hw *, u8 ac);
void	ieee80211_return_txq(struct ieee80211_hw *, struct ieee80211_txq *, bool);
struct sk_buff *ieee80211_tx_dequeue(struct ieee80211_hw *, struct ieee80211_txq *);

void	ieee80211_queue_delayed_work(struct ieee80211_hw *, struct delayed_work *,
	    unsigned long delay);

#define	IEEE80211_IFACE_ITER_RESUME_ALL	BIT(0)
void	ieee80211_iterate_active_interfaces_atomic(struct ieee80211_hw *,
	    u32 flags, void (*)(void *, u8 *, struct ieee80211_vif *), void *);
struct ieee80211_sta *ieee80211_find_sta_by_ifaddr(struct ieee80211_hw *,
	    const u8 *addr, const u8 *local);
void	linuxkpi_ieee80211_connection_loss(struct ieee80211_vif *);

static inline unsigned int
ieee80211_get_hdrlen_from_skb(const struct sk_buff *skb)
{
	const struct ieee80211_hdr *hdr = (const void *)skb->data;
	unsigned int len = ieee80211_hdrlen(hdr->frame_control);

	return (len <= skb->len ? len : 0);
}

#endif /* _HOSTED_NET_MAC80211_H_ */
