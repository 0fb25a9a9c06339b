/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames: the descriptors in front of received ones, and of those to be sent a
 * TXD, a token, and where the bytes are (mt76 calls that a hardware TXP).
 */
#include "test.h"

#define	TXP		(TXD_SIZE)	/* four tokens, two pairs of pieces */
#define	TXP_PIECE	(TXP + 8)
#define	TXP_VALID	0x8000
#define	TXP_LAST	0x8000
#define	PARSE_LEN	72		/* of the frame, in the descriptor */

int
mac_tx_prepare(struct mt76_dev *dev, void *txwi, enum mt76_txq_id qid __unused,
    struct mt76_wcid *wcid, struct ieee80211_sta *sta __unused,
    struct mt76_tx_info *info)
{
	struct mt76_txwi_cache *t = (void *)((u8 *)txwi + dev->drv->txwi_size);
	u8 *p = txwi;
	int token;

	if (info->skb->len < FRAME_HEADER)
		return (-EINVAL);
	if (wcid == NULL)
		wcid = &dev->global_wcid;
	t->skb = info->skb;
	token = mt76_token_consume(dev, &t);
	if (token < 0)
		return (token);
	mt76_tx_skb_cb(info->skb)->pktid =
	    mt76_tx_status_skb_add(dev, wcid, info->skb);
	memset(txwi, 0, TXWI_SIZE);
	/* Length and station; the status comes with the token. */
	le32enc(p, TXD_SIZE + info->skb->len);
	le32enc(p + 4, wcid->idx);
	le16enc(p + TXP, token | TXP_VALID);
	le32enc(p + TXP_PIECE, info->buf[1].addr);
	le16enc(p + TXP_PIECE + 4, info->buf[1].len | TXP_LAST);
	/* The chip gives the token back; the skb stays until then. */
	info->buf[1].len = MIN(info->buf[1].len, PARSE_LEN);
	info->buf[1].skip_unmap = true;
	info->nbuf = 2;
	info->skb = NULL;
	return (0);
}

/* Of commands, which have no txwi; of frames the token is what counts. */
void
mac_tx_complete(struct mt76_dev *dev, struct mt76_queue_entry *e)
{
	if (e->txwi == NULL)
		dev_kfree_skb_any(e->skb);
	else if (e->skb != NULL)
		mt76_tx_complete_skb(dev, e->wcid, e->skb);
}

/* The chip has the frame no longer.  If mac80211 waits for its status, there
 * it is. */
static void
sent(struct mt76_dev *dev, struct mt76_txwi_cache *t)
{
	const u8 *p = mt76_get_txwi_ptr(dev, t);
	struct mt76_wcid *wcid;
	struct sk_buff_head list;
	struct sk_buff *skb = t->skb, *waiting;
	struct test_dev *td = container_of(dev, struct test_dev, mt76);
	u8 pktid = mt76_tx_skb_cb(skb)->pktid;
	u16 idx;

	dma_unmap_single(dev->dma_dev, le32dec(p + TXP_PIECE),
	    le16dec(p + TXP_PIECE + 4) & 0xfff, DMA_TO_DEVICE);
	t->skb = NULL;
	wcid = td->sta != NULL ? (void *)td->sta->drv_priv : &dev->global_wcid;
	idx = wcid->idx;
	mt76_tx_complete_skb(dev, idx, skb);
	mt76_put_txwi(dev, t);
	if (!mt76_is_skb_pktid(pktid))
		return;
	mt76_tx_status_lock(dev, &list);
	waiting = mt76_tx_status_skb_get(dev, wcid, pktid, &list);
	if (waiting != NULL) {
		IEEE80211_SKB_CB(waiting)->flags |= IEEE80211_TX_STAT_ACK;
		mt76_tx_status_skb_done(dev, waiting, &list);
	}
	mt76_tx_status_unlock(dev, &list);
}

static void
tokens_back(struct mt76_dev *dev, const u8 *data, int len)
{
	struct mt76_txwi_cache *t;
	bool wake = false;
	int n = le16dec(data + 2) & 0x7ff, at;

	/* The descriptors of these frames are done as well. */
	mt76_queue_tx_cleanup(container_of(dev, struct test_dev, mt76),
	    dev->phy.q_tx[MT_TXQ_PSD], false);
	for (at = 8; n > 0 && at + 4 <= len; at += 4) {
		uint32_t word = le32dec(data + at);

		/* A station's number, for those that follow. */
		if ((word & 1u << 31) != 0)
			continue;
		n--;
		t = mt76_token_release(dev, word >> 16, &wake);
		if (t != NULL)
			sent(dev, t);
	}
	WARN_ON(n != 0);
	if (wake)
		mt76_set_tx_blocked(dev, false);
	mt76_worker_schedule(&dev->tx_worker);
}

/* The chip forgot its frames: after a reset, and at the end. */
void
mac_tokens_free(struct mt76_dev *dev)
{
	struct mt76_txwi_cache *t;
	int token;

	spin_lock_bh(&dev->token_lock);
	while ((token = 0, t = idr_get_next(&dev->token, &token)) != NULL) {
		spin_unlock_bh(&dev->token_lock);
		t = mt76_token_release(dev, token, &(bool){ false });
		if (t != NULL)
			sent(dev, t);
		spin_lock_bh(&dev->token_lock);
	}
	spin_unlock_bh(&dev->token_lock);
	idr_destroy(&dev->token);
	idr_init(&dev->token);
}

/* True: it shall become an skb. */
bool
mac_rx_check(struct mt76_dev *dev, void *data, int len)
{
	if (len < 8 || FIELD_GET(RXD_TYPE, le32dec(data)) != PKT_TXRX_NOTIFY)
		return (true);
	tokens_back(dev, data, len);
	return (false);
}

static void
rx_frame(struct test_dev *td, enum mt76_rxq_id q, struct sk_buff *skb)
{
	struct mt76_dev *dev = &td->mt76;
	struct mt76_rx_status *s = (struct mt76_rx_status *)skb->cb;
	struct ieee80211_hdr *h;
	uint32_t flags = skb_headlen(skb) >= AIR_RXD ? le32dec(skb->data + 8) : 0;

	memset(s, 0, sizeof(*s));
	if (skb_pull(skb, AIR_RXD) == NULL ||
	    skb_headlen(skb) < FRAME_HEADER) {
		dev_kfree_skb(skb);
		return;
	}
	h = (void *)skb->data;
	s->freq = 5180;
	s->band = NL80211_BAND_5GHZ;
	s->encoding = RX_ENC_HE;
	s->bw = RATE_INFO_BW_80;
	s->rate_idx = 9;
	s->nss = 2;
	s->chains = 3;
	s->chain_signal[0] = s->chain_signal[1] = -45;
	s->amsdu = (flags & AIR_AMSDU) != 0;
	s->first_amsdu = (flags & AIR_FIRST) != 0;
	s->last_amsdu = (flags & AIR_LAST) != 0;
	td->amsdu_parts += s->amsdu;
	s->seqno = IEEE80211_SEQ_TO_SN(le16toh(h->seq_ctrl));
	s->qos_ctl = *ieee80211_get_qos_ctl(h);
	s->aggr = true;
	s->wcid = rcu_dereference(dev->wcid[1]);
	td->seen++;
	mt76_rx(dev, q, skb);
}

void
mac_rx_skb(struct mt76_dev *dev, enum mt76_rxq_id q, struct sk_buff *skb,
    u32 *info __unused)
{
	uint32_t w = skb_headlen(skb) >= 8 ? le32dec(skb->data) : 0;

	switch (FIELD_GET(RXD_TYPE, w)) {
	case PKT_EVENT:
		mt76_mcu_rx_event(dev, skb);
		break;
	case PKT_TXRX_NOTIFY:
		tokens_back(dev, skb->data, skb->len);
		dev_kfree_skb(skb);
		break;
	case PKT_NORMAL:
		rx_frame(container_of(dev, struct test_dev, mt76), q, skb);
		break;
	default:
		WARN_ON(true);
		dev_kfree_skb(skb);
	}
}
