/* SPDX-License-Identifier: BSD-2-Clause */
/* The network above: it looks at received frames and gives their buffers back
 * from another thread, and makes frames to be sent. */
#include "test.h"

#include <sys/kthread.h>

#define	TX_AHEAD	256	/* frames that are under way */
#define	TX_BURST	32

/* --- received frames --- */

/* Bytes of the body, wherever they lie. */
static bool
body_right(struct sk_buff *skb, uint32_t *serial)
{
	size_t len = skb->len - FRAME_HEADER, i;
	struct frame_body b;
	uint32_t end;
	uint8_t c;

	if (skb->len < FRAME_HEADER + sizeof(b) + sizeof(end) ||
	    skb_copy_bits(skb, FRAME_HEADER, &b, sizeof(b)) != 0 ||
	    skb_copy_bits(skb, skb->len - sizeof(end), &end, sizeof(end)) != 0)
		return (false);
	*serial = b.serial;
	if (b.len != len || end != (b.serial ^ FRAME_END))
		return (false);
	if (b.serial % FRAME_FULL != 0)
		return (true);
	for (i = sizeof(b); i < len - sizeof(end); i++)
		if (skb_copy_bits(skb, FRAME_HEADER + i, &c, 1) != 0 ||
		    c != frame_byte(b.serial, i))
			return (false);
	return (true);
}

/* mt76 holds rx_lock: one frame at a time. */
static void
stack_rx(void *arg, struct ieee80211_sta *sta, struct sk_buff *skb)
{
	struct stack *s = arg;
	uint32_t serial = 0;
	void *copy;

	if (sta == NULL || !body_right(skb, &serial))
		s->rx_bad++;
	else if (s->any && (int32_t)(serial - s->last) <= 0)
		s->rx_disorder++;
	s->last = serial;
	s->any = true;
	s->rx++;
	if (s->mode == STACK_COPY) {
		copy = malloc(skb->len, M_HOSTED, M_NOWAIT);
		if (copy != NULL)
			(void)skb_copy_bits(skb, 0, copy, skb->len);
		free(copy, M_HOSTED);
	}
	if (s->mode != STACK_THREAD || serial % 4 == 0) {
		kfree_skb(skb);
		atomic_add_64(&s->taken, 1);
		return;
	}
	spin_lock(&s->in.lock);
	__skb_queue_tail(&s->in, skb);
	if (s->in.qlen == 32)
		wakeup(&s->in);
	spin_unlock(&s->in.lock);
}

/* Takes what there is now and then, and at once when there is much. */
static void
rx_thread(void *arg)
{
	struct stack *s = arg;
	struct sk_buff_head mine;
	struct sk_buff *skb;

	__skb_queue_head_init(&mine);
	for (;;) {
		spin_lock(&s->in.lock);
		if (s->in.qlen < 32 && !s->stop)
			msleep_sbt(&s->in, &s->in.lock.m, 0, "stack",
			    100 * SBT_1US, 0, C_HARDCLOCK);
		skb_queue_splice_init(&s->in, &mine);
		spin_unlock(&s->in.lock);
		if (mine.qlen == 0 && s->stop)
			break;
		while ((skb = __skb_dequeue(&mine)) != NULL) {
			kfree_skb(skb);
			atomic_add_64(&s->taken, 1);
		}
	}
	atomic_subtract_int(&s->running, 1);
	kthread_exit();
}

/* --- frames to be sent --- */

static void
stack_tx_done(void *arg, struct sk_buff *skb, bool sent)
{
	struct stack *s = arg;

	atomic_add_64(sent ? &s->tx_done : &s->tx_dropped, 1);
	kfree_skb(skb);
}

const struct hosted_stack stack_ops = {
	.rx = stack_rx,
	.tx_done = stack_tx_done,
};

static struct sk_buff *
make(uint32_t serial)
{
	const size_t body = 64 + serial % 1400;
	struct sk_buff *skb = alloc_skb(64 + FRAME_HEADER + body, GFP_KERNEL);
	const struct frame_body b = { serial, body };
	uint32_t end = serial ^ FRAME_END;
	struct ieee80211_hdr *h;

	skb_reserve(skb, 64);
	h = memset(skb_put(skb, FRAME_HEADER), 0, FRAME_HEADER);
	h->frame_control = htole16(IEEE80211_FTYPE_DATA |
	    IEEE80211_STYPE_QOS_DATA | IEEE80211_FCTL_TODS);
	skb_put_data(skb, &b, sizeof(b));
	memset(skb_put(skb, body - sizeof(b) - sizeof(end)), serial,
	    body - sizeof(b) - sizeof(end));
	skb_put_data(skb, &end, sizeof(end));
	skb->priority = serial % 8;
	return (skb);
}

/* A frame goes through its queue; each 64th as one of management goes, past
 * them, and its status is asked for. */
static void
send(struct stack *s, uint32_t serial)
{
	struct ieee80211_sta *sta = s->dev->sta;
	struct ieee80211_hw *hw = s->dev->mt76.hw;
	struct sk_buff *skb = make(serial);

	if (serial % 64 != 0) {
		hosted_txq_push(hw, sta->txq[skb->priority], skb);
		if (serial % TX_BURST == 1)
			hosted_txq_wake(hw, sta->txq[skb->priority]);
		return;
	}
	IEEE80211_SKB_CB(skb)->flags |= IEEE80211_TX_CTL_REQ_TX_STATUS;
	mt76_tx(&s->dev->mt76.phy, sta, (void *)sta->drv_priv, skb);
}

static void
tx_thread(void *arg)
{
	struct stack *s = arg;

	mtx_lock(&s->lock);
	while (s->stop == 0) {
		if (s->dev == NULL || s->tx_made == s->tx_want ||
		    s->tx_made - s->tx_done - s->tx_dropped >= TX_AHEAD) {
			if (s->dev != NULL && s->dev->sta != NULL)
				hosted_txq_wake(s->dev->mt76.hw,
				    s->dev->sta->txq[0]);
			msleep_sbt(&s->tx_made, &s->lock, 0, "txwait",
			    50 * SBT_1US, 0, C_HARDCLOCK);
			continue;
		}
		mtx_unlock(&s->lock);
		for (int i = 0; i < TX_BURST && s->tx_made < s->tx_want; i++) {
			s->tx_sum += (uint32_t)s->tx_made;
			send(s, s->tx_made++);
		}
		mtx_lock(&s->lock);
	}
	mtx_unlock(&s->lock);
	atomic_subtract_int(&s->running, 1);
	kthread_exit();
}

/* --- life --- */

int
stack_start(struct stack *s)
{
	int error;

	mtx_init(&s->lock, "stack", NULL, MTX_DEF);
	skb_queue_head_init(&s->in);
	s->running = 2;
	error = kthread_add(rx_thread, s, NULL, NULL, 0, 0, "stack rx");
	if (error != 0)
		s->running = 0;
	else {
		error = kthread_add(tx_thread, s, NULL, NULL, 0, 0, "stack tx");
		if (error != 0)
			s->running = 1;
	}
	if (error != 0)
		stack_stop(s);
	return (error);
}

void
stack_send(struct stack *s, struct test_dev *dev, uint64_t frames)
{
	mtx_lock(&s->lock);
	s->dev = dev;
	s->tx_want = frames;
	mtx_unlock(&s->lock);
}

/* When it returns all frames have been given back, or there is no thread. */
void
stack_stop(struct stack *s)
{
	mtx_lock(&s->lock);
	s->stop = 1;
	mtx_unlock(&s->lock);
	while (atomic_load_int(&s->running) != 0)
		pause_sbt("stackend", SBT_1MS, 0, C_HARDCLOCK);
	mtx_destroy(&s->lock);
	hosted_locks_end(s, sizeof(*s));
}
