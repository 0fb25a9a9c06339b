#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Build the crate src/NAME as one relocatable object:  rust-object.sh NAME OUT.o
#
# Core is built for the kernel, glue.c comes along, and what stays global is
# lkpirs_* alone. The kernel has memcpy and its kin: Rust's own stay out.
set -eu
name=$1 out=$2
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
. "$root/tools/arch.sh"
. "$root/tools/rust-env.sh"
cd "$root"
[ -n "$KLD_CARGO" ] || { echo "rust-object: no Rust toolchain with rust-src: run tools/setup.sh" >&2; exit 1; }

# One target folder a kernel, so that switching between them builds nothing.
target=target/kld${SYSDIR:+-$(echo "$SYSDIR ${KERNBUILDDIR:-}" | cksum | cut -d' ' -f1)}
triple=$arch_rust more=
# Rust has no such target of its own.
if [ "$ARCH" = i386 ]; then triple=tools/$arch_rust.json more=-Zjson-target-spec; fi
RUSTC_BOOTSTRAP=1 RUSTC=$KLD_RUSTC KLD_CC=$(tool clang) KLD_AR=$(tool llvm-ar) \
RUSTFLAGS="$arch_rustflags -Zunstable-options -Cforce-frame-pointers=non-leaf -Cforce-unwind-tables=no -Dwarnings" \
$KLD_CARGO rustc $more --quiet -p "$name" --lib --crate-type staticlib --profile kld \
    --target "$triple" -Zbuild-std=core --target-dir "$target"

lib=$out.a
cp "$target/$arch_rust/kld/lib$name.a" "$lib"
$(tool llvm-ar) t "$lib" | grep compiler_builtins | sort -u | xargs -r $(tool llvm-ar) d "$lib"
# shellcheck disable=SC2046
$(tool ld.lld) -r -o "$out" -T tools/kld.ld $(sed 's/^/-u /' "kmod/$name/exports" "kmod/$name/internal") "$lib"
$(tool llvm-objcopy) --wildcard --keep-global-symbol='lkpirs_*' \
    --localize-symbol=lkpirs_text_start --localize-symbol=lkpirs_text_end "$out"
rm -f "$lib"
