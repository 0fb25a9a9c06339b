/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel of kernel.c. */
#ifndef _BENCH_KERNEL_H_
#define _BENCH_KERNEL_H_

void	bench_kernel_boot(void);
void	bench_kernel_enter(unsigned long cpu, int poll);

#endif /* _BENCH_KERNEL_H_ */
