/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Part of linux_skbuff.c: received skbs as mbufs, lkpirs/skb_mbuf.h.
 *
 * A short frame is copied: that takes no longer than handing its buffer over,
 * and a queue of short frames does not hold a buffer each.  One whose pool is
 * short of pages is copied, so that the device gets the buffer back.
 */

int lkpirs_skb_rx_zero_copy = 1;
SYSCTL_INT(_compat_linuxkpi_skb, OID_AUTO, rx_zero_copy, CTLFLAG_RWTUN,
    &lkpirs_skb_rx_zero_copy, 0, "Received frames are handed over in their buffers");
u_int lkpirs_skb_rx_copybreak = MHLEN;
SYSCTL_UINT(_compat_linuxkpi_skb, OID_AUTO, rx_copybreak, CTLFLAG_RWTUN,
    &lkpirs_skb_rx_copybreak, 0, "Received frames that are not longer are copied");

/* Writing to one sets it to 0. */
#define	COUNTER(name, descr)						\
	static COUNTER_U64_DEFINE_EARLY(name);				\
	SYSCTL_COUNTER_U64(_compat_linuxkpi_skb, OID_AUTO, name, CTLFLAG_RW, \
	    &name, descr)
COUNTER(rx_frames, "Received frames made mbufs");
COUNTER(rx_frames_uncopied, "... of which no byte was copied");
COUNTER(rx_frames_split, "... of which only the header was copied");
COUNTER(rx_frames_small, "... copied as they were short");
COUNTER(rx_frames_unfit, "... copied as they were in no pool's buffers");
COUNTER(rx_frames_short, "... copied, in part at least, for want of buffers");
COUNTER(rx_frames_dropped, "... not made, as there was no memory");
COUNTER(rx_bytes_copied, "Bytes of received frames that were copied");
#undef COUNTER

/* What a frame's mbufs are made from. */
enum rx_plan { RX_UNCOPIED, RX_SPLIT, RX_SMALL, RX_UNFIT };

/* Bytes to go in front of the data so that the byte `align' is aligned. */
static u_int
rx_pad(const void *data, u_int align)
{
	return (align == 0 ? 0 : -((uintptr_t)data + align) & 3);
}

static bool
rx_in_pools(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	for (int i = 0; i < shinfo->nr_frags; i++)
		if (shinfo->frags[i].size == 0 || !lkpirs_skb_is_pool_page(
		    compound_head(shinfo->frags[i].page)))
			return (false);
	return (true);
}

static enum rx_plan
rx_plan(struct sk_buff *skb, bool chain, u_int align)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (skb->len <= lkpirs_skb_rx_copybreak)
		return (RX_SMALL);
	if (lkpirs_skb_rx_zero_copy == 0 || (skb->_flags & _SKB_FLAGS_PP_RECYCLE) == 0 ||
	    shinfo->frag_list != NULL || (shinfo->nr_frags != 0 && !chain) ||
	    !rx_in_pools(skb))
		return (RX_UNFIT);
	if ((skb->_flags & _SKB_FLAGS_SKBEXTFRAG) != 0 &&
	    rx_pad(skb->data, align) == 0 && (shinfo->nr_frags == 0 ||
	    skb_headlen(skb) >= LKPIRS_SKB_MBUF_HEADER))
		return (RX_UNCOPIED);
	return (shinfo->nr_frags != 0 && skb_headlen(skb) <=
	    MHLEN - sizeof(uint32_t) ? RX_SPLIT : RX_UNFIT);
}

static struct mbuf *
rx_copy(struct sk_buff *skb, u_int len, u_int align)
{
	struct mbuf *m = m_get2(len + (align != 0 ? 3 : 0), M_NOWAIT, MT_DATA,
	    M_PKTHDR);

	if (m == NULL)
		return (NULL);
	m->m_data += rx_pad(mtod(m, void *), align);
	if (skb_copy_bits(skb, 0, mtod(m, void *), len) != 0) {
		m_freem(m);
		return (NULL);
	}
	m->m_len = m->m_pkthdr.len = len;
	counter_u64_add(rx_bytes_copied, len);
	return (m);
}

/* The head's buffer, which is the skb's no more then, but for looking at. */
static struct mbuf *
rx_head(struct sk_buff *skb, int *error)
{
	struct mbuf *m = m_gethdr(M_NOWAIT, MT_DATA);

	*error = m == NULL ? ENOBUFS : lkpirs_page_pool_m_extadd(m, skb->head,
	    skb->end - skb->head);
	if (*error != 0) {
		m_freem(m);
		return (NULL);
	}
	m->m_data = skb->data;
	m->m_len = m->m_pkthdr.len = skb_headlen(skb);
	skb->_flags &= ~_SKB_FLAGS_SKBEXTFRAG;
	return (m);
}

/* A fragment without its first bytes, the same way; a copy if it has to be.
 * *copied: how much was. */
static struct mbuf *
rx_frag(skb_frag_t *frag, u_int skip, u_int *copied)
{
	uint8_t *data = skb_frag_address(frag);
	u_int len = frag->size - skip;
	struct mbuf *m = m_get(M_NOWAIT, MT_DATA);

	if (m == NULL)
		return (NULL);
	if (lkpirs_page_pool_m_extadd(m, data, frag->size) == 0) {
		frag->page = NULL;
		m->m_data += skip;
	} else {
		m_free(m);
		m = m_get2(len, M_NOWAIT, MT_DATA, 0);
		if (m == NULL)
			return (NULL);
		memcpy(mtod(m, void *), data + skip, len);
		*copied += len;
	}
	m->m_len = len;
	return (m);
}

/* What the first mbuf does not have. */
static bool
rx_frags(struct sk_buff *skb, struct mbuf *first, u_int *copied)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	u_int skip = first->m_len - skb_headlen(skb);
	struct mbuf *last = first;

	for (int i = 0; i < shinfo->nr_frags; i++) {
		if (skip >= shinfo->frags[i].size) {
			skip -= shinfo->frags[i].size;
			continue;
		}
		last->m_next = rx_frag(&shinfo->frags[i], skip, copied);
		last = last->m_next;
		if (last == NULL)
			return (false);
		first->m_pkthdr.len += last->m_len;
		skip = 0;
	}
	return (true);
}

static void
rx_count(enum rx_plan plan, bool was_short)
{
	counter_u64_add(rx_frames, 1);
	if (was_short)
		counter_u64_add(rx_frames_short, 1);
	else if (plan == RX_UNCOPIED)
		counter_u64_add(rx_frames_uncopied, 1);
	else
		counter_u64_add(plan == RX_SPLIT ? rx_frames_split :
		    plan == RX_SMALL ? rx_frames_small : rx_frames_unfit, 1);
}

struct mbuf *
lkpirs_skb_to_mbuf(struct sk_buff *skb, bool chain, u_int align)
{
	enum rx_plan plan = rx_plan(skb, chain, align);
	struct mbuf *m = NULL;
	u_int copied = 0;
	int error = 0;

	if (plan == RX_UNCOPIED) {
		m = rx_head(skb, &error);
		if (error == EOPNOTSUPP || error == EBUSY)
			plan = RX_UNFIT;
	} else if (plan == RX_SPLIT)
		m = rx_copy(skb, MIN(skb->len, MAX(skb_headlen(skb),
		    LKPIRS_SKB_MBUF_HEADER)), align);
	if (m == NULL)
		m = rx_copy(skb, skb->len, align);
	else if (!rx_frags(skb, m, &copied)) {
		m_freem(m);
		m = NULL;
	}
	if (m == NULL) {
		counter_u64_add(rx_frames_dropped, 1);
		return (NULL);
	}
	if (copied != 0)
		counter_u64_add(rx_bytes_copied, copied);
	rx_count(plan, (plan == RX_UNCOPIED && error != 0) || copied != 0);
	return (m);
}
