/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of a script: see ../README.md. */
#include "init.h"

#define LINE	4096

char shown[1024];
long tests, failures;

void
show(const char *s)
{
	size_t n = length(shown);

	while (*s != '\0' && n + 1 < sizeof(shown))
		shown[n++] = *s++;
	shown[n] = '\0';
}

/* A sysctl's value on one line. */
static long
show_sysctl(const char *name)
{
	long r = sysctl_text(name, shown, sizeof(shown));
	char *s;

	for (s = shown; *s != '\0'; s++)
		if (*s == '\n')
			*s = ' ';
	return (r);
}

int64_t
now(void)
{
	long ts[2] = { 0, 0 };

	syscall3(SYS_clock_gettime, 4 /* CLOCK_MONOTONIC */, ts, 0);
	return ((int64_t)ts[0] * 1000000000 + ts[1]);
}

/* NAME VALUE, or NAME < | > | != VALUE for numbers. */
static long
expect_sysctl(char *line)
{
	char *name = word(&line), *rest = line, *op = line;
	int64_t have, want;
	long r;

	r = sysctl_text(name, shown, sizeof(shown));
	if (r < 0)
		return (r);
	if (*op != '<' && *op != '>' && *op != '!')
		return (same(shown, rest) ? 0 : DIFFERS);
	op = word(&rest);
	if (!number(shown, &have) || !number(rest, &want))
		return (BAD);
	if (same(op, "<"))
		return (have < want ? 0 : DIFFERS);
	if (same(op, ">"))
		return (have > want ? 0 : DIFFERS);
	return (same(op, "!=") ? (have != want ? 0 : DIFFERS) : BAD);
}

static long
expect_fail(char *line)
{
	long want = errno_by_name(word(&line)), r;

	if (want <= 0)
		return (BAD);
	r = command(line);
	if (r == 0)
		show(" it did not fail");
	return (r == -want ? 0 : r == 0 ? DIFFERS : r);
}

static long
nap(char *line)		/* in milliseconds */
{
	int64_t ms;
	long ts[2];

	if (!number(word(&line), &ms) || ms < 0 || ms > 600000)
		return (BAD);
	ts[0] = (long)ms / 1000;
	ts[1] = (long)ms % 1000 * 1000000;
	return (syscall3(SYS_nanosleep, ts, 0, 0));
}

/* NAME UNIT SYSCTL: a number for the table of results. */
static long
measure(char *line)
{
	char *name = word(&line), *unit = word(&line);
	long r = sysctl_text(word(&line), shown, sizeof(shown));

	if (r < 0)
		return (r);
	put("# measure ");
	put(name);
	put(" ");
	put(shown);
	put(" ");
	put(unit);
	put("\n");
	return (0);
}

/* MS COMMAND: until it works, tried every 10 ms. */
static long
wait_for(char *line)
{
	static char copy[LINE];
	int64_t ms, until;
	char pause[] = "10";
	long r;

	if (!number(word(&line), &ms) || ms < 0 || ms > 600000)
		return (BAD);
	until = now() + ms * 1000000;
	for (;;) {
		memcpy(copy, line, length(line) + 1);
		r = command(copy);
		if (r >= 0 || r == BAD || now() > until)
			return (r);
		nap(pause);
	}
}

static long
absent(long r)
{
	return (r == -ENOENT ? 0 : r < 0 ? r : DIFFERS);
}

long
command(char *line)
{
	char *verb = word(&line), *arg = line;

	shown[0] = '\0';
	if (same(verb, "load"))
		return (kld_load(line));
	if (same(verb, "unload"))
		return (kld_unload(line));
	if (same(verb, "have"))
		return (kld_find(line) < 0 ? kld_find(line) : 0);
	if (same(verb, "module"))
		return (syscall3(SYS_modfind, line, 0, 0) < 0 ? -ENOENT : 0);
	if (same(verb, "expect-absent"))
		return (absent(kld_find(line)));
	if (same(verb, "expect-klds"))
		return (kld_expect(line));
	if (same(verb, "expect-no-sysctl"))
		return (absent(show_sysctl(line)));
	if (same(verb, "expect-sysctl"))
		return (expect_sysctl(line));
	if (same(verb, "expect-fail"))
		return (expect_fail(line));
	if (same(verb, "snapshot"))
		return (memory_snapshot());
	if (same(verb, "expect-same"))
		return (memory_expect_same(line));
	if (same(verb, "expect-none"))
		return (memory_expect_none(line));
	if (same(verb, "measure"))
		return (measure(line));
	if (same(verb, "probe"))
		return (dtrace_probe(line));
	if (same(verb, "run"))
		return (program(line, 0));
	if (same(verb, "run-fails"))
		return (program(line, 1));
	if (same(verb, "wlan"))
		return (wlan(line));
	if (same(verb, "ip"))
		return (ip(line));
	if (same(verb, "device"))
		return (device(line));
	if (same(verb, "wait"))
		return (wait_for(line));
	if (same(verb, "sleep"))
		return (nap(line));
	if (same(verb, "sysctl")) {
		cut(&line, '=');
		if (*line != '\0')
			return (sysctl_set(arg, line));
		return (show_sysctl(arg));
	}
	return (BAD);
}

static void
trim(char *s)
{
	size_t n = length(s);

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		s[--n] = '\0';
}

/* The commands of a line, parted by ';': the first failure ends it. */
static long
commands(const char *line)
{
	static char copy[LINE], last[LINE];
	char *s = copy, *one;
	long r;

	memcpy(copy, line, length(line) + 1);
	while (*s != '\0') {
		one = cut(&s, ';');
		while (*one == ' ')
			one++;
		trim(one);
		memcpy(last, one, length(one) + 1);
		r = command(one);
		if (r < 0) {
			show(shown[0] != '\0' ? " (" : "(");
			show(last);
			show(")");
			return (r);
		}
	}
	return (0);
}

/* N times the commands: one result for all turns. */
static long
repeat(char *line, int64_t *turn)
{
	int64_t n;
	long r;

	if (!number(word(&line), &n) || n < 1)
		return (BAD);
	for (*turn = 1; *turn <= n; ++*turn) {
		r = commands(line);
		if (r < 0)
			return (r);
	}
	*turn = 0;
	return (0);
}

/* NAME N commands [| commands]: what is after the bar is not timed. */
static long
timed(char *line, int64_t *turn)
{
	char *name = word(&line), *first;
	int64_t n, t, best = -1, sum = 0;
	long r;

	if (!number(word(&line), &n) || n < 1 || n > 65535)
		return (BAD);
	first = cut(&line, '|');
	for (*turn = 1; *turn <= n; ++*turn) {
		t = now();
		r = commands(first);
		t = now() - t;
		if (r == 0)
			r = commands(line);
		if (r < 0)
			return (r);
		sum += t;
		best = best < 0 || t < best ? t : best;
	}
	*turn = 0;
	put("# measure ");
	put(name);
	put(" ");
	put_number((int64_t)divide((uint64_t)best, 1000, 0));
	put(" us\n# ");
	put(name);
	put(": the best of ");
	put_number(n);
	put(", on average ");
	put_number((int64_t)divide(divide((uint64_t)sum, (uint32_t)n, 0), 1000,
	    0));
	put(" us\n");
	return (0);
}

static void
result(const char *line, long at, long r, int64_t turn)
{
	tests++;
	if (r < 0)
		failures++;
	put(r < 0 ? "not ok " : "ok ");
	put_number(tests);
	put(" - line ");
	put_number(at);
	put(": ");
	put(line);
	if (r >= 0) {
		if (shown[0] != '\0') {
			put(" # ");
			put(shown);
		}
		put("\n");
		return;
	}
	put(" # ");
	if (turn != 0) {
		put("turn ");
		put_number(turn);
		put(": ");
	}
	if (r == BAD)
		put("not understood");
	else if (r == DIFFERS)
		put("not as expected");
	else
		put_errno(-r);
	if (shown[0] != '\0') {
		put(": ");
		put(shown);
	}
	put("\n");
}

void
run_line(const char *line, long at)
{
	static char copy[LINE];
	char *verb, *rest = copy;
	int64_t turn = 0;
	long r;

	shown[0] = '\0';
	if (length(line) >= LINE) {
		result("too long", at, BAD, 0);
		return;
	}
	memcpy(copy, line, length(line) + 1);
	verb = word(&rest);
	if (*verb == '\0' || *verb == '#')
		return;
	if (same(verb, "echo")) {
		put("# ");
		put(rest);
		put("\n");
		return;
	}
	if (same(verb, "kldstat")) {
		kld_print();
		return;
	}
	if (same(verb, "repeat"))
		r = repeat(rest, &turn);
	else if (same(verb, "time"))
		r = timed(rest, &turn);
	else
		r = commands(line);
	result(line, at, r, turn);
}
