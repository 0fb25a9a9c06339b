/* SPDX-License-Identifier: BSD-2-Clause */
/* String and memory functions, numbers, random, qsort. */
#include "kh.h"
#include <sys/libkern.h>
#include <sys/ctype.h>

#undef memset
#undef memcpy
#undef memmove
#undef memcmp
#undef bzero
#undef bcopy
#undef bcmp
#undef strcpy
#undef strcmp
#undef strlen

void *memset(void *d, int c, size_t n) { host_memset(d, c, n); return (d); }
void *memmove(void *d, const void *s, size_t n) { host_memmove(d, s, n); return (d); }
void *memcpy(void *d, const void *s, size_t n) { host_memmove(d, s, n); return (d); }
int memcmp(const void *a, const void *b, size_t n) { return (host_memcmp(a, b, n)); }
void bzero(void *d, size_t n) { host_memset(d, 0, n); }
void explicit_bzero(void *d, size_t n) { host_memset(d, 0, n); }
void bcopy(const void *s, void *d, size_t n) { host_memmove(d, s, n); }
int bcmp(const void *a, const void *b, size_t n) { return (host_memcmp(a, b, n)); }
void *memset_early(void *d, int c, size_t n) { host_memset(d, c, n); return (d); }
void *memcpy_early(void *d, const void *s, size_t n) { host_memmove(d, s, n); return (d); }
void *memmove_early(void *d, const void *s, size_t n) { host_memmove(d, s, n); return (d); }
void pagezero(void *p) { host_memset(p, 0, PAGE_SIZE); }
void pagecopy(void *s, void *d) { host_memmove(d, s, PAGE_SIZE); }

int
timingsafe_bcmp(const void *a, const void *b, size_t n)
{
	return (host_memcmp(a, b, n) != 0);
}

size_t
strlen(const char *s)
{
	const char *p = s;

	while (*p != 0)
		p++;
	return (p - s);
}

size_t
strnlen(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n && s[i] != 0; i++)
		;
	return (i);
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; a++, b++, n--) {
		if (*a != *b)
			return ((u_char)*a - (u_char)*b);
		if (*a == 0)
			break;
	}
	return (0);
}

int strcmp(const char *a, const char *b) { return (strncmp(a, b, SIZE_MAX)); }

int
strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; a++, b++, n--) {
		int x = tolower((u_char)*a), y = tolower((u_char)*b);

		if (x != y)
			return (x - y);
		if (x == 0)
			break;
	}
	return (0);
}

int strcasecmp(const char *a, const char *b) { return (strncasecmp(a, b, SIZE_MAX)); }

size_t
strlcpy(char *d, const char *s, size_t n)
{
	size_t len = strlen(s);

	if (n > 0) {
		size_t c = len < n - 1 ? len : n - 1;

		host_memmove(d, s, c);
		d[c] = 0;
	}
	return (len);
}

size_t
strlcat(char *d, const char *s, size_t n)
{
	size_t l = strnlen(d, n);

	if (l == n)
		return (n + strlen(s));
	return (l + strlcpy(d + l, s, n - l));
}

char *
strcpy(char *d, const char *s)
{
	host_memmove(d, s, strlen(s) + 1);
	return (d);
}

char *
strncpy(char *d, const char *s, size_t n)
{
	size_t l = strnlen(s, n);

	host_memmove(d, s, l);
	host_memset(d + l, 0, n - l);
	return (d);
}

char *
strcat(char *d, const char *s)
{
	strcpy(d + strlen(d), s);
	return (d);
}

char *
strncat(char *d, const char *s, size_t n)
{
	size_t l = strlen(d), m = strnlen(s, n);

	host_memmove(d + l, s, m);
	d[l + m] = 0;
	return (d);
}

char *
strchrnul(const char *s, int c)
{
	while (*s != 0 && *s != (char)c)
		s++;
	return (__DECONST(char *, s));
}

char *
strchr(const char *s, int c)
{
	char *p = strchrnul(s, c);

	return (*p == (char)c ? p : NULL);
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (*s == 0)
			return (__DECONST(char *, last));
	}
}

char *
strnstr(const char *s, const char *find, size_t n)
{
	size_t l = strlen(find);

	for (; n >= l && *s != 0; s++, n--)
		if (strncmp(s, find, l) == 0)
			return (__DECONST(char *, s));
	return (l == 0 ? __DECONST(char *, s) : NULL);
}

char *strstr(const char *s, const char *find) { return (strnstr(s, find, SIZE_MAX)); }

size_t
strspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != 0 && strchr(set, s[n]) != NULL)
		n++;
	return (n);
}

size_t
strcspn(const char *s, const char *set)
{
	size_t n = 0;

	while (s[n] != 0 && strchr(set, s[n]) == NULL)
		n++;
	return (n);
}

char *
strsep(char **sp, const char *delim)
{
	char *s = *sp, *e;

	if (s == NULL)
		return (NULL);
	e = s + strcspn(s, delim);
	if (*e != 0) {
		*e = 0;
		*sp = e + 1;
	} else
		*sp = NULL;
	return (s);
}

void *
memchr(const void *p, int c, size_t n)
{
	const u_char *s = p;

	for (; n > 0; n--, s++)
		if (*s == (u_char)c)
			return (__DECONST(void *, s));
	return (NULL);
}

void *
memcchr(const void *p, int c, size_t n)
{
	const u_char *s = p;

	for (; n > 0; n--, s++)
		if (*s != (u_char)c)
			return (__DECONST(void *, s));
	return (NULL);
}

static char *
dup(const char *s, size_t n, struct malloc_type *t, int flags, uint64_t caller)
{
	char *d = khi_malloc_at(n + 1, 1, t, flags, -1, caller);

	if (d != NULL) {
		host_memmove(d, s, n);
		d[n] = 0;
	}
	return (d);
}

char *strdup(const char *s, struct malloc_type *t) { return (dup(s, strlen(s), t, M_WAITOK, KHI_CALLER)); }
char *strdup_flags(const char *s, struct malloc_type *t, int f) { return (dup(s, strlen(s), t, f, KHI_CALLER)); }
char *strndup(const char *s, size_t n, struct malloc_type *t) { return (dup(s, strnlen(s, n), t, M_WAITOK, KHI_CALLER)); }

u_quad_t
strtouq(const char *s, char **end, int base)
{
	u_quad_t v = 0;
	int neg = 0, any = 0;
	const char *p = s;

	while (isspace((u_char)*p))
		p++;
	if (*p == '-' || *p == '+')
		neg = *p++ == '-';
	if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 32) == 'x' &&
	    isxdigit((u_char)p[2])) {
		base = 16;
		p += 2;
	}
	if (base == 0)
		base = *p == '0' ? 8 : 10;
	for (;; p++) {
		int c = tolower((u_char)*p), d;

		d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ?
		    c - 'a' + 10 : 99;
		if (d >= base)
			break;
		v = v * base + d;
		any = 1;
	}
	if (end != NULL)
		*end = __DECONST(char *, any ? p : s);
	return (neg ? -v : v);
}

quad_t strtoq(const char *s, char **e, int b) { return ((quad_t)strtouq(s, e, b)); }
long strtol(const char *s, char **e, int b) { return ((long)strtouq(s, e, b)); }
u_long strtoul(const char *s, char **e, int b) { return (strtouq(s, e, b)); }

void arc4random_buf(void *p, size_t n) { host_random(p, n); }
void arc4rand(void *p, u_int n, int reseed __unused) { host_random(p, n); }

uint32_t
arc4random(void)
{
	uint32_t v;

	host_random(&v, sizeof(v));
	return (v);
}

uint32_t
arc4random_uniform(uint32_t n)
{
	return (n < 2 ? 0 : (uint32_t)(((uint64_t)arc4random() * n) >> 32));
}

u_long random(void) { return (arc4random() & 0x7fffffff); }
u_int read_random(void *p, u_int n) { host_random(p, n); return (n); }

static int
plain_cmp(const void *a, const void *b, void *fn)
{
	return (((int (*)(const void *, const void *))fn)(a, b));
}

void
qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	host_qsort(base, n, size, plain_cmp, (void *)cmp);
}

void
qsort_r(void *base, size_t n, size_t size,
    int (*cmp)(const void *, const void *, void *), void *thunk)
{
	host_qsort(base, n, size, cmp, thunk);
}

void *
bsearch(const void *key, const void *base, size_t n, size_t size,
    int (*cmp)(const void *, const void *))
{
	size_t lo = 0;

	while (lo < n) {
		size_t mid = lo + (n - lo) / 2;
		const void *p = (const char *)base + mid * size;
		int r = cmp(key, p);

		if (r == 0)
			return (__DECONST(void *, p));
		if (r < 0)
			n = mid;
		else
			lo = mid + 1;
	}
	return (NULL);
}
