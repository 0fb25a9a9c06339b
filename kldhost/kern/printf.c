/* SPDX-License-Identifier: BSD-2-Clause */
/* printf(9) and its kin: what prints, and what allocates. */
#include "kh.h"
#include <machine/stdarg.h>
#include <sys/syslog.h>

int
vprintf(const char *f, va_list ap)
{
	char small[512], *buf = small;
	int n = vsnprintf(small, sizeof(small), f, ap);

	if (n >= (int)sizeof(small)) {
		buf = __builtin_alloca(n + 1);
		vsnprintf(buf, n + 1, f, ap);
	}
	host_write(1, buf, n);
	return (n);
}

int
printf(const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = vprintf(f, ap);
	va_end(ap);
	return (n);
}

void
log(int level __unused, const char *f, ...)
{
	va_list ap;

	va_start(ap, f);
	vprintf(f, ap);
	va_end(ap);
}

void
vlog(int level __unused, const char *f, va_list ap)
{
	vprintf(f, ap);
}

int
uprintf(const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = vprintf(f, ap);
	va_end(ap);
	return (n);
}

int
vasprintf(char **ret, struct malloc_type *t, const char *f, va_list ap)
{
	int n = vsnprintf(NULL, 0, f, ap);

	*ret = khi_malloc_at(n + 1, 1, t, M_NOWAIT, -1, KHI_CALLER);
	if (*ret == NULL)
		return (-1);
	return (vsnprintf(*ret, n + 1, f, ap));
}

int
asprintf(char **ret, struct malloc_type *t, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = vasprintf(ret, t, f, ap);
	va_end(ap);
	return (n);
}

void
hexdump(const void *ptr, int length, const char *hdr, int flags __unused)
{
	const u_char *p = ptr;
	int i;

	for (i = 0; i < length; i++)
		printf("%s%02x%s", i % 16 == 0 && hdr != NULL ? hdr : "", p[i],
		    i % 16 == 15 || i == length - 1 ? "\n" : " ");
}
