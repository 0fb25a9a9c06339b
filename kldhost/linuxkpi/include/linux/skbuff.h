/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket buffers as LinuxKPI has them: one owner, the shared info beside the
 * structure and not in the buffer.  What LinuxKPI lacks comes from our own
 * linux/skbuff.h, which includes this file.
 */
#ifndef _HOSTED_LINUX_SKBUFF_H_
#define _HOSTED_LINUX_SKBUFF_H_

#include <sys/limits.h>
#include <sys/stddef.h>
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/spinlock.h>

#define	MAX_SKB_FRAGS	17
#define	NET_SKB_PAD	64

typedef struct skb_frag {
	struct page	*page;
	size_t		size;
	size_t		offset;
} skb_frag_t;

struct skb_shared_info {
	struct sk_buff	*frag_list;
	uint8_t		nr_frags;
	skb_frag_t	frags[MAX_SKB_FRAGS];
};

struct sk_buff {
	union {
		struct {
			struct sk_buff *next;
			struct sk_buff *prev;
		};
		struct list_head list;
	};
	uint32_t	len;		/* of the data, fragments included */
	uint32_t	data_len;	/* of the fragments */
	uint32_t	truesize;
	uint32_t	priority;
	uint16_t	qmap;
	uint16_t	_flags;
#define	_SKB_FLAGS_SKBEXTFRAG	0x0001	/* the head is a page's piece */
	int		l3hdroff, l4hdroff, mac_header;
	uint8_t		*head, *data, *tail, *end;
	struct skb_shared_info *shinfo;
	void		*m;
	void		(*m_free_func)(void *);
	uint8_t		cb[64] __aligned(8);
};

struct sk_buff_head {
	/* first: a queue's head can stand for an skb */
	struct sk_buff	*next;
	struct sk_buff	*prev;
	size_t		qlen;
	spinlock_t	lock;
};

struct sk_buff *linuxkpi_alloc_skb(size_t, gfp_t);
struct sk_buff *linuxkpi_build_skb(void *, size_t);
void	linuxkpi_kfree_skb(struct sk_buff *);

#define	alloc_skb(size, gfp)	linuxkpi_alloc_skb(size, gfp)
#define	build_skb(data, size)	linuxkpi_build_skb(data, size)
#define	kfree_skb(skb)		linuxkpi_kfree_skb(skb)
#define	dev_kfree_skb(skb)	kfree_skb(skb)
#define	dev_kfree_skb_any(skb)	kfree_skb(skb)

/* An skb has one owner. */
static inline struct sk_buff *
skb_get(struct sk_buff *skb)
{
	panic("skb_get: LinuxKPI's skbs have no references");
	return (skb);
}

#define	skb_shinfo(skb)		((skb)->shinfo)
#define	skb_headlen(skb)	((skb)->len - (skb)->data_len)
#define	skb_headroom(skb)	((unsigned int)((skb)->data - (skb)->head))
#define	skb_tailroom(skb)	((unsigned int)((skb)->end - (skb)->tail))
#define	skb_tail_pointer(skb)	((skb)->tail)
#define	skb_is_nonlinear(skb)	((skb)->data_len != 0)
#define	skb_reset_tail_pointer(skb) ((skb)->tail = (skb)->data)
#define	skb_get_queue_mapping(skb)	((skb)->qmap)
#define	skb_set_queue_mapping(skb, q)	((skb)->qmap = (q))

static inline void
skb_reserve(struct sk_buff *skb, size_t len)
{
	skb->data += len;
	skb->tail += len;
}

static inline void *
__skb_push(struct sk_buff *skb, size_t len)
{
	KASSERT((size_t)(skb->data - skb->head) >= len, ("skb_push: no room"));
	skb->len += len;
	return (skb->data -= len);
}
#define	skb_push(skb, len)	__skb_push(skb, len)

/* NULL, and nothing happens, if there is less in the head. */
static inline void *
skb_pull(struct sk_buff *skb, size_t len)
{
	if (len > skb_headlen(skb))
		return (NULL);
	skb->len -= len;
	return (skb->data += len);
}

static inline void *
__skb_put(struct sk_buff *skb, size_t len)
{
	uint8_t *p = skb->tail;

	KASSERT((size_t)(skb->end - p) >= len, ("skb_put: no room"));
	skb->tail += len;
	skb->len += len;
	return (p);
}
#define	skb_put(skb, len)	__skb_put(skb, len)

static inline void *
skb_put_data(struct sk_buff *skb, const void *data, size_t len)
{
	return (memcpy(__skb_put(skb, len), data, len));
}

static inline void
skb_add_rx_frag(struct sk_buff *skb, int i, struct page *page, off_t offset,
    size_t size, unsigned int truesize)
{
	skb_frag_t *f = &skb->shinfo->frags[i];

	KASSERT(i < MAX_SKB_FRAGS, ("skb_add_rx_frag: no room"));
	f->page = page;
	f->offset = offset;
	f->size = size;
	skb->shinfo->nr_frags = i + 1;
	skb->len += size;
	skb->data_len += size;
	skb->truesize += truesize;
}

/* Queues: the primitives; those with locks are ours. */

#define	__skb_queue_head_init(q)					\
	((q)->next = (q)->prev = (struct sk_buff *)(q), (q)->qlen = 0)
#define	skb_queue_empty(q)	((q)->qlen == 0)
#define	skb_queue_len(q)	((q)->qlen)

static inline void
__skb_insert(struct sk_buff *skb, struct sk_buff *prev, struct sk_buff *next,
    struct sk_buff_head *q)
{
	skb->prev = prev;
	skb->next = next;
	prev->next = skb;
	next->prev = skb;
	q->qlen++;
}

static inline void
__skb_queue_head(struct sk_buff_head *q, struct sk_buff *skb)
{
	__skb_insert(skb, (struct sk_buff *)q, q->next, q);
}

static inline struct sk_buff *
skb_peek(const struct sk_buff_head *q)
{
	return (q->qlen == 0 ? NULL : q->next);
}

static inline struct sk_buff *
skb_peek_tail(const struct sk_buff_head *q)
{
	return (q->qlen == 0 ? NULL : q->prev);
}

static inline void
__skb_unlink(struct sk_buff *skb, struct sk_buff_head *q)
{
	skb->prev->next = skb->next;
	skb->next->prev = skb->prev;
	skb->prev = skb->next = NULL;
	q->qlen--;
}

static inline struct sk_buff *
__skb_dequeue(struct sk_buff_head *q)
{
	struct sk_buff *skb = skb_peek(q);

	if (skb != NULL)
		__skb_unlink(skb, q);
	return (skb);
}

/* All skbs of a queue between two; the lengths are the caller's. */
static inline void
___skb_queue_splice_init(struct sk_buff_head *from, struct sk_buff *prev,
    struct sk_buff *next)
{
	from->next->prev = prev;
	prev->next = from->next;
	from->prev->next = next;
	next->prev = from->prev;
}

#endif /* _HOSTED_LINUX_SKBUFF_H_ */
