# SPDX-License-Identifier: BSD-2-Clause
# Sourced: what depends on the architecture. ARCH is one of FreeBSD's names:
# amd64 (the default on Linux), arm64, riscv64, i386.
#
# amd64 klds are relocatable objects, the others shared ones and compiled so.
case ${ARCH:=$(if [ "$(uname -s)" = FreeBSD ]; then uname -m; else echo amd64; fi)} in
riscv) ARCH=riscv64 ;;
esac
kasan=
if [ -n "${KERNBUILDDIR:-}" ] && grep -q '^#define[[:space:]]*KASAN\>' "$KERNBUILDDIR/opt_global.h" 2>/dev/null; then
	kasan="-asan-stack=true -asan-instrument-dynamic-allocas=true -asan-globals=true
	    -asan-use-after-scope=true -asan-instrumentation-with-call-threshold=0
	    -asan-instrument-byval=false"
fi
# arch_triple: clang's; arch_headers: the packaged FreeBSD 15 headers' folder;
# arch_cflags; arch_rust, arch_rustflags: Rust's target; arch_machine: what
# llvm-readelf -h says; arch_relocs: what kldload applies, as awk's ERE.
case $ARCH in
amd64)
	arch_triple=x86_64 arch_headers=x86_64-freebsd-none
	arch_cflags="-mcmodel=kernel -mno-red-zone -mno-mmx -mno-sse -mno-avx -msoft-float -fno-pic"
	arch_rust=x86_64-unknown-none
	# -Zplt: LLVM's own calls to memcpy would otherwise go through a GOT.
	arch_rustflags="-Ccode-model=kernel -Crelocation-model=static -Cno-redzone=yes -Zplt=yes"
	# What clang knows of FreeBSD and rustc, whose target is nobody's, does not.
	[ -z "$kasan" ] || kasan="$kasan -asan-mapping-offset=0xdffff7c000000000"
	arch_machine=X86-64 arch_relocs='R_X86_64_(64|PC32|PLT32|32S)' ;;
arm64)
	arch_triple=aarch64 arch_headers=aarch64-freebsd-none
	# x18 is the kernel's pointer to its per-CPU data.
	arch_cflags="-mgeneral-regs-only -ffixed-x18 -fPIC"
	arch_rust=aarch64-unknown-none-softfloat
	arch_rustflags="-Crelocation-model=pic -Zfixed-x18"
	[ -z "$kasan" ] || kasan="$kasan -asan-mapping-offset=0xdfff208000000000"
	arch_machine=AArch64 arch_relocs='R_AARCH64_(RELATIVE|ABS64|GLOB_DAT|JUMP_SLOT)' ;;
riscv64)
	arch_triple=riscv64 arch_headers=riscv64-freebsd-none
	arch_cflags="-march=rv64imac -mabi=lp64 -mcmodel=medium -mno-relax -fPIC"
	arch_rust=riscv64imac-unknown-none-elf
	arch_rustflags="-Crelocation-model=pic -Ccode-model=medium"
	arch_machine=RISC-V arch_relocs='R_RISCV_(64|RELATIVE|JUMP_SLOT)' ;;
i386)
	arch_triple=i686 arch_headers=x86-freebsd-none
	arch_cflags="-mno-mmx -mno-sse -mno-avx -msoft-float -fPIC"
	arch_rust=i686-unknown-none
	arch_rustflags="-Crelocation-model=pic"
	arch_machine=80386 arch_relocs='R_386_(32|PC32|GLOB_DAT|JUMP_SLOT|RELATIVE)' ;;
*) echo "ARCH=$ARCH is not one of amd64, arm64, riscv64, i386" >&2; exit 2 ;;
esac
arch_triple=$arch_triple-unknown-freebsd15.0
if [ -n "$kasan" ]; then
	arch_rustflags="$arch_rustflags -Zsanitizer=kernel-address"
	arch_cflags="$arch_cflags -fsanitize=kernel-address -DSAN_NEEDS_INTERCEPTORS -DSAN_INTERCEPTOR_PREFIX=kasan"
	for f in $kasan; do
		arch_cflags="$arch_cflags -mllvm $f" arch_rustflags="$arch_rustflags -Cllvm-args=$f"
	done
fi
export ARCH
