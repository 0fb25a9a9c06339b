#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make bench: print the measures, write obj/bench.json and draw obj/bench.svg.
# BENCH=page or pool measures a part (and writes no JSON), BENCH=instructions
# counts again where pools spend their instructions, by function.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh tools/build.sh klds
sh tools/build.sh kldhost
. tools/headers.sh
. tools/rust-env.sh
mkdir -p obj
if ! command -v valgrind >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	echo "bench: installing valgrind, which counts instructions"
	{ $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends valgrind; } >/dev/null 2>&1 ||
	    echo "bench: valgrind is not to be had"
fi
if [ "${BENCH:-}" != page ]; then
	sh bench/linux.sh "$root/obj/bench/linux" || true	# says why itself
fi
# shellcheck disable=SC2086
RUSTC=$KLD_RUSTC $KLD_CARGO run --quiet --release -p bench -- ${BENCH:-}
# A point of the history that make report draws.
if [ -z "${BENCH:-}" ] && commit=$(git rev-parse --short HEAD 2>/dev/null) && grep -q '"instructions"' obj/bench.json; then
	mkdir -p obj/bench/history
	python3 tools/report/history.py "$commit" "$(git log -1 --format=%aI)" obj/bench.json "obj/bench/history/$commit.json"
fi
