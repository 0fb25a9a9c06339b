# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: the self-tests of struct page on many machines, and how they are run.

# Not skipped there: the machine has what the case is about.
ran() { says "- $1" && ! grep -q -- "- $1 # SKIP" "$tmp/out"; }

test_ "struct page" page_tests
test_ "struct page, one CPU" page_tests --cpus 1
test_ "struct page, 16 CPUs" page_tests --cpus 16
test_ "struct page, 1 GiB" page_tests --mem 1M-1G
test_ "struct page, 16 TiB" page_tests --mem 1M-16T
two_domains() { page_tests --mem 1M-512M@0,512M-1G@1,1G-1200M@0 && ran identity; }
test_ "struct page, two NUMA domains" two_domains
one_page_segments() {
	page_tests --mem 4K-8K,12K-16K,20K-24K,64K-640K,1M-3M,3100K-3104K,3108K-3112K,16M-80M &&
	    ran identity
}
test_ "struct page, holes and segments of one page" one_page_segments
test_ "struct page, segments not aligned to 256K" page_tests --mem 4K-1020K,1028K-17420K,20484K-40972K,50180K-120004K
overlaps() { page_tests --mem "$1" && ran overlaps; }
test_ "struct page, an early segment inside another" overlaps 1M-64M,+60M-62M,80M-96M
test_ "struct page, early segments that overlap in part" overlaps 1M-16M,+12M-20M,+15M-18M,32M-64M
test_ "struct page, device memory far above RAM" page_tests --fictitious 1T-1025G
preloaded() {
	exits 0 $kh run --preload $page $o/selftest.ko -- selftest_main &&
	    says "selftest: $npage passed, 0 failed" && says "leaks=0 failures=0"
}
test_ "struct page, preloaded" preloaded
eager() {
	page_tests --env compat.lkpi_page.eager=1 && says "ok 1 - first_touch # SKIP" &&
	    script 0 <<-E
	load lkpi_page.ko
	expect compat.lkpi_page.blocks 0
	E
}
test_ "struct page, all of it backed at load, none without being asked" eager

by_sysctl() {
	script 0 <<-E
	load lkpi_page.ko
	load page_pool.ko
	load softdev.ko
	load selftest.ko
	load selftest_pool.ko
	sysctl compat.selftest.run=1
	expect compat.selftest.passed $npage
	expect compat.selftest.failed 0
	sysctl compat.selftest_pool.run=1
	expect compat.selftest_pool.passed $npool
	expect compat.lkpi_page.live 0
	expect compat.page_pool.pools 0
	E
}
test_ "self-tests by sysctl, both in one kernel" by_sysctl
panics() {
	exits 3 $kh run --env compat.lkpi_page.panic_on_misuse=1 $page $o/selftest.ko -- \
	    selftest_main bad_frees && says "panic: lkpi_page: wrong order" &&
	    says "called from test_bad_frees"
}
test_ "panic_on_misuse names the caller" panics
