# SPDX-License-Identifier: BSD-2-Clause
# Sourced by the suites of this folder: counting, and what they all need.
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
k=obj/amd64
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# ok NAME COMMAND...: the command must succeed.
ok() {
	name=$1; shift
	if "$@" > "$work/out" 2>&1; then
		passed=$((passed + 1)); echo "ok $((passed + failed)) - $name"
	else
		rc=$?; failed=$((failed + 1)); echo "not ok $((passed + failed)) - $name (status $rc)"
		tail -n 15 "$work/out" | sed 's/^/# /'
	fi
}

# says STATUS TEXT COMMAND...: the command must end so, and print this.
says() {
	want=$1 text=$2; shift 2
	rc=0; "$@" > "$work/said" 2>&1 || rc=$?
	cat "$work/said"
	[ "$rc" = "$want" ] || { echo "status $rc, not $want"; return 1; }
	grep -q -- "$text" "$work/said" || { echo "did not print: $text"; return 1; }
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
