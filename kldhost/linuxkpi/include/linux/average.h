/* SPDX-License-Identifier: BSD-2-Clause */
/* Averages in which each value weighs 1/weight, with `bits' bits after the
 * point.  The first value stands for itself. */
#ifndef _HOSTED_LINUX_AVERAGE_H_
#define _HOSTED_LINUX_AVERAGE_H_

#include <linux/types.h>

#define	DECLARE_EWMA(name, bits, weight)				\
struct ewma_##name {							\
	unsigned long	scaled;						\
};									\
static inline void							\
ewma_##name##_init(struct ewma_##name *e)				\
{									\
	e->scaled = 0;							\
}									\
static inline unsigned long						\
ewma_##name##_read(const struct ewma_##name *e)				\
{									\
	return (e->scaled >> (bits));					\
}									\
static inline void							\
ewma_##name##_add(struct ewma_##name *e, unsigned long v)		\
{									\
	unsigned long was = e->scaled;					\
									\
	v <<= (bits);							\
	e->scaled = was == 0 ? v : (was * ((weight) - 1) + v) / (weight); \
}

#endif /* _HOSTED_LINUX_AVERAGE_H_ */
