/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers are ordinary memory that another thread plays. */
#ifndef _HOSTED_LINUX_IO_H_
#define _HOSTED_LINUX_IO_H_

#include <linux/types.h>

#ifndef wmb
#define	wmb()	__asm__ __volatile__("sfence" ::: "memory")
#endif

/* FreeBSD has macros of these names. */
#undef readl
#undef writel

static inline u32
readl(const volatile void *reg)
{
	return (le32toh(atomic_load_acq_32((const volatile u32 *)reg)));
}

static inline void
writel(u32 v, volatile void *reg)
{
	atomic_store_rel_32((volatile u32 *)reg, htole32(v));
}

/* n words. */
static inline void
__iowrite32_copy(void *reg, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile u32 *)reg)[i] = ((const u32 *)from)[i];
}

static inline void
__ioread32_copy(void *to, const void *reg, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((u32 *)to)[i] = ((const volatile u32 *)reg)[i];
}

#endif /* _HOSTED_LINUX_IO_H_ */
