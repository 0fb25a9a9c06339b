#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make load | unload | install | deinstall. The first two are for a running
# FreeBSD; DESTDIR=... installs into another root, on any host.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/arch.sh"
klds="lkpi_page page_pool"
die() { echo "make $1: $2" >&2; exit 1; }
here=; [ "$(uname -s)" = FreeBSD ] && here=1
to=${DESTDIR:-}/boot/modules
case $1 in
load)
	[ -n "$here" ] || die load "needs a running FreeBSD (here: make run)"
	for k in $klds; do kldstat -q -n "$k" || kldload "$root/obj/$ARCH/$k.ko"; done
	kldstat ;;
unload)
	[ -n "$here" ] || die unload "needs a running FreeBSD"
	for k in page_pool lkpi_page; do ! kldstat -q -n "$k" || kldunload "$k"; done ;;
install)
	[ -n "$here$DESTDIR" ] || die install "not on FreeBSD: say DESTDIR=..., the root of a FreeBSD system"
	mkdir -p "$to" || die install "cannot write to $to"
	for k in $klds; do install -m 555 "$root/obj/$ARCH/$k.ko" "$to/"; done
	! command -v kldxref >/dev/null 2>&1 || kldxref "$to"
	echo "installed into $to: kldload page_pool loads both" ;;
deinstall)
	[ -n "$here$DESTDIR" ] || die deinstall "not on FreeBSD: say DESTDIR=..."
	for k in $klds; do rm -f "$to/$k.ko"; done
	! command -v kldxref >/dev/null 2>&1 || kldxref "$to" ;;
esac
