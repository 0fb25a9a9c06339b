/* SPDX-License-Identifier: BSD-2-Clause */
/* What is above a driver: a device's queues, stations and interfaces. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>

#include <hosted_mac80211.h>

struct hosted_hw {
	struct ieee80211_hw hw;
	struct wiphy	wiphy;
	const struct ieee80211_ops *ops;
	const struct hosted_stack *stack;
	void		*arg;
	struct workqueue_struct *wq;
	bool		registered;

	spinlock_t	lock;		/* of what follows, and of the txqs */
	struct list_head active[IEEE80211_NUM_ACS];
	u_int		round[IEEE80211_NUM_ACS];
	struct ieee80211_vif *vif;
	struct ieee80211_sta *sta;

	uint8_t		priv[] __aligned(CACHE_LINE_SIZE);
};
#define	HOSTED(hw)	__containerof(hw, struct hosted_hw, hw)

/* The ACs of the priorities 0 to 7 (802.11-2020, table 10-1). */
static const u8 ac_of_tid[8] = {
	IEEE80211_AC_BE, IEEE80211_AC_BK, IEEE80211_AC_BK, IEEE80211_AC_BE,
	IEEE80211_AC_VI, IEEE80211_AC_VI, IEEE80211_AC_VO, IEEE80211_AC_VO,
};

struct ieee80211_hw *
ieee80211_alloc_hw(size_t priv, const struct ieee80211_ops *ops)
{
	static u_int number;
	struct hosted_hw *h = kzalloc(sizeof(*h) + priv, GFP_KERNEL);

	h->hw.wiphy = &h->wiphy;
	h->hw.priv = h->priv;
	h->ops = ops;
	snprintf(h->wiphy.name, sizeof(h->wiphy.name), "phy%u",
	    atomic_fetchadd_int(&number, 1));
	spin_lock_init(&h->lock);
	for (int i = 0; i < IEEE80211_NUM_ACS; i++)
		INIT_LIST_HEAD(&h->active[i]);
	h->wq = alloc_ordered_workqueue(h->wiphy.name, 0);
	if (h->wq == NULL) {
		kfree(h);
		return (NULL);
	}
	return (&h->hw);
}

void
ieee80211_free_hw(struct ieee80211_hw *hw)
{
	struct hosted_hw *h = HOSTED(hw);

	WARN_ON(h->registered || h->sta != NULL || h->vif != NULL);
	destroy_workqueue(h->wq);
	kfree(h);
}

int
ieee80211_register_hw(struct ieee80211_hw *hw)
{
	if (HOSTED(hw)->stack == NULL)
		return (-EINVAL);
	HOSTED(hw)->registered = true;
	return (0);
}

void
ieee80211_unregister_hw(struct ieee80211_hw *hw)
{
	WARN_ON(!HOSTED(hw)->registered);
	HOSTED(hw)->registered = false;
}

void
hosted_stack_set(struct ieee80211_hw *hw, const struct hosted_stack *stack,
    void *arg)
{
	HOSTED(hw)->stack = stack;
	HOSTED(hw)->arg = arg;
}

/* --- frames --- */

void
ieee80211_rx_list(struct ieee80211_hw *hw, struct ieee80211_sta *sta,
    struct sk_buff *skb, struct list_head *list __unused)
{
	struct hosted_hw *h = HOSTED(hw);

	h->stack->rx(h->arg, sta, skb);
}

void
ieee80211_tx_status_ext(struct ieee80211_hw *hw, struct ieee80211_tx_status *s)
{
	struct hosted_hw *h = HOSTED(hw);

	if (s->skb != NULL)
		h->stack->tx_done(h->arg, s->skb, true);
}

void
ieee80211_free_txskb(struct ieee80211_hw *hw, struct sk_buff *skb)
{
	struct hosted_hw *h = HOSTED(hw);

	h->stack->tx_done(h->arg, skb, false);
}

/* --- queues --- */

void
hosted_txq_push(struct ieee80211_hw *hw, struct ieee80211_txq *txq,
    struct sk_buff *skb)
{
	struct hosted_hw *h = HOSTED(hw);

	skb->qmap = txq->ac;
	spin_lock(&h->lock);
	__skb_queue_tail(&txq->frames, skb);
	if (list_empty(&txq->active))
		list_add_tail(&txq->active, &h->active[txq->ac]);
	spin_unlock(&h->lock);
}

void
hosted_txq_wake(struct ieee80211_hw *hw, struct ieee80211_txq *txq)
{
	HOSTED(hw)->ops->wake_tx_queue(hw, txq);
}

struct sk_buff *
ieee80211_tx_dequeue(struct ieee80211_hw *hw, struct ieee80211_txq *txq)
{
	struct hosted_hw *h = HOSTED(hw);
	struct sk_buff *skb;

	spin_lock(&h->lock);
	skb = __skb_dequeue(&txq->frames);
	spin_unlock(&h->lock);
	if (skb != NULL)
		IEEE80211_SKB_CB(skb)->control.vif = txq->vif;
	return (skb);
}

void
ieee80211_txq_schedule_start(struct ieee80211_hw *hw, u8 ac)
{
	struct hosted_hw *h = HOSTED(hw);

	spin_lock(&h->lock);
	h->round[ac]++;
	spin_unlock(&h->lock);
}

/* The caller has it to itself until it returns it. */
struct ieee80211_txq *
ieee80211_next_txq(struct ieee80211_hw *hw, u8 ac)
{
	struct hosted_hw *h = HOSTED(hw);
	struct ieee80211_txq *txq;

	spin_lock(&h->lock);
	txq = list_first_entry_or_null(&h->active[ac], struct ieee80211_txq,
	    active);
	if (txq != NULL && txq->round == h->round[ac])
		txq = NULL;
	if (txq != NULL) {
		txq->round = h->round[ac];
		list_del_init(&txq->active);
	}
	spin_unlock(&h->lock);
	return (txq);
}

void
ieee80211_return_txq(struct ieee80211_hw *hw, struct ieee80211_txq *txq,
    bool force)
{
	struct hosted_hw *h = HOSTED(hw);

	spin_lock(&h->lock);
	if (list_empty(&txq->active) &&
	    (force || !skb_queue_empty(&txq->frames)))
		list_add_tail(&txq->active, &h->active[txq->ac]);
	spin_unlock(&h->lock);
}

void
ieee80211_queue_delayed_work(struct ieee80211_hw *hw, struct delayed_work *w,
    unsigned long delay)
{
	queue_delayed_work(HOSTED(hw)->wq, w, delay);
}

/* --- interfaces and stations: one of each --- */

struct ieee80211_vif *
hosted_vif_add(struct ieee80211_hw *hw, enum nl80211_iftype type)
{
	struct hosted_hw *h = HOSTED(hw);

	h->vif = kzalloc(sizeof(*h->vif) + hw->vif_data_size, GFP_KERNEL);
	h->vif->type = type;
	return (h->vif);
}

void
hosted_vif_remove(struct ieee80211_hw *hw)
{
	kfree(HOSTED(hw)->vif);
	HOSTED(hw)->vif = NULL;
}

static void
txqs_free(struct hosted_hw *h, struct ieee80211_sta *sta)
{
	struct sk_buff *skb;

	for (int i = 0; i < ARRAY_SIZE(sta->txq); i++) {
		struct ieee80211_txq *txq = sta->txq[i];

		if (txq == NULL)
			continue;
		spin_lock(&h->lock);
		list_del_init(&txq->active);
		spin_unlock(&h->lock);
		while ((skb = ieee80211_tx_dequeue(&h->hw, txq)) != NULL)
			h->stack->tx_done(h->arg, skb, false);
		kfree(txq);
	}
}

int
hosted_sta_move(struct ieee80211_hw *hw, enum ieee80211_sta_state was,
    enum ieee80211_sta_state is)
{
	struct hosted_hw *h = HOSTED(hw);

	return (h->ops->sta_state(hw, h->vif, h->sta, was, is));
}

struct ieee80211_sta *
hosted_sta_add(struct ieee80211_hw *hw, const u8 *addr)
{
	struct hosted_hw *h = HOSTED(hw);
	struct ieee80211_sta *sta;
	int state, error;

	sta = kzalloc(sizeof(*sta) + hw->sta_data_size, GFP_KERNEL);
	memcpy(sta->addr, addr, ETH_ALEN);
	for (int i = 0; i < ARRAY_SIZE(sta->txq); i++) {
		struct ieee80211_txq *txq = kzalloc(sizeof(*txq) +
		    hw->txq_data_size, GFP_KERNEL);

		txq->vif = h->vif;
		txq->sta = sta;
		txq->tid = i;
		/* The last one is for management frames. */
		txq->ac = i < IEEE80211_NUM_TIDS ? ac_of_tid[i & 7] :
		    IEEE80211_AC_VO;
		INIT_LIST_HEAD(&txq->active);
		__skb_queue_head_init(&txq->frames);
		sta->txq[i] = txq;
	}
	h->sta = sta;
	for (state = IEEE80211_STA_NOTEXIST; state < IEEE80211_STA_AUTHORIZED;
	    state++) {
		error = hosted_sta_move(hw, state, state + 1);
		if (error != 0) {
			WARN_ON(state != IEEE80211_STA_NOTEXIST);
			txqs_free(h, sta);
			h->sta = NULL;
			kfree(sta);
			return (ERR_PTR(error));
		}
	}
	return (sta);
}

void
hosted_sta_remove(struct ieee80211_hw *hw)
{
	struct hosted_hw *h = HOSTED(hw);
	int state;

	h->ops->sta_pre_rcu_remove(hw, h->vif, h->sta);
	synchronize_rcu();
	for (state = IEEE80211_STA_AUTHORIZED; state > IEEE80211_STA_NOTEXIST;
	    state--)
		(void)hosted_sta_move(hw, state, state - 1);
	txqs_free(h, h->sta);
	kfree(h->sta);
	h->sta = NULL;
}

void
ieee80211_iterate_active_interfaces_atomic(struct ieee80211_hw *hw,
    u32 flags __unused, void (*f)(void *, u8 *, struct ieee80211_vif *),
    void *arg)
{
	struct ieee80211_vif *vif = HOSTED(hw)->vif;

	if (vif != NULL)
		f(arg, vif->addr, vif);
}

struct ieee80211_sta *
ieee80211_find_sta_by_ifaddr(struct ieee80211_hw *hw, const u8 *addr,
    const u8 *local __unused)
{
	struct ieee80211_sta *sta = HOSTED(hw)->sta;

	return (sta != NULL && ether_addr_equal(sta->addr, addr) ? sta : NULL);
}

void
linuxkpi_ieee80211_connection_loss(struct ieee80211_vif *vif __unused)
{
}

struct linuxkpi_ieee80211_channel *
linuxkpi_ieee80211_get_channel(struct wiphy *wiphy, uint32_t freq)
{
	for (int b = 0; b < NUM_NL80211_BANDS; b++) {
		struct ieee80211_supported_band *band = wiphy->bands[b];

		for (int i = 0; band != NULL && i < band->n_channels; i++)
			if (band->channels[i].center_freq == freq)
				return (&band->channels[i]);
	}
	return (NULL);
}
