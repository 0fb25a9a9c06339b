/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers of a page_pool(9) as mbufs' external storage: not Linux's. */
#ifndef _LKPIRS_PAGE_POOL_MBUF_H_
#define _LKPIRS_PAGE_POOL_MBUF_H_

struct mbuf;

/*
 * m_extadd(9) of a buffer that the caller has of a pool: size bytes at buf, in
 * one page of its own, which nobody else reads or writes.  The mbuf, which has
 * no storage yet, gets one pool reference of the caller's, and is writable as
 * long as no other mbuf shares the storage; its data begins at buf and its
 * length is the caller's to set.  When the last mbuf that shares it is freed,
 * by any thread that may take a mutex(9), with the pool destroyed or its device
 * gone, the page goes back as page_pool_put_full_page() gives it back.
 *
 * In the consumer's context; does not sleep.  An errno, and nothing is done:
 *	ENOBUFS	the pool is short of pages, or mbufs have as many as they may
 *		(compat.page_pool.mbuf_share): copy, and put the buffer
 *	EBUSY	somebody else holds the page (page_ref_count()): copy
 *	ENXIO	the pool was destroyed: copy
 *	EOPNOTSUPP	the buffer is in no pool's page: copy
 *	EINVAL	a caller's mistake, which is reported: longer than the page, or
 *		nobody has it
 */
int	lkpirs_page_pool_m_extadd(struct mbuf *m, void *buf, unsigned int size);

#endif /* _LKPIRS_PAGE_POOL_MBUF_H_ */
