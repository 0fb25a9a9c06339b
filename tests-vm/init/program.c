/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs in the root image: run, with what they print looked at. */
#include "init.h"

enum {
	SYS_fork = 2, SYS_exit = 1, SYS_wait4 = 7, SYS_execve = 59,
	SYS_dup2 = 90, SYS_pipe2 = 542
};

#define	WORDS	32
#define	SHOWN	40	/* lines on the console */

static char printed[262144];

static void
child(char **argv, const int ends[2])
{
	static char *none[1];

	/* The pipe may have these numbers itself; its other end goes with them. */
	syscall3(SYS_dup2, ends[1], 2, 0);
	syscall3(SYS_dup2, 2, 1, 0);
	if (ends[0] > 2)
		syscall3(SYS_close, ends[0], 0, 0);
	if (ends[1] > 2)
		syscall3(SYS_close, ends[1], 0, 0);
	syscall3(SYS_execve, argv[0], argv, none);
	for (;;)
		syscall3(SYS_exit, 127, 0, 0);
}

static int
has(const char *text, const char *part)
{
	size_t n = length(part), i;

	for (; *text != '\0'; text++) {
		for (i = 0; i < n && text[i] == part[i]; i++)
			;
		if (i == n)
			return (1);
	}
	return (0);
}

/* The first lines go to the console, marked so that nobody takes them for ours. */
static void
print(const char *s)
{
	char one[2] = { 0, 0 };
	int lines = 0;

	for (; *s != '\0' && lines < SHOWN; s++) {
		if (s == printed || s[-1] == '\n')
			put("# | ");
		one[0] = *s;
		put(one);
		lines += *s == '\n';
	}
	if (*s != '\0')
		put("# | ...\n");
}

/* Cuts off what is before the next `=>', without the blanks around it. */
static char *
next_text(char **rest)
{
	char *s = *rest, *text, *end;

	while (*s == ' ')
		s++;
	text = end = s;
	for (; *s != '\0' && !(s[0] == '=' && s[1] == '>'); s++)
		if (*s != ' ')
			end = s + 1;
	*rest = *s != '\0' ? s + 2 : s;
	*end = '\0';
	return (text);
}

/* PATH ARGUMENTS [=> TEXT]...: ends with `want', and prints these. */
long
program(char *line, long want)
{
	char *argv[WORDS + 1], *texts, *text;
	int ends[2], status = 0, n = 0;
	size_t len = 0;
	long pid, r;

	texts = line;
	line = next_text(&texts);
	while (*line != '\0' && n < WORDS)
		argv[n++] = word(&line);
	argv[n] = 0;
	if (n == 0)
		return (BAD);
	r = syscall3(SYS_pipe2, ends, 0, 0);
	if (r < 0)
		return (r);
	pid = syscall3(SYS_fork, 0, 0, 0);
	if (pid == 0)
		child(argv, ends);
	syscall3(SYS_close, ends[1], 0, 0);
	while (pid > 0 && (r = syscall3(SYS_read, ends[0], printed + len,
	    sizeof(printed) - 1 - len)) > 0)
		len += (size_t)r;
	printed[len] = '\0';
	syscall3(SYS_close, ends[0], 0, 0);
	if (pid < 0)
		return (pid);
	r = syscall6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0);
	if (r < 0)
		return (r);
	if (status != want << 8) {
		print(printed);
		show("status ");
		show(format((char[24]) { 0 }, (uint64_t)status >> 8, 0));
		return (DIFFERS);
	}
	while (*texts != '\0') {
		text = next_text(&texts);
		if (!has(printed, text)) {
			print(printed);
			show("not printed: ");
			show(text);
			return (DIFFERS);
		}
	}
	return (0);
}
