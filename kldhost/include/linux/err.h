/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors in pointers, as Linux's linux/err.h has them. */
#ifndef _LINUXKPI_LINUX_ERR_H_
#define _LINUXKPI_LINUX_ERR_H_

#include <linux/types.h>
#include <sys/errno.h>

#define	MAX_ERRNO	4095
#define	IS_ERR_VALUE(x)	((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error) { return ((void *)error); }
static inline long PTR_ERR(const void *ptr) { return ((long)ptr); }
static inline bool IS_ERR(const void *ptr) { return (IS_ERR_VALUE(ptr)); }
static inline bool IS_ERR_OR_NULL(const void *ptr) { return (ptr == NULL || IS_ERR_VALUE(ptr)); }
static inline void *ERR_CAST(const void *ptr) { return (__DECONST(void *, ptr)); }
static inline int PTR_ERR_OR_ZERO(const void *ptr) { return (IS_ERR(ptr) ? (int)PTR_ERR(ptr) : 0); }

#endif /* _LINUXKPI_LINUX_ERR_H_ */
