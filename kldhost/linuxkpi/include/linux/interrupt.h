/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_INTERRUPT_H_
#define _HOSTED_LINUX_INTERRUPT_H_

/* mt76 has them as members; drivers other than mt76's core use them. */
struct tasklet_struct {
	void	*unused;
};

#endif /* _HOSTED_LINUX_INTERRUPT_H_ */
