/* SPDX-License-Identifier: BSD-2-Clause */
/* All global symbols of the kld are exported. */
#ifndef _HOSTED_LINUX_EXPORT_H_
#define _HOSTED_LINUX_EXPORT_H_

#define	EXPORT_SYMBOL(name)		extern int hosted_exported
#define	EXPORT_SYMBOL_GPL(name)		extern int hosted_exported

#endif /* _HOSTED_LINUX_EXPORT_H_ */
