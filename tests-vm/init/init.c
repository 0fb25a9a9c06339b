/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads /script, does what its lines say, prints one TAP result a line, and
 * ends the machine.
 */
#include "init.h"

#define O_RDONLY	0
#define O_RDWR		2
#define GRND_NONBLOCK	1
#define RB_NOSYNC	0x0004
#define RB_POWEROFF	0x4000
/* QEMU's status for a good and a bad end: none that it has itself. */
#define GOOD		33
#define NOT_GOOD	35

void	start(void) __attribute__((noreturn));

static void __attribute__((noreturn))
end(void)
{
	put("1..");
	put_number(tests);
	put("\n# end of script: ");
	put_number(tests);
	put(" tests, ");
	put_number(failures);
	put(" failed\n");
	machine_exit(failures == 0 && tests != 0 ? GOOD : NOT_GOOD);
	/* Not in QEMU. */
	for (;;)
		syscall3(SYS_reboot, RB_NOSYNC | RB_POWEROFF, 0, 0);
}

/*
 * The kernel tells when its random device is seeded, through anything that is
 * being printed then: let that be now.
 */
static void
seed(void)
{
	static char buf[64];
	long fd = syscall3(SYS_open, "/dev/random", O_RDWR, 0);
	int i;

	for (i = 0; fd >= 0 && i < 200; i++)
		syscall3(SYS_write, fd, buf, sizeof(buf));
	syscall3(SYS_close, fd, 0, 0);
	syscall3(SYS_getrandom, buf, 1, GRND_NONBLOCK);
}

void
start(void)
{
	static char script[65536];
	long fd, n, len = 0, at = 0;
	char *line, *s;

	console_open();
	seed();
	fd = syscall3(SYS_open, "/script", O_RDONLY, 0);
	if (fd < 0) {
		tests = failures = 1;
		put("not ok 1 - no /script\n");
		end();
	}
	while ((n = syscall3(SYS_read, fd, script + len,
	    sizeof(script) - 1 - (size_t)len)) > 0)
		len += n;
	syscall3(SYS_close, fd, 0, 0);
	put("# init: script of ");
	put_number(len);
	put(" bytes\n");
	for (line = s = script; s < script + len; s++)
		if (*s == '\n') {
			*s = '\0';
			run_line(line, ++at);
			line = s + 1;
		}
	if (s > line)
		run_line(line, ++at);
	end();
}

/* The note is what FreeBSD knows its own programs by: release 13.2. */
__asm__(".text\n.globl _start\n_start:\n" START
    ".section .note.tag, \"a\"\n\t.balign 4\n"
    "\t.long 8, 4, 1\n\t.asciz \"FreeBSD\"\n\t.long 1302000\n\t.text\n");
