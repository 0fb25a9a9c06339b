/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of LinuxKPI's linux/types.h that driver-like test klds use. */
#ifndef _LINUXKPI_LINUX_TYPES_H_
#define _LINUXKPI_LINUX_TYPES_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/types.h>
#include <sys/malloc.h>

typedef uint8_t		u8;
typedef uint16_t	u16;
typedef uint32_t	u32;
typedef uint64_t	u64;
typedef int8_t		s8;
typedef int16_t		s16;
typedef int32_t		s32;
typedef int64_t		s64;
typedef u8		__u8;
typedef u16		__u16;
typedef u32		__u32;
typedef u64		__u64;

typedef unsigned int	gfp_t;
typedef vm_paddr_t	phys_addr_t;
typedef uint64_t	dma_addr_t;
typedef size_t		__kernel_size_t;

#define	____cacheline_aligned	__aligned(CACHE_LINE_SIZE)
#ifndef likely
#define	likely(x)	__builtin_expect(!!(x), 1)
#define	unlikely(x)	__builtin_expect(!!(x), 0)
#endif

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#endif /* _LINUXKPI_LINUX_TYPES_H_ */
