/* SPDX-License-Identifier: BSD-2-Clause */
/* sbuf(9) */
#include "kh.h"
#include <sys/sbuf.h>
#include <machine/stdarg.h>

static MALLOC_DEFINE(M_SBUF, "sbuf", "string buffers");

void khi_sbuf_init(void) { malloc_init(M_SBUF); }

struct sbuf *
sbuf_new(struct sbuf *s, char *buf, int length, int flags)
{
	uint64_t caller = KHI_CALLER;
	int dyn = 0;

	if (s == NULL) {
		s = khi_malloc_at(sizeof(*s), 8, M_SBUF, M_WAITOK, -1, caller);
		dyn = SBUF_DYNSTRUCT;
	}
	bzero(s, sizeof(*s));
	s->s_flags = (flags & SBUF_USRFLAGMSK) | dyn;
	s->s_rec_off = -1;
	s->s_size = length > 0 ? length : 128;
	if (buf != NULL)
		s->s_buf = buf;
	else {
		s->s_buf = khi_malloc_at(s->s_size, 1, M_SBUF, M_WAITOK, -1,
		    caller);
		s->s_flags |= SBUF_DYNAMIC;
	}
	return (s);
}

void
sbuf_set_drain(struct sbuf *s, sbuf_drain_func *fn, void *arg)
{
	s->s_drain_func = fn;
	s->s_drain_arg = arg;
}

int
sbuf_drain(struct sbuf *s)
{
	int n;

	if (s->s_error != 0)
		return (s->s_error);
	while (s->s_len > 0) {
		n = s->s_drain_func(s->s_drain_arg, s->s_buf, s->s_len);
		if (n <= 0) {
			s->s_error = n < 0 ? -n : EDEADLK;
			return (s->s_error);
		}
		memmove(s->s_buf, s->s_buf + n, s->s_len - n);
		s->s_len -= n;
	}
	return (0);
}

static int
room(struct sbuf *s)
{
	char *nb;

	if (s->s_len + 1 < s->s_size)
		return (1);
	if (s->s_drain_func != NULL)
		return (sbuf_drain(s) == 0);
	if ((s->s_flags & SBUF_AUTOEXTEND) == 0) {
		s->s_error = ENOMEM;
		return (0);
	}
	nb = khi_malloc_at(s->s_size * 2, 1, M_SBUF, M_WAITOK, -1, KHI_CALLER);
	memcpy(nb, s->s_buf, s->s_len);
	if ((s->s_flags & SBUF_DYNAMIC) != 0)
		free(s->s_buf, M_SBUF);
	s->s_buf = nb;
	s->s_size *= 2;
	s->s_flags |= SBUF_DYNAMIC;
	return (1);
}

int
sbuf_putc(struct sbuf *s, int c)
{
	if ((s->s_flags & SBUF_FINISHED) != 0)
		panic("sbuf_putc: sbuf %p is finished", s);
	if (s->s_error != 0 || !room(s))
		return (-1);
	s->s_buf[s->s_len++] = c;
	return (0);
}

int
sbuf_bcat(struct sbuf *s, const void *p, size_t n)
{
	const char *c = p;

	while (n-- > 0)
		if (sbuf_putc(s, *c++) != 0)
			return (-1);
	return (0);
}

int sbuf_cat(struct sbuf *s, const char *p) { return (sbuf_bcat(s, p, strlen(p))); }

static void
put_fn(int c, void *arg)
{
	sbuf_putc(arg, c);
}

int
sbuf_vprintf(struct sbuf *s, const char *fmt, va_list ap)
{
	kvprintf(fmt, put_fn, s, 10, ap);
	return (s->s_error != 0 ? -1 : 0);
}

int
sbuf_printf(struct sbuf *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sbuf_vprintf(s, fmt, ap);
	va_end(ap);
	return (s->s_error != 0 ? -1 : 0);
}

void
sbuf_clear(struct sbuf *s)
{
	s->s_flags &= ~SBUF_FINISHED;
	s->s_error = 0;
	s->s_len = 0;
}

int
sbuf_cpy(struct sbuf *s, const char *p)
{
	sbuf_clear(s);
	return (sbuf_cat(s, p));
}

int
sbuf_setpos(struct sbuf *s, ssize_t pos)
{
	if (pos < 0 || pos > s->s_len)
		return (-1);
	s->s_len = pos;
	return (0);
}

int
sbuf_trim(struct sbuf *s)
{
	while (s->s_len > 0 && (s->s_buf[s->s_len - 1] == ' ' ||
	    s->s_buf[s->s_len - 1] == '\n' || s->s_buf[s->s_len - 1] == '\t'))
		s->s_len--;
	return (s->s_error != 0 ? -1 : 0);
}

int
sbuf_nl_terminate(struct sbuf *s)
{
	if (s->s_len > 0 && s->s_buf[s->s_len - 1] != '\n')
		return (sbuf_putc(s, '\n'));
	return (s->s_error != 0 ? -1 : 0);
}

int
sbuf_finish(struct sbuf *s)
{
	s->s_buf[s->s_len] = 0;
	if ((s->s_flags & SBUF_INCLUDENUL) != 0)
		s->s_len++;
	if (s->s_drain_func != NULL)
		sbuf_drain(s);
	s->s_flags |= SBUF_FINISHED;
	return (s->s_error);
}

char *sbuf_data(struct sbuf *s) { return (s->s_buf); }
int sbuf_error(const struct sbuf *s) { return (s->s_error); }
int sbuf_done(const struct sbuf *s) { return ((s->s_flags & SBUF_FINISHED) != 0); }
int sbuf_get_flags(struct sbuf *s) { return (s->s_flags & SBUF_USRFLAGMSK); }
void sbuf_set_flags(struct sbuf *s, int f) { s->s_flags |= f & SBUF_USRFLAGMSK; }
void sbuf_clear_flags(struct sbuf *s, int f) { s->s_flags &= ~(f & SBUF_USRFLAGMSK); }

ssize_t
sbuf_len(struct sbuf *s)
{
	if (s->s_error != 0)
		return (-1);
	if ((s->s_flags & (SBUF_FINISHED | SBUF_INCLUDENUL)) ==
	    (SBUF_FINISHED | SBUF_INCLUDENUL))
		return (s->s_len - 1);
	return (s->s_len);
}

void
sbuf_delete(struct sbuf *s)
{
	int dyn = s->s_flags & SBUF_DYNSTRUCT;

	if ((s->s_flags & SBUF_DYNAMIC) != 0)
		free(s->s_buf, M_SBUF);
	bzero(s, sizeof(*s));
	if (dyn)
		free(s, M_SBUF);
}

int
sbuf_printf_drain(void *arg, const char *data, int len)
{
	if (arg != NULL)
		*(size_t *)arg += len;
	printf("%.*s", len, data);
	return (len);
}
