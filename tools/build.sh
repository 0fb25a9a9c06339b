#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Build the klds (build.sh klds) or kldhost (build.sh kldhost); what is up to
# date is left alone.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/headers.sh
. tools/rust-env.sh
. tools/arch.sh
case $1 in
klds)
	skipped=
	for k in ${KLDS:-$(ls -d kmod/*/ | xargs -n 1 basename)}; do
		out=obj/$ARCH/$k.ko
		if [ -f "kmod/$k/needs-linuxkpi" ] && [ ! -f "${KERNBUILDDIR:-}/pci_if.h" ]; then
			skipped="$skipped $k"
			continue
		fi
		if [ -f "kmod/$k/since" ] && [ -n "${SYSDIR:-}" ] && [ "$(cat "kmod/$k/since")" -gt \
		    "$(awk '$1 == "#define" && $2 == "__FreeBSD_version" { print $3 }' "$SYSDIR/sys/param.h")" ]; then
			echo "build: $out: skipped: for FreeBSD $(cat "kmod/$k/since") and later"
			continue
		fi
		# Rebuilt when any input is newer, or the kernel is another one.
		key="${SYSDIR:-} ${KERNBUILDDIR:-}"
		if [ -f "$out" ] && [ "$(cat "obj/$ARCH/.$k/key" 2>/dev/null)" = "$key" ] &&
		    [ -z "$(find build.rs glue.c glue.h Cargo.toml Cargo.lock src kmod sys tools kldhost/include -type f -newer "$out" | head -n 1)" ]; then
			continue
		fi
		echo "build: $out"
		sh tools/build-kld.sh "$k" "$out"
		echo "$key" > "obj/$ARCH/.$k/key"
	done
	[ -z "$skipped" ] ||
	    echo "build: $ARCH: without LinuxKPI's headers (SYSDIR, KERNBUILDDIR) these are left out:$skipped" ;;
kldhost)
	${KLD_CARGO:?} --version >/dev/null
	RUSTC=$KLD_RUSTC $KLD_CARGO build --quiet --release -p kldhost ;;
*) echo "build.sh: klds or kldhost" >&2; exit 2 ;;
esac
