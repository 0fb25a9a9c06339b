#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The klds of obj/amd64 in kldhost: self-tests on many machines, memory that
# runs out, load and unload.  TAP lines, then "N passed, N failed".
#
#   tests/kldhost.sh [WORD]     only the tests whose title has WORD
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 2
only=${1:-}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
kh=tools/kldhost
o=obj/amd64
page=$o/lkpi_page.ko
pool="$page $o/page_pool.ko $o/softdev.ko"
passed=0 failed=0 skipped=0

[ -x tools/kldhost ] && tools/kldhost --version > /dev/null || exit 2
for k in $pool $o/selftest.ko $o/selftest_pool.ko $o/rxdemo.ko; do
	[ -f "$k" ] || { echo "kldhost.sh: $k is not built: run make" >&2; exit 2; }
done

# test_ TITLE COMMAND...: the command says what went wrong and fails.
test_() {
	title=$1; shift
	case $title in *"$only"*) ;; *) skipped=$((skipped + 1)); return ;; esac
	if "$@" > "$tmp/log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $title"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - $title"
		tail -n 25 "$tmp/log" | sed 's/^/# /'
	fi
}

# says TEXT: the last run's output has it.
says() {
	grep -qF -- "$1" "$tmp/out" && return
	cat "$tmp/out"
	echo "expected: $1"
	return 1
}

# exits STATUS COMMAND...
exits() {
	want=$1; shift
	"$@" > "$tmp/out" 2>&1
	got=$?
	[ "$got" = "$want" ] && return
	cat "$tmp/out"
	echo "exit status $got, expected $want"
	return 1
}

# script STATUS [OPTION...]: the steps on standard input; klds by their name.
script() {
	want=$1; shift
	sed "s|\([a-z_]*\)\.ko|$o/\1.ko|" > "$tmp/script"
	exits "$want" $kh sysctl --script "$tmp/script" "$@"
}

# --- self-tests ---------------------------------------------------------------

# All cases of the table must have run.
cases() { sed -n '/test_case cases/,/NULL/p' "$1" | grep -c '{ "'; }
npage=$(cases kmod/selftest/selftest.c)
npool=$(cases kmod/selftest_pool/selftest_pool.c)

page_tests() {
	exits 0 $kh run "$@" $page $o/selftest.ko -- selftest_main &&
	    says "selftest: $npage passed, 0 failed" && says "leaks=0 failures=0"
}

pool_tests() {
	exits 0 $kh run "$@" $pool $o/selftest_pool.ko -- selftest_pool_main &&
	    says "selftest_pool: $npool passed, 0 failed" && says "leaks=0 failures=0"
}

demo() {
	exits 0 $kh run "$@" $pool $o/rxdemo.ko -- rxdemo_main buffers=200000 &&
	    says "in_flight=0 dma_maps=0 leaks=0" && says "leaks=0 failures=0"
}

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

for m in identity translate bounce; do
	test_ "page_pool, iommu $m" pool_tests --iommu $m
	test_ "main job, iommu $m" demo --iommu $m
done
test_ "page_pool, two NUMA domains" pool_tests --mem 1M-128M@0,128M-256M@1
test_ "page_pool, one CPU" pool_tests --cpus 1
test_ "page_pool, bounced, memory above 4 GiB" pool_tests --iommu bounce --mem 1M-64M,5G-6G
test_ "main job, 16 TiB" demo --mem 1M-16T
low_memory() {
	demo --mem 1M-64G || return 1
	bytes=$(sed -n 's/.*shadow_bytes=\([0-9]*\).*/\1/p' "$tmp/out")
	[ "$bytes" -lt 1048576 ] || { echo "the shadow takes $bytes bytes"; return 1; }
}
test_ "main job, 64 GiB, less than 1 MiB of shadows" low_memory
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

# --- time ---------------------------------------------------------------------

# Best of five: the host may be busy.
quick_load() {
	for i in 1 2 3 4 5; do
		script 0 --mem "$1" <<-E || return 1
		load lkpi_page.ko
		sysctl kldhost.load_us.lkpi_page
		E
		us=$(sed -n 's/^kldhost.load_us.lkpi_page: //p' "$tmp/out")
		[ "${us:-1000000}" -lt 1000 ] && return
	done
	echo "lkpi_page.ko took $us us to load"
	return 1
}
quick_start() {
	for i in 1 2 3 4 5; do
		timeout 1 $kh run --mem 1M-16T $page && return
	done
	return 1
}
test_ "lkpi_page.ko loads in less than 1 ms, 1 GiB" quick_load 1M-1G
test_ "lkpi_page.ko loads in less than 1 ms, 16 TiB" quick_load 1M-16T
test_ "16 TiB: start, load and unload in less than 1 s" quick_start

# --- memory that runs out -----------------------------------------------------

sweep() {
	exits 0 $kh run --fail-sweep "$@" && says "failed=0" && says "fail-sweep: points="
}
sweep_page() {
	sweep $page $o/selftest.ko -- selftest_main "$@"
}
test_ "fail sweep: struct page, look-ups" sweep_page first_touch bad_pointers fictitious
test_ "fail sweep: struct page, allocation" sweep_page flags zero dma32 nodes bulk kmem
test_ "fail sweep: struct page, references" sweep_page refs tails split foreign ttm lock bad_frees
test_ "fail sweep: fragments" sweep_page frag_many frag_reuse frag_drain bad_calls
for c in "create_refused inflight ring_full" "other_thread extra_ref" "bulk order1" \
    "frag_two frag_outstanding sized" "destroy_out destroy_frags" "misuse strings" \
    "dma_neighbours" "dma_by_address" "dma_streaming dma_coherent"; do
	test_ "fail sweep: page_pool, $c" sweep $pool $o/selftest_pool.ko -- selftest_pool_main $c
	[ "$c" = dma_neighbours ] || [ "$c" = "dma_streaming dma_coherent" ] || continue
	for m in translate bounce; do
		test_ "fail sweep: page_pool, $c, iommu $m" sweep --iommu $m $pool \
		    $o/selftest_pool.ko -- selftest_pool_main $c
	done
done
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

# --- load and unload ----------------------------------------------------------

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

# --- klds of others -----------------------------------------------------------

outside() {
	make -s kld SRC="$tmp/$1.c" OUT="$tmp/$1.ko" > "$tmp/out" 2>&1 && return
	cat "$tmp/out"
	return 1
}
module() {
	cat <<-E
	#include <sys/param.h>
	#include <sys/kernel.h>
	#include <sys/module.h>
	#include <linux/mm.h>
	static int event(module_t m, int what, void *arg) { return (0); }
	static moduledata_t mod = { "$1", event, NULL };
	DECLARE_MODULE($1, mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
	MODULE_VERSION($1, 1);
	E
}
cat > "$tmp/body" <<'E'
int mine_main(int, char **);
int mine_main(int argc, char **argv)
{
	struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);

	if (p == NULL || virt_to_head_page((char *)page_address(p) + 5000) != p)
		return (1);
	put_page(p + 3);
	return (0);
}
E
kld_outside() {
	{ module mine; echo "MODULE_DEPEND(mine, lkpi_page, 1, 1, 1);"; cat "$tmp/body"; } > "$tmp/mine.c"
	outside mine && exits 0 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "klds=2 leaks=0 failures=0"
}
test_ "make kld: a kld from outside the tree" kld_outside
kld_independent() {
	{ module mine; cat "$tmp/body"; } > "$tmp/mine.c"
	outside mine && exits 2 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "mine.ko: undefined symbols: lkpirs_alloc_pages, "
}
test_ "symbols come from what a kld depends on, and nowhere else" kld_independent
kld_missing() {
	{ module mine; echo "MODULE_DEPEND(mine, lkpi_page, 1, 1, 1);"
	echo "int lkpirs_no_such(void); int mine_main(void); int mine_main(void) { return (lkpirs_no_such()); }"
	} > "$tmp/mine.c"
	outside mine && exits 2 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "mine.ko: undefined symbol: lkpirs_no_such"
}
test_ "a missing symbol is named" kld_missing
kld_version() {
	{ module mine; echo "MODULE_DEPEND(mine, lkpi_page, 2, 2, 3);"; cat "$tmp/body"; } > "$tmp/mine.c"
	outside mine && exits 2 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "mine.ko: depends on module lkpi_page version 2..3, but version 1 is there"
}
test_ "a kld that wants another version is refused" kld_version

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
