#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make soak: millions of buffers of random pools over eight threads, in kldhost,
# in each DMA mode; or with FREEBSD_KERNEL=PATH on that kernel for minutes.
#   BUFFERS  of all modes together (50 million)
#   SEED     of the random numbers (by the clock)
# Arguments go to kldhost.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
if [ -n "${FREEBSD_KERNEL:-}" ]; then
	exec env TESTS_VM_SUITES="$root/tests-vm/long" tests-vm/run --kernel "$FREEBSD_KERNEL" soak-long
fi
KLDS="lkpi_page page_pool softdev soak" sh tools/build.sh klds
sh tools/build.sh kldhost
k=obj/amd64
total=${BUFFERS:-50000000}
each=$(((total + 2) / 3))
for mode in identity translate bounce; do
	# RAM enough for 13 pools with full rings, on one side of the bounce limit.
	tools/kldhost run --quiet --iommu "$mode" --cpus 8 --mem 1M-1G@0,1G-2G@1 "$@" \
	    $k/lkpi_page.ko $k/page_pool.ko $k/softdev.ko $k/soak.ko -- \
	    soak_main buffers="$each" seed="${SEED:-0}"
done
echo "soak: $total buffers, nothing left"
