# SPDX-License-Identifier: BSD-2-Clause
# The verdict over a console text: awk -v status=N -v want=N -f judge.awk LOG
# `status' is how the machine ended, `want' how it ends when init is content.
# Prints "cases N", each "measure NAME VALUE UNIT", and "bad REASON" lines;
# exit status 0 only for a pass.  Only what is known to come from FreeBSD itself
# is passed over.

function bad(reason) {
	if (!(reason in said)) {
		said[reason] = 1
		print "bad " reason
	}
	failed = 1
}

# A reversal is reported in several lines: they are held until it is over, and
# then compared with the one that a WITNESS kernel with spin locks has at boot.
function end_reversal() {
	if (reversal != "" && !(reversal ~ /1st [^\n]* callout \(callout, spin mutex\)[^\n]*\n 2nd [^\n]* sched lock [0-9]+ \(sched lock, spin mutex\)/ &&
	    reversal ~ /start_softclock/))
		bad("lock order reversal:" first_of(reversal))
	reversal = ""
}
function first_of(text,    lines, n) {
	n = split(text, lines, "\n")
	return n > 2 ? lines[2] ";" lines[3] : " (cut off)"
}

{ sub(/\r$/, "") }

# init's own results, which come in order.
/^(not )?ok [0-9]+ - line [0-9]+: / {
	n = $1 == "ok" ? $2 : $3
	if (n <= last)
		bad("result " n " of init after " last)
	last = n
	results++
}
/^ok [0-9]+ - / { cases++ }
/^not ok/ { cases++; bad($0) }
/^# end of script: [0-9]+ tests, [0-9]+ failed$/ {
	ended = 1
	# The kernel may have cut through a line or two with a message.
	if ($5 == 0 || $5 < last || $5 - results > 2)
		bad("init counted " $5 " tests, the console has " results + 0)
	if ($7 != 0)
		bad("init counted " $7 " failures")
}
/^# measure [^ ]+ -?[0-9]+ [^ ]+$/ { print substr($0, 3) }
# rxdemo's report.
/^RESULT / {
	for (i = 2; i <= NF; i++) {
		split($i, kv, "=")
		if (kv[1] == "ns_per_buffer") print "measure ns_per_buffer " kv[2] " ns"
		if (kv[1] == "recycled_pct") print "measure recycled " kv[2] " %"
	}
}

/^lock order reversal/ { end_reversal(); reversal = $0; next }
reversal != "" {
	if ($0 ~ /^ (1st|2nd|3rd) / || $0 ~ /^#[0-9]+ / || $0 ~ /^lock order .* (established|attempted) at:/) {
		reversal = reversal "\n" $0
		next
	}
	end_reversal()
}

/panic:|Fatal trap|KASAN:|KMSAN:|witness_warn|non-sleepable locks held|[Ss]leeping without queue|sleeping thread .* owns a non-sleepable lock|lock order reversal|exclusive .* held .* returning to userspace/ { bad($0) }
/^Memory modified after free|^Duplicate free|Assertion .* failed at/ { bad($0) }
# linuxkpi.ko's own leak, at its unload: 16 bytes for each PCI device attached.
/memory type .* leaked memory/ {
	n = bytes = $0
	sub(/.*\(/, "", n)
	sub(/.* allocations, /, "", bytes)
	if ($0 !~ /memory type lkpikmalloc leaked memory on destroy \([0-9]+ allocations, [0-9]+ bytes leaked\)/ ||
	    bytes + 0 != 16 * n)
		bad($0)
}

END {
	end_reversal()
	if (!ended)
		bad(status == 124 ? "out of time" : "the script did not end")
	if (status != want)
		bad("the machine ended with status " status ", not " want)
	if (cases == 0)
		bad("no ok line")
	print "cases " cases + 0
	exit failed
}
