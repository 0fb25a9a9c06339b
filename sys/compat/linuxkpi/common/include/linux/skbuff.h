/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Socket buffers whose memory goes back where it came from, page_pool(9)s
 * included: LinuxKPI's linux/skbuff.h, and who owns heads and fragments.
 */
#ifndef _LKPIRS_LINUX_SKBUFF_H_
#define _LKPIRS_LINUX_SKBUFF_H_

#include <linux/mm.h>
#include <linux/page.h>

/* Fragments are pages: what knows them has other link names. */
#define	linuxkpi_alloc_skb	lkpirs_alloc_skb
#define	linuxkpi_dev_alloc_skb	lkpirs_dev_alloc_skb
#define	linuxkpi_build_skb	lkpirs_build_skb
#define	linuxkpi_skb_copy	lkpirs_skb_copy
#define	linuxkpi_kfree_skb	lkpirs_kfree_skb

/* Replaced below. */
#define	skb_mark_for_recycle	lkpi_stock_skb_mark_for_recycle
#include_next <linux/skbuff.h>
#undef skb_mark_for_recycle

/* sk_buff::_flags: heads and fragments of pool pages go back to their pools. */
#define	_SKB_FLAGS_PP_RECYCLE	0x4000

static inline void
skb_mark_for_recycle(struct sk_buff *skb)
{
	skb->_flags |= _SKB_FLAGS_PP_RECYCLE;
}

#if __has_include(<lkpirs/skb_more.h>)
#include <lkpirs/skb_more.h>
#endif

#endif /* _LKPIRS_LINUX_SKBUFF_H_ */
