/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The only process of a FreeBSD test kernel.  No libc: system calls by number,
 * the same on every architecture and release from 13 on.
 */
#ifndef _TESTS_VM_INIT_H_
#define _TESTS_VM_INIT_H_

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
typedef __SIZE_TYPE__ size_t;

enum {
	SYS_read = 3, SYS_write = 4, SYS_open = 5, SYS_close = 6,
	SYS_recvfrom = 29, SYS_ioctl = 54, SYS_reboot = 55, SYS_socket = 97,
	SYS_bind = 104, SYS_setsockopt = 105, SYS_sendto = 133, SYS_sysctl = 202,
	SYS_clock_gettime = 232, SYS_nanosleep = 240, SYS_modfind = 303,
	SYS_kldload = 304, SYS_kldunload = 305, SYS_kldfind = 306,
	SYS_kldnext = 307, SYS_kldstat = 308, SYS_getrandom = 563,
	SYS_sysctlbyname = 570
};
enum { ENOENT = 2, EINVAL = 22, EFTYPE = 79 };

#if defined(__x86_64__)
#include "sys_amd64.h"
#elif defined(__i386__)
#include "sys_i386.h"
#elif defined(__aarch64__)
#include "sys_arm64.h"
#else
#include "sys_riscv64.h"
#endif
#define syscall3(n, a, b, c) \
	syscall6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)

/* What a command comes to, besides 0 and -errno. */
#define BAD	(-1000L)	/* a line that makes no sense */
#define DIFFERS	(-1001L)	/* not what was expected; `shown' says what */

/* text.c: output goes out in whole lines */
void	console_open(void);
void	put(const char *);
void	put_number(int64_t);
void	put_errno(long);
long	errno_by_name(const char *);	/* 0 if there is none */
char	*format(char buf[24], uint64_t value, int negative);
uint64_t divide(uint64_t value, uint32_t by, uint32_t *rest); /* by < 65536 */
size_t	length(const char *);
int	same(const char *, const char *);
int	number(const char *, int64_t *);
char	*word(char **line);	/* cuts the next blank-parted word off */
char	*cut(char **line, char at); /* cuts off what is before `at' */
void	*memcpy(void *, const void *, size_t);
void	*memset(void *, int, size_t);

/* sysctl.c: 0 or -errno */
long	sysctl_raw(const char *name, void *buf, size_t *len);
long	sysctl_text(const char *name, char *text, size_t size);
long	sysctl_set(const char *name, const char *text);

/* kld.c */
long	kld_load(const char *);
long	kld_unload(const char *);
long	kld_find(const char *);
long	kld_expect(char *names);
void	kld_print(void);

/* memory.c */
long	memory_snapshot(void);
long	memory_expect_same(char *slack);
long	memory_expect_none(char *types);

/* program.c */
long	program(char *line, long status);

/* dtrace.c */
long	dtrace_probe(char *line);

/* net.c */
long	wlan(char *line);
long	device(char *line);

/* ip.c */
long	ip(char *line);

/* command.c */
int64_t	now(void);		/* in nanoseconds */
extern char shown[1024];	/* what a command has to tell */
void	show(const char *);
long	command(char *line);	/* eats the line */
void	run_line(const char *line, long number);
extern long tests, failures;

#endif /* _TESTS_VM_INIT_H_ */
