#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make test: everything that CI runs. Ends with "N passed, N failed".
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/headers.sh
. tools/rust-env.sh
passed=0 failed=0 skipped=0
# run SKIP WHAT COMMAND...: the command must succeed; with status SKIP it was skipped.
run() {
	skip=$1 what=$2 status=0; shift 2
	echo "== $what"
	"$@" || status=$?
	case $status in
	0) passed=$((passed + 1)) ;;
	"$skip") skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)); echo "FAILED: $what" ;;
	esac
}
step() { run none "$@"; }
step_or_skip() { run 77 "$@"; }
cargo_() { RUSTC=$KLD_RUSTC $KLD_CARGO "$@"; }

step "build the klds" sh tools/build.sh klds
for arch in arm64 riscv64 i386; do
	step "build the klds for $arch" env ARCH=$arch sh tools/build.sh klds
done
step "build kldhost" sh tools/build.sh kldhost
step "unit and property tests" cargo_ test --quiet --no-fail-fast --workspace --exclude bench --lib --bins --tests
step "page_pool against its model, 100,000 runs" env PROPTEST_CASES=100000 RUSTC="$KLD_RUSTC" "$KLD_CARGO" test \
    --quiet --release -p page_pool --lib pool_and_model_agree
step "loom models" env RUSTFLAGS="--cfg loom" RUSTC="$KLD_RUSTC" "$KLD_CARGO" test --quiet --release \
    -p lkpi_page -p page_pool --lib --target-dir target/loom loom
step "klds in kldhost" sh tests/klds.sh
step "self-tests in kldhost" sh tests/kldhost.sh
step_or_skip "Linux's mt76 core in kldhost" env -u MT76_ARGS -u RUN_ARGS -u POOL sh tests/mt76.sh
step "manual pages" sh tests/manuals.sh
step "the port" sh tests/port.sh
step "report" sh tests/report.sh
step "soak, a million buffers" env BUFFERS=1000000 FREEBSD_KERNEL= sh tools/soak.sh
step_or_skip "klds on FreeBSD kernels" tests-vm/run --quick
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
