/* SPDX-License-Identifier: BSD-2-Clause */
/* As in a Linux without CONFIG_NVMEM. */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/of.h>

struct nvmem_cell;

static inline struct nvmem_cell *
of_nvmem_cell_get(struct device_node *np __unused, const char *id __unused)
{
	return (ERR_PTR(-EOPNOTSUPP));
}

static inline void
nvmem_cell_put(struct nvmem_cell *cell __unused)
{
}

static inline void *
nvmem_cell_read(struct nvmem_cell *cell __unused, size_t *len __unused)
{
	return (ERR_PTR(-EOPNOTSUPP));
}
#ifndef _LKPIRS_LINUX_NVMEM_CONSUMER_H_
#define _LKPIRS_LINUX_NVMEM_CONSUMER_H_


#endif /* _LKPIRS_LINUX_NVMEM_CONSUMER_H_ */
