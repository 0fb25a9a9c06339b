/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_skbuff.c: that file, whose linuxkpi_kfree_skb()
 * frees the whole page under a fragment and a head, whoever has the rest of it,
 * and whose linuxkpi_build_skb() sleeps for memory in an interrupt.  Received skbs
 * as mbufs: lkpirs_skb_mbuf.c.
 */
#include "opt_ddb.h"

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/counter.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/sysctl.h>
#ifdef DDB
#include <ddb/ddb.h>	/* before linux/list.h */
#endif

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/page_pool/helpers.h>
#include <lkpirs/page_pool_mbuf.h>
#include <lkpirs/skb_mbuf.h>

#pragma push_macro("linuxkpi_build_skb")
#pragma push_macro("linuxkpi_kfree_skb")
#undef linuxkpi_build_skb
#undef linuxkpi_kfree_skb
#define	linuxkpi_build_skb	stock_build_skb
#define	linuxkpi_kfree_skb	stock_kfree_skb
static struct sk_buff *stock_build_skb(void *, size_t) __unused;
static void stock_kfree_skb(struct sk_buff *);

#include <compat/linuxkpi/common/src/linux_skbuff.c>

#pragma pop_macro("linuxkpi_build_skb")
#pragma pop_macro("linuxkpi_kfree_skb")

/* A buffer of page_frag_alloc() or of a pool, which is the skb's from here on;
 * NULL, and it is not, without memory.  Does not sleep. */
struct sk_buff *
linuxkpi_build_skb(void *data, size_t size)
{
	struct sk_buff *skb;

	if (data == NULL || size == 0)
		return (NULL);
	skb = linuxkpi_alloc_skb(0, GFP_ATOMIC);
	if (skb == NULL)
		return (NULL);
	skb->_flags |= _SKB_FLAGS_SKBEXTFRAG;
	skb->truesize = size;
	skb->head = skb->data = data;
	skb_reset_tail_pointer(skb);
	skb->end = skb->head + size;
	return (skb);
}

/* NULL is allowed. */
void
linuxkpi_kfree_skb(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo;
	struct sk_buff *frag;
	struct page *page;
	void *m;
	int i;

	if (skb == NULL)
		return;
	/* An mbuf may lie in the buffer. */
	m = skb->m;
	skb->m = NULL;
	if (m != NULL)
		skb->m_free_func(m);
	shinfo = skb->shinfo;
	for (i = 0; i < MIN(shinfo->nr_frags, (int)nitems(shinfo->frags)); i++) {
		page = shinfo->frags[i].page;
		shinfo->frags[i].page = NULL;
		if (page != NULL)
			lkpirs_skb_put_page(skb, page);
	}
	shinfo->nr_frags = 0;
	while ((frag = shinfo->frag_list) != NULL) {
		shinfo->frag_list = frag->next;
		linuxkpi_kfree_skb(frag);
	}
	if ((skb->_flags & _SKB_FLAGS_SKBEXTFRAG) != 0) {
		skb->_flags &= ~_SKB_FLAGS_SKBEXTFRAG;
		page = virt_to_page(skb->head);
		if (page != NULL)
			lkpirs_skb_put_page(skb, page);
	}
	stock_kfree_skb(skb);
}

#include "lkpirs_skb_mbuf.c"
