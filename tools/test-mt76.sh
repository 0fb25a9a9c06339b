#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make test-mt76: Linux's mt76 core on our klds in kldhost. docs/test-mt76.md.
#
# MT76_ARGS goes to the test (rx=N tx=N resets=N cycles=N ...), RUN_ARGS to
# kldhost (--mem ...); POOL=stub puts FreeBSD's design of a page_pool in place of
# ours. The last line is RESULT with what the test and the symbols' check found.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/mt76-env.sh

core="dma mmio util tx agg-rx mcu mac80211 eeprom trace"
die() { echo "test-mt76: $1" >&2; exit 1; }
# Without Linux's source there is nothing to be tested.
none() { echo "test-mt76: skipped: $1" >&2; exit 77; }
[ -z "${SYSDIR:-}" ] || none "kldhost is no kernel of SYSDIR's"
mkdir -p "$dir"

# What tools/bench.sh has unpacked lacks drivers.
fetch() {
	command -v apt-get >/dev/null 2>&1 ||
	    none "this system has no apt-get to get $package with"
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	log=$root/$dir/fetch.log
	: > "$log"
	apt-cache show "$package" >/dev/null 2>&1 || $as_root apt-get update -qq >>"$log" 2>&1 || true
	command -v xz >/dev/null 2>&1 || DEBIAN_FRONTEND=noninteractive \
	    $as_root apt-get install -y -qq --no-install-recommends xz-utils >>"$log" 2>&1 ||
	    none "could not install xz-utils (see $log)"
	echo "test-mt76: fetching $package for its mt76"
	rm -rf "$dir/fetch"
	mkdir "$dir/fetch"
	(cd "$dir/fetch" && apt-get download -q "$package" >>"$log" 2>&1) ||
	    none "package $package is not to be had (see $log)"
	dpkg-deb --fsys-tarfile "$dir"/fetch/*.deb | tar xOf - "./usr/src/$package.tar.xz" |
	    tar xJf - -C "$dir/fetch" "$package/drivers/net/wireless/mediatek/mt76" ||
	    die "$package does not unpack"
	(cd "$dir/fetch" && echo *.deb) > "$dir/fetch/$package/version"
	rm -rf "${dir:?}/$package"
	mv "$dir/fetch/$package" "$dir/"
	rm -rf "$dir/fetch"
}
[ -f "$dir/$package/version" ] || fetch
KLDS="lkpi_page page_pool mt76" sh tools/build.sh klds
sh tools/build.sh kldhost

pool=${POOL:-ours}
case $pool in ours|stub) ;; *) die "POOL is ours or stub" ;; esac
out=$dir/$pool
flags=$(mt76_flags "$pool")

compile() { # FROM TO [FLAG...]
	from=$1 to=$2
	shift 2
	# shellcheck disable=SC2086
	$(tool clang) $flags "$@" -Werror -c "$from" -o "$out/$to.o"
}

build() {
	rm -rf "$out"
	mkdir -p "$out"
	: > "$out/opt_ddb.h"
	[ "$pool" = ours ] || compile kldhost/linuxkpi/stub/pool.c hosted_stub
	for f in kldhost/linuxkpi/src/*.c; do compile "$f" "hosted_$(basename "$f" .c)"; done
	# Ours for a LinuxKPI, which this one is.
	compile sys/compat/linuxkpi/common/src/linux_skbuff.c hosted_skb "-I$out"
	compile kmod/mt76/napi.c hosted_polled
	# Linux's, as they are.
	for f in $core; do compile "$tree/$f.c" "core_$f" -Wno-c23-extensions; done
	compile tests/mt76/core.c core_module
	for f in air driver mac mcu stack main; do
		compile "tests/mt76/$f.c" "test_$f" -I. -isystem "$tree"
	done
	if [ "$pool" = ours ]; then
		compile tests/mt76/cases.c test_cases -I. -isystem "$tree"
		for f in buffers skb_mbuf; do compile "kmod/selftest_mt76/$f.c" "test_$f" -I.; done
	fi
	# Those of the chip know the kernel only by struct chip_host; image.c knows
	# firmware(9) too.
	for f in $(grep -l '^#include "\(chip\|model\).h"' kmod/mt76sim/*.c | grep -v /image.c); do
		compile "$f" "test_sim_$(basename "$f" .c)"
	done
	for k in hosted_lkpi:hosted mt76_core:core mt76_test:test; do
		sh tools/link-kld.sh "$out/${k%:*}.ko" all "$out/${k#*:}"_*.o
	done
}
if [ ! -f "$out/mt76_test.ko" ] || [ -n "$(find tools/test-mt76.sh tools/mt76-env.sh tools/kld-cflags.sh tests/mt76 kldhost/linuxkpi kldhost/include \
    kmod/mt76 kmod/mt76sim kmod/selftest kmod/selftest_mt76 sys "$dir/$package/version" -type f -newer "$out/mt76_test.ko" | head -n 1)" ]; then
	echo "test-mt76: building mt76 of $(cat "$dir/$package/version"), on $pool"
	build
fi

k=obj/amd64
set -- $k/lkpi_page.ko $k/page_pool.ko $k/mt76.ko "$out/hosted_lkpi.ko" "$out/mt76_core.ko" "$out/mt76_test.ko"
nobody=$(tools/kldhost symbols --quiet "$@" | grep -c NOBODY || true)
# shellcheck disable=SC2086
tools/kldhost run --quiet ${RUN_ARGS:-} "$@" -- mt76_test_main ${MT76_ARGS:-rx=5000000 tx=1000000 resets=10} > "$out/log" 2>&1 &&
    status=0 || status=$?
grep -v '^RESULT' "$out/log" || true
result=$(sed -n 's/^RESULT/&/p' "$out/log")
[ -n "$result" ] || die "the test came to no end (status $status)"
[ "$nobody" = 0 ] || status=1
echo "$result nobody=$nobody"
exit "$status"
