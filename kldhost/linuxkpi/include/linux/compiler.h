/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_COMPILER_H_
#define _HOSTED_LINUX_COMPILER_H_

#include <sys/cdefs.h>
#include <machine/atomic.h>

/* What sparse reads. */
#define	__iomem
#define	__rcu
#define	__force
#define	__user
#define	__acquires(x)
#define	__releases(x)

#define	__counted_by(member)
#define	__must_check		__attribute__((__warn_unused_result__))
#define	noinline		__noinline
#ifndef __always_unused
#define	__always_unused		__unused
#endif
#ifndef __maybe_unused
#define	__maybe_unused		__unused
#endif
#define	fallthrough		__attribute__((__fallthrough__))

#define	READ_ONCE(x)		(*(const volatile __typeof(x) *)&(x))
#define	WRITE_ONCE(x, v)	(*(volatile __typeof(x) *)&(x) = (v))
#define	barrier()		__asm__ __volatile__("" ::: "memory")
/* x86: stores are seen in their order. */
#define	smp_mb()		atomic_thread_fence_seq_cst()
#define	smp_wmb()		atomic_thread_fence_rel()
#define	smp_rmb()		atomic_thread_fence_acq()

#endif /* _HOSTED_LINUX_COMPILER_H_ */
