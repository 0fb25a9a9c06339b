#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make kld SRC=x.c OUT=x.ko: a kld from one C file outside the tree, all of its
# global symbols exported.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
die() { echo "make kld: $1" >&2; exit 1; }
[ -n "${SRC:-}" ] && [ -n "${OUT:-}" ] || die "usage: make kld SRC=x.c OUT=x.ko"
[ -f "$SRC" ] || die "$SRC: no such file"
tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2046
$(tool clang) $(sh "$root/tools/kld-cflags.sh") ${CFLAGS:-} -c "$SRC" -o "$tmp/kld.o"
sh "$root/tools/link-kld.sh" "$OUT" all "$tmp/kld.o"
