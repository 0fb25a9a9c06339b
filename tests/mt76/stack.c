/* SPDX-License-Identifier: BSD-2-Clause */
/* The network above: it looks at received frames and gives their buffers back
 * from another thread, and makes frames to be sent. */
#include "test.h"

#include <sys/kthread.h>
#include <sys/mbuf.h>

#include <lkpirs/skb_mbuf.h>

#define	TX_AHEAD	256	/* frames that are under way */
#define	TX_BURST	32

/* --- received frames --- */

/* A frame as the driver hands it over, or as mbufs. */
struct rx_frame {
	struct sk_buff	*skb;
	struct mbuf	*m;
	size_t		len;
};

static bool
bytes(const struct rx_frame *f, size_t at, void *to, size_t n)
{
	if (f->skb != NULL)
		return (skb_copy_bits(f->skb, at, to, n) == 0);
	m_copydata(f->m, at, n, to);
	return (true);
}

/* Bytes of the body, wherever they lie. */
static bool
body_right(const struct rx_frame *f, uint32_t *serial)
{
	size_t len = f->len - FRAME_HEADER, i;
	struct frame_body b;
	uint32_t end;
	uint8_t c;

	if (f->len < FRAME_HEADER + sizeof(b) + sizeof(end) ||
	    !bytes(f, FRAME_HEADER, &b, sizeof(b)) ||
	    !bytes(f, f->len - sizeof(end), &end, sizeof(end)))
		return (false);
	*serial = b.serial;
	if (b.len != len || end != (b.serial ^ FRAME_END))
		return (false);
	if (b.serial % FRAME_FULL != 0)
		return (true);
	for (i = sizeof(b); i < len - sizeof(end); i++)
		if (!bytes(f, FRAME_HEADER + i, &c, 1) || c != frame_byte(b.serial, i))
			return (false);
	return (true);
}

/* What the driver's buffers became, as net80211 gets and treats them: it writes
 * to the header, and has room in front of it.  NULL without memory. */
static struct mbuf *
to_mbuf(struct stack *s, struct sk_buff *skb)
{
	struct mbuf *m = lkpirs_skb_to_mbuf(skb, true, 0), *n;
	uint64_t copied = 0;

	kfree_skb(skb);
	if (m == NULL) {
		s->no_mbuf++;
		return (NULL);
	}
	for (n = m; n != NULL; n = n->m_next)
		if ((n->m_flags & M_EXT) == 0 ||
		    n->m_ext.ext_type != EXT_NET_DRV)
			copied += n->m_len;
		else if (!M_WRITABLE(n))
			s->rx_bad++;
	s->copied += copied;
	s->uncopied += copied == 0;
	if (m->m_len < MIN(m->m_pkthdr.len, LKPIRS_SKB_MBUF_HEADER) ||
	    M_LEADINGSPACE(m) < (copied == 0 ? AIR_RXD : 0))
		s->rx_bad++;
	return (m);
}

static void
give_away(struct stack *s, struct rx_frame *f)
{
	spin_lock(&s->in.lock);
	if (f->m != NULL) {
		f->m->m_nextpkt = s->mbufs;
		s->mbufs = f->m;
		s->in.qlen++;
	} else
		__skb_queue_tail(&s->in, f->skb);
	if (s->in.qlen == 32)
		wakeup(&s->in);
	spin_unlock(&s->in.lock);
}

/* mt76 holds rx_lock: one frame at a time. */
static void
stack_rx(void *arg, struct ieee80211_sta *sta, struct sk_buff *skb)
{
	struct stack *s = arg;
	struct rx_frame f = { .skb = skb, .len = skb->len };
	uint32_t serial = 0;
	void *copy;

	if (s->mode == STACK_MBUF) {
		f.skb = NULL;
		f.m = to_mbuf(s, skb);
		if (f.m == NULL) {
			atomic_add_64(&s->taken, 1);
			return;
		}
		f.len = f.m->m_pkthdr.len;
	}
	if (sta == NULL || !body_right(&f, &serial))
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
	if (f.m != NULL)
		memset(mtod(f.m, void *), serial, FRAME_HEADER);
	if (serial % 4 != 0 && (s->mode == STACK_THREAD || f.m != NULL)) {
		give_away(s, &f);
		return;
	}
	kfree_skb(f.skb);
	m_freem(f.m);
	atomic_add_64(&s->taken, 1);
}

/* Takes what there is now and then, and at once when there is much. */
static void
rx_thread(void *arg)
{
	struct stack *s = arg;
	struct sk_buff_head mine;
	struct sk_buff *skb;
	struct mbuf *mbufs, *m;

	__skb_queue_head_init(&mine);
	for (;;) {
		spin_lock(&s->in.lock);
		if (s->in.qlen < 32 && !s->stop)
			msleep_sbt(&s->in, &s->in.lock.m, 0, "stack",
			    100 * SBT_1US, 0, C_HARDCLOCK);
		mbufs = s->mbufs;
		s->mbufs = NULL;
		if (mbufs != NULL)
			s->in.qlen = 0;
		skb_queue_splice_init(&s->in, &mine);
		spin_unlock(&s->in.lock);
		if (mine.qlen == 0 && mbufs == NULL && s->stop)
			break;
		while ((m = mbufs) != NULL) {
			mbufs = m->m_nextpkt;
			m->m_nextpkt = NULL;
			m_freem(m);
			atomic_add_64(&s->taken, 1);
		}
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
