#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make report: the page has what was measured, says what was not, needs nothing
# from outside, and a browser shows it.
set -u
. "$(dirname "$0")/tap.sh"
page=obj/report/report.html

ok "make report" env REPORT_SAMPLES=12 REPORT_RAM="1 64 1024" sh tools/report.sh

whole() {
	python3 - $page <<-'E'
	import html, json, re, sys, xml.etree.ElementTree as ET
	text = open(sys.argv[1]).read()
	assert not re.search(r'(src|href)=|url\(|@import', text), "something from outside"
	titles = [html.unescape(t) for t in re.findall(r"<h2>(.*?)</h2>", text)]
	assert titles == ["Against Linux's page_pool", "Over commits", "Memory", "Pools over time", "On kernels"], titles
	charts = re.findall(r'<svg viewBox="0 0 760.*?</svg>(?=</section>)', text, re.S)
	assert len(charts) >= 3, len(charts)
	for c in charts:
	    svg = ET.fromstring(c)
	    width, height = map(float, svg.get("viewBox").split()[2:])
	    for t in svg.iter("{http://www.w3.org/2000/svg}text"):
	        assert 0 <= float(t.get("x")) <= width and 0 <= float(t.get("y")) <= height, t.text
	    for p in svg.iter("{http://www.w3.org/2000/svg}path"):
	        for x, y in re.findall(r"(-?[0-9.]+),(-?[0-9.]+)", p.get("d")):
	            assert 84 <= float(x) <= width and 0 <= float(y) <= height - 50, p.get("d")[:200]
	memory = json.load(open("obj/report/memory.json"))
	# 64 GiB: less than 1 MiB where Linux has 1 GiB.
	assert [m["ram"] >> 30 for m in memory] == [1, 64, 1024]
	assert 8192 * 64 < memory[1]["bytes"] < 1 << 20, memory
	pools = json.load(open("obj/report/occupancy.json"))
	assert len(pools) == 12 and all(p["in_ring"] <= p["in_flight"] for p in pools) and max(p["in_flight"] for p in pools) > 100
	assert all(a["ms"] < b["ms"] for a, b in zip(pools, pools[1:]))
	E
}
ok "the page is whole, and its numbers are those of the runs" whole

empty() {
	mkdir -p "$work/none/history" "$work/none/vm"
	python3 tools/report/page.py "$work/none/report.html" "$work/none" &&
	    [ "$(grep -o 'Not measured here' "$work/none/report.html" | wc -l)" = 5 ]
}
ok "what was not measured is said" empty

# A kernel's failure is seen, and names are not taken for HTML.
failure() {
	mkdir -p "$work/bad/vm"
	echo '{"kernel": "<b>k", "arch": "amd64", "kind": "plain", "suites": [
	    {"suite": "load", "verdict": "fail", "cases": 3, "seconds": 1, "measures": {}}]}' > "$work/bad/vm/k.json"
	python3 tools/report/page.py "$work/bad/report.html" "$work/bad" &&
	    grep -q '&lt;b&gt;k.*failed: load' "$work/bad/report.html"
}
ok "a kernel's failed suites are named" failure

points() {
	echo 'pool/cache ours: 48.3 instructions a pair
pool/cache linux: 67.3 instructions a pair' > "$work/lines"
	echo '[{"name": "pool/cache", "instructions": {"ours": 48.31, "peer": 67.3}}]' > "$work/bench.json"
	python3 tools/report/history.py abc 2026-01-01 "$work/lines" "$work/a" &&
	    python3 tools/report/history.py abc 2026-01-01 "$work/bench.json" "$work/b" && cmp "$work/a" "$work/b" &&
	    ! python3 tools/report/history.py abc 2026-01-01 "$work/a" "$work/c"
}
ok "a point of the history is the same from both of make bench's outputs" points

browser=
for b in chromium chromium-browser google-chrome; do
	[ -n "$browser" ] || ! command -v $b > /dev/null 2>&1 || browser=$b
done
show() {
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --hide-scrollbars \
	    --window-size=900,2600 --screenshot="$work/shot.png" "file://$root/$page" || return
	python3 - "$work/shot.png" <<-'E'
	import struct, sys, zlib
	data = open(sys.argv[1], "rb").read()
	width, height = struct.unpack(">II", data[16:24])
	at, raw = 8, b""
	while at < len(data):
	    n, kind = struct.unpack(">I4s", data[at:at + 8])
	    raw += data[at + 8:at + 8 + n] if kind == b"IDAT" else b""
	    at += 12 + n
	raw = zlib.decompress(raw)
	# Lines that are one colour are blank; charts and text are not.
	size = len(raw) // height
	busy = sum(len(set(raw[i * size + 1:(i + 1) * size])) > 4 for i in range(height))
	assert (width, height) == (900, 2600) and busy > 800, (width, height, busy)
	E
}
if [ -n "$browser" ]; then
	ok "$browser shows the page" show
else
	echo "skipped: a browser shows the page: no chromium"
fi
finish
