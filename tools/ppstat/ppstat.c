/* SPDX-License-Identifier: BSD-2-Clause */
/* ppstat(8): page pools and the pages under them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "out.h"
#include "ppstat.h"

static volatile sig_atomic_t ending;

static void
end(int sig)
{
	(void)sig;
	ending = 1;
}

static void __attribute__((noreturn))
usage(void)
{
	xo_errx(2, "usage: ppstat [--json] [--libxo option] [-aHl] "
	    "[-w wait [-c count]]");
}

/* Seconds, with decimals; in milliseconds. */
static uint64_t
seconds(const char *s)
{
	uint64_t ms = 0, unit = 1000;
	bool dot = false;
	const char *c;

	for (c = s; *c != '\0'; c++)
		if (*c == '.' && !dot)
			dot = true;
		else if (*c < '0' || *c > '9' || ms > 100000000)
			goto bad;
		else if (!dot)
			ms = ms * 10 + (uint64_t)(*c - '0') * 1000;
		else if (unit > 1)
			ms += (uint64_t)(*c - '0') * (unit /= 10);
	if (ms != 0)
		return (ms);
bad:
	xo_errx(2, "-w %s: not a number of seconds from 0.001 on", s);
}

static uint64_t
count(const char *s)
{
	uint64_t n = 0;
	const char *c;

	for (c = s; *c >= '0' && *c <= '9' && n < 1000000000; c++)
		n = n * 10 + (uint64_t)(*c - '0');
	if (*c != '\0' || n == 0)
		xo_errx(2, "-c %s: not a number from 1 on", s);
	return (n);
}

static void
nap(uint64_t ms)
{
	struct timespec ts = { .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* A signal ends it early, and the program. */
	nanosleep(&ts, NULL);
}

/* What is not there is said once, when the rest has been shown. */
static int
missing(const struct sample *s)
{
	if (s->have_page && s->have_pool)
		return (0);
	if (s->have_page)
		xo_warnx("page_pool is not loaded: kldload page_pool");
	else if (s->have_pool)
		xo_warnx("lkpi_page is not loaded as this program knows it");
	else
		xo_warnx("lkpi_page and page_pool are not loaded: "
		    "kldload lkpi_page page_pool");
	return (1);
}

int
main(int argc, char **argv)
{
	static struct sample samples[2];
	struct wish w = { false, false, false };
	struct sigaction sa = { .sa_handler = end };
	struct sample *now = &samples[0], *before = NULL;
	uint64_t wait = 0, left = 0;
	int c, i, n, status;

	argc = xo_parse_args(argc, argv);
	if (argc < 0)
		return (2);
	for (i = n = 1; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0) {
			xo_set_style(NULL, XO_STYLE_JSON);
			xo_set_flags(NULL, XOF_PRETTY);
		} else
			argv[n++] = argv[i];
	argv[argc = n] = NULL;
	while ((c = getopt(argc, argv, "aHlw:c:")) != -1)
		switch (c) {
		case 'a': w.all = true; break;
		case 'H': w.holders = true; break;
		case 'l': w.live = true; break;
		case 'w': wait = seconds(optarg); break;
		case 'c': left = count(optarg); break;
		default: usage();
		}
	if (optind != argc || (left != 0 && wait == 0))
		usage();
	/* So that what was begun in JSON gets its end. */
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);

	xo_open_container("ppstat");
	xo_open_list("sample");
	sample_read(now, &w);
	status = missing(now);
	if (wait == 0 || status != 0) {
		if (now->have_page || now->have_pool)
			sample_show(now, NULL, &w);
	}
	while (wait != 0 && status == 0 && !ending) {
		nap(wait);
		if (ending)
			break;
		before = now;
		now = &samples[now == &samples[0]];
		sample_read(now, &w);
		status = missing(now);
		if (status != 0)
			break;
		sample_show(now, before, &w);
		if (left != 0 && --left == 0)
			break;
	}
	xo_close_list("sample");
	xo_close_container("ppstat");
	if (xo_finish() < 0)
		return (1);
	return (status);
}
