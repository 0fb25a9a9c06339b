/* SPDX-License-Identifier: BSD-2-Clause */
/* netmem_ref: what may be a page or device memory; here it is always a page. */
#ifndef _LINUXKPI_NET_NETMEM_H_
#define _LINUXKPI_NET_NETMEM_H_

#include <linux/mm.h>
#include <net/page_pool/types.h>

struct net_iov;

static inline bool
netmem_is_net_iov(netmem_ref netmem __unused)
{
	return (false);
}

static inline struct page *
netmem_to_page(netmem_ref netmem)
{
	return ((struct page *)netmem);
}
#define	__netmem_to_page(netmem)	netmem_to_page(netmem)

static inline netmem_ref
page_to_netmem(struct page *page)
{
	return ((netmem_ref)page);
}

static inline netmem_ref
virt_to_netmem(const void *va)
{
	return (page_to_netmem(virt_to_page(va)));
}

static inline int
netmem_ref_count(netmem_ref netmem)
{
	return (page_ref_count(netmem_to_page(netmem)));
}

static inline unsigned long
netmem_pfn_trace(netmem_ref netmem)
{
	return (page_to_pfn(netmem_to_page(netmem)));
}

static inline netmem_ref
netmem_compound_head(netmem_ref netmem)
{
	return (page_to_netmem(compound_head(netmem_to_page(netmem))));
}

static inline struct page_pool *
netmem_get_pp(netmem_ref netmem)
{
	return (netmem_to_page(netmem)->pp);
}

static inline void *
netmem_address(netmem_ref netmem)
{
	return (page_address(netmem_to_page(netmem)));
}
#define	__netmem_address(netmem)	netmem_address(netmem)

static inline unsigned long
netmem_get_dma_addr(netmem_ref netmem)
{
	return (netmem_to_page(netmem)->dma_addr);
}

/* No page comes from an emergency reserve. */
static inline bool
netmem_is_pfmemalloc(netmem_ref netmem __unused)
{
	return (false);
}

#endif /* _LINUXKPI_NET_NETMEM_H_ */
