/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_TYPES_H_
#define _HOSTED_LINUX_TYPES_H_

#include_next <linux/types.h>
#include <sys/endian.h>
#include <linux/compiler.h>

typedef u16	__le16;
typedef u32	__le32;
typedef u64	__le64;
typedef u16	__be16;
typedef u32	__be32;
typedef s8	__s8;
typedef s16	__s16;
typedef s32	__s32;
typedef s64	__s64;

typedef struct {
	volatile int counter;
} atomic_t;

#define	cpu_to_le16(x)	htole16(x)
#define	cpu_to_le32(x)	htole32(x)
#define	cpu_to_le64(x)	htole64(x)
#define	cpu_to_be16(x)	htobe16(x)
#define	cpu_to_be32(x)	htobe32(x)
#define	le16_to_cpu(x)	le16toh(x)
#define	le32_to_cpu(x)	le32toh(x)
#define	le64_to_cpu(x)	le64toh(x)
#define	be16_to_cpu(x)	be16toh(x)
#define	be32_to_cpu(x)	be32toh(x)

#endif /* _HOSTED_LINUX_TYPES_H_ */
