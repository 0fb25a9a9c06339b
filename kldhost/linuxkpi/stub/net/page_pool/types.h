/* SPDX-License-Identifier: BSD-2-Clause */
/* page_pool(9)'s functions are those of stub/pool.c. */
#ifndef _STUB_NET_PAGE_POOL_TYPES_H_
#define _STUB_NET_PAGE_POOL_TYPES_H_

#define	lkpirs_page_pool_create		stub_page_pool_create
#define	lkpirs_page_pool_destroy	stub_page_pool_destroy
#define	lkpirs_page_pool_alloc_frag	stub_page_pool_alloc_frag
#define	lkpirs_page_pool_put		stub_page_pool_put
#define	lkpirs_page_pool_put_direct	stub_page_pool_put
#define	lkpirs_page_pool_get_stats	stub_page_pool_get_stats

#include_next <net/page_pool/types.h>

/* Pages that are out. */
unsigned long stub_page_pool_out(void);

#endif /* _STUB_NET_PAGE_POOL_TYPES_H_ */
