#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Linux's mt76 core in kldhost (docs/test-mt76.md): machines, resets, turns.
# Exits with 77 where Linux's source is not to be had.
set -u
. "$(dirname "$0")/tap.sh"
# Fetches and builds, which has its own way to fail.
MT76_ARGS="rx=1000 tx=100" sh tools/test-mt76.sh
status=$?
[ $status = 0 ] || exit $status
all='RESULT frames_rx=[0-9]* frames_tx=[0-9]* recycled_pct=\(99\|100\).[0-9]* in_flight=0 dma_maps=0 nobody=0$'
mt76() { MT76_ARGS=$1 RUN_ARGS=${2:-} says 0 "$all" sh tools/test-mt76.sh; }

ok "a million frames, 5 GiB of RAM, three resets" mt76 "rx=1000000 tx=200000 resets=3" "--mem 1M-1G,4G-8G"
ok "received frames alone, 5 GiB of RAM: none bounces" mt76 "rx=300000 tx=0" "--mem 1M-1G,4G-8G"
ok "behind an IOMMU" mt76 "rx=100000 tx=20000 resets=2" "--iommu translate"
ok "a limit in the middle of RAM" mt76 "rx=100000 tx=20000 resets=2" "--iommu bounce"
ok "one CPU" mt76 "rx=100000 tx=20000 resets=2" "--cpus 1"
ok "eight CPUs" mt76 "rx=100000 tx=20000 resets=2" "--cpus 8"
ok "every sync is of a mapping" mt76 "rx=100000 tx=20000 resets=2" "--env compat.page_pool.check_syncs=1"
ok "poisoned pages" mt76 "rx=100000 tx=20000 resets=2" "--env compat.page_pool.poison=1"
ok "freed at once" mt76 "rx=100000 tx=20000 mode=direct"
ok "copied" mt76 "rx=100000 tx=20000 mode=copy"
ok "made mbufs" mt76 "rx=300000 tx=20000 resets=2 mode=mbuf"
ok "made mbufs, behind an IOMMU" mt76 "rx=50000 tx=5000 resets=1 mode=mbuf" "--iommu translate"
ok "made mbufs, eight CPUs" mt76 "rx=50000 tx=5000 cycles=2 mode=mbuf" "--cpus 8"
ok "ten turns" mt76 "rx=20000 tx=5000 resets=2 cycles=10"
stub() { POOL=stub MT76_ARGS="rx=100000 tx=20000" says 0 'in_flight=0 dma_maps=0 nobody=0$' sh tools/test-mt76.sh; }
ok "on FreeBSD's design of a page_pool" stub
ok "what it costs can be measured" env ROUNDS=1 BATCHES=50 INSTRUCTIONS=no sh tools/bench-mt76.sh
finish
