/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ppstat uses of libxo(3), for systems that have none: the styles text and
 * JSON, fields {:name/format/encoding}, the roles T, L and P, the modifiers d,
 * e and k, and the conversions s, d, u, jd and ju with a width.  Anything else in
 * a format is this program's mistake and ends it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

#define	DEPTH	16

static const char *program = "ppstat";
static unsigned style = XO_STYLE_TEXT;
static bool pretty, failed, begun;
static unsigned depth;
static bool filled[DEPTH];	/* something stands at this depth already */
static char out[8192];
static size_t used;

static void
send(int fd, const char *s, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(fd, s, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			failed = true;
			return;
		}
		s += w;
		n -= (size_t)w;
	}
}

void
xo_flush(void)
{
	send(STDOUT_FILENO, out, used);
	used = 0;
}

static void
put(const char *s, size_t n)
{
	size_t some;

	for (; n > 0; s += some, n -= some) {
		if (used == sizeof(out))
			xo_flush();
		some = n < sizeof(out) - used ? n : sizeof(out) - used;
		memcpy(out + used, s, some);
		used += some;
	}
}

static void puts_(const char *s) { put(s, strlen(s)); }

static void
say(const char *fmt, va_list ap, const char *why)
{
	char line[512];
	size_t n;

	xo_flush();
	snprintf(line, sizeof(line), "%s: ", program);
	n = strlen(line);
	vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	n = strlen(line);
	snprintf(line + n, sizeof(line) - n, "%s%s\n",
	    why != NULL ? ": " : "", why != NULL ? why : "");
	send(STDERR_FILENO, line, strlen(line));
}

void
xo_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, NULL);
	va_end(ap);
}

void
xo_errx(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, NULL);
	va_end(ap);
	exit(status);
}

void
xo_err(int status, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap, why);
	va_end(ap);
	exit(status);
}

/* --libxo STYLE[,pretty], or --libxo=...: taken out of the arguments. */
static void
option(char *words)
{
	char *comma;

	for (; words != NULL; words = comma) {
		comma = strchr(words, ',');
		if (comma != NULL)
			*comma++ = '\0';
		if (strcmp(words, "json") == 0)
			style = XO_STYLE_JSON;
		else if (strcmp(words, "text") == 0)
			style = XO_STYLE_TEXT;
		else if (strcmp(words, "pretty") == 0)
			pretty = true;
		else
			xo_errx(1, "--libxo %s: built without libxo, which "
			    "leaves text, json and pretty", words);
	}
}

int
xo_parse_args(int argc, char **argv)
{
	int i, n = 1;

	if (argc > 0) {
		program = strrchr(argv[0], '/');
		program = program != NULL ? program + 1 : argv[0];
	}
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0)
			break;
		if (strncmp(argv[i], "--libxo=", 8) == 0)
			option(argv[i] + 8);
		else if (strcmp(argv[i], "--libxo") == 0 && i + 1 < argc)
			option(argv[++i]);
		else
			argv[n++] = argv[i];
	}
	for (; i < argc; i++)
		argv[n++] = argv[i];
	argv[n] = NULL;
	return (n);
}

void xo_set_style(xo_handle_t *h, unsigned s) { (void)h; style = s; }
void xo_set_flags(xo_handle_t *h, uint64_t f) { (void)h; pretty |= (f & XOF_PRETTY) != 0; }

/* The next line, if lines there are. */
static void
line(unsigned indent)
{
	if (!pretty)
		return;
	puts_("\n");
	while (indent-- > 0)
		puts_("  ");
}

/* In front of a member. */
static void
member(const char *name)
{
	if (!begun) {
		begun = true;
		puts_("{");
		depth = 1;
	}
	if (filled[depth])
		puts_(",");
	filled[depth] = true;
	line(depth);
	if (name != NULL) {
		puts_("\"");
		puts_(name);
		puts_(pretty ? "\": " : "\":");
	}
}

static void
open_(const char *name, const char *bracket)
{
	if (style != XO_STYLE_JSON)
		return;
	member(name);
	puts_(bracket);
	if (++depth == DEPTH)
		abort();
	filled[depth] = false;
}

static void
close_(const char *bracket)
{
	if (style != XO_STYLE_JSON)
		return;
	depth--;
	line(depth);
	puts_(bracket);
}

void xo_open_container(const char *name) { open_(name, "{"); }
void xo_close_container(const char *name) { (void)name; close_("}"); }
void xo_open_list(const char *name) { open_(name, "["); }
void xo_close_list(const char *name) { (void)name; close_("]"); }
void xo_open_instance(const char *name) { (void)name; open_(NULL, "{"); }
void xo_close_instance(const char *name) { (void)name; close_("}"); }

int
xo_finish(void)
{
	if (style == XO_STYLE_JSON) {
		if (!begun)
			puts_("{");
		line(0);
		puts_("}\n");
	}
	xo_flush();
	return (failed ? -1 : 0);
}

static void
quoted(const char *s)
{
	char hex[8];

	puts_("\"");
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\') {
			put("\\", 1);
			put(s, 1);
		} else if ((unsigned char)*s < 0x20) {
			snprintf(hex, sizeof(hex), "\\u00%u%c",
			    (unsigned)*s >> 4, "0123456789abcdef"[*s & 15]);
			puts_(hex);
		} else
			put(s, 1);
	puts_("\"");
}

struct field {
	char	name[32], text[32], code[16];
	bool	title, encode_only, display_only;
	char	conv;		/* s, d or u */
	bool	wide;		/* j */
};

static void
part(char *to, size_t size, const char **from, const char *end)
{
	size_t n = 0;

	for (; *from < end && **from != '/'; ++*from)
		if (n + 1 < size)
			to[n++] = **from;
		else
			abort();
	to[n] = '\0';
	if (*from < end)
		++*from;
}

/* From behind the brace; returns what is behind the other one. */
static const char *
parse(struct field *f, const char *s)
{
	const char *end = strchr(s, '}'), *c;

	if (end == NULL)
		abort();
	memset(f, 0, sizeof(*f));
	for (; *s != ':'; s++)
		switch (*s) {
		case 'T': case 'L': case 'P': f->title = true; break;
		case 'e': f->encode_only = true; break;
		case 'd': f->display_only = true; break;
		case 'k': break;
		default: abort();
		}
	s++;
	part(f->name, sizeof(f->name), &s, end);
	part(f->text, sizeof(f->text), &s, end);
	part(f->code, sizeof(f->code), &s, end);
	if (f->text[0] == '\0')
		strcpy(f->text, "%s");
	c = f->text + strlen(f->text) - 1;
	f->conv = *c;
	f->wide = c[-1] == 'j';
	if (f->text[0] != '%' || strchr("sdu", f->conv) == NULL)
		abort();
	return (end + 1);
}

static void
text(const struct field *f, const char *s, intmax_t v)
{
	char buf[512];

	if (f->conv == 's')
		snprintf(buf, sizeof(buf), f->text, s);
	else if (f->wide)
		snprintf(buf, sizeof(buf), f->text, v);
	else
		snprintf(buf, sizeof(buf), f->text, (int)v);
	puts_(buf);
}

static void
json(const struct field *f, const char *s, intmax_t v)
{
	char buf[32];

	member(f->name);
	if (f->conv == 's') {
		quoted(s);
		return;
	}
	if (f->conv == 'u')
		snprintf(buf, sizeof(buf), "%ju", (uintmax_t)v);
	else
		snprintf(buf, sizeof(buf), "%jd", v);
	puts_(buf);
}

void
xo_emit(const char *fmt, ...)
{
	struct field f;
	const char *s;
	intmax_t v;
	va_list ap;

	va_start(ap, fmt);
	while (*fmt != '\0') {
		if (*fmt != '{') {
			if (style == XO_STYLE_TEXT)
				put(fmt, 1);
			fmt++;
			continue;
		}
		fmt = parse(&f, fmt + 1);
		s = f.name;
		v = 0;
		if (f.title && f.name[0] != '\0')
			;	/* the text is in the format */
		else if (f.conv == 's')
			s = va_arg(ap, const char *);
		else if (f.wide)
			v = va_arg(ap, intmax_t);
		else if (f.conv == 'u')
			v = va_arg(ap, unsigned);
		else
			v = va_arg(ap, int);
		if (style == XO_STYLE_JSON) {
			if (!f.title && !f.display_only)
				json(&f, s, v);
		} else if (!f.encode_only)
			text(&f, s, v);
	}
	va_end(ap);
}
