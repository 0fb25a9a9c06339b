/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mt76's receive path alone, for counting: one thread, a data ring whose
 * descriptors it marks as done itself, the driver's poll, and a stack that does
 * nothing with a frame but give it back.  On the kernel of bench/pool.
 */
#include "test.h"
#include "measure.h"

#include <sys/mbuf.h>

#include <lkpirs/skb_mbuf.h>

#define	RING	256

static struct {
	struct device	device;
	uint32_t	bar[BAR_SIZE / 4];
	struct test_dev	*td;
	enum measure_mode mode;
	unsigned	len, next;
	unsigned	dma;		/* the chip's index */
	struct sk_buff_head in;
	struct mbuf	*mbufs;
	unsigned long	frames;
} m;

/* --- above --- */

static void
rx(void *arg __unused, struct ieee80211_sta *sta __unused, struct sk_buff *skb)
{
	struct mbuf *mbuf;
	void *copy;

	m.frames++;
	switch (m.mode) {
	case MEASURE_THREAD:
		__skb_queue_tail(&m.in, skb);
		return;
	case MEASURE_COPY:
		/* A cluster, as an mbuf has it. */
		copy = malloc(2048, M_HOSTED, M_NOWAIT);
		(void)skb_copy_bits(skb, 0, copy, skb->len);
		free(copy, M_HOSTED);
		break;
	case MEASURE_MBUF:
	case MEASURE_MBUF_COPY:
		mbuf = lkpirs_skb_to_mbuf(skb, true, 0);
		mbuf->m_nextpkt = m.mbufs;
		m.mbufs = mbuf;
		break;
	case MEASURE_DIRECT:
		break;
	}
	kfree_skb(skb);
}

static void
tx_done(void *arg __unused, struct sk_buff *skb, bool sent __unused)
{
	kfree_skb(skb);
}

static const struct hosted_stack stack = { rx, tx_done };

/* --- the driver --- */

static void
poll_complete(struct mt76_dev *dev __unused, enum mt76_rxq_id q __unused)
{
}

static int
sta_add(struct mt76_dev *dev, struct ieee80211_vif *vif __unused,
    struct ieee80211_sta *sta)
{
	struct mt76_wcid *wcid = (void *)sta->drv_priv;

	INIT_LIST_HEAD(&wcid->poll_list);
	wcid->sta = 1;
	wcid->idx = 1;
	return (0);
}

static const struct mt76_driver_ops drv_ops = {
	.drv_flags = MT_DRV_TXWI_NO_FREE,
	.txwi_size = TXWI_SIZE,
	.token_size = 8192,
	.rx_check = mac_rx_check,
	.rx_skb = mac_rx_skb,
	.rx_poll_complete = poll_complete,
	.sta_add = sta_add,
};

static const struct ieee80211_ops mac_ops = {
	.wake_tx_queue = mt76_wake_tx_queue,
	.sta_state = mt76_sta_state,
	.sta_pre_rcu_remove = mt76_sta_pre_rcu_remove,
};

static void
must(bool right, const char *what)
{
	if (!right)
		panic("%s", what);
}

void
measure_boot(enum measure_mode mode, unsigned len)
{
	static const u8 peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct mt76_dev *dev;

	m.mode = mode;
	m.len = len;
#ifdef POOL_STUB
	/* FreeBSD's design has no other way. */
	lkpirs_skb_rx_zero_copy = 0;
#else
	lkpirs_skb_rx_zero_copy = mode == MEASURE_MBUF;
#endif
	/* Both of any length. */
	lkpirs_skb_rx_copybreak = 0;
	__skb_queue_head_init(&m.in);
	hosted_device_add(&m.device, "measure", DMA_BIT_MASK(32));
	must(dma_set_mask_and_coherent(&m.device, DMA_BIT_MASK(32)) == 0, "mask");
	dev = mt76_alloc_device(&m.device, sizeof(struct test_dev), &mac_ops,
	    &drv_ops);
	must(dev != NULL, "mt76_alloc_device");
	m.td = container_of(dev, struct test_dev, mt76);
	hosted_stack_set(dev->hw, &stack, NULL);
	mt76_mmio_init(dev, m.bar);
	mt76_dma_attach(dev);
	must(mt76_queue_alloc(m.td, &dev->q_rx[MT_RXQ_MAIN], RXQ_DATA, RING,
	    MT_RX_BUF_SIZE, R_RX_RING(0)) == 0, "mt76_queue_alloc");
	must(mt76_init_queues(m.td, mt76_dma_rx_poll) == 0, "mt76_init_queues");
	dev->hw->sta_data_size = sizeof(struct mt76_wcid);
	dev->hw->vif_data_size = sizeof(struct mt76_vif);
	dev->hw->txq_data_size = sizeof(struct mt76_txq);
	INIT_LIST_HEAD(&dev->phy.tx_list);
	set_bit(MT76_STATE_RUNNING, &dev->phy.state);
	hosted_vif_add(dev->hw, NL80211_IFTYPE_STATION);
	must(!IS_ERR(hosted_sta_add(dev->hw, peer)), "hosted_sta_add");
	must(mt76_rx_aggr_start(dev, rcu_dereference(dev->wcid[1]), 0, 0,
	    BA_WINDOW) == 0, "mt76_rx_aggr_start");
	/* This thread is in the NAPI's poll from here on. */
	dev->napi[MT_RXQ_MAIN].state = BIT(LKPI_NAPI_FLAG_IS_SCHEDULED);
}

/* --- the chip --- */

void
measure_receive(unsigned n)
{
	struct mt76_queue *q = &m.td->mt76.q_rx[MT_RXQ_MAIN];

	for (; n > 0; n--, m.next++) {
		struct mt76_desc *d = &q->desc[m.dma];
		u8 *p = (u8 *)PHYS_TO_DMAP(le32toh(d->buf0));
		struct ieee80211_hdr *h = (void *)(p + AIR_RXD);

		must((le32toh(d->ctrl) & MT_DMA_CTL_DMA_DONE) == 0, "ring is full");
		memset(p, 0, AIR_RXD + FRAME_HEADER);
		le32enc(p, m.len | (uint32_t)PKT_NORMAL << 27);
		h->frame_control = htole16(IEEE80211_FTYPE_DATA |
		    IEEE80211_STYPE_QOS_DATA | IEEE80211_FCTL_FROMDS);
		h->seq_ctrl = htole16((m.next & 0xfff) << 4);
		d->ctrl = htole32(MT_DMA_CTL_DMA_DONE | MT_DMA_CTL_LAST_SEC0 |
		    m.len << 16);
		m.dma = (m.dma + 1) % RING;
	}
}

int
measure_poll(void)
{
	return (mt76_dma_rx_poll(&m.td->mt76.napi[MT_RXQ_MAIN], MEASURE_BATCH));
}

void
measure_give_back(void)
{
	struct napi_struct *napi = &m.td->mt76.napi[MT_RXQ_MAIN];
	struct sk_buff *skb;
	struct mbuf *mbuf;

	napi->state = 0;
	while ((skb = __skb_dequeue(&m.in)) != NULL)
		kfree_skb(skb);
	while ((mbuf = m.mbufs) != NULL) {
		m.mbufs = mbuf->m_nextpkt;
		m_freem(mbuf);
	}
	napi->state = BIT(LKPI_NAPI_FLAG_IS_SCHEDULED);
}

unsigned long
measure_frames(void)
{
	return (m.frames);
}
