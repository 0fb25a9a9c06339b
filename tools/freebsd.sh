#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make load | unload | install | deinstall. The first two are for a running
# FreeBSD; DESTDIR=... installs into another root, on any host.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/arch.sh"
klds="lkpi_page page_pool"
# What there is to install; a port takes one at a time.
parts=${PARTS:-klds manuals ppstat}
manuals="lkpi_page.4 page_pool.4 ppstat.8 page_pool.9"
prefix=${DESTDIR:-}${PREFIX:-/usr/local}
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
	for part in $parts; do
		case $part in
		klds)
			mkdir -p "$to" || die install "cannot write to $to"
			for k in $klds; do install -m 555 "$root/obj/$ARCH/$k.ko" "$to/"; done
			! command -v kldxref >/dev/null 2>&1 || kldxref "$to"
			echo "installed into $to: kldload page_pool loads both" ;;
		manuals)
			for m in $manuals; do
				mkdir -p "$prefix/share/man/man${m##*.}" || die install "cannot write to $prefix"
				install -m 444 "$root/docs/$m" "$prefix/share/man/man${m##*.}/"
			done
			echo "installed manual pages into $prefix/share/man" ;;
		ppstat)
			# Elsewhere it is a program of the host's.
			[ -n "$here" ] || { echo "ppstat is installed on FreeBSD only"; continue; }
			sh "$root/tools/ppstat.sh"
			mkdir -p "$prefix/sbin"
			install -m 555 "$root/obj/ppstat" "$prefix/sbin/" ;;
		*) die install "no part $part (klds, manuals, ppstat)" ;;
		esac
	done ;;
deinstall)
	[ -n "$here$DESTDIR" ] || die deinstall "not on FreeBSD: say DESTDIR=..."
	for k in $klds; do rm -f "$to/$k.ko"; done
	for m in $manuals; do rm -f "$prefix/share/man/man${m##*.}/$m"; done
	rm -f "$prefix/sbin/ppstat"
	! command -v kldxref >/dev/null 2>&1 || kldxref "$to" ;;
esac
