#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Print the C compiler flags of a kld, on one line.
#
#   kld-cflags.sh            for clang
#   kld-cflags.sh --stock    the same with LinuxKPI's own headers and none of
#                            ours; needs SYSDIR
#   kld-cflags.sh --linuxkpi ours in front of LinuxKPI's own, for what runs on
#                            the linuxkpi.ko of tools/linuxkpi.sh; needs SYSDIR
#   kld-cflags.sh --target   only the target triple
#
# Environment: ARCH (tools/arch.sh). SYSDIR (a FreeBSD sys/ tree) and
# KERNBUILDDIR (a kernel build folder with opt_global.h) build against that
# kernel; without them the packaged FreeBSD 15 headers of tools/setup.sh are used.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
. "$root/tools/arch.sh"

if [ "${1:-}" = --target ]; then echo "$arch_triple"; exit 0; fi

overlay=$root/sys/compat/linuxkpi/common/include
common="--target=$arch_triple -std=gnu17 -O2 -g -ffreestanding $arch_cflags -fno-common
    -fwrapv -fno-strict-aliasing -fno-stack-protector -fno-omit-frame-pointer
    -mno-omit-leaf-frame-pointer -fno-asynchronous-unwind-tables
    -fno-delete-null-pointer-checks -gdwarf-4
    -Wall -Wno-pointer-sign -Wno-unknown-pragmas
    -D_KERNEL -DKLD_MODULE -DHAVE_KERNEL_OPTION_HEADERS -nostdinc"
stock= both=
[ "${1:-}" != --stock ] || stock=${SYSDIR:?LinuxKPI is in a kernel source tree}/compat/linuxkpi
[ "${1:-}" != --linuxkpi ] || both=${SYSDIR:?LinuxKPI is in a kernel source tree}/compat/linuxkpi
if [ -n "${SYSDIR:-}" ]; then
	inc="-I$SYSDIR -I$SYSDIR/contrib/ck/include"
	if [ -n "$stock" ]; then
		inc="-I$stock/common/include -I$stock/dummy/include $inc"
	elif [ -n "$both" ]; then
		inc="-DLKPIRS_LINUXKPI -I$overlay -I$both/common/include -I$both/dummy/include $inc"
	else
		inc="-I$overlay -I$root/sys $inc -idirafter $SYSDIR/compat/linuxkpi/common/include"
	fi
	if [ -n "${KERNBUILDDIR:-}" ]; then
		inc="-DLKPIRS_TIED -I$KERNBUILDDIR -include $KERNBUILDDIR/opt_global.h $inc"
	else
		inc="-DSMP=1 -DMAC=1 -DVIMAGE=1 -DKDTRACE_HOOKS=1 -DNUMA=1 $inc"
	fi
else
	inc="-DLKPIRS_TIED -DSMP=1 -DMAC=1 -DVIMAGE=1 -DKDTRACE_HOOKS=1 -DNUMA=1
	    -D__FreeBSD_version=1500068
	    -I$overlay -I$root/kldhost/include
	    -isystem $LKPI_HEADERS/$arch_headers
	    -isystem $LKPI_HEADERS/generic-freebsd"
fi
echo $common $inc
