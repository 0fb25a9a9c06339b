#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make bench: print the measures and write obj/bench.json.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh tools/build.sh klds
sh tools/build.sh kldhost
. tools/headers.sh
. tools/rust-env.sh
mkdir -p obj
RUSTC=$KLD_RUSTC exec $KLD_CARGO run --quiet --release -p bench
