/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctlbyname(3) of a hosted kernel. */
#ifndef SOCKET_H
#define SOCKET_H

#include <stddef.h>

/*
 * As FreeBSD's, read-only, with the host's errnos, from the kldhost that serves
 * at the socket PPSTAT_SOCKET.  ENXIO: no kldhost is there.
 */
int	sysctlbyname(const char *name, void *old, size_t *oldlen,
	    const void *new, size_t newlen);

#endif
