/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef _HOSTED_LINUX_DEBUGFS_H_
#define _HOSTED_LINUX_DEBUGFS_H_

struct dentry;
struct seq_file;
struct file_operations;

struct debugfs_blob_wrapper {
	void		*data;
	unsigned long	size;
};

#endif /* _HOSTED_LINUX_DEBUGFS_H_ */
