/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of sysctl(9). */
#ifndef KH_SYSCTL_H
#define KH_SYSCTL_H

#include "kh.h"

/* Not for klds, so not a name of the kernel's. */
#define	M_SYSCTLOID	khi_m_sysctloid
MALLOC_DECLARE(M_SYSCTLOID);

/* sysctl.c */
void	khi_sysctl_tree_init(void);
struct sysctl_oid *khi_sysctl_find(struct sysctl_oid_list *list,
	    const char *name);
struct sysctl_oid *khi_sysctl_enter(const char *name);
void	khi_sysctl_link(struct sysctl_oid *o, uint64_t caller);

/* sysctl_req.c */
int	khi_sysctl_write_oid(struct sysctl_oid *o, const char *value);
struct sysctl_oid *khi_sysctl_lookup(const char *name);
int	khi_sysctl_read_raw(const char *name, char *buf, size_t *len);

#endif
