/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/i386: arguments are on the stack above a return address.  Weak: each
 * file has it. */
long	syscall6(long n, long a, long b, long c, long d, long e, long f);

__asm__(".text\n.weak syscall6\nsyscall6:\n"
    "\tpopl %ecx\n"		/* leaves n where the return address is */
    "\tpopl %eax\n"
    "\tpushl %ecx\n"
    "\tint $0x80\n"
    "\tpopl %ecx\n"
    "\tpushl %eax\n"		/* the caller drops n again */
    "\tpushl %ecx\n"
    "\tjnc 1f\n"
    "\tnegl %eax\n"
    "1:\tret\n");

#define START	"\txorl %ebp, %ebp\n\tandl $-16, %esp\n\tcall start\n"

/* QEMU's isa-debug-exit: v ends it with 2 v + 1.  An open /dev/io allows it. */
static inline void
machine_exit(int status)
{
	if (syscall6(5, (long)"/dev/io", 2, 0, 0, 0, 0) >= 0)
		__asm__ volatile("outb %0, %1" : :
		    "a"((uint8_t)(status / 2)), "Nd"((uint16_t)0xf4));
}
