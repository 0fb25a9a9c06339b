# SPDX-License-Identifier: BSD-2-Clause
"""page.py OUT.html FOLDER: one page, with nothing outside of it, of the JSON
files in FOLDER: bench.json, history/*.json, memory.json, occupancy.json,
vm/*.json. What is not there is said to be missing."""
import datetime
import json
import pathlib
import sys
from html import escape

import charts


def load(path):
    return json.loads(path.read_text()) if path.exists() else None


def section(title, about, body):
    return f"<section><h2>{escape(title)}</h2><p class=note>{about}</p>{body}</section>"


def missing(how):
    return f"<p>Not measured here: <code>{escape(how)}</code>.</p>"


def picture(out, name, part, css):
    """A section's chart as a file of its own, beside the page."""
    start = part.find('<svg viewBox="0 0 760')
    if start < 0:
        return
    svg = part[start:part.index("</svg>", start) + 6]
    cut = svg.index(">") + 1
    style = f"<style>{css} svg {{ background: var(--paper); }}</style>"
    (pathlib.Path(out).parent / f"{name}.svg").write_text(svg[:cut] + style + svg[cut:] + "\n")


def against(bench):
    rows = [r for r in bench or [] if r["name"].startswith("pool/") and r.get("low") and "@" not in r["name"]
            and ":" not in r["name"] and r["name"] != "pool/system"]
    about = ("Linux 6.12's own page_pool.c and this one, in one process and in turn. The mark is the median of the rounds' "
             "ratios, the bar what eight of ten rounds lie in.")
    if not rows:
        return section("Against Linux's page_pool", about, missing("make bench"))
    data = [(r["name"].removeprefix("pool/"), r["low"], r["ratio"], r["high"]) for r in rows]
    return section("Against Linux's page_pool", about, charts.ratios(data, "ratios of time to Linux's page_pool"))


PATHS = (("pool/cache", "cache", "ours"), ("pool/ring", "ring", "third"), ("pool/slow", "slow", "fourth"))


def commits(history):
    about = ("Instructions for one buffer's way out of the pool and back, counted by callgrind, so that a busy machine does "
             "not matter. Dashed: Linux 6.12's page_pool.")
    if len(history) < 2:
        return section("Over commits", about, missing("make bench, at two commits"))
    series = []
    for row, name, cls in PATHS:
        at = [(i, h["rows"][row]) for i, h in enumerate(history) if row in h["rows"]]
        series.append((f"{name}", cls, False, [(i, r["ours"]) for i, r in at]))
        series.append((f"{name}, Linux", cls, True, [(i, r["peer"]) for i, r in at]))
    series = [s for s in series if s[3]]
    ticks = [(i, h["commit"][:7]) for i, h in enumerate(history)]
    return section("Over commits", about, charts.lines(
        series, "commit", "instructions a buffer", "instructions a buffer, by commit", x_ticks=ticks,
        x_label=lambda i: history[round(i)]["commit"][:7]))


def memory(data):
    about = ("What struct page costs while 32 MiB of buffers are in use, page tables included, against Linux's flat array of "
             "64 bytes a page. Both axes are logarithmic.")
    if not data:
        return section("Memory", about, missing("tools/report.sh"))
    ours = [(d["ram"], d["bytes"]) for d in data]
    linux = [(d["ram"], d["ram"] // 4096 * 64) for d in data]
    return section("Memory", about, charts.lines(
        [("lkpi_page", "ours", False, ours), ("Linux", "peer", True, linux)], "RAM of the machine", "memory for struct page",
        "memory for struct page, by RAM", log_x=2, log_y=16, x_label=charts.binary, y_label=charts.binary))


def occupancy(data):
    about = ("Pages of all pools while eight threads make, use and destroy pools of random sizes (soak.ko in kldhost), as "
             "ppstat -w sees them.")
    if not data:
        return section("Pools over time", about, missing("tools/report.sh"))
    first = data[0]["ms"]
    at = [((d["ms"] - first) / 1000, d) for d in data]
    series = [("in use or in a cache", "ours", [(t, d["in_flight"] - d["in_ring"]) for t, d in at]),
              ("came back, wait in a ring", "third", [(t, d["in_ring"]) for t, d in at])]
    return section("Pools over time", about, charts.areas(series, "seconds", "pages", "pages of pools over time"))


COLUMNS = (("load lkpi_page", "cycles", "load_lkpi_page", "µs"), ("load page_pool", "cycles", "load_page_pool", "µs"),
           ("shadow, all looked up", "shadow", "shadow_bytes_all_touched", "B"), ("buffer, 4 CPUs", "soak", "ns_per_buffer", "ns"),
           ("recycled", "soak", "recycled", "%"))


def machines(results):
    about = ("The klds on FreeBSD kernels in QEMU, without KVM: times are an emulator's, and of use only next to each other.")
    if not results:
        return section("On kernels", about, missing("tests-vm/run"))
    rows = []
    for r in results:
        suites = {s["suite"]: s for s in r["suites"]}
        failed = sorted(n for n, s in suites.items() if s["verdict"] != "pass")
        cells = [escape(r["kernel"]), f"{len(suites) - len(failed)} of {len(suites)}",
                 str(sum(int(s["cases"]) for s in suites.values()))]
        for _, suite, name, unit in COLUMNS:
            m = suites.get(suite, {}).get("measures", {}).get(name)
            cells.append((charts.binary(m["value"]) if unit == "B" else f"{m['value']:g} {unit}") if m else "–")
        bad = f' <span class=bad>failed: {escape(", ".join(failed))}</span>' if failed else ""
        rows.append("<tr>" + "".join(f"<td>{c}{bad if i == 0 else ''}</td>" for i, c in enumerate(cells)) + "</tr>")
    head = "".join(f"<th>{h}</th>" for h in ["kernel", "suites", "cases"] + [c[0] for c in COLUMNS])
    return section("On kernels", about, f"<div class=scroll><table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>")


def main(out, folder):
    folder = pathlib.Path(folder)
    history = sorted((json.loads(f.read_text()) for f in folder.glob("history/*.json")), key=lambda h: h["date"])
    results = [json.loads(f.read_text()) for f in sorted(folder.glob("vm/*.json"))]
    css = (pathlib.Path(__file__).parent / "page.css").read_text()
    about = load(folder / "about.json") or {}
    parts = [against(load(folder / "bench.json")), commits(history), memory(load(folder / "memory.json")),
             occupancy(load(folder / "occupancy.json")), machines(results)]
    for name, part in zip(("ratios", "commits", "memory", "pools"), parts):
        picture(out, name, part, css)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    html = ("<!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>lkpi-rs: measures</title><style>{css}</style></head><body><h1>lkpi-rs: measures</h1>"
            f"<p class=note>{escape(about.get('machine', ''))} Commit {escape(about.get('commit', '?'))}, {now}.</p>"
            + "".join(parts) + "<footer><p>make report</p></footer></body></html>\n")
    pathlib.Path(out).write_text(html)


if __name__ == "__main__":
    main(*sys.argv[1:])
