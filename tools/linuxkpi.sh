#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Build FreeBSD's LinuxKPI and what runs on it, from the tree of the system they
# are for, with our struct page:
#   linuxkpi.sh linuxkpi    linuxkpi*.ko, and the modules that DRIVERS names
#   linuxkpi.sh mt76        the modules of the tree's mt76 drivers
# SYSDIR is the tree's sys/, KERNBUILDDIR the kernel's build folder; the result
# is obj/<arch>/*.ko (OBJ=... elsewhere).
#
# Each module's own Makefile says what it is made of.  A source that sys/ of
# ours has at the same path takes the place of the tree's.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/headers.sh
. tools/arch.sh
die() { echo "make $what: $1" >&2; exit 1; }
what=$1
[ -n "${SYSDIR:-}" ] || die "needs SYSDIR=, a FreeBSD sys/ tree"
[ -n "${KERNBUILDDIR:-}" ] || die "needs KERNBUILDDIR=, the build folder of the kernel (opt_global.h)"
[ -f "$SYSDIR/sys/param.h" ] || die "SYSDIR=$SYSDIR is no FreeBSD sys/ tree (no sys/param.h)"
[ -f "$KERNBUILDDIR/opt_global.h" ] || die "KERNBUILDDIR=$KERNBUILDDIR is no kernel's build folder (no opt_global.h)"
SYSDIR=$(cd "$SYSDIR" && pwd -P) KERNBUILDDIR=$(cd "$KERNBUILDDIR" && pwd -P)
export SYSDIR KERNBUILDDIR
lkpi=$SYSDIR/compat/linuxkpi/common
for f in "$lkpi/include/linux/page.h" "$lkpi/src/linux_page.c" "$SYSDIR/modules/linuxkpi/Makefile" "$SYSDIR/conf/kmod.mk"; do
	[ -f "$f" ] || die "a tree that is not known: no $f"
done
version=$(awk '$1 == "#define" && $2 == "__FreeBSD_version" { print $3 }' "$SYSDIR/sys/param.h")
[ "${version:-0}" -ge 1400000 ] || die "a tree that is not known: FreeBSD ${version:-of no version}; 14 and later are"
obj=${OBJ:-obj/$ARCH}
mkdir -p "$obj"
. tools/linuxkpi-module.sh

case $what in
linuxkpi)
	[ "$(kernel_option COMPAT_LINUXKPI)" = no ] ||
	    die "this kernel has LinuxKPI compiled in (COMPAT_LINUXKPI), and with it FreeBSD's struct page"
	modules=$(cd "$SYSDIR/modules" && ls -d linuxkpi linuxkpi_*)
	modules="$modules ${DRIVERS:-}" ;;
mt76)	modules=mt76 ;;
*)	echo "linuxkpi.sh: linuxkpi or mt76" >&2; exit 2 ;;
esac
# A folder of modules stands for them.
leaves() (
	for m; do
		[ -f "$SYSDIR/modules/$m/Makefile" ] || die "no module $m in $SYSDIR/modules"
		subdirs=$(ask "$m" SUBDIR)
		if [ -n "$subdirs" ]; then
			for s in $subdirs; do leaves "$m/$s"; done
		else
			echo "$m"
		fi
	done
)
# shellcheck disable=SC2086
all=$(leaves $modules)
for m in $all; do
	build_module "$m"
done
