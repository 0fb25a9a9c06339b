/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What LinuxKPI's struct sk_buff lacks: buffers that are pieces of pool pages,
 * heads that grow, and queues with their lock.  Included by linux/skbuff.h of
 * ours, after LinuxKPI's own, whose names are mapped to ours from here on.
 *
 * LinuxKPI keeps skb_shared_info beside struct sk_buff, never in the buffer,
 * and an skb has one owner: it is not reference-counted or cloned.
 */
#ifndef _LKPIRS_SKB_MORE_H_
#define _LKPIRS_SKB_MORE_H_

#include <linux/mm.h>
#include <net/page_pool/helpers.h>

/* The whole buffer is for data. */
#undef	SKB_WITH_OVERHEAD
#define	SKB_WITH_OVERHEAD(size)	(size)
#ifndef SKB_DATA_ALIGN
#define	SKB_DATA_ALIGN(size)	ALIGN(size, CACHE_LINE_SIZE)
#endif
#ifndef SKB_TRUESIZE
#define	SKB_TRUESIZE(size)						\
	((size) + SKB_DATA_ALIGN(sizeof(struct sk_buff)) +		\
	    SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))
#endif

/* Whether a page that a recycling skb holds belongs to a pool: one that has
 * left it is freed as any other. */
static inline bool
lkpirs_skb_is_pool_page(const struct page *head)
{
	return (head->page_type == LKPIRS_OWNER_POOL && head->pp != NULL);
}

/* Give up the skb's share of a page: to its pool or for good. */
static inline void
lkpirs_skb_put_page(const struct sk_buff *skb, struct page *page)
{
	page = compound_head(page);
	if ((skb->_flags & _SKB_FLAGS_PP_RECYCLE) != 0 &&
	    lkpirs_skb_is_pool_page(page))
		page_pool_put_full_page(page->pp, page, false);
	else
		put_page(page);
}

/* Free the buffer that a head outside the skb is; the caller sets another. */
static inline void
lkpirs_skb_put_head(struct sk_buff *skb)
{
	if ((skb->_flags & _SKB_FLAGS_SKBEXTFRAG) == 0)
		return;
	lkpirs_skb_put_page(skb, virt_to_page(skb->head));
	skb->_flags &= ~_SKB_FLAGS_SKBEXTFRAG;
}

static inline void
lkpirs_skb_put_frag(struct sk_buff *skb, skb_frag_t *frag)
{
	lkpirs_skb_put_page(skb, frag->page);
	frag->page = NULL;
	frag->size = 0;
	frag->offset = 0;
}

/* build_skb() does not sleep. */
#define	napi_build_skb		build_skb

/* Linux: budget 0 says that this is not the NAPI's own thread; here page_pool
 * finds that out by itself. */
static inline void
lkpirs_napi_consume_skb(struct sk_buff *skb, int budget __unused)
{
	kfree_skb(skb);
}
#define	napi_consume_skb	lkpirs_napi_consume_skb

static inline void
lkpirs_consume_skb(struct sk_buff *skb)
{
	kfree_skb(skb);
}
#define	consume_skb		lkpirs_consume_skb
#define	dev_consume_skb_any	lkpirs_consume_skb

/* Another buffer with nhead more bytes in front and ntail more behind.  The
 * contents stay, pointers into the old buffer do not.  -EINVAL, -ENOMEM: the
 * skb is as before.  gfp says whether it may sleep. */
static inline int
lkpirs_pskb_expand_head(struct sk_buff *skb, int nhead, int ntail, gfp_t gfp)
{
	size_t old = skb->end - skb->head;
	ptrdiff_t data = skb->data - skb->head, tail = skb->tail - skb->head;
	struct page_frag_cache cache = { 0 };
	uint8_t *head;

	if (nhead < 0 || ntail < 0 || old + nhead + ntail > INT_MAX)
		return (-EINVAL);
	head = page_frag_alloc(&cache, old + nhead + ntail, gfp);
	if (head == NULL)
		return (-ENOMEM);
	/* The cache's own share of the pages goes, the piece stays. */
	page_frag_cache_drain(&cache);
	memcpy(head + nhead, skb->head, tail);
	lkpirs_skb_put_head(skb);
	skb->_flags |= _SKB_FLAGS_SKBEXTFRAG;
	skb->head = head;
	skb->data = head + nhead + data;
	skb->tail = head + nhead + tail;
	skb->end = head + nhead + old + ntail;
	skb->l3hdroff += nhead;
	skb->l4hdroff += nhead;
#if __FreeBSD_version >= 1400000
	skb->mac_header += nhead;
#endif
	skb->truesize += nhead + ntail;
	return (0);
}
#define	pskb_expand_head	lkpirs_pskb_expand_head

#include <lkpirs/skb_frags.h>

/* At least headroom bytes in front: before a header is pushed. */
static inline int
lkpirs_skb_cow_head(struct sk_buff *skb, unsigned int headroom)
{
	unsigned int have = skb_headroom(skb);

	if (headroom <= have)
		return (0);
	if (headroom > INT_MAX / 2)
		return (-EINVAL);
	return (pskb_expand_head(skb, ALIGN(headroom - have, NET_SKB_PAD), 0,
	    GFP_ATOMIC));
}
#define	skb_cow_head		lkpirs_skb_cow_head
#define	skb_cow			lkpirs_skb_cow_head

/* Zeroes behind the data, which stays as long as it was.  An error (-ENOMEM)
 * has freed the skb if free_on_error says so, as skb_pad() does. */
static inline int
__skb_pad(struct sk_buff *skb, int pad, bool free_on_error)
{
	int error = 0;

	if (pad < 0)
		error = -EINVAL;
	else if (skb_is_nonlinear(skb))
		error = skb_linearize(skb);
	if (error == 0 && skb_tailroom(skb) < pad)
		error = pskb_expand_head(skb, 0, pad - skb_tailroom(skb),
		    GFP_ATOMIC);
	if (error == 0)
		memset(skb_tail_pointer(skb), 0, pad);
	else if (free_on_error)
		kfree_skb(skb);
	return (error);
}

static inline int
lkpirs_skb_pad(struct sk_buff *skb, int pad)
{
	return (__skb_pad(skb, pad, true));
}
#define	skb_pad			lkpirs_skb_pad

static inline void *
__skb_put_zero(struct sk_buff *skb, unsigned int len)
{
	return (memset(__skb_put(skb, len), 0, len));
}

static inline void *
__skb_put_data(struct sk_buff *skb, const void *data, unsigned int len)
{
	return (memcpy(__skb_put(skb, len), data, len));
}

static inline int
skb_put_padto(struct sk_buff *skb, unsigned int len)
{
	unsigned int pad = skb->len < len ? len - skb->len : 0;
	int error = pad != 0 ? skb_pad(skb, pad) : 0;

	if (error == 0 && pad != 0)
		__skb_put(skb, pad);
	return (error);
}

#include <lkpirs/skb_queue.h>

#endif /* _LKPIRS_SKB_MORE_H_ */
