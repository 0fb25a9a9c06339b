#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Judge a kld of ARCH (tools/arch.sh):  check-kld.sh FILE.ko [EXPORTS]
# Refused: another machine's file, relocations that kldload does not apply,
# undefined symbols that neither the kernel nor one of our klds has (nor
# kmod/NAME/needs-linuxkpi lists), FPU and vector registers, stack frames over
# 2 KiB, missing linker sets, exports that are not there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/headers.sh"
. "$root/tools/arch.sh"
ko=$1
bad() { echo "check-kld: $ko: $1" >&2; exit 1; }

machine=$($(tool llvm-readelf) -h "$ko" | awk '$1 == "Machine:" { print $NF }')
[ "$machine" = "$arch_machine" ] || bad "is for ${machine:-nothing}, not $ARCH"

r=$($(tool llvm-readelf) -rW "$ko" | awk -v ok="^$arch_relocs\$" '$3 ~ /^R_/ && $3 !~ ok { print $3 " " $5; exit }')
[ -z "$r" ] || bad "relocation $r is not one that kldload applies"

known=$(mktemp); trap 'rm -f "$known"' EXIT
(awk -v arch="$ARCH" '/^#/ { next } NF == 1 { print; next } { for (i = 2; i <= NF; i++) if ($i == arch) print $1 }' \
    "$root/tools/kernel-symbols"; cat "$root"/kmod/*/exports
    cat "$(dirname "${2:-/}")/needs-linuxkpi" 2>/dev/null || true) | sort -u > "$known"
dynamic=; [ "$ARCH" = amd64 ] || dynamic=-D
u=$($(tool llvm-nm) $dynamic -u "$ko" | awk -v kasan="$kasan" '/__st(art|op)_set_/ { next }
	kasan != "" && /__asan_|kasan_/ { next } { print $NF }' | sort -u | comm -23 - "$known" | tr '\n' ' ')
[ -z "$u" ] || bad "undefined symbols not in tools/kernel-symbols: $u"

for set in set_modmetadata_set set_sysinit_set; do
	$(tool llvm-readelf) -SW "$ko" | grep -q " $set " || bad "no linker set $set"
	# Shared klds: kldload finds a set by these symbols.
	[ -z "$dynamic" ] || $(tool llvm-nm) -D --defined-only "$ko" | grep -q "__start_$set\$" || bad "no symbol __start_$set"
done
if [ -n "${2:-}" ]; then
	m=$($(tool llvm-nm) $dynamic -g --defined-only "$ko" | awk '{print $NF}' | sort | comm -13 - "$2" | tr '\n' ' ')
	[ -z "$m" ] || bad "not exported: $m"
fi
[ -z "$kasan" ] || exit 0	# whose frames are as large as they are
$(tool llvm-objdump) -d --no-show-raw-insn "$ko" | awk -v arch="$ARCH" '
	function number(s,    v, i) {
		if (s !~ /^0x/) return s + 0
		for (i = 3; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
		return v
	}
	function frame(s) {
		gsub(/[$#,-]/, "", s)
		if (number(s) > 2048) { print "stack frame of " number(s) " bytes in " fn; exit 1 }
	}
	/^[0-9a-f]+ <.*>:$/ { fn = $2 }
	{ sub(/^ *[0-9a-f]+:/, "") }
	arch ~ /amd64|i386/ && /%[xyz]mm[0-9]|%st\(/ ||
	arch == "arm64" && /[ \t,{][bhsdqv][0-9]+(\.[0-9]*[bhsd])?[,}\[]/ ||
	arch == "riscv64" && /[ \t,]f[ast][0-9]+/ { print "FPU or vector register in " fn ": " $0; exit 1 }
	/sub[lq][ \t]+\$0x[0-9a-f]+, %[re]sp/ { frame($3) }
	/sub[ \t]+sp, sp, #/ { frame($NF) }
	/addi[ \t]+sp, sp, -/ { frame($NF) }' >&2 || bad "see above"
