# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the Rust toolchain that builds klds. Any with rust-src will do: the
# one in PATH, or else Debian's rustc-web (in /usr/bin, beside a rustup).
rust_src() { [ -f "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/Cargo.lock" ]; }
if rust_src rustc; then
	KLD_CARGO=cargo KLD_RUSTC=rustc
elif rust_src /usr/bin/rustc; then
	KLD_CARGO=/usr/bin/cargo KLD_RUSTC=/usr/bin/rustc
else
	KLD_CARGO='' KLD_RUSTC=''
fi
if [ -z "${LIBCLANG_PATH:-}" ] && [ -d "/usr/lib/llvm-$LLVM/lib" ]; then
	export LIBCLANG_PATH="/usr/lib/llvm-$LLVM/lib"
fi
