/* SPDX-License-Identifier: BSD-2-Clause */
/* mt76 has them for a companion device that is not there. */
#ifndef _HOSTED_LINUX_COMPLETION_H_
#define _HOSTED_LINUX_COMPLETION_H_

struct completion {
	unsigned int	done;
};
#define	init_completion(c)	do { (c)->done = 0; } while (0)

#endif /* _HOSTED_LINUX_COMPLETION_H_ */
