# SPDX-License-Identifier: BSD-2-Clause
# Sourced: words, time, clean-up and locks of tests-vm/run.

die() { echo "tests-vm: $1" >&2; exit 2; }

# Seconds, in parts where date(1) can.
now() {
	t=$(date +%s.%N)
	case $t in *N*) date +%s ;; *) echo "$t" ;; esac
}
elapsed() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

has() { command -v "$1" >/dev/null 2>&1; }
# in_list WORD WORDS
in_list() { case " $2 " in *" $1 "*) return 0 ;; esac; return 1; }

# A QEMU of ours must not outlive us, nor may anything in $TMPDIR.
child='' reaper='' work='' lock_held='' vmname=''
clean_up() {
	[ -z "$reaper" ] || kill "$reaper" 2>/dev/null
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	fi
	[ -z "$vmname" ] || bhyvectl --destroy --vm="$vmname" 2>/dev/null
	[ -z "$lock_held" ] || rm -rf "$lock_held"
	[ -z "$work" ] || rm -rf "$work"
	child='' reaper='' lock_held='' work='' vmname=''
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM HUP
work=$(mktemp -d "${TMPDIR:-/tmp}/tests-vm.XXXXXX") || exit 2

# One build at a time in a checkout; the lock of a dead run is taken over.
lock() {
	until mkdir "$1" 2>/dev/null; do
		pid=$(cat "$1/pid" 2>/dev/null)
		if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null ||
		    [ -z "$pid" ] && [ -n "$(find "$1" -maxdepth 0 -mmin +1 2>/dev/null)" ]; then
			rm -rf "$1"
		else
			sleep 1
		fi
	done
	lock_held=$1
	echo $$ > "$1/pid"
}
unlock() { rm -rf "$lock_held"; lock_held=; }
