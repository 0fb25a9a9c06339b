# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: load and unload, and what keeps a kld.

cycles() {
	script 0 <<-E && says "leaks=0 failures=0"
	cycle 1000 lkpi_page.ko
	load lkpi_page.ko
	cycle 1000 page_pool.ko
	load page_pool.ko
	cycle 1000 softdev.ko
	E
}
test_ "load and unload each 1,000 times" cycles
used_cycles() {
	i=0
	while [ $i -lt 1000 ]; do
		echo "load lkpi_page.ko"
		echo "load selftest.ko"
		echo "call selftest_main refs frag_many fictitious"
		echo "unload selftest"
		echo "unload lkpi_page"
		i=$((i + 1))
	done | script 0 && says "leaks=0 failures=0" &&
	    [ "$(grep -c '^selftest: 3 passed, 0 failed' "$tmp/out")" = 1000 ]
}
test_ "load, use and unload 1,000 times" used_cycles
pool_cycles() {
	script 0 <<-E && says "leaks=0 failures=0"
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	cycle 1000 selftest_pool_main destroy_out destroy_frags inflight
	expect compat.page_pool.pools 0
	expect compat.lkpi_page.live 0
	cycle 1500 selftest_pool_main many_pools
	E
}
test_ "create and destroy pools in quick succession" pool_cycles
busy_page() {
	script 0 <<-E && says "leaks=0 failures=0" && says "EBUSY" &&
	load lkpi_page.ko
	load selftest.ko
	call selftest_hold
	expect compat.lkpi_page.live 7
	unload selftest
	expect-fail unload lkpi_page
	expect compat.lkpi_page.live_alloc 7
	load selftest.ko
	call selftest_release
	expect compat.lkpi_page.live 0
	unload selftest
	unload lkpi_page
	E
	    says "lkpi_page: busy: 7 pages live (alloc_pages 7, page_frag 0, page_pool 0)"
}
test_ "lkpi_page.ko stays while pages are live, and says whose" busy_page
# Unloaded along with its user the error has nobody to go to: README, lkpi_page(4).
stranded() {
	script 1 <<-E && says "lkpi_page: busy: 7 pages live" && says "lkpi_page.ko: still loaded"
	load selftest.ko
	call selftest_hold
	unload selftest
	expect compat.lkpi_page.live 7
	load selftest.ko
	call selftest_release
	unload selftest
	E
}
test_ "lkpi_page.ko that came as a dependency strands when busy" stranded
busy_pool() {
	script 0 <<-E && says "leaks=0 failures=0" && says "EBUSY" &&
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_hold destroyed
	unload selftest_pool
	unload softdev
	expect compat.page_pool.waiting 1
	expect compat.page_pool.dma_maps 0
	expect-fail unload page_pool
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_release destroyed
	unload selftest_pool
	unload softdev
	settle 1
	expect compat.page_pool.pools 0
	unload page_pool
	unload lkpi_page
	E
	    says "page_pool: busy: 1 pools with 1 pages in flight"
}
test_ "page_pool.ko stays while a page of a destroyed pool is out" busy_pool
# The pool, its driver and the driver's device are gone; the mbuf is the stack's.
busy_mbuf() {
	script 0 <<-E && says "leaks=0 failures=0" && says "EBUSY" &&
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_hold_mbuf
	unload selftest_pool
	unload softdev
	expect compat.page_pool.mbufs 1
	expect compat.page_pool.waiting 1
	expect compat.page_pool.dma_maps 0
	sysctl compat.page_pool.holders
	settle 61
	expect-fail unload page_pool
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_free_mbuf
	expect compat.page_pool.mbufs 0
	expect compat.page_pool.mbufs_lent 1
	unload selftest_pool
	unload softdev
	settle 1
	expect compat.page_pool.pools 0
	unload page_pool
	unload lkpi_page
	E
	    says "page_pool: busy: 1 pools with 1 pages in flight" &&
	    says "destroyed 0 s ago, 1 pages out, 1 buffers with mbufs; made by" &&
	    says "destroyed 60 s ago waits for 1 pages, 1 buffers with mbufs, 1 buffers"
}
test_ "page_pool.ko stays while an mbuf has a buffer of a destroyed pool" busy_mbuf
mbuf_cycles() {
	script 0 <<-E && says "leaks=0 failures=0"
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	cycle 200 selftest_pool_main mbuf_one mbuf_destroyed
	settle 1
	expect compat.page_pool.pools 0
	unload selftest_pool
	unload softdev
	unload page_pool
	unload lkpi_page
	E
}
test_ "mbufs of pools in quick succession" mbuf_cycles
# What a destroyed pool has to say while a page of it is out: by sysctl, and in
# the log when it is due, then when it has waited twice as long.
waiting_pool() {
	script 0 "$@" <<-E && says "leaks=0 failures=0" &&
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	sysctl compat.page_pool.track=1
	call selftest_pool_hold destroyed
	sysctl compat.page_pool.holders
	expect compat.page_pool.stalls 0
	settle 61
	expect compat.page_pool.stalls 1
	settle 59
	expect compat.page_pool.stalls 1
	settle 61
	expect compat.page_pool.stalls 2
	unload selftest_pool
	unload softdev
	expect-fail unload page_pool
	settle 121
	expect compat.page_pool.stalls 3
	sysctl compat.page_pool.stall_secs=0
	settle 1000
	expect compat.page_pool.stalls 3
	sysctl compat.page_pool.stall_secs=5000
	settle 3000
	expect compat.page_pool.stalls 3
	settle 5000
	expect compat.page_pool.stalls 4
	sysctl compat.page_pool.holders
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_release destroyed
	unload selftest_pool
	unload softdev
	settle 1
	expect compat.page_pool.pools 0
	unload page_pool
	unload lkpi_page
	E
	    says "destroyed 0 s ago, 1 pages out; made by kernel[0] at selftest_pool_hold+0x" &&
	    says "  1 pages, 1 buffers, oldest 0 s: selftest_pool_hold+0x" &&
	    says "destroyed 60 s ago waits for 1 pages, 1 buffers, oldest 60 s: 1 selftest_pool_hold+0x"
}
test_ "a destroyed pool says who has its page" waiting_pool
never_said() {
	script 0 --env compat.page_pool.stall_secs=0 <<-E && says "leaks=0 failures=0"
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_hold destroyed
	settle 100000
	expect compat.page_pool.stalls 0
	call selftest_pool_release destroyed
	unload selftest_pool
	unload softdev
	unload page_pool
	E
}
test_ "the log does not hear of it if so asked" never_said
# Every pool tracked and poisoned, and the cases do not notice.
watched() {
	exits 0 $kh run --env compat.page_pool.track=1 --env compat.page_pool.poison=1 \
	    --env compat.page_pool.stall_secs=1 "$@" $pool $o/selftest_pool.ko -- selftest_pool_main \
	    inflight cache_full ring_full refill other_thread extra_ref bulk order1 nid init_callback \
	    frag_two frag_reuse frag_outstanding frag_sizes fragment_page sized netmem destroy_out \
	    destroy_frags many_pools misuse dma_pages dma_masks dma_neighbours dma_by_address traffic &&
	    says "26 passed, 0 failed" && says "leaks=0 failures=0"
}
for m in identity translate bounce; do
	test_ "page_pool, tracked and poisoned, iommu $m" watched --iommu $m
done
busy_device() {
	script 0 <<-E && says "leaks=0 failures=0" && says "EBUSY" &&
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest_pool.ko
	call selftest_pool_hold
	unload selftest_pool
	expect-fail unload softdev
	load selftest_pool.ko
	call selftest_pool_release
	unload selftest_pool
	unload softdev
	E
	    says "softdev: busy"
}
test_ "softdev.ko stays while a pool uses its device" busy_device
kept_by_users() {
	script 0 <<-E && says "leaks=0 failures=0"
	load lkpi_page.ko
	load selftest.ko
	unload lkpi_page
	call selftest_main refs
	expect-fail unload lkpi_page
	unload selftest
	expect-fail sysctl compat.lkpi_page.pages
	E
}
test_ "a kld stays while another one needs it" kept_by_users
any_order() {
	exits 0 $kh run $o/selftest_pool.ko $o/softdev.ko $page $o/page_pool.ko -- \
	    selftest_pool_main inflight && says "1 passed, 0 failed"
}
test_ "klds in any order on the command line" any_order
leak_named() {
	exits 1 $kh run $page $o/selftest.ko -- selftest_hold &&
	    says "lkpi_page: busy: 7 pages live" && says "cannot be unloaded: EBUSY"
}
test_ "a run that leaves pages behind fails" leak_named
alone() {
	cp $o/selftest.ko $o/page_pool.ko "$tmp"
	exits 2 $kh run "$tmp/selftest.ko" &&
	    says "selftest.ko: depends on module lkpi_page, which is not available" &&
	    exits 2 $kh run "$tmp/page_pool.ko" &&
	    says "page_pool.ko: depends on module lkpi_page, which is not available"
}
test_ "a kld without what it depends on is refused" alone
