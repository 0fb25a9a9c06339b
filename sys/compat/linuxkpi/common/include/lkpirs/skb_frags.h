/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments of an skb: pages beside its head, and other skbs behind it. */
#ifndef _LKPIRS_SKB_FRAGS_H_
#define _LKPIRS_SKB_FRAGS_H_

static inline size_t
lkpirs_skb_frag_size(const skb_frag_t *frag)
{
	return (frag->size);
}
#define	skb_frag_size		lkpirs_skb_frag_size

static inline struct page *
lkpirs_skb_frag_page(const skb_frag_t *frag)
{
	return (frag->page);
}
#define	skb_frag_page		lkpirs_skb_frag_page

static inline unsigned int
lkpirs_skb_frag_off(const skb_frag_t *frag)
{
	return (frag->offset);
}
#define	skb_frag_off		lkpirs_skb_frag_off

static inline void *
lkpirs_skb_frag_address(const skb_frag_t *frag)
{
	return ((uint8_t *)page_address(frag->page) + frag->offset);
}
#define	skb_frag_address	lkpirs_skb_frag_address

static inline void
skb_add_rx_frag_netmem(struct sk_buff *skb, int i, netmem_ref netmem, int off,
    int size, unsigned int truesize)
{
	skb_add_rx_frag(skb, i, netmem_to_page(netmem), off, size, truesize);
}

static inline bool
lkpirs_skb_has_frag_list(struct sk_buff *skb)
{
	return (skb_shinfo(skb)->frag_list != NULL);
}
#define	skb_has_frag_list	lkpirs_skb_has_frag_list

#undef	skb_walk_frags
#define	skb_walk_frags(skb, frag)					\
	for ((frag) = skb_shinfo(skb)->frag_list; (frag) != NULL;	\
	    (frag) = (frag)->next)

/* Bytes offset.. of the data, with its fragments, to where the caller says.
 * -EFAULT: there are not so many; nothing of use was written. */
static inline int
skb_copy_bits(struct sk_buff *skb, int offset, void *to, int len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	uint8_t *dst = to;
	struct sk_buff *frag;
	size_t n, at = offset, left = len;

	if (offset < 0 || len < 0 || at + left > skb->len)
		return (-EFAULT);
	if (at < skb_headlen(skb)) {
		n = min_t(size_t, left, skb_headlen(skb) - at);
		memcpy(dst, skb->data + at, n);
		dst += n, left -= n, at += n;
	}
	at -= skb_headlen(skb);
	for (int i = 0; left > 0 && i < shinfo->nr_frags; i++) {
		skb_frag_t *f = &shinfo->frags[i];

		if (at >= f->size) {
			at -= f->size;
			continue;
		}
		n = min_t(size_t, left, f->size - at);
		memcpy(dst, (uint8_t *)skb_frag_address(f) + at, n);
		dst += n, left -= n, at = 0;
	}
	for (frag = shinfo->frag_list; left > 0 && frag != NULL;
	    frag = frag->next) {
		if (at >= frag->len) {
			at -= frag->len;
			continue;
		}
		n = min_t(size_t, left, frag->len - at);
		if (skb_copy_bits(frag, at, dst, n) != 0)
			return (-EFAULT);
		dst += n, left -= n, at = 0;
	}
	return (left == 0 ? 0 : -EFAULT);
}

/* All of the data in the head; the fragments go.  -ENOMEM, -EFAULT (the
 * fragments hold less than data_len says): the skb is as before. */
static inline int
lkpirs_skb_linearize(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int more = skb->data_len, room;
	struct sk_buff *frag;
	int error;

	if (more == 0)
		return (0);
	room = skb->end - skb->tail;
	if (room < more) {
		error = pskb_expand_head(skb, 0, more - room, GFP_ATOMIC);
		if (error != 0)
			return (error);
	}
	error = skb_copy_bits(skb, skb_headlen(skb), skb->tail, more);
	if (error != 0)
		return (error);
	skb->tail += more;
	skb->data_len = 0;
	for (int i = 0; i < shinfo->nr_frags; i++)
		lkpirs_skb_put_frag(skb, &shinfo->frags[i]);
	shinfo->nr_frags = 0;
	while ((frag = shinfo->frag_list) != NULL) {
		shinfo->frag_list = frag->next;
		kfree_skb(frag);
	}
	return (0);
}
#define	skb_linearize		lkpirs_skb_linearize
#define	__skb_linearize		lkpirs_skb_linearize

#endif /* _LKPIRS_SKB_FRAGS_H_ */
