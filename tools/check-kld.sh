#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Judge an amd64 kld:  check-kld.sh FILE.ko [EXPORTS]
# Refused: relocations that kldload does not handle, undefined symbols that
# neither the kernel nor one of our klds has, SSE registers, stack frames over
# 2 KiB, missing linker sets, exports that are not there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
ko=$1
bad() { echo "check-kld: $ko: $1" >&2; exit 1; }

r=$($(tool llvm-readelf) -r "$ko" | awk '/R_X86_64_/ && $3 !~ /^R_X86_64_(64|PC32|PLT32|32S)$/ { print $3 " " $5; exit }')
[ -z "$r" ] || bad "relocation $r is not one that kldload handles"

known=$(mktemp); trap 'rm -f "$known"' EXIT
(grep -v "^#" "$root/tools/kernel-symbols"; cat "$root"/kmod/*/exports) | sort -u > "$known"
u=$($(tool llvm-nm) -u "$ko" | awk "!/__st(art|op)_set_/ {print \$NF}" | sort -u | comm -23 - "$known" | tr '\n' ' ')
[ -z "$u" ] || bad "undefined symbols not in tools/kernel-symbols: $u"

for set in set_modmetadata_set set_sysinit_set; do
	$(tool llvm-readelf) -SW "$ko" | grep -q " $set " || bad "no linker set $set"
done
if [ -n "${2:-}" ]; then
	m=$($(tool llvm-nm) -g --defined-only "$ko" | awk '{print $NF}' | sort | comm -13 - "$2" | tr '\n' ' ')
	[ -z "$m" ] || bad "not exported: $m"
fi
$(tool llvm-objdump) -d --no-show-raw-insn "$ko" | awk '
	/^[0-9a-f]+ <.*>:$/ { fn = $2 }
	/%[xyz]mm[0-9]/ { print "SSE register in " fn; exit 1 }
	/subq[ \t]+\$0x[0-9a-f]+, %rsp/ {
		match($0, /\$0x[0-9a-f]+/); h = substr($0, RSTART + 3, RLENGTH - 3); v = 0
		for (i = 1; i <= length(h); i++) v = v * 16 + index("0123456789abcdef", substr(h, i, 1)) - 1
		if (v > 2048) { print "stack frame of " v " bytes in " fn; exit 1 }
	}' >&2 || bad "see above"
