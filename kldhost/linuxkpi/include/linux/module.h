/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_MODULE_H_
#define _HOSTED_LINUX_MODULE_H_

/* The kld that holds mt76's objects says what it is in mt76_core.c. */
#define	MODULE_LICENSE(text)		_Static_assert(1, text)
#define	MODULE_DESCRIPTION(text)	_Static_assert(1, text)

#endif /* _HOSTED_LINUX_MODULE_H_ */
