# SPDX-License-Identifier: BSD-2-Clause
"""history.py COMMIT DATE IN OUT: a point of the history: the instructions of
bench.json's rows, or of the lines that BENCH=instructions prints."""
import json
import re
import sys

commit, date, source, out = sys.argv[1:]
text = open(source).read()
rows = {}
if text.lstrip().startswith("["):
    for r in json.loads(text):
        if r.get("instructions"):
            rows[r["name"]] = {k: round(v, 1) for k, v in r["instructions"].items()}
else:
    for name, side, n in re.findall(r"^(pool/\S+) (ours|linux): ([0-9.]+) instructions a pair$", text, re.M):
        rows.setdefault(name, {})["peer" if side == "linux" else "ours"] = float(n)
rows = {n: r for n, r in rows.items() if r.keys() == {"ours", "peer"} and "@" not in n}
if not rows:
    sys.exit("history.py: no instructions in " + source)
with open(out, "w") as f:
    json.dump({"commit": commit, "date": date, "rows": rows}, f, indent=1, sort_keys=True)
    f.write("\n")
