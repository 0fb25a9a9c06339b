/* SPDX-License-Identifier: BSD-2-Clause */
/* Received skbs as mbufs. */
#ifndef _LKPIRS_SKB_MBUF_H_
#define _LKPIRS_SKB_MBUF_H_

struct mbuf;
struct sk_buff;

/*
 * The skb's data as a packet, for a network stack that takes mbufs: its head and
 * fragments where they are if they are buffers of page_pool(9)s, else a copy.
 * An skb has one owner and buffers are nobody else's, so that the mbufs are
 * writable.
 *
 * chain: the data may be in several mbufs.  The first one then has at least
 * LKPIRS_SKB_MBUF_HEADER bytes, or all; a head that is in no pool's buffer
 * (header split) and what it lacks of these are copied.
 * align: the byte of the data that has to lie at a multiple of four, such as an
 * IP header's first; 0: none has to.
 *
 * The caller frees the skb, as ever, but only after its last look at the data:
 * then that is the mbufs'.  NULL, without memory for a copy (or with one that
 * takes more than a page): of the skb, only freeing it makes sense.
 *
 * In the thread that polls the skb's queue; does not sleep.
 */
struct mbuf *lkpirs_skb_to_mbuf(struct sk_buff *skb, bool chain, u_int align);

/* An 802.11 header with everything, an IV and LLC: net80211 looks at these
 * before it pulls them up. */
#define	LKPIRS_SKB_MBUF_HEADER	64

/* The sysctls compat.linuxkpi.skb.rx_zero_copy and rx_copybreak. */
extern int lkpirs_skb_rx_zero_copy;
extern u_int lkpirs_skb_rx_copybreak;

#endif /* _LKPIRS_SKB_MBUF_H_ */
