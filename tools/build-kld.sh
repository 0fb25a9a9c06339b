#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Build one kld of kmod/:  build-kld.sh NAME [OUT.ko]
#
# kmod/NAME/*.c and, if there is one, the crate src/NAME become one relocatable
# object of which only kmod/NAME/exports stay global; tools/check-kld.sh judges
# it. The C files that kmod/NAME/stock lists are compiled with LinuxKPI's own
# headers and none of ours; those that kmod/NAME/linuxkpi lists with ours in
# front of LinuxKPI's, and without a tree that has it they are left out. ARCH, SYSDIR, KERNBUILDDIR: see kld-cflags.sh.
set -eu
name=$1
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
. "$root/tools/arch.sh"
out=${2:-$root/obj/$ARCH/$name.ko}
cd "$root"
tmp=$(dirname "$out")/.$name
mkdir -p "$tmp"

objs=
# Warnings are ours alone.
theirs=
for d in asm dev linux machine net net80211 netlink sys vm x86; do theirs="$theirs --system-header-prefix=$d/"; done
cflags=$(sh tools/kld-cflags.sh)
for c in "kmod/$name"/*.c; do
	o=$tmp/$(basename "$c" .c).o
	flags=$cflags
	if grep -qsx "$(basename "$c")" "kmod/$name/stock"; then
		flags=$(sh tools/kld-cflags.sh --stock)
	elif grep -qsx "$(basename "$c")" "kmod/$name/linuxkpi"; then
		if [ ! -f "${KERNBUILDDIR:-}/pci_if.h" ]; then continue; fi
		flags="$(sh tools/kld-cflags.sh --linuxkpi) $theirs"
	fi
	# shellcheck disable=SC2086
	$(tool clang) $flags -I. -Werror -c "$c" -o "$o"
	objs="$objs $o"
done
if [ -d "src/$name" ]; then
	sh tools/rust-object.sh "$name" "$tmp/rust.o"
	objs="$objs $tmp/rust.o"
fi
# shellcheck disable=SC2086
sh tools/link-kld.sh "$out.new" "kmod/$name/exports" $objs
sh tools/check-kld.sh "$out.new" "kmod/$name/exports"
mv "$out.new" "$out"
