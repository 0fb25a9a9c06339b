# SPDX-License-Identifier: BSD-2-Clause
# Sourced: what people read, and results.json.

passed=0 failed=0 skipped=0

skip() {
	skipped=$((skipped + 1))
	echo "skip $1${2:+ $2}  $3"
}

# not_run WHY: a suite that could not even start.
not_run() {
	failed=$((failed + 1))
	echo "not ok $kname $suite  $1"
}

# judged: the verdict over $work/log, told and kept.
judged() {
	verdict=pass again=
	[ "$tries" = 1 ] || again="  (boot $tries: the bare kernel panicked, see $vm/$suite.boot-panic.log)"
	awk -v status="$status" -v want="$want" -f "$here/lib/judge.awk" "$work/log" > "$work/verdict" || verdict=fail
	cases=$(sed -n 's/^cases //p' "$work/verdict")
	log=$vm/$suite.log
	cp "$work/log" "$log.$$" && mv "$log.$$" "$log"
	{
		echo "suite $suite"
		echo "verdict $verdict"
		echo "cases ${cases:-0}"
		echo "seconds $seconds"
		echo "smp $smp"
		echo "mem $mem"
		sed -n '/^measure /p' "$work/verdict"
	} > "$vm/$suite.result.$$"
	mv "$vm/$suite.result.$$" "$vm/$suite.result"
	if [ $verdict = pass ]; then
		passed=$((passed + 1))
		printf 'ok %s %s  %s cases  %s s%s\n' "$kname" "$suite" "$cases" "$seconds" "$again"
		return 0
	fi
	failed=$((failed + 1))
	printf 'not ok %s %s  %s cases  %s s%s\n' "$kname" "$suite" "$cases" "$seconds" "$again"
	sed -n 's/^bad /    /p' "$work/verdict" | head -n 12
	echo "    the end of the console ($log):"
	tail -n 40 "$log" | sed 's/^/    | /'
}

# results.json from the results of this kernel's suites, also of earlier runs.
write_results() {
	set --
	for s in $(suite_names); do
		[ ! -f "$vm/$s.result" ] || set -- "$@" "$vm/$s.result"
	done
	[ $# -gt 0 ] || return 0
	awk -v kernel="$kname" -v arch="$arch" -v kind="$kind" '
	function done(    n, i, name, list, measures) {
		if (suite == "") return
		# What was measured twice counts as at the end.
		n = split(names, list, " ")
		for (i = 1; i <= n; i++) {
			name = list[i]
			measures = measures (i > 1 ? ", " : "") "\"" name "\": {\"value\": " value[name] ", \"unit\": \"" unit[name] "\"}"
			delete value[name]
		}
		printf "%s    {\"suite\": \"%s\", \"verdict\": \"%s\", \"cases\": %d, \"seconds\": %s, \"smp\": %d, \"mem\": %d, \"measures\": {%s}}",
		    sep, suite, verdict, cases, seconds, smp, mem, measures
		sep = ",\n"
		suite = names = ""
	}
	BEGIN { printf "{\n  \"kernel\": \"%s\", \"arch\": \"%s\", \"kind\": \"%s\",\n  \"suites\": [\n", kernel, arch, kind }
	$1 == "suite" { done(); suite = $2 }
	$1 == "verdict" { verdict = $2 }
	$1 == "cases" { cases = $2 }
	$1 == "seconds" { seconds = $2 }
	$1 == "smp" { smp = $2 }
	$1 == "mem" { mem = $2 }
	$1 == "measure" {
		if (!($2 in value)) names = names " " $2
		value[$2] = $3
		unit[$2] = $4
	}
	END { done(); printf "\n  ]\n}\n" }' "$@" > "$vm/results.json.$$"
	mv "$vm/results.json.$$" "$vm/results.json"
}
