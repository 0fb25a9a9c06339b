# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: memory that runs out.

sweep() {
	exits 0 $kh run --fail-sweep "$@" && says "failed=0" && says "fail-sweep: points="
}
sweep_page() {
	sweep $page $o/selftest.ko -- selftest_main "$@"
}
# sweep_pool [--iommu MODE] CASE...
sweep_pool() {
	mode=identity
	[ "$1" = --iommu ] && { mode=$2; shift 2; }
	sweep --iommu $mode $pool $o/selftest_pool.ko -- selftest_pool_main "$@"
}
test_ "fail sweep: struct page, look-ups" sweep_page first_touch bad_pointers fictitious
test_ "fail sweep: struct page, allocation" sweep_page flags zero dma32 nodes bulk kmem
test_ "fail sweep: struct page, references" sweep_page refs tails split foreign ttm lock bad_frees
test_ "fail sweep: fragments" sweep_page frag_many frag_reuse frag_drain bad_calls
for c in "create_refused inflight ring_full" "other_thread extra_ref" "bulk order1" \
    "frag_two frag_outstanding sized" "destroy_out destroy_frags" "misuse strings" \
    "mbuf_one mbuf_shared" "mbuf_chain" "mbuf_destroyed" \
    "dma_neighbours" "dma_by_address" "holders" "holders_untracked" "scrub_unmapped"; do
	test_ "fail sweep: page_pool, $c" sweep_pool $c
done
test_ "fail sweep: page_pool, dma_neighbours, iommu translate" sweep_pool --iommu translate dma_neighbours
test_ "fail sweep: page_pool, dma_neighbours, iommu bounce" \
    sweep_pool --iommu bounce dma_neighbours
for m in identity translate bounce; do
	test_ "fail sweep: page_pool, dma_streaming dma_coherent, iommu $m" \
	    sweep_pool --iommu $m dma_streaming dma_coherent
done
for m in identity translate bounce; do
	test_ "fail sweep: page_pool, dma_alloc, iommu $m" sweep_pool --iommu $m dma_alloc
done
test_ "fail sweep: page_pool, masks and devices that go" sweep_pool dma_set_mask dma_gone dma_locked dma_resource
test_ "fail sweep: page_pool, scatter lists" sweep_pool dma_sg dma_sgtable
# Only with nodes is memory asked for on one.
test_ "fail sweep: page_pool, two domains" sweep --mem 1M-33M@0,33M-65M@1 $pool $o/selftest_pool.ko -- \
    selftest_pool_main nid order1 inflight
test_ "fail sweep: struct page, two domains" sweep --mem 1M-33M@0,33M-65M@1 $page $o/selftest.ko -- \
    selftest_main nodes
# The main job allocates thousands of times: every one at first, then some.
sweep_demo() {
	n=1
	while [ $n -lt 9000 ]; do
		$kh run --fail $n $pool $o/rxdemo.ko -- rxdemo_main buffers=2000 > "$tmp/out" 2>&1
		got=$?
		[ $got -lt 3 ] && grep -q "leaks=0 failures=0" "$tmp/out" || {
			cat "$tmp/out"; echo "fault $n: exit status $got"; return 1; }
		if [ $n -lt 100 ]; then n=$((n + 1)); else n=$((n + 101)); fi
	done
}
test_ "faults: main job" sweep_demo
