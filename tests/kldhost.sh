#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The klds of obj/amd64 in kldhost, in the parts of tests/klds: self-tests on
# many machines, DMA, memory that runs out, load and unload.  TAP lines, then
# "N passed, N failed".
#
#   tests/kldhost.sh [WORD]     only the tests whose title has WORD
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 2
. tools/headers.sh
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

# All cases of a suite's table must have run.
names() { sed -n '/test_case cases/,/NULL/s/.*{ "\([a-z0-9_]*\)".*/\1/p' "$1"; }
cases() { names "$1" | wc -l; }
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

# outside NAME: makes $tmp/NAME.ko of $tmp/NAME.c as a driver writer does.
outside() {
	make -s kld SRC="$tmp/$1.c" OUT="$tmp/$1.ko" > "$tmp/out" 2>&1 && return
	cat "$tmp/out"
	return 1
}
# module NAME: how its source begins.
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

for part in self_tests dma time faults unload outside ppstat; do
	. "tests/klds/$part.sh"
done

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
