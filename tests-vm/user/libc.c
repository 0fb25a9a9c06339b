/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of libc as the tools use: text, memory, arguments. */
#include <sys/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *
memcpy(void *dst, const void *src, size_t n)
{
	char *d = dst;
	const char *s = src;

	while (n-- > 0)
		*d++ = *s++;
	return (dst);
}

void *
memset(void *dst, int c, size_t n)
{
	char *d = dst;

	while (n-- > 0)
		*d++ = (char)c;
	return (dst);
}

size_t
strlen(const char *s)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		;
	return (n);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0 && *a != '\0' && *a == *b; n--) {
		a++;
		b++;
	}
	return (n == 0 ? 0 : (unsigned char)*a - (unsigned char)*b);
}

int strcmp(const char *a, const char *b) { return (strncmp(a, b, SIZE_MAX)); }

char *
strcpy(char *to, const char *from)
{
	return (memcpy(to, from, strlen(from) + 1));
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (*s == '\0')
			return (NULL);
	return ((char *)(uintptr_t)s);
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (; *s != '\0'; s++)
		if (*s == (char)c)
			last = s;
	return ((char *)(uintptr_t)last);
}

char *
strerror(int n)
{
	static char text[24];

	snprintf(text, sizeof(text), "errno %d", n);
	return (text);
}

/* Nothing is given back: a buffer that grows does so a few times. */
void *
realloc(void *old, size_t size)
{
	static char heap[8 << 20] __attribute__((aligned(16)));
	static size_t used;
	size_t *at = (size_t *)(void *)(heap + used), n;

	n = (size + 31) / 16 * 16;
	if (n < size || n > sizeof(heap) - used)
		return (NULL);
	used += n;
	*at = size;
	at = (size_t *)(void *)((char *)at + 16);
	if (old != NULL)
		memcpy(at, old, *(size_t *)(void *)((char *)old - 16) < size ?
		    *(size_t *)(void *)((char *)old - 16) : size);
	return (at);
}

#ifdef __i386__
/* The compiler's, for machines without a 64-bit division. */
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t
__udivdi3(uint64_t a, uint64_t b)
{
	uint64_t q = 0, r = 0;
	int i;

	for (i = 63; i >= 0; i--) {
		r = r << 1 | (a >> i & 1);
		if (r >= b) {
			r -= b;
			q |= 1ull << i;
		}
	}
	return (q);
}
#endif

/* s, d, u, c with -, width, precision of strings, and j. */
int
vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	size_t n = 0;
#define	PUT(c) do { if (n + 1 < size) buf[n] = (c); n++; } while (0)

	for (; *fmt != '\0'; fmt++) {
		char digits[24], *s = digits + sizeof(digits);
		bool left = false, wide = false, minus = false;
		int width = 0, most = -1, len;
		uintmax_t v;

		if (*fmt != '%') {
			PUT(*fmt);
			continue;
		}
		for (fmt++; *fmt == '-'; fmt++)
			left = true;
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		if (fmt[0] == '.' && fmt[1] == '*') {
			most = va_arg(ap, int);
			fmt += 2;
		}
		if (*fmt == 'j') {
			wide = true;
			fmt++;
		}
		switch (*fmt) {
		case 's':
			s = va_arg(ap, char *);
			for (len = 0; len != most && s[len] != '\0'; len++)
				;
			break;
		case 'c':
			*--s = (char)va_arg(ap, int);
			len = 1;
			break;
		case 'd':
		case 'u':
			if (wide)
				v = va_arg(ap, uintmax_t);
			else if (*fmt == 'd')
				v = (uintmax_t)(intmax_t)va_arg(ap, int);
			else
				v = va_arg(ap, unsigned);
			minus = *fmt == 'd' && (intmax_t)v < 0;
			if (minus)
				v = -v;
			do
				*--s = (char)('0' + (v - v / 10 * 10));
			while ((v /= 10) != 0);
			if (minus)
				*--s = '-';
			len = (int)(digits + sizeof(digits) - s);
			break;
		case '%':
			*--s = '%';
			len = 1;
			break;
		default:
			abort();
		}
		for (; !left && width > len; width--)
			PUT(' ');
		for (width -= len; len > 0; len--)
			PUT(*s++);
		for (; left && width > 0; width--)
			PUT(' ');
	}
	if (size > 0)
		buf[n < size ? n : size - 1] = '\0';
	return ((int)n);
}

int
snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return (n);
}

char *optarg;
int optind = 1;

int
getopt(int argc, char *const *argv, const char *options)
{
	static const char *at = "";
	const char *o;

	if (*at == '\0') {
		if (optind >= argc || argv[optind][0] != '-' ||
		    argv[optind][1] == '\0')
			return (-1);
		at = argv[optind++] + 1;
		if (strcmp(at, "-") == 0) {
			at = "";
			return (-1);
		}
	}
	o = *at == ':' ? NULL : strchr(options, *at);
	at++;
	if (o == NULL)
		return ('?');
	if (o[1] != ':')
		return (*o);
	if (*at != '\0')
		optarg = (char *)(uintptr_t)at;
	else if (optind < argc)
		optarg = argv[optind++];
	else
		return ('?');
	at = "";
	return (*o);
}
