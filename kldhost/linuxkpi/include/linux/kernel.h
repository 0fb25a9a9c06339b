/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_KERNEL_H_
#define _HOSTED_LINUX_KERNEL_H_

#include <linux/types.h>
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/list.h>

#define	ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define	DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#undef ALIGN
#define	ALIGN(x, a)		roundup2((x), (__typeof(x))(a))
#define	L1_CACHE_ALIGN(x)	ALIGN(x, CACHE_LINE_SIZE)
#define	round_down(x, a)	rounddown2(x, a)
#define	struct_size(p, member, n)					\
	(sizeof(*(p)) + (size_t)(n) * sizeof((p)->member[0]))

#define	min(a, b)							\
	({ __typeof(a) a_ = (a); __typeof(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define	max(a, b)							\
	({ __typeof(a) a_ = (a); __typeof(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define	min_t(t, a, b)							\
	({ t a_ = (a); t b_ = (b); a_ < b_ ? a_ : b_; })
#define	max_t(t, a, b)							\
	({ t a_ = (a); t b_ = (b); a_ > b_ ? a_ : b_; })
#define	clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define	swap(a, b)							\
	do { __typeof(a) t_ = (a); (a) = (b); (b) = t_; } while (0)

#define	BUILD_BUG_ON(e)		_Static_assert(!(e), "BUILD_BUG_ON: " #e)

/* A warning is a mistake of the code under test: hosted_warnings counts it, and
 * the test fails. */
bool	hosted_warn(const char *file, int line, const char *what);
#define	WARN_ON(e)							\
	({ bool e_ = !!(e);						\
	   unlikely(e_) && hosted_warn(__FILE__, __LINE__, #e); })
#define	WARN_ON_ONCE(e)		WARN_ON(e)
#define	WARN_ONCE(e, ...)	WARN_ON(e)

/* 1 if the option is defined to 1, 0 if it is not defined. */
#define	HOSTED_SECOND(a, b, ...)	b
#define	HOSTED_ONE_1		~, 1
#define	HOSTED_PASTE(x)		HOSTED_SECOND(HOSTED_ONE_##x, 0, 0)
#define	IS_ENABLED(option)	HOSTED_PASTE(option)

#define	div_u64(a, b)		((u64)(a) / (u32)(b))

#endif /* _HOSTED_LINUX_KERNEL_H_ */
