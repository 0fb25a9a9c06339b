#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Build one kld of kmod/:  build-kld.sh NAME [OUT.ko]
#
# The crate src/NAME, if there is one, becomes a static library (core built for
# the kernel); kmod/NAME/NAME.c is compiled; both are linked into one
# relocatable object of which only kmod/NAME/exports stay global, and
# tools/check-kld.sh judges the result. SYSDIR/KERNBUILDDIR: see kld-cflags.sh.
set -eu
name=$1
root=$(cd "$(dirname "$0")/.." && pwd)
out=${2:-$root/obj/amd64/$name.ko}
. "$root/tools/headers.sh"
. "$root/tools/rust-env.sh"
cd "$root"
tmp=$(dirname "$out")/.$name
mkdir -p "$tmp"

cflags=$(sh tools/kld-cflags.sh)
cc=$(tool clang)
$cc $cflags -I. -Werror -c "kmod/$name/$name.c" -o "$tmp/$name.o"
objs=$tmp/$name.o
# One target folder a kernel, so that switching between them builds nothing.
target=target/kld${SYSDIR:+-$(echo "$SYSDIR ${KERNBUILDDIR:-}" | cksum | cut -d' ' -f1)}
if [ -d "src/$name" ]; then
	[ -n "$KLD_CARGO" ] || { echo "build-kld: no Rust toolchain with rust-src: run tools/setup.sh" >&2; exit 1; }
	# -Zplt: LLVM's own calls to memcpy would otherwise go through a GOT.
	RUSTC_BOOTSTRAP=1 RUSTC=$KLD_RUSTC KLD_CC=$cc KLD_AR=$(tool llvm-ar) \
	RUSTFLAGS="-Ccode-model=kernel -Crelocation-model=static -Cno-redzone=yes -Cforce-frame-pointers=yes -Cforce-unwind-tables=no -Zplt=yes -Dwarnings" \
	$KLD_CARGO rustc --quiet -p "$name" --lib --crate-type staticlib --profile kld \
	    --target x86_64-unknown-none -Zbuild-std=core --target-dir "$target"
	lib=$target/x86_64-unknown-none/kld/lib$name.a
	# The kernel has memcpy and its kin: Rust's own stay out.
	cp "$lib" "$tmp/lib.a"
	$(tool llvm-ar) t "$tmp/lib.a" | grep compiler_builtins | sort -u | xargs -r $(tool llvm-ar) d "$tmp/lib.a"
	objs="$objs $(sed 's/^/-u /' "kmod/$name/exports" | tr '\n' ' ') $tmp/lib.a"
fi
$(tool ld.lld) -r -o "$tmp/all.o" -T tools/kld.ld $objs
$(tool llvm-objcopy) --strip-debug --keep-global-symbols="kmod/$name/exports" "$tmp/all.o" "$out.new"
sh tools/check-kld.sh "$out.new" "kmod/$name/exports"
mv "$out.new" "$out"
