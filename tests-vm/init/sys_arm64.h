/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/arm64: a failure is told by the carry flag. */
static inline long
syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	long failed;

	__asm__ volatile("svc #0\n\tcset %0, cs"
	    : "=r"(failed), "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4),
	      "+r"(x5), "+r"(x8)
	    : : "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
	      "x16", "x17", "memory", "cc");
	return (failed ? -x0 : x0);
}

#define START	"\tmov x29, xzr\n\tbl start\n"

/* Semihosting's SYS_EXIT_EXTENDED: QEMU ends with the status. */
static inline void
machine_exit(int status)
{
	unsigned long block[2] = { 0x20026, (unsigned long)status };
	register long x0 __asm__("x0") = 0x20;
	register long x1 __asm__("x1") = (long)block;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}
