/* SPDX-License-Identifier: BSD-2-Clause */
/* Words, numbers and the console. */
#include "init.h"

#define O_RDWR		2
#define TIOCDRAIN	0x2000745e

static const struct {
	const char *name;
	long number;
} errnos[] = {
	{ "EPERM", 1 }, { "ENOENT", 2 }, { "ESRCH", 3 }, { "EINTR", 4 },
	{ "EIO", 5 }, { "ENXIO", 6 }, { "ENOEXEC", 8 }, { "EDEADLK", 11 },
	{ "ENOMEM", 12 }, { "EACCES", 13 }, { "EFAULT", 14 }, { "EBUSY", 16 },
	{ "EEXIST", 17 }, { "ENODEV", 19 }, { "ENOTDIR", 20 },
	{ "EISDIR", 21 }, { "EINVAL", 22 }, { "ENOTTY", 25 },
	{ "ENOSPC", 28 }, { "EDOM", 33 }, { "ERANGE", 34 }, { "EAGAIN", 35 },
	{ "EALREADY", 37 }, { "EOPNOTSUPP", 45 }, { "ETIMEDOUT", 60 },
	{ "ENAMETOOLONG", 63 }, { "ENOSYS", 78 }, { "EFTYPE", 79 },
	{ "EOVERFLOW", 84 }, { "EDOOFUS", 88 }, { "EBADMSG", 89 },
};
#define NERRNOS	(sizeof(errnos) / sizeof(errnos[0]))

static char out[8192];
static size_t out_len;
static long console = -1;

void
console_open(void)
{
	console = syscall3(SYS_open, "/dev/console", O_RDWR, 0);
}

/* Waited for, so that a panic or the end of the machine loses none. */
static void
flush(void)
{
	syscall3(SYS_write, console, out, out_len);
	syscall3(SYS_ioctl, console, TIOCDRAIN, 0);
	out_len = 0;
}

static void
putch(char c)
{
	if (out_len == sizeof(out))
		flush();
	out[out_len++] = c;
	if (c == '\n')
		flush();
}

void
put(const char *s)
{
	while (*s != '\0')
		putch(*s++);
}

/* By 16 bits at a time: a 32-bit machine has no 64-bit division. */
uint64_t
divide(uint64_t value, uint32_t by, uint32_t *rest)
{
	uint64_t q = 0;
	uint32_t r = 0;
	int i;

	for (i = 48; i >= 0; i -= 16) {
		r = r << 16 | ((uint32_t)(value >> i) & 0xffff);
		q = q << 16 | r / by;
		r %= by;
	}
	if (rest != 0)
		*rest = r;
	return (q);
}

char *
format(char buf[24], uint64_t value, int negative)
{
	char *p = buf + 23;
	uint32_t digit;

	*p = '\0';
	do {
		value = divide(value, 10, &digit);
		*--p = (char)('0' + digit);
	} while (value != 0);
	if (negative)
		*--p = '-';
	return (p);
}

void
put_number(int64_t value)
{
	char buf[24];

	put(format(buf, value < 0 ? -(uint64_t)value : (uint64_t)value,
	    value < 0));
}

void
put_errno(long n)
{
	size_t i;

	put("errno ");
	put_number(n);
	for (i = 0; i < NERRNOS; i++)
		if (errnos[i].number == n) {
			put(" ");
			put(errnos[i].name);
		}
}

long
errno_by_name(const char *name)
{
	int64_t n;
	size_t i;

	if (number(name, &n))
		return ((long)n);
	for (i = 0; i < NERRNOS; i++)
		if (same(errnos[i].name, name))
			return (errnos[i].number);
	return (0);
}

void *
memset(void *dst, int c, size_t n)
{
	uint8_t *d = dst;

	while (n-- != 0)
		*d++ = (uint8_t)c;
	return (dst);
}

void *
memcpy(void *dst, const void *src, size_t n)
{
	uint8_t *d = dst;
	const uint8_t *s = src;

	while (n-- != 0)
		*d++ = *s++;
	return (dst);
}

size_t
length(const char *s)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		;
	return (n);
}

int
same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (*a == *b);
}

/* A decimal or 0x number, which must be all of the word. */
int
number(const char *s, int64_t *value)
{
	int negative = *s == '-', digit;
	uint32_t base = 10;
	uint64_t v = 0;

	s += negative;
	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	if (*s == '\0')
		return (0);
	for (; *s != '\0'; s++) {
		digit = *s >= '0' && *s <= '9' ? *s - '0' :
		    *s >= 'a' && *s <= 'f' ? *s - 'a' + 10 : 99;
		if (digit >= (int)base)
			return (0);
		v = v * base + (uint32_t)digit;
	}
	*value = negative ? -(int64_t)v : (int64_t)v;
	return (1);
}

char *
word(char **line)
{
	char *s = *line, *w;

	while (*s == ' ' || *s == '\t')
		s++;
	w = s;
	while (*s != '\0' && *s != ' ' && *s != '\t')
		s++;
	if (*s != '\0')
		*s++ = '\0';
	while (*s == ' ' || *s == '\t')
		s++;
	*line = s;
	return (w);
}

char *
cut(char **line, char at)
{
	char *start = *line, *s = start;

	while (*s != '\0' && *s != at)
		s++;
	if (*s == at)
		*s++ = '\0';
	*line = s;
	return (start);
}
