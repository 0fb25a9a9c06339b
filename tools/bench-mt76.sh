#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make bench-mt76: what a received frame costs in mt76_dma_rx_poll(), on our
# page_pool and on FreeBSD's design of one. docs/test-mt76.md.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/mt76-env.sh
: "${ROUNDS:=15}" "${BATCHES:=4000}" "${LEN:=1500}"
die() { echo "bench-mt76: $1" >&2; exit 1; }

# The kernel of bench/pool with mt76 on it is one object, of which only
# measure_*() stay global.
link_measure() { # ours|stub
	out=$dir/$1
	flags=$(mt76_flags "$1" | sed "s|-mcmodel=kernel||")
	for f in tests/mt76/measure.c tests/mt76/measure_kernel.c tests/mt76/measure_uma.c kldhost/kern/mbuf.c bench/pool/kernel.c bench/pool/busdma.c; do
		# shellcheck disable=SC2086
		$(tool clang) $flags -Werror -I. -Itests/mt76 -Ibench/pool -isystem "$tree" -c "$f" \
		    -o "$out/measure_$(basename "$f" .c)_.o"
	done
	$(tool ld.lld) -r -o "$out/measure.kernel" "$out"/measure_*_.o obj/$ARCH/lkpi_page.ko \
	    obj/$ARCH/page_pool.ko obj/$ARCH/mt76.ko "$out/hosted_lkpi.ko" "$out/mt76_core.ko" "$out/test_mac.o"
	# What nobody has is not called: else the program ends and says what it was.
	{
		echo ".text"
		$(tool llvm-nm) -u "$out/measure.kernel" | awk '{ print $NF }' |
		    grep -vE '^(host_|__st(art|op)_|mem(cpy|set|move|cmp)$|str(len|cmp)$)' | while read -r s; do
			printf '.globl %s\n%s: leaq .L%s(%%rip), %%rdi\nandq $-16, %%rsp\ncall host_missing\n.L%s: .asciz "%s"\n' \
			    "$s" "$s" "$s" "$s" "$s"
		done
		$(tool llvm-nm) -u "$out/measure.kernel" | awk '{ print $NF }' |
		    grep -E '^__st(art|op)_set_' | grep -vE '_(sysinit_set)$' | while read -r s; do
			printf '.globl %s\n.set %s, 0\n' "$s" "$s"
		done
		echo '.section .note.GNU-stack,"",@progbits'
	} > "$out/missing.s"
	$(tool clang) --target=x86_64-linux-gnu -c "$out/missing.s" -o "$out/missing.o"
	$(tool ld.lld) -r -o "$out/measure.whole" "$out/measure.kernel" "$out/missing.o"
	$(tool llvm-objcopy) --wildcard --keep-global-symbol='measure_*' \
	    "$out/measure.whole" "$out/measure.whole.o"
	$(tool clang) -O2 -no-pie -Wall -Wno-unused-parameter -Werror tests/mt76/measure_host.c "$out/measure.whole.o" \
	    -Wl,-z,nostart-stop-gc,-z,noexecstack -o "$out/measure"
}

for pool in ours stub; do
	POOL=$pool MT76_ARGS="rx=1000 tx=0" RUN_ARGS= sh tools/test-mt76.sh > "$dir/bench.log" 2>&1 || {
		status=$?
		cat "$dir/bench.log"
		exit "$status"
	}
	link_measure $pool
done

# Instructions a frame, of the poll and of what gives frames back after it: all,
# and those of page_pool.ko, lkpi_page.ko and what they call.
count() { # PROGRAM MODE
	for n in 100 300; do
		valgrind --tool=callgrind --callgrind-out-file="$dir/counts" --collect-atstart=no --compress-strings=no \
		    --compress-pos=no --toggle-collect=measure_poll --toggle-collect=measure_give_back \
		    "$1" "$2" "$LEN" $n >/dev/null 2>&1 || die "valgrind does not run $1"
		awk '/^fn=/ { ours = /page_pool|lkpi_page|lkpirs_pfn|lkpirs_page|lkpirs_virt|lkpirs_put_page|kpi_|polled_here|__mtx_/ }
		    /^calls=/ { getline; next }
		    /^[0-9]/ { all += $NF; if (ours) pool += $NF } END { printf "%.0f %.0f\n", all, pool }' "$dir/counts"
	done | awk 'NR == 1 { a = $1; p = $2 } NR == 2 { printf "%.0f %.0f\n", ($1 - a) / 64 / 225, ($2 - p) / 64 / 225 }'
}

# Interleaved, so that a busy machine is equally busy for all.
: > "$dir/times"
i=0
while [ $i -lt "$ROUNDS" ]; do
	line=
	for mode in direct thread copy mbuf mbufcopy; do
		for pool in ours stub; do
			# mode, ns, "ns", cycles, "cycles"
			t=$("$dir/$pool/measure" $mode "$LEN" "$BATCHES") || die "$pool $mode: $t"
			line="$line $(echo "$t" | awk '{ print $2, $4 }')"
		done
	done
	echo "$line" >> "$dir/times"
	i=$((i + 1))
done
sorted() { # EXPRESSION QUANTILE
	awk "{ printf \"%.4f\\n\", $1 }" "$dir/times" | sort -n |
	    awk -v q="$2" '{ a[NR] = $1 } END { printf "%s", a[int((NR - 1) * q + 1.5)] }'
}
instructions=
[ "${INSTRUCTIONS:-}" = no ] || if command -v valgrind >/dev/null 2>&1; then instructions=yes; else echo "bench-mt76: no valgrind, so no instructions"; fi
echo "a frame of $LEN bytes through mt76_dma_rx_poll() until it is freed; $ROUNDS rounds"
printf '%-8s %-6s %12s %8s %8s %8s %12s   %s\n' freed pool instructions buffers ns cycles frames/s "stub against ours: instructions, buffers, time (p10..p90)"
column=1
for mode in direct thread copy mbuf mbufcopy; do
	ours=$column stub=$((column + 2))
	for pool in ours stub; do
		at=$ours all=- pages=- ratio=
		[ -z "$instructions" ] || {
			set -- $(count "$dir/$pool/measure" $mode)
			all=$1 pages=$2
		}
		if [ $pool = ours ]; then
			ours_all=$all ours_pages=$pages
		else
			at=$stub
			# What is not buffers is the same code.
			[ -z "$instructions" ] || {
				pages=$((all - ours_all + ours_pages))
				ratio=$(awk -v a="$all" -v b="$ours_all" -v c="$pages" -v d="$ours_pages" \
				    'BEGIN { printf "%.2f, %.2f, ", a / b, c / d }')
			}
			r="\$$stub / \$$ours"
			ratio=$(printf '%s%.2f (%.2f..%.2f)' "$ratio" "$(sorted "$r" 0.5)" "$(sorted "$r" 0.1)" "$(sorted "$r" 0.9)")
		fi
		ns=$(sorted "\$$at" 0.5) cycles=$(sorted "\$$((at + 1))" 0.5)
		printf '%-8s %-6s %12s %8s %8.0f %8.0f %12.0f   %s\n' $mode $pool "$all" "$pages" "$ns" "$cycles" \
		    "$(awk -v n="$ns" 'BEGIN { print 1e9 / n }')" "$ratio"
	done
	column=$((column + 4))
done
against() { # WHAT OVER UNDER
	printf '%s: time %.2f (%.2f..%.2f)\n' "$1" "$(sorted "\$$2 / \$$3" 0.5)" "$(sorted "\$$2 / \$$3" 0.1)" \
	    "$(sorted "\$$2 / \$$3" 0.9)"
}
against "copying against not, ours" 9 1
against "mbufs with a copy against mbufs in their buffers, ours" 17 13
