/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of selftest_mt76.ko. */
#ifndef _SELFTEST_MT76_H_
#define _SELFTEST_MT76_H_

#include "kmod/selftest/selftest.h"

#include <linux/netdevice.h>
#include <net/cfg80211.h>
#include <net/page_pool/helpers.h>
#include <lkpirs/napi.h>
#include <lkpirs/softdev.h>

uint64_t lkpirs_stat(const char *name);

/* An RX buffer of a pool, as mt76 takes one, with a byte pattern. */
#define	BUF_SIZE	2048
struct page_pool *mt76_pool(struct test *);
void	*mt76_buf(struct test *, struct page_pool *);
/* An skb around one, with len bytes of the pattern behind some headroom. */
struct sk_buff *mt76_skb(struct test *, struct page_pool *, unsigned int len);
bool	mt76_pattern(const uint8_t *, unsigned int from, unsigned int len);

void	test_overhead(struct test *);
void	test_recycle(struct test *);
void	test_recycle_frags(struct test *);
void	test_not_recycled(struct test *);
void	test_expand(struct test *);
void	test_cow(struct test *);
void	test_pad(struct test *);
void	test_linearize(struct test *);
void	test_frag_list(struct test *);
void	test_bad_sizes(struct test *);
void	test_mbuf_whole(struct test *);
void	test_mbuf_short(struct test *);
void	test_mbuf_frags(struct test *);
void	test_mbuf_split(struct test *);
void	test_mbuf_align(struct test *);
void	test_mbuf_refused(struct test *);
void	test_queue_order(struct test *);
void	test_queue_splice(struct test *);
void	test_queue_threads(struct test *);
void	test_list(struct test *);
void	test_receive(struct test *);
void	test_capabilities(struct test *);
void	test_chandef(struct test *);
void	test_rates(struct test *);
void	test_airtime(struct test *);
void	test_frames(struct test *);
void	test_elements(struct test *);
void	test_absent(struct test *);
void	test_napi_here(struct test *);
void	test_napi_register(struct test *);

#endif /* _SELFTEST_MT76_H_ */
