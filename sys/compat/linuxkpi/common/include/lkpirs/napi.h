/* SPDX-License-Identifier: BSD-2-Clause */
/* page_pool.ko learns whose thread it is in from whoever knows NAPIs. */
#ifndef _LKPIRS_NAPI_H_
#define _LKPIRS_NAPI_H_

#include <sys/types.h>

struct napi_struct;

/* Whether this thread excludes the NAPI's poll now, and will until it leaves
 * the critical section that it is in. */
typedef bool lkpirs_napi_polled_here_t(const struct napi_struct *);

/* One at a time: EBUSY. */
int	lkpirs_page_pool_napi_register(lkpirs_napi_polled_here_t *);
/* Nobody is in it, nor will be, when this returns.  May sleep. */
void	lkpirs_page_pool_napi_unregister(lkpirs_napi_polled_here_t *);
/* False without one, and of no NAPI. */
bool	lkpirs_page_pool_napi_polled_here(const struct napi_struct *);

#endif /* _LKPIRS_NAPI_H_ */
