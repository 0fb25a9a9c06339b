#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# packaging/freebsd/crates.sh: writes Makefile.crates and the crates' lines of
# distinfo from Cargo.lock. Sums are Cargo.lock's; sizes are those of the files
# that cargo fetches.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/tools/headers.sh"
. "$root/tools/rust-env.sh"
(cd "$root" && RUSTC=$KLD_RUSTC $KLD_CARGO fetch --quiet --locked)
python3 - "$root/Cargo.lock" "$here" "${CARGO_HOME:-$HOME/.cargo}" <<'E'
import glob, os, re, sys
lock, here, home = sys.argv[1:]
crates = []
for block in open(lock).read().split("[[package]]")[1:]:
    field = dict(re.findall(r'^(\w+) = "(.*)"$', block, re.M))
    if "checksum" in field:
        crates.append((field["name"] + "-" + field["version"], field["checksum"]))
crates.sort()
with open(here + "/Makefile.crates", "w") as f:
    lines = [("CARGO_CRATES=\t" if i == 0 else "\t\t") + c for i, (c, _) in enumerate(crates)]
    f.write(" \\\n".join(lines) + "\n")
old = open(here + "/distinfo").read() if os.path.exists(here + "/distinfo") else ""
kept = [l for l in old.splitlines() if "(rust/crates/" not in l]
with open(here + "/distinfo", "w") as f:
    for line in kept:
        f.write(line + "\n")
    for c, sum in crates:
        (path,) = set(glob.glob(f"{home}/registry/cache/*/{c}.crate")[:1])
        f.write(f"SHA256 (rust/crates/{c}.crate) = {sum}\nSIZE (rust/crates/{c}.crate) = {os.path.getsize(path)}\n")
print(f"crates.sh: {len(crates)} crates")
E
