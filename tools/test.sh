#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make test: everything that CI runs. Ends with "N passed, N failed".
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/headers.sh
. tools/rust-env.sh
passed=0 failed=0 skipped=0
step() {
	what=$1; shift
	echo "== $what"
	if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $what"; fi
}
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
echo "== Linux's mt76 core in kldhost"
status=0
env -u MT76_ARGS -u RUN_ARGS -u POOL sh tests/mt76.sh || status=$?
case $status in
0) passed=$((passed + 1)) ;;
77) skipped=$((skipped + 1)) ;;
*) failed=$((failed + 1)); echo "FAILED: Linux's mt76 core in kldhost" ;;
esac
step "manual pages" sh tests/manuals.sh
step "the port" sh tests/port.sh
step "report" sh tests/report.sh
step "soak, a million buffers" env BUFFERS=1000000 FREEBSD_KERNEL= sh tools/soak.sh
echo "== klds on FreeBSD kernels"
status=0
tests-vm/run --quick || status=$?
case $status in
0) passed=$((passed + 1)) ;;
77) skipped=$((skipped + 1)) ;;
*) failed=$((failed + 1)); echo "FAILED: klds on FreeBSD kernels" ;;
esac
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
