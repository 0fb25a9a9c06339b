#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make sanitize: a million buffers over eight threads on pools that come and go
# (src/page_pool/src/tests_threads.rs), and the crates' other tests, under
# ThreadSanitizer and AddressSanitizer.
#   SANITIZER  thread or address: only that; miri: the tests that do not take
#              hours, in Rust's interpreter, with a nightly toolchain that has it
#   BUFFERS    instead of a million
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
SETUP_SANITIZERS=1 sh tools/setup.sh
. tools/headers.sh
. tools/rust-env.sh
buffers=${BUFFERS:-1000000}
host=$($KLD_RUSTC -vV | sed -n 's/^host: //p')
clang=$(tool clang)

# crates SANITIZER FLAG...: the run-time library is clang's.
crates() {
	sanitizer=$1; shift
	RUSTC_BOOTSTRAP=1 RUSTC=$KLD_RUSTC \
	    RUSTFLAGS="-Zsanitizer=$sanitizer -Zexternal-clangrt -Cunsafe-allow-abi-mismatch=sanitizer
	        -Clinker=$clang -Clink-arg=-fsanitize=$sanitizer -Cforce-frame-pointers=yes" \
	    BUFFERS=$buffers PROPTEST_CASES=100 ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 \
	    CARGO_PROFILE_DEV_OPT_LEVEL=2 $KLD_CARGO test --quiet -p page_pool -p lkpi_page --lib --target "$host" "$@" \
	    --target-dir "target/$sanitizer" -- --nocapture
	echo "sanitize: $sanitizer: $buffers buffers, no report"
}

interpret() {
	cargo +nightly miri --version >/dev/null 2>&1 || {
		echo "sanitize: no Miri: rustup toolchain install nightly --component miri" >&2
		exit 1
	}
	# Tests leave memory; kernels hand out memory by its address.
	MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-permissive-provenance -Zmiri-ignore-leaks" \
	    BUFFERS=${BUFFERS:-200} cargo +nightly miri test --quiet -p page_pool -p lkpi_page --lib \
	    --target-dir target/miri
	echo "sanitize: miri: no report"
}

for what in ${SANITIZER:-thread address}; do
	case $what in
	# Locks of an std that is not instrumented order nothing.
	thread) crates thread -Zbuild-std=std,panic_unwind,test ;;
	address) crates address ;;
	miri) interpret ;;
	*) echo "sanitize: SANITIZER is thread, address or miri" >&2; exit 2 ;;
	esac
done
