/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/riscv64: a failure is told by t0. */
static inline long
syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long t0 __asm__("t0") = n;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
	    : "+r"(t0), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4),
	      "+r"(a5)
	    : : "t1", "t2", "t3", "t4", "t5", "t6", "a6", "a7", "ra", "memory");
	return (t0 != 0 ? -a0 : a0);
}

#define START	"\tmv s0, zero\n\tcall start\n"

/* Semihosting's SYS_EXIT_EXTENDED, by its magic triple of full-size
 * instructions in one page: QEMU ends with the status. */
static inline void
machine_exit(int status)
{
	unsigned long block[2] = { 0x20026, (unsigned long)status };
	register long a0 __asm__("a0") = 0x20;
	register long a1 __asm__("a1") = (long)block;

	__asm__ volatile(".balign 16\n\t.option push\n\t.option norvc\n"
	    "\tslli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t.option pop"
	    : "+r"(a0) : "r"(a1) : "memory");
}
