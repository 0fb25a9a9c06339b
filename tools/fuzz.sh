#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make fuzz: libFuzzer makes up sequences of calls to page_pool and looks for one
# where pool and model do not agree, or that AddressSanitizer reports.
#   FUZZ_SECONDS  how long (600)
# What it has learnt stays in obj/fuzz/; a call sequence that failed does too, and
# `tools/fuzz.sh obj/fuzz/crash-...' runs it again. Arguments go to libFuzzer.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
SETUP_SANITIZERS=1 sh tools/setup.sh
. tools/headers.sh
. tools/rust-env.sh
host=$($KLD_RUSTC -vV | sed -n 's/^host: //p')
mkdir -p obj/fuzz/corpus
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing
    -Zsanitizer=address -Zexternal-clangrt -Cunsafe-allow-abi-mismatch=sanitizer
    -Clinker=$(tool clang) -Clink-arg=-fsanitize=address"
# shellcheck disable=SC2086
RUSTC_BOOTSTRAP=1 RUSTC=$KLD_RUSTC RUSTFLAGS=$(echo $flags) CXX=$(tool clang++) \
    $KLD_CARGO build --quiet --release --manifest-path tests/fuzz/Cargo.toml --target "$host" --target-dir target/fuzz
calls=target/fuzz/$host/release/calls
if [ $# -gt 0 ]; then
	exec "$calls" "$@"
fi
"$calls" -max_total_time="${FUZZ_SECONDS:-600}" -max_len=1200 -len_control=20 -print_final_stats=1 \
    -artifact_prefix=obj/fuzz/ obj/fuzz/corpus > obj/fuzz/log 2>&1 || { tail -n 60 obj/fuzz/log; exit 1; }
grep -E '^stat::(number|average)' obj/fuzz/log
echo "fuzz: nothing found"
