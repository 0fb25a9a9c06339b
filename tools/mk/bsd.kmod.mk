# SPDX-License-Identifier: BSD-2-Clause
# In place of FreeBSD's bsd.kmod.mk where tools/linuxkpi.sh asks a module's
# Makefile what it is made of: reads what the real one reads first, builds
# nothing.
.if exists(${.CURDIR}/../Makefile.inc) && ${.CURDIR:H:T} != "modules"
.include "${.CURDIR}/../Makefile.inc"
.endif
.if !target(all)
all:
.endif
