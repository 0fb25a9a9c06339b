/* SPDX-License-Identifier: BSD-2-Clause */
/* Relay channels: none can be opened, which their users take for a full
 * memory.  mt7915 and mt7996 have them for their firmware's log, in debugfs. */
#ifndef _LKPIRS_LINUX_RELAY_H_
#define _LKPIRS_LINUX_RELAY_H_

#include <linux/types.h>
#include <linux/fs.h>

struct dentry;
struct rchan;
struct rchan_buf;

struct rchan_callbacks {
	int (*subbuf_start)(struct rchan_buf *, void *, void *, size_t);
	struct dentry *(*create_buf_file)(const char *, struct dentry *, umode_t,
	    struct rchan_buf *, int *);
	int (*remove_buf_file)(struct dentry *);
};

static const struct file_operations relay_file_operations __unused;

static inline struct rchan *
relay_open(const char *name __unused, struct dentry *parent __unused,
    size_t size __unused, size_t n __unused,
    const struct rchan_callbacks *cb __unused, void *data __unused)
{
	return (NULL);
}

static inline void
relay_close(struct rchan *chan __unused)
{
}

static inline void
relay_flush(struct rchan *chan __unused)
{
}

static inline void
relay_reset(struct rchan *chan __unused)
{
}

static inline void *
relay_reserve(struct rchan *chan __unused, size_t len __unused)
{
	return (NULL);
}

#endif /* _LKPIRS_LINUX_RELAY_H_ */
