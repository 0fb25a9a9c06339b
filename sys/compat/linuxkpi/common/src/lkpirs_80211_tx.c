/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part of linux_80211.c: frames to be sent.
 *
 * net80211 hands a frame to a station's deferred queue, whose task makes an skb
 * and either gives it to the driver or puts it in one of the station's TX queues;
 * the driver asks for scheduled TX queues in a thread of its own.  The tree's
 * file schedules no queue, so a driver that asks gets nothing; keeps the list of
 * scheduled ones without a lock; forgets a frame, and the node that it refers
 * to, when the deferred queue is full; has a frame refer to the node that its
 * station has by then, which may be another than net80211 took a reference on;
 * gives a frame to the driver with a station that the driver was not told of
 * yet; and may free a station whose task is running.
 */

/* Frames of a station that the driver has not asked for yet. */
#define	TXQ_DEPTH	512

static struct mtx txq_lock;
MTX_SYSINIT(lkpirs_80211_txq, &txq_lock, "lkpirs 80211 txq", MTX_DEF);

/* TX queues */

static bool
scheduled(const struct lkpi_txq *ltxq)
{
	return (ltxq->txq_entry.tqe_prev != NULL);
}

/* Unless it is scheduled, or empty and `empty' is not set. */
void
linuxkpi_ieee80211_schedule_txq(struct ieee80211_hw *hw,
    struct ieee80211_txq *txq, bool empty)
{
	struct lkpi_hw *lhw = HW_TO_LHW(hw);
	struct lkpi_txq *ltxq = TXQ_TO_LTXQ(txq);

	mtx_lock(&txq_lock);
	if (!scheduled(ltxq) && (empty || !skb_queue_empty(&ltxq->skbq)))
		TAILQ_INSERT_TAIL(&lhw->scheduled_txqs[txq->ac], ltxq,
		    txq_entry);
	mtx_unlock(&txq_lock);
}

static void
unschedule(struct lkpi_hw *lhw, struct lkpi_txq *ltxq)
{
	mtx_lock(&txq_lock);
	if (scheduled(ltxq)) {
		TAILQ_REMOVE(&lhw->scheduled_txqs[ltxq->txq.ac], ltxq,
		    txq_entry);
		TAILQ_ELEM_INIT(ltxq, txq_entry);
	}
	mtx_unlock(&txq_lock);
}

/* The next one, no longer scheduled; each once a round. */
struct ieee80211_txq *
linuxkpi_ieee80211_next_txq(struct ieee80211_hw *hw, uint8_t ac)
{
	struct ieee80211_txq *txq;

	mtx_lock(&txq_lock);
	txq = stock_next_txq(hw, ac);
	mtx_unlock(&txq_lock);
	return (txq);
}

static void
wake_tx_queue(struct ieee80211_hw *hw, struct ieee80211_txq *txq)
{
	linuxkpi_ieee80211_schedule_txq(hw, txq, true);
	lkpi_80211_mo_wake_tx_queue(hw, txq);
}

/* The deferred queue */

static u_int
depth(struct lkpi_sta *lsta)
{
	u_int i, n = 0;

	for (i = 0; i < nitems(lsta->sta.txq); i++)
		if (lsta->sta.txq[i] != NULL)
			n += skb_queue_len(
			    &TXQ_TO_LTXQ(lsta->sta.txq[i])->skbq);
	return (n);
}

/* Takes the frame and its reference to the node, unless it fails: ENETDOWN
 * after the station has gone, ENOBUFS if too many wait. */
static int
defer(struct ieee80211_node *ni, struct mbuf *m)
{
	struct lkpi_sta *lsta;
	int error = ENETDOWN;

	mtx_lock(&lists_lock);
	lsta = ni->ni_drv_data;
	if (lsta != NULL) {
		m->m_pkthdr.rcvif = (struct ifnet *)ni;
		LKPI_80211_LSTA_LOCK(lsta);
		error = depth(lsta) < TXQ_DEPTH ?
		    mbufq_enqueue(&lsta->txq, m) : ENOBUFS;
		if (error == 0)
			taskqueue_enqueue(taskqueue_thread, &lsta->txq_task);
		LKPI_80211_LSTA_UNLOCK(lsta);
	}
	mtx_unlock(&lists_lock);
	return (error);
}

/* On failure the frame goes here, the reference in net80211. */
static int
lkpi_ic_raw_xmit(struct ieee80211_node *ni, struct mbuf *m,
    const struct ieee80211_bpf_params *params __unused)
{
	int error = defer(ni, m);

	if (error != 0)
		m_freem(m);
	return (error);
}

/* On failure net80211 frees both. */
static int
lkpi_ic_transmit(struct ieee80211com *ic __unused, struct mbuf *m)
{
	return (defer((struct ieee80211_node *)m->m_pkthdr.rcvif, m));
}

/* The frame's node is the one that it holds a reference on. */
static struct sk_buff *
own_node(struct sk_buff *skb)
{
	struct mbuf *m = skb->m;

	m->m_pkthdr.PH_loc.ptr = m->m_pkthdr.rcvif;
	return (skb);
}

/* Past the TX queues, as before the station is added; for mac80211 it is none
 * then. */
static void
send(struct ieee80211_hw *hw, struct ieee80211_tx_control *control,
    struct sk_buff *skb)
{
	if (control->sta != NULL && !STA_TO_LSTA(control->sta)->added_to_drv)
		control->sta = NULL;
	lkpi_80211_mo_tx(hw, control, own_node(skb));
}

/* What was deferred reaches the driver; no more is taken.  May sleep. */
static void
close_tx(struct ieee80211_sta *sta)
{
	struct lkpi_sta *lsta = STA_TO_LSTA(sta);
	struct ieee80211_node *ni;
	struct mbuf *m;

	mtx_lock(&lists_lock);
	LKPI_80211_LSTA_LOCK(lsta);
	lsta->txq.mq_maxlen = 0;
	LKPI_80211_LSTA_UNLOCK(lsta);
	mtx_unlock(&lists_lock);
	taskqueue_drain(taskqueue_thread, &lsta->txq_task);
	while ((m = mbufq_dequeue(&lsta->txq)) != NULL) {
		ni = (struct ieee80211_node *)m->m_pkthdr.rcvif;
		ieee80211_free_node(ni);
		m_freem(m);
	}
}

/* TX status */

/* Drops a sent frame and its reference to the node; net80211 looks at the
 * interface of one with an association. */
static void
lkpi_ieee80211_free_skb_mbuf(void *p)
{
	struct mbuf *m = p;
	struct ieee80211_node *ni;

	if (m != NULL && (ni = m->m_pkthdr.PH_loc.ptr) != NULL &&
	    gone(ni->ni_ic->ic_softc))
		ni->ni_associd = 0;
	stock_free_skb_mbuf(p);
}

static void
forget(struct ieee80211_tx_status *status)
{
	struct sk_buff *skb = status->skb;
	struct mbuf *m = skb->m;

	skb->m = NULL;
	lkpi_ieee80211_free_skb_mbuf(m);
	if (status->free_list != NULL)
		list_add_tail(&skb->list, status->free_list);
	else
		kfree_skb(skb);
}

/* A driver may leave the skb's own information out, as mt76 does. */
void
linuxkpi_ieee80211_tx_status_ext(struct ieee80211_hw *hw,
    struct ieee80211_tx_status *status)
{
	struct epoch_tracker et;

	NET_EPOCH_ENTER(et);
	if (status->info == NULL)
		status->info = IEEE80211_SKB_CB(status->skb);
	if (gone(HW_TO_LHW(hw)))
		forget(status);
	else
		stock_tx_status_ext(hw, status);
	NET_EPOCH_EXIT(et);
}
