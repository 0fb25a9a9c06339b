/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_80211.c: that file, and what it does not give
 * back.  Each station has queues that nothing frees; each holds a reference to
 * its net80211 node and the node to it, so neither goes with its interface; a
 * device's work queue stays when the device goes, and the delayed work on it,
 * whose callouts the driver's memory holds, fires after that memory is freed.
 * A channel context is lost with each association of some drivers.  A scan by
 * net80211 never ends for the driver.  A frame may be received, or a sent one
 * come back, while its interface goes.  Received frames are handed over in their
 * buffers, where that file copies them.  Channels and scans: lkpirs_80211_bss.c;
 * frames to be sent: lkpirs_80211_tx.c.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/taskqueue.h>

#include <net/if.h>
#include <net/if_var.h>
#include <net/if_media.h>
#include <net/ethernet.h>
#include <net80211/ieee80211_var.h>
#include <net80211/ieee80211_proto.h>
#include <net80211/ieee80211_ratectl.h>
#include <net80211/ieee80211_radiotap.h>
#define	LINUXKPI_NET80211
#include <net/mac80211.h>
#include <linux/workqueue.h>
#include <lkpirs/skb_mbuf.h>
#include <compat/linuxkpi/common/src/linux_80211.h>

void	stock_iffree(struct ieee80211_hw *);
void	stock_queue_delayed_work(struct ieee80211_hw *, struct delayed_work *,
	    int);
struct lkpi_sta;
static void	free_sta(void *, struct malloc_type *);
static void	free_txq(void *, struct malloc_type *);
static void	vap_detach(struct ieee80211vap *);
static void	ic_detach(struct ieee80211com *);
static int	lkpi_ic_node_init(struct ieee80211_node *);
static void	stock_scan_end(struct ieee80211com *) __unused;
static void	lkpi_ic_scan_end(struct ieee80211com *);
static void	begin_scan(struct ieee80211_hw *, struct ieee80211_vif *,
	    const u8 *);
static void	tell_bss(struct ieee80211_hw *, struct ieee80211_vif *,
	    struct ieee80211_bss_conf *, uint64_t);
static void	unassign_chanctx(struct ieee80211_hw *, struct ieee80211_vif *);
static struct ieee80211_node *stock_update_bss(struct ieee80211vap *,
	    struct ieee80211_node *);
static struct ieee80211_node *lkpi_iv_update_bss(struct ieee80211vap *,
	    struct ieee80211_node *);
void	stock_rx(struct ieee80211_hw *, struct sk_buff *,
	    struct ieee80211_sta *, struct napi_struct *, struct list_head *);
static struct mbuf *rx_mbuf(struct sk_buff *);
/* lkpirs_80211_tx.c */
static void	stock_free_skb_mbuf(void *);
static void	lkpi_ieee80211_free_skb_mbuf(void *);
struct ieee80211_bpf_params;
void	stock_schedule_txq(struct ieee80211_hw *, struct ieee80211_txq *, bool);
struct ieee80211_txq *stock_next_txq(struct ieee80211_hw *, uint8_t);
void	stock_tx_status_ext(struct ieee80211_hw *,
	    struct ieee80211_tx_status *);
static int	stock_raw_xmit(struct ieee80211_node *, struct mbuf *,
	    const struct ieee80211_bpf_params *);
static int	lkpi_ic_raw_xmit(struct ieee80211_node *, struct mbuf *,
	    const struct ieee80211_bpf_params *);
static int	lkpi_ic_transmit(struct ieee80211com *, struct mbuf *);
static void	wake_tx_queue(struct ieee80211_hw *, struct ieee80211_txq *);
static struct sk_buff *own_node(struct sk_buff *);
static void	send(struct ieee80211_hw *, struct ieee80211_tx_control *,
	    struct sk_buff *);
static void	close_tx(struct ieee80211_sta *);
static void	unschedule(struct lkpi_hw *, struct lkpi_txq *);

/* What is freed as a station takes its queues along. */
#define	free(p, type)	_Generic((p),					\
	struct lkpi_sta *: free_sta,					\
	struct ieee80211_txq *: free_txq,				\
	default: (free))((p), (type))
/* As a function, this is its definition; by its bare name, ours is used. */
#define	lkpi_ic_node_init(ni)		stock_node_init(ni)
#define	lkpi_iv_update_bss(vap, ni)	stock_update_bss(vap, ni)
#define	lkpi_ic_scan_end(ic)		stock_scan_end(ic)
#define	lkpi_80211_mo_sw_scan_start(hw, vif, addr) begin_scan(hw, vif, addr)
#define	lkpi_80211_mo_bss_info_changed(hw, vif, conf, changed)		\
	tell_bss(hw, vif, conf, changed)
#define	lkpi_80211_mo_unassign_vif_chanctx(hw, vif, conf, chanctx)	\
	unassign_chanctx(hw, vif)
#define	ieee80211_vap_detach(vap)	vap_detach(vap)
#define	ieee80211_ifdetach(ic)		ic_detach(ic)
#define	linuxkpi_ieee80211_iffree	stock_iffree
#define	linuxkpi_ieee80211_queue_delayed_work stock_queue_delayed_work
#define	linuxkpi_ieee80211_rx		stock_rx
#define	lkpi_ieee80211_free_skb_mbuf(p)	stock_free_skb_mbuf(p)
#define	linuxkpi_ieee80211_schedule_txq	stock_schedule_txq
#define	linuxkpi_ieee80211_next_txq	stock_next_txq
#define	linuxkpi_ieee80211_tx_status_ext stock_tx_status_ext
#define	lkpi_ic_raw_xmit(ni, m, params)	stock_raw_xmit(ni, m, params)
#define	lkpi_ic_transmit(ic, m)		stock_transmit(ic, m)
#define	lkpi_80211_mo_wake_tx_queue(hw, txq) wake_tx_queue(hw, txq)
#define	lkpi_80211_mo_tx(hw, control, skb) send(hw, control, skb)
#pragma push_macro("skb_queue_tail")
#undef skb_queue_tail
#define	skb_queue_tail(q, skb)	lkpirs_skb_queue_tail(q, own_node(skb))
#define	lkpi_80211_mo_sta_pre_rcu_remove(hw, vif, sta) do {		\
	close_tx(sta);							\
	(lkpi_80211_mo_sta_pre_rcu_remove)(hw, vif, sta);		\
} while (0)
static int	stock_transmit(struct ieee80211com *, struct mbuf *) __unused;
/* The two of linuxkpi_ieee80211_rx(): the first does it all. */
#define	m_get2(len, how, type, flags)	rx_mbuf(skb)
#define	m_copyback(m, offset, len, data) ((void)(offset))

#include <compat/linuxkpi/common/src/linux_80211.c>

#undef free
#undef lkpi_ic_node_init
#undef lkpi_iv_update_bss
#undef lkpi_ic_scan_end
#undef lkpi_80211_mo_sw_scan_start
#undef lkpi_80211_mo_bss_info_changed
#undef lkpi_80211_mo_unassign_vif_chanctx
#undef ieee80211_vap_detach
#undef ieee80211_ifdetach
#undef linuxkpi_ieee80211_iffree
#undef linuxkpi_ieee80211_queue_delayed_work
#undef linuxkpi_ieee80211_rx
#undef lkpi_ieee80211_free_skb_mbuf
#undef linuxkpi_ieee80211_schedule_txq
#undef linuxkpi_ieee80211_next_txq
#undef linuxkpi_ieee80211_tx_status_ext
#undef lkpi_ic_raw_xmit
#undef lkpi_ic_transmit
#undef lkpi_80211_mo_wake_tx_queue
#undef lkpi_80211_mo_tx
#pragma pop_macro("skb_queue_tail")
#undef lkpi_80211_mo_sta_pre_rcu_remove
#undef m_get2
#undef m_copyback

static struct mtx lists_lock;
MTX_SYSINIT(lkpirs_80211, &lists_lock, "lkpirs 80211", MTX_DEF);

/* Stations with a node that they refer to. */
struct live {
	TAILQ_ENTRY(live) link;
	struct lkpi_sta	*lsta;
};
static TAILQ_HEAD(, live) lives = TAILQ_HEAD_INITIALIZER(lives);

/* Delayed work that was ever queued for a device. */
struct later {
	TAILQ_ENTRY(later) link;
	struct ieee80211_hw *hw;
	struct delayed_work *work;
};
static TAILQ_HEAD(, later) laters = TAILQ_HEAD_INITIALIZER(laters);

/* Whether the device has no interface, for as long as an epoch lasts.  Then
 * frames are not for net80211: their nodes refer to one that is going. */
static bool
gone(struct lkpi_hw *lhw)
{
	return (TAILQ_EMPTY(&lhw->lvif_head));
}

/* net80211 takes data frames apart; of others it reads the first mbuf only. */
static struct mbuf *
rx_mbuf(struct sk_buff *skb)
{
	const struct ieee80211_frame *wh = (const void *)skb->data;
	bool data = skb_headlen(skb) >= sizeof(*wh) &&
	    (wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_DATA;
	u_int align = 0;

#ifndef __NO_STRICT_ALIGNMENT
	/* Else ieee80211_decap() copies the frame. */
	if (data)
		align = ieee80211_anyhdrsize(wh) + sizeof(struct llc);
#endif
	return (lkpirs_skb_to_mbuf(skb, data, align));
}

/* Takes the skb. */
void
linuxkpi_ieee80211_rx(struct ieee80211_hw *hw, struct sk_buff *skb,
    struct ieee80211_sta *sta, struct napi_struct *napi, struct list_head *list)
{
	struct epoch_tracker et;

	NET_EPOCH_ENTER(et);
	if (gone(HW_TO_LHW(hw)))
		kfree_skb(skb);
	else
		stock_rx(hw, skb, sta, napi, list);
	NET_EPOCH_EXIT(et);
}

#include "lkpirs_80211_tx.c"
#include "lkpirs_80211_bss.c"

/* Stations */

static int
lkpi_ic_node_init(struct ieee80211_node *ni)
{
	struct live *live = malloc(sizeof(*live), M_LKPI80211,
	    M_NOWAIT | M_ZERO);
	int error;

	if (live == NULL)
		return (ENOMEM);
	error = stock_node_init(ni);
	if (error != 0) {
		free(live, M_LKPI80211);
		return (error);
	}
	live->lsta = ni->ni_drv_data;
	mtx_lock(&lists_lock);
	TAILQ_INSERT_HEAD(&lives, live, link);
	mtx_unlock(&lists_lock);
	return (0);
}

/* free_sta() does it, once. */
static void
free_txq(void *p __unused, struct malloc_type *type __unused)
{
}

static void
free_queues(struct lkpi_sta *lsta)
{
	struct lkpi_txq *ltxq;
	struct lkpi_hw *lhw;
	struct sk_buff *skb;
	u_int i;

	for (i = 0; i < nitems(lsta->sta.txq); i++) {
		if (lsta->sta.txq[i] == NULL)
			continue;
		ltxq = TXQ_TO_LTXQ(lsta->sta.txq[i]);
		lsta->sta.txq[i] = NULL;
		lhw = VIF_TO_LVIF(ltxq->txq.vif)->iv_vap.iv_ic->ic_softc;
		unschedule(lhw, ltxq);
		while ((skb = __skb_dequeue(&ltxq->skbq)) != NULL)
			kfree_skb(skb);
		free(ltxq, M_LKPI80211);
	}
}

static void
free_sta(void *p, struct malloc_type *type)
{
	struct lkpi_sta *lsta = p;
	struct live *live;

	mtx_lock(&lists_lock);
	TAILQ_FOREACH(live, &lives, link)
		if (live->lsta == lsta) {
			TAILQ_REMOVE(&lives, live, link);
			break;
		}
	mtx_unlock(&lists_lock);
	free(live, M_LKPI80211);
	/* The driver's worker may just have one of the queues. */
	synchronize_rcu();
	free_queues(lsta);
	if (mtx_initialized(&lsta->txq_mtx))
		mtx_destroy(&lsta->txq_mtx);
	free(lsta, type);
}

static struct lkpi_sta *
next_of(struct ieee80211vap *vap)
{
	struct live *live;

	mtx_lock(&lists_lock);
	TAILQ_FOREACH(live, &lives, link)
		if (live->lsta->ni != NULL && live->lsta->ni->ni_vap == vap)
			break;
	mtx_unlock(&lists_lock);
	return (live != NULL ? live->lsta : NULL);
}

/* With no node net80211 has just freed the old one, which has no station. */
static struct ieee80211_node *
lkpi_iv_update_bss(struct ieee80211vap *vap, struct ieee80211_node *ni)
{
	if (ni == NULL)
		return (VAP_TO_LVIF(vap)->iv_update_bss(vap, ni));
	return (stock_update_bss(vap, ni));
}

/*
 * The interface has left its device's list: see gone().  After the wait nobody
 * uses it, and after it is detached only stations know the nodes it had.
 */
static void
vap_detach(struct ieee80211vap *vap)
{
	struct lkpi_sta *lsta;

	NET_EPOCH_WAIT();
	ieee80211_vap_detach(vap);
	while ((lsta = next_of(vap)) != NULL) {
		close_tx(LSTA_TO_STA(lsta));
		lkpi_lsta_remove(lsta, VAP_TO_LVIF(vap));
	}
}

/* Delayed work */

void
linuxkpi_ieee80211_queue_delayed_work(struct ieee80211_hw *hw,
    struct delayed_work *work, int delay)
{
	struct later *l, *new = malloc(sizeof(*new), M_LKPI80211,
	    M_NOWAIT | M_ZERO);

	/* Without memory it is not queued: nothing would take it back. */
	mtx_lock(&lists_lock);
	TAILQ_FOREACH(l, &laters, link)
		if (l->hw == hw && l->work == work)
			break;
	if (l == NULL && new != NULL) {
		l = new;
		new = NULL;
		l->hw = hw;
		l->work = work;
		TAILQ_INSERT_HEAD(&laters, l, link);
	}
	mtx_unlock(&lists_lock);
	free(new, M_LKPI80211);
	if (l != NULL)
		stock_queue_delayed_work(hw, work, delay);
}

/*
 * Do now what is waiting for its time, as some of it holds memory; what then
 * waits again is taken back.
 */
static void
finish_works(struct ieee80211_hw *hw)
{
	struct later *l;

	for (;;) {
		mtx_lock(&lists_lock);
		TAILQ_FOREACH(l, &laters, link)
			if (l->hw == hw)
				break;
		if (l != NULL)
			TAILQ_REMOVE(&laters, l, link);
		mtx_unlock(&lists_lock);
		if (l == NULL)
			return;
		if (work_pending(&l->work->work))
			flush_delayed_work(l->work);
		cancel_delayed_work_sync(l->work);
		free(l, M_LKPI80211);
	}
}

/* In Linux the device's work queue ends here too, so the driver may stop the
 * device next. */
static void
ic_detach(struct ieee80211com *ic)
{
	struct lkpi_hw *lhw = ic->ic_softc;

	ieee80211_ifdetach(ic);
	finish_works(LHW_TO_HW(lhw));
	if (lhw->workq != NULL)
		flush_workqueue(lhw->workq);
}

void
linuxkpi_ieee80211_iffree(struct ieee80211_hw *hw)
{
	struct lkpi_hw *lhw = HW_TO_LHW(hw);

	finish_works(hw);
	if (lhw->workq != NULL)
		destroy_workqueue(lhw->workq);
	lhw->workq = NULL;
	stock_iffree(hw);
}
