/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctlbyname(3) through kldhost's socket (kldhost(1), --serve). */
#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"
#include "socket.h"

static void
dial(int *fd)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *path = getenv("PPSTAT_SOCKET");

	if (path == NULL)
		xo_errx(1, "this is no FreeBSD: PPSTAT_SOCKET=PATH names the "
		    "socket of a kldhost that runs with --serve PATH");
	if (strlen(path) >= sizeof(sun.sun_path))
		xo_errx(1, "%s: the path is too long for a socket", path);
	strcpy(sun.sun_path, path);
	*fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (*fd < 0 || connect(*fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		xo_err(1, "%s", path);
}

static void
all(int fd, char *buf, size_t n)
{
	ssize_t r;

	for (; n > 0; buf += r, n -= (size_t)r) {
		r = read(fd, buf, n);
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r <= 0)
			xo_errx(1, "kldhost has gone");
	}
}

int
sysctlbyname(const char *name, void *old, size_t *oldlen, const void *new,
    size_t newlen)
{
	static int fd = -1;
	static char *last;
	static size_t room;
	uint32_t head[2];
	char line[256];
	size_t n = strlen(name);

	if (new != NULL || newlen != 0 || n + 2 > sizeof(line)) {
		errno = EPERM;
		return (-1);
	}
	if (fd < 0)
		dial(&fd);
	memcpy(line, name, n);
	line[n] = '\n';
	/* One that hung up is noticed by read(2). */
	if (send(fd, line, n + 1, MSG_NOSIGNAL) != (ssize_t)(n + 1))
		xo_errx(1, "kldhost has gone");
	all(fd, (char *)head, sizeof(head));
	if (head[1] > room) {
		room = head[1];
		last = realloc(last, room);
		if (last == NULL)
			xo_errx(1, "no memory");
	}
	all(fd, last, head[1]);
	if (head[0] != 0) {
		/* The numbers that matter here are the same on all systems. */
		errno = (int)head[0];
		return (-1);
	}
	n = old == NULL || *oldlen >= head[1] ? head[1] : *oldlen;
	if (old != NULL)
		memcpy(old, last, n);
	*oldlen = n;
	if (n < head[1]) {
		errno = ENOMEM;
		return (-1);
	}
	return (0);
}
