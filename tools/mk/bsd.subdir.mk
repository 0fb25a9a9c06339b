# SPDX-License-Identifier: BSD-2-Clause
# In place of FreeBSD's bsd.subdir.mk: see bsd.kmod.mk.
all:
