/* SPDX-License-Identifier: BSD-2-Clause */
/* errno(2)'s numbers, as in LinuxKPI: Linux's names, FreeBSD's values. */
#ifndef _HOSTED_LINUX_ERRNO_H_
#define _HOSTED_LINUX_ERRNO_H_

#include <sys/errno.h>

#define	EPROBE_DEFER	517
#define	ENOTSUPP	ENOTSUP

#endif /* _HOSTED_LINUX_ERRNO_H_ */
