/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of skbs.  The functions without underscores take the queue's lock, as
 * in Linux: mt76 puts the answers of its MCU into a queue in its NAPI's thread
 * and takes them out in another.  Those with underscores are for a queue that
 * is the caller's own.
 */
#ifndef _LKPIRS_SKB_QUEUE_H_
#define _LKPIRS_SKB_QUEUE_H_

static inline void
lkpirs_skb_queue_head_init(struct sk_buff_head *q)
{
	spin_lock_init(&q->lock);
	__skb_queue_head_init(q);
}
#define	skb_queue_head_init	lkpirs_skb_queue_head_init

/* LinuxKPI's puts it in front: all of its queues are stacks. */
static inline void
lkpirs___skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb)
{
	__skb_insert(skb, q->prev, (struct sk_buff *)q, q);
}
#define	__skb_queue_tail	lkpirs___skb_queue_tail

static inline void
lkpirs_skb_queue_tail(struct sk_buff_head *q, struct sk_buff *skb)
{
	spin_lock(&q->lock);
	__skb_queue_tail(q, skb);
	spin_unlock(&q->lock);
}
#define	skb_queue_tail		lkpirs_skb_queue_tail

static inline void
lkpirs_skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb)
{
	spin_lock(&q->lock);
	__skb_queue_head(q, skb);
	spin_unlock(&q->lock);
}
#define	skb_queue_head		lkpirs_skb_queue_head

static inline struct sk_buff *
lkpirs_skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb;

	spin_lock(&q->lock);
	skb = __skb_dequeue(q);
	spin_unlock(&q->lock);
	return (skb);
}
#define	skb_dequeue		lkpirs_skb_dequeue

static inline struct sk_buff *
__skb_dequeue_tail(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek_tail(q);

	if (skb != NULL)
		__skb_unlink(skb, q);
	return (skb);
}

static inline struct sk_buff *
lkpirs_skb_dequeue_tail(struct sk_buff_head *q)
{
	struct sk_buff *skb;

	spin_lock(&q->lock);
	skb = __skb_dequeue_tail(q);
	spin_unlock(&q->lock);
	return (skb);
}
#define	skb_dequeue_tail	lkpirs_skb_dequeue_tail

static inline void
lkpirs_skb_unlink(struct sk_buff *skb, struct sk_buff_head *q)
{
	spin_lock(&q->lock);
	__skb_unlink(skb, q);
	spin_unlock(&q->lock);
}
#define	skb_unlink		lkpirs_skb_unlink

static inline void
lkpirs_skb_queue_purge(struct sk_buff_head *q)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(q)) != NULL)
		kfree_skb(skb);
}
#define	skb_queue_purge		lkpirs_skb_queue_purge

/* All of one queue's skbs into another, before or behind what is there.
 * Neither lock is taken. */
static inline void
lkpirs_skb_queue_splice(struct sk_buff_head *from, struct sk_buff *prev,
    struct sk_buff *next, struct sk_buff_head *to)
{
	if (from->qlen == 0)
		return;
	___skb_queue_splice_init(from, prev, next);
	to->qlen += from->qlen;
	__skb_queue_head_init(from);
}

static inline void
lkpirs_skb_queue_splice_init(struct sk_buff_head *from, struct sk_buff_head *to)
{
	lkpirs_skb_queue_splice(from, (struct sk_buff *)to, to->next, to);
}
#define	skb_queue_splice_init	lkpirs_skb_queue_splice_init

static inline void
lkpirs_skb_queue_splice_tail_init(struct sk_buff_head *from,
    struct sk_buff_head *to)
{
	lkpirs_skb_queue_splice(from, to->prev, (struct sk_buff *)to, to);
}
#define	skb_queue_splice_tail_init lkpirs_skb_queue_splice_tail_init

/* An skb that is on no list has no next. */
static inline void
lkpirs_skb_mark_not_on_list(struct sk_buff *skb)
{
	skb->next = NULL;
}
#define	skb_mark_not_on_list	lkpirs_skb_mark_not_on_list

/* Off a list_head list that holds it by skb->list. */
static inline void
lkpirs_skb_list_del_init(struct sk_buff *skb)
{
	__list_del_entry(&skb->list);
	skb_mark_not_on_list(skb);
}
#define	skb_list_del_init	lkpirs_skb_list_del_init

#endif /* _LKPIRS_SKB_QUEUE_H_ */
