#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make report: obj/report/report.html, one page of what was measured: obj/bench.json
# and obj/bench/history (make bench), bench/history (points that are kept), obj/vm
# (tests-vm/run), and runs of kldhost that it
# makes itself, in half a minute. REPORT_SAMPLES: how often pools are looked at (60);
# REPORT_RAM: the machines' GiB.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
KLDS="lkpi_page page_pool softdev soak" sh tools/build.sh klds
sh tools/build.sh kldhost
sh tools/ppstat.sh
k=obj/amd64
out=obj/report
mkdir -p $out/vm $out/history
rm -f $out/vm/* $out/history/* $out/*.json
[ ! -f obj/bench.json ] || cp obj/bench.json $out/
for f in bench/history/*.json obj/bench/history/*.json; do
	[ ! -f "$f" ] || cp "$f" $out/history/
done
for f in obj/vm/*/results.json; do
	[ ! -f "$f" ] || cp "$f" "$out/vm/$(basename "$(dirname "$f")").json"
done
cat > $out/about.json <<E
{"commit": "$(git rev-parse --short HEAD 2>/dev/null || echo none)", "machine": "$(uname -m), $(nproc 2>/dev/null || sysctl -n hw.ncpu) CPUs, $(uname -s)."}
E

# memory.json: 32 MiB of buffers, 128 pools with 64 pages each, on machines of all
# sizes.
SRC=tests-vm/klds/pools.c OUT=$out/pools.ko sh tools/kld.sh > $out/log
cat > $out/job <<E
load $k/lkpi_page.ko
load $k/page_pool.ko
load $out/pools.ko
sysctl compat.pools.make=128
expect compat.page_pool.in_flight 8192
host obj/ppstat --json > $out/one.json
sysctl compat.pools.give=1
E
for ram in ${REPORT_RAM:-1 4 16 64 256 1024 4096 16384}; do
	tools/kldhost sysctl --quiet --serve $out/socket --mem "1M-${ram}G" --script $out/job > $out/log 2>&1 ||
	    { cat $out/log >&2; exit 1; }
	echo "$ram $(python3 -c 'import json; print(json.load(open("'$out'/one.json"))["ppstat"]["sample"][0]["lkpi_page"]["bytes"])')"
done | python3 -c 'import json, sys
print(json.dumps([{"ram": int(r) << 30, "bytes": int(b)} for r, b in map(str.split, sys.stdin)]))' > $out/memory.json

# occupancy.json: pools that come and go.
tools/kldhost run --quiet --serve $out/socket --cpus 4 --mem 1M-1G $k/lkpi_page.ko $k/page_pool.ko $k/softdev.ko \
    $k/soak.ko -- soak_main buffers=2000000000 seed=1 > $out/log 2>&1 &
soak=$!
trap 'kill $soak 2>/dev/null || true' EXIT
for _ in $(seq 100); do [ ! -S $out/socket ] || break; sleep 0.1; done
sleep 1
PPSTAT_SOCKET=$out/socket obj/ppstat -w 0.05 -c ${REPORT_SAMPLES:-60} --libxo json > $out/samples.json
kill $soak
trap - EXIT
wait $soak 2>/dev/null || true
rm -f $out/socket $out/one.json $out/pools.ko
python3 - $out/samples.json > $out/occupancy.json <<'E'
import json, sys
samples = [s["page_pool"] for s in json.load(open(sys.argv[1]))["ppstat"]["sample"]]
print(json.dumps([{"ms": s["uptime-ms"], "pools": len(s["pool"]), "in_flight": sum(p["in-flight"] for p in s["pool"]),
    "in_ring": sum(min(p["in-ring"], p["in-flight"]) for p in s["pool"])} for s in samples]))
E
python3 tools/report/page.py $out/report.html $out
echo "report: $root/$out/report.html"
