/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver: it calls mt76's core as mt7921 does. */
#include "test.h"

#include <sys/taskqueue.h>

#define	INT_RX_ALL	(INT_RX_ROM | INT_RX_DATA | INT_RX_MCU)
#define	INT_TX_ALL	(INT_TX_DATA | INT_TX_DOWNLOAD | INT_TX_MCU)
#define	RX_RING_SIZE	1536
#define	MCU_RING_SIZE	512
#define	ROM_RING_SIZE	8
#define	TX_RING_SIZE	2048
#define	FWDL_RING_SIZE	128

static const uint32_t rx_cause[] = {
	[MT_RXQ_MAIN] = INT_RX_DATA,
	[MT_RXQ_MCU] = INT_RX_ROM,
	[MT_RXQ_MCU_WA] = INT_RX_MCU,
};

static void
rx_poll_complete(struct mt76_dev *dev, enum mt76_rxq_id q)
{
	mt76_set_irq_mask(dev, R_INT_ENA, 0, rx_cause[q]);
}

static int
sta_add(struct mt76_dev *dev, struct ieee80211_vif *vif __unused,
    struct ieee80211_sta *sta)
{
	struct mt76_wcid *wcid = (void *)sta->drv_priv;
	int idx = mt76_wcid_alloc(dev->wcid_mask, MT76_N_WCIDS);

	if (idx < 0)
		return (-ENOSPC);
	INIT_LIST_HEAD(&wcid->poll_list);
	wcid->sta = 1;
	wcid->idx = idx;
	return (0);
}

static int
set_channel(struct mt76_phy *phy __unused)
{
	return (0);
}

static const struct mt76_driver_ops drv_ops = {
	.drv_flags = MT_DRV_TXWI_NO_FREE | MT_DRV_HW_MGMT_TXQ |
	    MT_DRV_AMSDU_OFFLOAD,
	.txwi_size = TXWI_SIZE,
	.token_size = 8192,
	.tx_prepare_skb = mac_tx_prepare,
	.tx_complete_skb = mac_tx_complete,
	.rx_check = mac_rx_check,
	.rx_skb = mac_rx_skb,
	.rx_poll_complete = rx_poll_complete,
	.sta_add = sta_add,
	.set_channel = set_channel,
};

static const struct ieee80211_ops mac_ops = {
	.wake_tx_queue = mt76_wake_tx_queue,
	.sta_state = mt76_sta_state,
	.sta_pre_rcu_remove = mt76_sta_pre_rcu_remove,
};

/* --- interrupts --- */

/* In the chip's thread. */
static void
irq(void *arg)
{
	struct test_dev *td = arg;

	td->interrupts++;
	taskqueue_enqueue(td->irq_tq, &td->irq_task);
}

static void
irq_task(void *arg, int pending __unused)
{
	struct test_dev *td = arg;
	struct mt76_dev *dev = &td->mt76;
	uint32_t intr;

	mt76_wr(td, R_INT_ENA, 0);
	intr = mt76_rr(td, R_INT_STA) & dev->mmio.irqmask;
	mt76_wr(td, R_INT_STA, intr);
	/* What is polled stays masked until it has been. */
	mt76_set_irq_mask(dev, R_INT_ENA, intr, 0);
	if ((intr & INT_TX_ALL) != 0)
		napi_schedule(&dev->tx_napi);
	for (int q = 0; q < ARRAY_SIZE(rx_cause); q++)
		if ((intr & rx_cause[q]) != 0)
			napi_schedule(&dev->napi[q]);
}

static int
poll_tx(struct napi_struct *napi, int budget __unused)
{
	struct mt76_dev *dev = mt76_priv(napi->dev);

	for (int i = 0; i < ARRAY_SIZE(dev->q_mcu); i++)
		if (dev->q_mcu[i] != NULL)
			dev->queue_ops->tx_cleanup(dev, dev->q_mcu[i], false);
	dev->queue_ops->tx_cleanup(dev, dev->phy.q_tx[0], false);
	if (napi_complete(napi))
		mt76_set_irq_mask(dev, R_INT_ENA, 0, INT_TX_ALL);
	return (0);
}

/* --- the DMA engine --- */

static bool
dma_off(struct test_dev *td)
{
	mt76_clear(td, R_GLO_CFG, TX_DMA_EN | RX_DMA_EN);
	return (mt76_poll_msec_tick(td, R_GLO_CFG, TX_DMA_BUSY | RX_DMA_BUSY, 0,
	    100, 1));
}

static void
dma_on(struct test_dev *td)
{
	mt76_wr(td, R_RST_DTX_PTR, ~0);
	mt76_set(td, R_GLO_CFG, TX_DMA_EN | RX_DMA_EN);
	mt76_set_irq_mask(&td->mt76, R_INT_ENA, 0, INT_RX_ALL | INT_TX_ALL);
}

static int
queues(struct test_dev *td)
{
	struct mt76_dev *dev = &td->mt76;
	int error;

	error = mt76_init_tx_queue(&dev->phy, MT_TXQ_VO, TXQ_DATA, TX_RING_SIZE,
	    R_TX_RING(0), NULL, 0);
	for (int i = MT_TXQ_VI; i <= MT_TXQ_PSD; i++)
		dev->phy.q_tx[i] = dev->phy.q_tx[0];
	if (error == 0)
		error = mt76_init_mcu_queue(dev, MT_MCUQ_WM, TXQ_MCU,
		    MT_MCU_RING_SIZE, R_TX_RING(0));
	if (error == 0)
		error = mt76_init_mcu_queue(dev, MT_MCUQ_FWDL, TXQ_DOWNLOAD,
		    FWDL_RING_SIZE, R_TX_RING(0));
	if (error == 0)
		error = mt76_queue_alloc(td, &dev->q_rx[MT_RXQ_MCU], RXQ_ROM,
		    ROM_RING_SIZE, MT_RX_BUF_SIZE, R_RX_RING(0));
	if (error == 0)
		error = mt76_queue_alloc(td, &dev->q_rx[MT_RXQ_MCU_WA], RXQ_MCU,
		    MCU_RING_SIZE, MT_RX_BUF_SIZE, R_RX_RING(0));
	if (error == 0)
		error = mt76_queue_alloc(td, &dev->q_rx[MT_RXQ_MAIN], RXQ_DATA,
		    RX_RING_SIZE, MT_RX_BUF_SIZE, R_RX_RING(0));
	if (error == 0)
		error = mt76_init_queues(td, mt76_dma_rx_poll);
	if (error != 0)
		return (error);
	netif_napi_add_tx(dev->tx_napi_dev, &dev->tx_napi, poll_tx);
	napi_enable(&dev->tx_napi);
	return (0);
}

/* --- life --- */

int
driver_probe(struct device *device, struct air *air,
    const struct hosted_stack *stack, void *arg, struct test_dev **out)
{
	struct mt76_dev *dev;
	struct test_dev *td;
	int error;

	error = dma_set_mask_and_coherent(device, device->dma_mask);
	if (error != 0)
		return (error);
	dev = mt76_alloc_device(device, sizeof(*td), &mac_ops, &drv_ops);
	if (dev == NULL)
		return (-ENOMEM);
	td = container_of(dev, struct test_dev, mt76);
	td->device = device;
	td->air = air;
	td->irq_tq = taskqueue_create("irq", M_WAITOK, taskqueue_thread_enqueue,
	    &td->irq_tq);
	TASK_INIT(&td->irq_task, 0, irq_task, td);
	taskqueue_start_threads(&td->irq_tq, 1, PWAIT, "irq");
	air->irq = irq;
	air->arg = td;
	hosted_stack_set(dev->hw, stack, arg);

	mt76_mmio_init(dev, __DEVOLATILE(void *, air->chip.bar));
	dev->rev = mt76_rr(td, R_CHIPID) << 16 | (mt76_rr(td, R_REVISION) & 0xff);
	dev->mcu_ops = &mcu_ops;
	mt76_dma_attach(dev);
	if (!dma_off(td))
		return (-ETIMEDOUT);
	error = queues(td);
	if (error != 0)
		return (error);
	dma_on(td);
	error = mcu_boot(td);
	if (error != 0)
		return (error);

	dev->phy.cap.has_2ghz = dev->phy.cap.has_5ghz = true;
	dev->phy.antenna_mask = dev->phy.chainmask = 3;
	INIT_DELAYED_WORK(&dev->phy.mac_work, NULL);
	dev->hw->sta_data_size = sizeof(struct mt76_wcid);
	dev->hw->vif_data_size = sizeof(struct mt76_vif);
	/* Index 0 is the one for frames to nobody in particular. */
	dev->global_wcid.idx = mt76_wcid_alloc(dev->wcid_mask, MT76_N_WCIDS);
	error = mt76_eeprom_init(dev, 512);
	if (error < 0)
		return (error);
	memcpy(dev->phy.macaddr, air->chip.mac, ETH_ALEN);
	error = mt76_eeprom_override(&dev->phy);
	if (error != 0)
		return (error);
	rcu_assign_pointer(dev->wcid[0], &dev->global_wcid);
	error = mt76_register_device(dev, true, mt76_rates,
	    ARRAY_SIZE(mt76_rates));
	*out = td;
	return (error);
}

int
driver_start(struct test_dev *td)
{
	static const u8 peer[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct mt76_dev *dev = &td->mt76;
	struct cfg80211_chan_def def = {
		.chan = ieee80211_get_channel(dev->hw->wiphy, 5180),
		.width = NL80211_CHAN_WIDTH_80,
		.center_freq1 = 5210,
	};
	int error;

	if (def.chan == NULL)
		return (-ENOENT);
	set_bit(MT76_STATE_RUNNING, &dev->phy.state);
	hosted_vif_add(dev->hw, NL80211_IFTYPE_STATION);
	td->sta = hosted_sta_add(dev->hw, peer);
	if (IS_ERR(td->sta)) {
		error = PTR_ERR(td->sta);
		td->sta = NULL;
		return (error);
	}
	dev->hw->conf.chandef = def;
	error = mt76_update_channel(&dev->phy);
	if (error != 0)
		return (error);
	mutex_lock(&dev->mutex);
	error = mt76_rx_aggr_start(dev, (void *)td->sta->drv_priv, 0, 0,
	    BA_WINDOW);
	mutex_unlock(&dev->mutex);
	return (error);
}

void
driver_stop(struct test_dev *td)
{
	struct ieee80211_hw *hw = td->mt76.hw;

	clear_bit(MT76_STATE_RUNNING, &td->mt76.phy.state);
	hosted_sta_remove(hw);
	td->sta = NULL;
	hosted_vif_remove(hw);
}

/* Add the numbers of the data queue's pool to those kept, times sign. */
static void
pool_stats(struct test_dev *td, int sign)
{
	struct page_pool_stats now = { 0 };
	uint64_t *to = (uint64_t *)&td->stats, *from = (uint64_t *)&now;

	page_pool_get_stats(td->mt76.q_rx[MT_RXQ_MAIN].page_pool, &now);
	for (int i = 0; i < sizeof(now) / sizeof(uint64_t); i++)
		to[i] += sign * from[i];
}

/* The DMA engine begins anew, as after a hang: mt7921's order. */
void
driver_reset(struct test_dev *td)
{
	struct mt76_dev *dev = &td->mt76;
	int i;

	set_bit(MT76_RESET, &dev->phy.state);
	set_bit(MT76_MCU_RESET, &dev->phy.state);
	wake_up(&dev->mcu.wait);
	skb_queue_purge(&dev->mcu.res_q);
	mt76_worker_disable(&dev->tx_worker);
	mt76_for_each_q_rx(dev, i)
		napi_disable(&dev->napi[i]);
	napi_disable(&dev->tx_napi);

	mt76_set_irq_mask(dev, R_INT_ENA, INT_RX_ALL | INT_TX_ALL, 0);
	WARN_ON(!dma_off(td));
	taskqueue_drain(td->irq_tq, &td->irq_task);
	mac_tokens_free(dev);
	/* Nobody else steps the chip now. */
	mtx_lock(&td->air->lock);
	wfdma_reset(&td->air->chip);
	mtx_unlock(&td->air->lock);

	/* 768 pages go back at once, and the ring has room for 256. */
	pool_stats(td, 1);
	mt76_queue_tx_cleanup(td, dev->phy.q_tx[0], true);
	for (i = 0; i < ARRAY_SIZE(dev->q_mcu); i++)
		mt76_queue_tx_cleanup(td, dev->q_mcu[i], true);
	mt76_for_each_q_rx(dev, i)
		mt76_queue_rx_cleanup(td, &dev->q_rx[i]);
	mtx_lock(&td->air->lock);
	td->air->rx_thrown = td->air->rx_sent - td->seen;
	mtx_unlock(&td->air->lock);
	mt76_queue_reset(td, dev->phy.q_tx[0]);
	for (i = 0; i < ARRAY_SIZE(dev->q_mcu); i++)
		mt76_queue_reset(td, dev->q_mcu[i]);
	mt76_for_each_q_rx(dev, i)
		mt76_queue_reset(td, &dev->q_rx[i]);
	mt76_tx_status_check(dev, true);
	mt76_for_each_q_rx(dev, i)
		mt76_queue_rx_reset(td, i);
	pool_stats(td, -1);

	clear_bit(MT76_MCU_RESET, &dev->phy.state);
	clear_bit(MT76_RESET, &dev->phy.state);
	mt76_for_each_q_rx(dev, i)
		napi_enable(&dev->napi[i]);
	napi_enable(&dev->tx_napi);
	dma_on(td);
	mt76_for_each_q_rx(dev, i)
		napi_schedule(&dev->napi[i]);
	napi_schedule(&dev->tx_napi);
	mt76_worker_enable(&dev->tx_worker);
}

void
driver_remove(struct test_dev *td)
{
	struct mt76_dev *dev = &td->mt76;
	int i;

	mt76_unregister_device(dev);
	mt76_for_each_q_rx(dev, i)
		napi_disable(&dev->napi[i]);
	mt76_set_irq_mask(dev, R_INT_ENA, INT_RX_ALL | INT_TX_ALL, 0);
	WARN_ON(!dma_off(td));
	taskqueue_drain(td->irq_tq, &td->irq_task);
	mac_tokens_free(dev);
	pool_stats(td, 1);
	skb_queue_purge(&dev->mcu.res_q);
	mt76_dma_cleanup(dev);
	taskqueue_free(td->irq_tq);
}
