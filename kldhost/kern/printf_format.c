/* SPDX-License-Identifier: BSD-2-Clause */
/* printf(9)'s formats, %b and %D included, into a buffer or a function. */
#include "kh.h"
#include <machine/stdarg.h>

struct out {
	char	*buf;
	size_t	size;
	size_t	len;
	void	(*fn)(int, void *);
	void	*arg;
};

static void
put(struct out *o, int c)
{
	if (o->fn != NULL)
		o->fn(c, o->arg);
	else if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void
pad(struct out *o, int n, int c)
{
	while (n-- > 0)
		put(o, c);
}

static void
puts_(struct out *o, const char *s, int n)
{
	while (n-- > 0)
		put(o, *s++);
}

static int
digits(uintmax_t v, int base, int upper, char *end)
{
	const char *d = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	do {
		*--end = d[v % base];
		n++;
	} while ((v /= base) != 0);
	return (n);
}

struct spec {
	int	left, sign, alt, zero, width, prec, lmod;
};

static void
number(struct out *o, const struct spec *s, uintmax_t v, int neg, int base,
    int upper)
{
	char tmp[72], *end = tmp + sizeof(tmp), pre[3];
	int n = 0, np = 0, zeros = 0, fill;

	if (v != 0 || s->prec != 0)
		n = digits(v, base, upper, end);
	if (neg)
		pre[np++] = '-';
	else if (s->sign)
		pre[np++] = s->sign;
	if (s->alt && v != 0 && base == 16) {
		pre[np++] = '0';
		pre[np++] = upper ? 'X' : 'x';
	}
	if (s->alt && base == 8 && s->prec <= n)
		zeros = 1;
	if (s->prec > n)
		zeros = s->prec - n;
	fill = s->width - n - np - zeros;
	if (s->zero && !s->left && s->prec < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!s->left)
		pad(o, fill, ' ');
	puts_(o, pre, np);
	pad(o, zeros, '0');
	puts_(o, end - n, n);
	if (s->left)
		pad(o, fill, ' ');
}

static uintmax_t
arg_value(va_list *ap, int lmod, int is_signed)
{
	switch (lmod) {
	case 'H':
		return (is_signed ? (intmax_t)(signed char)va_arg(*ap, int) :
		    (uintmax_t)(u_char)va_arg(*ap, int));
	case 'h':
		return (is_signed ? (intmax_t)(short)va_arg(*ap, int) :
		    (uintmax_t)(u_short)va_arg(*ap, int));
	case 0:
		return (is_signed ? (intmax_t)va_arg(*ap, int) :
		    (uintmax_t)va_arg(*ap, u_int));
	default:
		return (va_arg(*ap, uintmax_t));
	}
}

/* %b: a number, then the names of its bits. */
static void
bits(struct out *o, uintmax_t v, const char *names)
{
	char tmp[72], *end = tmp + sizeof(tmp);
	int n = digits(v, *names++, 0, end), first = 1;

	puts_(o, end - n, n);
	if (v == 0)
		return;
	while (*names != 0) {
		int bit = *names++, on = (v >> (bit - 1)) & 1;

		if (on) {
			put(o, first ? '<' : ',');
			first = 0;
		}
		for (; *names > ' '; names++)
			if (on)
				put(o, *names);
	}
	if (!first)
		put(o, '>');
}

static void
format(struct out *o, const char *f, va_list ap0)
{
	va_list ap;

	va_copy(ap, ap0);
	for (; *f != 0; f++) {
		struct spec s = { .prec = -1 };
		const char *str;
		uintmax_t v;
		int n;

		if (*f != '%') {
			put(o, *f);
			continue;
		}
		for (f++;; f++) {
			if (*f == '-')
				s.left = 1;
			else if (*f == '+' || (*f == ' ' && s.sign == 0))
				s.sign = *f;
			else if (*f == '#')
				s.alt = 1;
			else if (*f == '0')
				s.zero = 1;
			else
				break;
		}
		if (*f == '*') {
			s.width = va_arg(ap, int);
			if (s.width < 0) {
				s.left = 1;
				s.width = -s.width;
			}
			f++;
		} else
			for (; *f >= '0' && *f <= '9'; f++)
				s.width = s.width * 10 + *f - '0';
		if (*f == '.') {
			s.prec = 0;
			if (*++f == '*') {
				s.prec = va_arg(ap, int);
				f++;
			} else
				for (; *f >= '0' && *f <= '9'; f++)
					s.prec = s.prec * 10 + *f - '0';
		}
		for (;; f++) {
			if (*f == 'h')
				s.lmod = s.lmod == 'h' ? 'H' : 'h';
			else if (*f == 'l' || *f == 'q' || *f == 'j' ||
			    *f == 'z' || *f == 't')
				s.lmod = 'l';
			else
				break;
		}
		switch (*f) {
		case 0:
			va_end(ap);
			return;
		case '%':
			put(o, '%');
			break;
		case 'c':
			if (!s.left)
				pad(o, s.width - 1, ' ');
			put(o, va_arg(ap, int));
			if (s.left)
				pad(o, s.width - 1, ' ');
			break;
		case 's':
			str = va_arg(ap, const char *);
			if (str == NULL)
				str = "(null)";
			n = s.prec < 0 ? strlen(str) : strnlen(str, s.prec);
			if (!s.left)
				pad(o, s.width - n, ' ');
			puts_(o, str, n);
			if (s.left)
				pad(o, s.width - n, ' ');
			break;
		case 'p':
			s.alt = s.width == 0;
			v = (uintptr_t)va_arg(ap, void *);
			if (v == 0 && s.alt)
				puts_(o, "0", 1);
			else
				number(o, &s, v, 0, 16, 0);
			break;
		case 'd':
		case 'i':
			v = arg_value(&ap, s.lmod, 1);
			number(o, &s, (intmax_t)v < 0 ? -v : v,
			    (intmax_t)v < 0, 10, 0);
			break;
		case 'y':
			v = arg_value(&ap, s.lmod, 1);
			s.sign = '+';
			number(o, &s, (intmax_t)v < 0 ? -v : v,
			    (intmax_t)v < 0, 16, 0);
			break;
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			v = arg_value(&ap, s.lmod, 0);
			s.sign = 0;
			number(o, &s, v, 0, *f == 'u' ? 10 : *f == 'o' ? 8 : 16,
			    *f == 'X');
			break;
		case 'b':
			v = arg_value(&ap, s.lmod, 0);
			bits(o, v, va_arg(ap, const char *));
			break;
		case 'D': {
			const u_char *p = va_arg(ap, const u_char *);
			const char *sep = va_arg(ap, const char *);
			char hex[2];

			for (n = s.width == 0 ? 16 : s.width; n > 0; n--) {
				hex[0] = "0123456789abcdef"[*p >> 4];
				hex[1] = "0123456789abcdef"[*p++ & 15];
				puts_(o, hex, 2);
				if (n > 1)
					puts_(o, sep, strlen(sep));
			}
			break;
		}
		case 'n':
			panic("printf: %%n is not supported");
		default:
			put(o, '%');
			put(o, *f);
		}
	}
	va_end(ap);
}

int
vsnprintf(char *buf, size_t size, const char *f, va_list ap)
{
	struct out o = { .buf = buf, .size = size };

	format(&o, f, ap);
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = 0;
	return (o.len);
}

int
snprintf(char *buf, size_t size, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = vsnprintf(buf, size, f, ap);
	va_end(ap);
	return (n);
}

int
vsprintf(char *buf, const char *f, va_list ap)
{
	return (vsnprintf(buf, INT_MAX, f, ap));
}

int
sprintf(char *buf, const char *f, ...)
{
	va_list ap;
	int n;

	va_start(ap, f);
	n = vsnprintf(buf, INT_MAX, f, ap);
	va_end(ap);
	return (n);
}

int
kvprintf(const char *f, void (*fn)(int, void *), void *arg, int radix __unused,
    va_list ap)
{
	struct out o = { .buf = arg, .size = INT_MAX, .fn = fn, .arg = arg };

	format(&o, f, ap);
	return (o.len);
}
