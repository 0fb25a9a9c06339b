# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: ppstat(8) on a hosted kernel.

ppstat_build() {
	exits 0 sh tools/ppstat.sh && exits 0 make -s kld SRC=tests-vm/klds/pools.c OUT="$tmp/pools.ko" || return
	. tools/arch.sh
	# The sources that FreeBSD's bsd.prog.mk compiles, against its headers.
	for f in ppstat read show; do
		exits 0 "$(tool clang)" --target=x86_64-unknown-freebsd15.0 -std=gnu17 -fsyntax-only -Wall -Wextra -Werror \
		    -nostdinc -isystem "$LKPI_HEADERS/$arch_headers" -isystem "$LKPI_HEADERS/generic-freebsd" \
		    -Isys/compat/linuxkpi/common/include "tools/ppstat/$f.c" || return
	done
}
test_ "ppstat: builds, and compiles for FreeBSD" ppstat_build

# with_pools [STEP...]: five pools, two tracked, the last waits; then steps.
with_pools() {
	{
		cat <<-E
		load $page
		load $o/page_pool.ko
		load $tmp/pools.ko
		sysctl compat.pools.make=3
		sysctl compat.page_pool.track=1
		sysctl compat.pools.make=2
		sysctl compat.pools.turn=100
		sysctl compat.pools.destroy=5
		E
		printf '%s\n' "$@"
		echo "sysctl compat.pools.give=1"
	} > "$tmp/script"
	rm -f "$tmp/socket"
	exits 0 $kh sysctl --serve "$tmp/socket" --script "$tmp/script" && says "leaks=0 failures=0"
}

ppstat_absent() {
	cat > "$tmp/script" <<-E
	host obj/ppstat; test \$? = 1
	load $page
	host obj/ppstat -w 1; test \$? = 1
	load $o/page_pool.ko
	host obj/ppstat
	E
	exits 0 $kh sysctl --serve "$tmp/socket" --script "$tmp/script" &&
	    says "ppstat: lkpi_page and page_pool are not loaded: kldload lkpi_page page_pool" &&
	    says "ppstat: page_pool is not loaded: kldload page_pool" &&
	    says "page_pool: 0 pools, 0 of them wait; 0 pages in flight" || return
	[ ! -e "$tmp/socket" ] || { echo "the socket stays"; return 1; }
	exits 1 env PPSTAT_SOCKET="$tmp/socket" obj/ppstat && says "No such file or directory" &&
	    exits 1 env -u PPSTAT_SOCKET obj/ppstat && says "kldhost that runs with --serve" &&
	    exits 2 obj/ppstat -c 1 && exits 2 obj/ppstat -w 0 && exits 1 obj/ppstat --libxo xml
}
test_ "ppstat: says what is not loaded, and what it does not understand" ppstat_absent

ppstat_table() {
	with_pools "host obj/ppstat -Hl" "host obj/ppstat -a" &&
	    says "page_pool: 5 pools, 1 of them wait; 259 pages in flight, 0 DMA maps, 0 stalls, 0 errors" &&
	    says "live pages: 0 of alloc_pages, 0 of fragments, 259 of page_pool" &&
	    says "    1 open  -       0    256      64       0        103        1        100        0  kernel[0] make+0x" &&
	    says "    5 waits T       0    256       3       0          3        1          0        0  kernel[0] make+0x" &&
	    says "pool 1: it does not know its pages" && says "pool 4: 3 pages with users, 3 buffers, oldest 0 s; under 1 s 3," &&
	    says "pool 5, destroyed 0 s ago: 3 pages with users" &&
	    says "    1 open  -       0    256      64       0        102        1        0        1        0      0        100        0          0        0        0  kernel"
}
test_ "ppstat: tables" ppstat_table

ppstat_json() {
	with_pools "host obj/ppstat -Hl --json > $tmp/pretty" "host obj/ppstat -Hl --libxo json > $tmp/plain" || return
	python3 - "$tmp/pretty" "$tmp/plain" <<-'E'
	import json, sys
	for path in sys.argv[1:]:
	    (s,) = json.load(open(path))["ppstat"]["sample"]
	    assert s["lkpi_page"]["pages"] == 20480 and s["lkpi_page"]["live"] == {"alloc": 0, "frag": 0, "pool": 259}, s
	    p = s["page_pool"]
	    assert (p["pools"], p["waiting"], p["in-flight"]) == (5, 1, 259), p
	    assert [q["id"] for q in p["pool"]] == [1, 2, 3, 4, 5] and p["pool"][4]["state"] == "waits"
	    assert p["pool"][0]["stats"]["alloc_fast"] == 102 and len(p["pool"][0]["stats"]) == 11
	    assert p["pool"][4]["waited-ms"] < 60000 and p["pool"][0]["maker"].startswith("make+0x")
	    kinds = [(h["pool"], h["kind"]) for h in p["holder"]]
	    assert kinds[:4] == [(1, "unknown"), (2, "unknown"), (3, "unknown"), (4, "all")], kinds
	    callers = [h for h in p["holder"] if h["pool"] == 5 and h["kind"] == "caller"]
	    assert sum(h["pages"] for h in callers) == 3 and all(h["caller"].startswith("make+0x") for h in callers)
	    assert sum(p["holder"][3]["ages"].values()) == 3
	E
}
test_ "ppstat: JSON" ppstat_json

# The turns fall between two samples, whenever they are taken; SIGINT ends it.
ppstat_rates() {
	cat > "$tmp/watch" <<-E
	obj/ppstat -w 0.1 --json > "$tmp/rates" & echo \$! > "$tmp/pid"
	until grep -q interval-ms "$tmp/rates"; do sleep 0.05; done
	E
	cat > "$tmp/stop" <<-E
	until grep -q '"alloc_fast": 5102' "$tmp/rates"; do sleep 0.05; done
	kill -INT \$(cat "$tmp/pid")
	until tail -n 1 "$tmp/rates" | grep -q '^}'; do sleep 0.05; done
	E
	with_pools "host . $tmp/watch" "sysctl compat.pools.turn=5000" "host . $tmp/stop" || return
	python3 - "$tmp/rates" <<-'E'
	import json, sys
	samples = [s["page_pool"] for s in json.load(open(sys.argv[1]))["ppstat"]["sample"]]
	for s in samples:
	    assert s["interval-ms"] >= 100, s["interval-ms"]
	turns = sum(round(s["pool"][0]["rate"]["recycle_cached"] * s["interval-ms"] / 1000) for s in samples)
	assert abs(turns - 5000) <= len(samples), turns
	assert all(v == 0 for s in samples for v in s["pool"][1]["rate"].values())
	E
}
test_ "ppstat -w: rates" ppstat_rates

ppstat_many() {
	cat > "$tmp/times" <<-'E'
	import subprocess, time
	best = 1
	for _ in range(10):
	    t = time.monotonic()
	    out = subprocess.run(["obj/ppstat"], capture_output=True, check=True).stdout
	    best = min(best, time.monotonic() - t)
	    assert out.count(b"\n") == 259, out
	print(f"256 pools: {best * 1000:.1f} ms")
	assert best < 0.05
	E
	with_pools "sysctl compat.pools.make=251" "host python3 $tmp/times"
}
test_ "ppstat: 256 pools in less than 50 ms" ppstat_many

# While eight threads make, use and destroy pools.
ppstat_live() {
	$kh run --serve "$tmp/socket" --cpus 4 --mem 1M-1G $pool $o/soak.ko -- soak_main buffers=2000000000 > "$tmp/soak" 2>&1 &
	soak=$!
	for _ in $(seq 100); do
		PPSTAT_SOCKET=$tmp/socket obj/ppstat 2> /dev/null | grep -q "INRING" && break
		sleep 0.1
	done
	exits 0 env PPSTAT_SOCKET="$tmp/socket" obj/ppstat -w 0.1 -c 10 -aHl
	rc=$?
	kill $soak
	wait $soak
	rm -f "$tmp/socket"
	[ $rc = 0 ] && says "counters a second, over" && says "kernel[0] soak_thread+0x" ||
	    { cat "$tmp/soak"; return 1; }
}
test_ "ppstat -w: a machine that is busy" ppstat_live

# What a page_pool.ko of another version would answer.
ppstat_version() {
	cat > "$tmp/server" <<-'E'
	import os, socket, struct, sys
	s = socket.socket(socket.AF_UNIX)
	s.bind(sys.argv[1])
	s.listen()
	for lists in sys.argv[2:]:
	    c = s.accept()[0]
	    for line in c.makefile("rb"):
	        value = bytes.fromhex(lists) if b"_list" in line else bytes(8)
	        c.sendall(struct.pack("=iI", 0, len(value)) + value)
	os.unlink(sys.argv[1])
	E
	# version, head_size, entry_size: a new one; cut off; entries that have grown.
	python3 "$tmp/server" "$tmp/socket" 0200000018000000f0000000000000000000000000000000 01000000 \
	    010000001800000010000000000000000000000000000000 \
	    "010000001800000000010000000000000000000000000000$(printf '%0512d' 0)" &
	until [ -e "$tmp/socket" ]; do sleep 0.05; done
	exits 1 env PPSTAT_SOCKET="$tmp/socket" obj/ppstat && says "lists have version 2, this program reads 1" &&
	    exits 1 env PPSTAT_SOCKET="$tmp/socket" obj/ppstat && says "4 bytes are no list" &&
	    exits 1 env PPSTAT_SOCKET="$tmp/socket" obj/ppstat && says "build both from the same sources" &&
	    exits 0 env PPSTAT_SOCKET="$tmp/socket" obj/ppstat && says "    0 open  -  "
	rc=$?
	kill $! 2> /dev/null
	wait $!
	rm -f "$tmp/socket"
	return $rc
}
test_ "ppstat: a page_pool.ko of another version" ppstat_version
