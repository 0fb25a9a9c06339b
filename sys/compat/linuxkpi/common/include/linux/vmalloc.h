/* SPDX-License-Identifier: BSD-2-Clause */
/* vmap() takes pages of ours: LinuxKPI's header with another link name. */
#ifndef _LKPIRS_LINUX_VMALLOC_H_
#define _LKPIRS_LINUX_VMALLOC_H_

#include <linux/page.h>

#pragma redefine_extname vmap lkpirs_vmap
#include_next <linux/vmalloc.h>

#endif /* _LKPIRS_LINUX_VMALLOC_H_ */
