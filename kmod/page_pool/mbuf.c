/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers of pools as mbufs' external storage: lkpirs/page_pool_mbuf.h.
 *
 * Nothing is allocated for it: the mbuf names the page, and the page its pool.
 * An mbuf may be freed long after the driver and LinuxKPI have gone, so the
 * free routine is this module's, which stays as long as a pool waits for pages.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/mbuf.h>
#include <sys/smp.h>
#include <sys/sysctl.h>

#include <lkpirs/page_pool_mbuf.h>

#include "page_pool.h"

struct page;

/* lkpirs_page_pool_m_extadd() is the crate's: what it decides it does by this. */
void	lkpirs_mbuf_extadd(struct mbuf *, void *buf, u_int size, struct page *);
void	lkpirs_page_pool_take_back(struct page *);
bool	lkpirs_page_pool_ever_lent(void);

extern int lkpirs_page_pool_mbuf_share;
int lkpirs_page_pool_mbuf_share = 200;
SYSCTL_INT(_compat_page_pool, OID_AUTO, mbuf_share, CTLFLAG_RWTUN,
    &lkpirs_page_pool_mbuf_share, 0,
    "Buffers that mbufs may have, in percent of the pages of the pool's ring; 0: none");

static void
take_back(struct mbuf *m)
{
	lkpirs_page_pool_take_back(m->m_ext.ext_arg1);
}

void
lkpirs_mbuf_extadd(struct mbuf *m, void *buf, u_int size, struct page *page)
{
	m_extadd(m, buf, size, take_back, page, NULL, 0, EXT_NET_DRV);
}

/*
 * No pool is left: whoever gave the last buffer back is out of take_back(), or
 * about to return from it.  Once each CPU has been idle he has.  EINTR, ERESTART:
 * a signal came first.
 */
int
lkpirs_page_pool_mbufs_end(void)
{
	return (lkpirs_page_pool_ever_lent() ?
	    quiesce_all_cpus("pgpool", PCATCH) : 0);
}
