#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make load | unload | install, on a running FreeBSD system.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
[ "$(uname -s)" = FreeBSD ] || { echo "make $1: needs a running FreeBSD (here: make run)" >&2; exit 1; }
. "$root/tools/arch.sh"
klds="lkpi_page page_pool"
case $1 in
load)
	SYSDIR=${SYSDIR:-/usr/src/sys} sh "$root/tools/build.sh" klds
	for k in $klds; do kldload "$root/obj/$ARCH/$k.ko"; done
	kldstat ;;
unload)
	for k in page_pool lkpi_page; do kldunload "$k"; done ;;
install)
	for k in $klds; do install -m 555 "$root/obj/$ARCH/$k.ko" /boot/modules/; done
	kldxref /boot/modules ;;
esac
