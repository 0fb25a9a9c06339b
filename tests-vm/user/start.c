/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a program begins, and FreeBSD's system calls: what a libc would do for
 * the tools that run on a test kernel, which has none.
 */
#include <sys/types.h>
#include <sys/sysctl.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include "../init/sys_amd64.h"
#define	ENTRY	"\txorl %ebp, %ebp\n\tandq $-16, %rsp\n\tcall user_start\n"
#elif defined(__i386__)
#include "../init/sys_i386.h"
#define	ENTRY	"\txorl %ebp, %ebp\n\tmovl %esp, %eax\n\tandl $-16, %esp\n" \
	"\tsubl $12, %esp\n\tpushl %eax\n\tcall user_start\n"
#elif defined(__aarch64__)
#include "../init/sys_arm64.h"
#define	ENTRY	"\tmov x29, xzr\n\tbl user_start\n"
#else
#include "../init/sys_riscv64.h"
#define	ENTRY	"\tmv s0, zero\n\tcall user_start\n"
#endif

enum { SYS_exit = 1, SYS_write = 4, SYS_nanosleep = 240, SYS_sigaction = 416,
    SYS_sysctlbyname = 570 };

int	main(int argc, char **argv);
void	user_start(long *args) __attribute__((noreturn));

static int error;
int *__error(void) { return (&error); }

/* The kernel leaves argc, argv[] and a NULL where args points. */
void
user_start(long *args)
{
	exit(main((int)args[0], (char **)(args + 1)));
}
__asm__(".text\n.globl _start\n_start:\n" ENTRY
    ".section .note.tag, \"a\"\n\t.balign 4\n"
    "\t.long 8, 4, 1\n\t.asciz \"FreeBSD\"\n\t.long 1302000\n\t.text\n");

static long
call(long n, long a, long b, long c, long d, long e, long f)
{
	long r = syscall6(n, a, b, c, d, e, f);

	if (r >= 0)
		return (r);
	error = (int)-r;
	return (-1);
}

void
exit(int status)
{
	for (;;)
		call(SYS_exit, status, 0, 0, 0, 0, 0);
}

void abort(void) { exit(134); }

ssize_t
write(int fd, const void *buf, size_t n)
{
	return (call(SYS_write, fd, (long)buf, (long)n, 0, 0, 0));
}

int
nanosleep(const struct timespec *ts, struct timespec *left)
{
	return ((int)call(SYS_nanosleep, (long)ts, (long)left, 0, 0, 0, 0));
}

int
sigaction(int sig, const struct sigaction *sa, struct sigaction *old)
{
	return ((int)call(SYS_sigaction, sig, (long)sa, (long)old, 0, 0, 0));
}

int
sysctlbyname(const char *name, void *old, size_t *oldlen, const void *new,
    size_t newlen)
{
	return ((int)call(SYS_sysctlbyname, (long)name, (long)strlen(name),
	    (long)old, (long)oldlen, (long)new, (long)newlen));
}
