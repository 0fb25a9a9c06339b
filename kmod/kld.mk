# SPDX-License-Identifier: BSD-2-Clause
# For FreeBSD's bsd.kmod.mk: a kld from its C files and the crate src/${KMOD}.
# Included by kmod/*/Makefile, which names KMOD and SRCS.
LKPIRS=		${.CURDIR}/../..
CFLAGS+=	-I${LKPIRS}/sys/compat/linuxkpi/common/include -I${LKPIRS}
CFLAGS+=	-idirafter ${SYSDIR}/compat/linuxkpi/common/include
EXPORT_SYMS!=	cat ${.CURDIR}/exports
.if exists(${LKPIRS}/src/${KMOD})
OBJS+=		rust.o
CLEANFILES+=	rust.o
rust.o: .PHONY
	SYSDIR=${SYSDIR} KERNBUILDDIR=${KERNBUILDDIR:U} sh ${LKPIRS}/tools/rust-object.sh ${KMOD} ${.OBJDIR}/rust.o
.endif

.include <bsd.kmod.mk>
