/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux moved it. */
#include <asm/unaligned.h>
#ifndef _LKPIRS_LINUX_UNALIGNED_H_
#define _LKPIRS_LINUX_UNALIGNED_H_


#endif /* _LKPIRS_LINUX_UNALIGNED_H_ */
