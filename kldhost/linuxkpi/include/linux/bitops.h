/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_BITOPS_H_
#define _HOSTED_LINUX_BITOPS_H_

#include <linux/types.h>
#include <sys/libkern.h>

#define	BITS_PER_LONG	64
#define	BIT(n)		(1UL << (n))
#define	BIT_ULL(n)	(1ULL << (n))
#define	GENMASK(h, l)	((~0UL >> (BITS_PER_LONG - 1 - (h))) & (~0UL << (l)))

#define	hweight8(x)	__builtin_popcount((u8)(x))
#define	hweight16(x)	__builtin_popcount((u16)(x))
#define	hweight32(x)	__builtin_popcount((u32)(x))
#define	__ffs(x)	__builtin_ctzl(x)

static inline bool
test_bit(int n, const unsigned long *p)
{
	return ((((const volatile unsigned long *)p)[n / BITS_PER_LONG] &
	    BIT(n % BITS_PER_LONG)) != 0);
}

static inline void
set_bit(int n, unsigned long *p)
{
	atomic_set_long(&p[n / BITS_PER_LONG], BIT(n % BITS_PER_LONG));
}

static inline void
clear_bit(int n, unsigned long *p)
{
	atomic_clear_long(&p[n / BITS_PER_LONG], BIT(n % BITS_PER_LONG));
}

/* What the bit was.  In order with everything before and after. */
static inline bool
test_and_set_bit(int n, unsigned long *p)
{
	return (atomic_testandset_long(&p[n / BITS_PER_LONG],
	    n % BITS_PER_LONG) != 0);
}

static inline bool
test_and_clear_bit(int n, unsigned long *p)
{
	return (atomic_testandclear_long(&p[n / BITS_PER_LONG],
	    n % BITS_PER_LONG) != 0);
}

#define	__set_bit(n, p)		((p)[(n) / BITS_PER_LONG] |= BIT((n) % BITS_PER_LONG))

#endif /* _HOSTED_LINUX_BITOPS_H_ */
