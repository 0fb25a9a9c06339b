/* SPDX-License-Identifier: BSD-2-Clause */
/* As in a Linux without CONFIG_OF: no device has a node, so nothing is found.
 * PCI devices of a machine with a device tree are no exception: LinuxKPI's
 * struct device has no of_node. */
#ifndef _LKPIRS_LINUX_OF_H_
#define _LKPIRS_LINUX_OF_H_

#include <linux/types.h>
#include <linux/errno.h>

struct device_node;

struct property {
	char	*name;
	int	length;
	void	*value;
};

#define	for_each_child_of_node(parent, child)				\
	while ((void)(parent), (child) = NULL, false)
#define	for_each_available_child_of_node(parent, child)			\
	for_each_child_of_node(parent, child)

static inline struct device_node *
of_node_get(struct device_node *np)
{
	return (np);
}

static inline void
of_node_put(struct device_node *np __unused)
{
}

static inline bool
of_device_is_available(const struct device_node *np __unused)
{
	return (false);
}

static inline struct device_node *
of_get_child_by_name(const struct device_node *np __unused,
    const char *name __unused)
{
	return (NULL);
}

static inline struct property *
of_find_property(const struct device_node *np __unused,
    const char *name __unused, int *len __unused)
{
	return (NULL);
}

static inline const void *
of_get_property(const struct device_node *np __unused,
    const char *name __unused, int *len __unused)
{
	return (NULL);
}

static inline const char *
of_prop_next_string(const struct property *prop __unused,
    const char *cur __unused)
{
	return (NULL);
}

static inline bool
of_property_read_bool(const struct device_node *np __unused,
    const char *name __unused)
{
	return (false);
}

/* Linux: -EINVAL if there is no such property, -ENOSYS without CONFIG_OF. */
static inline int
of_property_read_u32(const struct device_node *np __unused,
    const char *name __unused, u32 *out __unused)
{
	return (-ENOSYS);
}

static inline int
of_property_match_string(const struct device_node *np __unused,
    const char *name __unused, const char *string __unused)
{
	return (-ENOSYS);
}

#endif /* _LKPIRS_LINUX_OF_H_ */
