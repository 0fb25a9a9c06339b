/* SPDX-License-Identifier: BSD-2-Clause */
/* Where page_pool(9) was until Linux 6.6, and is for FreeBSD's LinuxKPI. */
#ifndef _LINUXKPI_NET_PAGE_POOL_H
#define _LINUXKPI_NET_PAGE_POOL_H

#include <net/page_pool/helpers.h>

#endif /* _LINUXKPI_NET_PAGE_POOL_H */
