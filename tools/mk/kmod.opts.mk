# SPDX-License-Identifier: BSD-2-Clause
# In place of FreeBSD's kmod.opts.mk: KERN_OPTS are given by tools/linuxkpi.sh.
