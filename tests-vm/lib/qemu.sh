# SPDX-License-Identifier: BSD-2-Clause
# Sourced: a suite in QEMU.  init ends the machine with a status that QEMU does
# not have for errors of its own: 33 if all is well, 35 if not.
want=33

qemu_for() {
	case $1 in
	# Its 32-bit twin faults on memory above 4 GiB.
	amd64|i386) echo qemu-system-x86_64 ;;
	arm64) echo qemu-system-aarch64 ;;
	riscv64) echo qemu-system-riscv64 ;;
	esac
}
debian_package() {
	case $1 in
	amd64|i386) echo qemu-system-x86 ;;
	arm64) echo qemu-system-arm ;;
	riscv64) echo "qemu-system-misc and opensbi" ;;
	esac
}

qemu_ready() {
	has "$(qemu_for "$arch")" || {
		why="no $(qemu_for "$arch") (Debian: $(debian_package "$arch"); FreeBSD: qemu)"
		return 1
	}
}

# Kernel and environment are handed over beside the root.
qemu_root() { :; }

# qemu_command FOLDER: the words of the command, one a line; all of its files
# are in FOLDER, as `--keep' leaves them.
qemu_command() {
	printf '%s\n' "$(qemu_for "$arch")" -m "$mem" -smp "$smp" -display none -serial stdio \
	    -monitor none -net none -no-reboot
	printf '%s\n' -accel "${TESTS_VM_ACCEL:-tcg}"
	case $arch in
	amd64|i386)
		initrd=$kernel,$1/root.iso,$1/boot.env
		for k in $s_preload; do initrd=$initrd,$1/$k.ko; done
		printf '%s\n' -M q35 -cpu max -device isa-debug-exit,iobase=0xf4,iosize=1 \
		    -kernel "$1/stub" -initrd "$initrd" ;;
	arm64|riscv64)
		direct_boot "$1" ;;
	esac
	tr -s '[:blank:]' '\n' < "$work/qemu"
}

# prepare_qemu FOLDER: what the command needs besides the kernel.
prepare_qemu() {
	make_env > "$1/boot.env"
	ln -f "$work/root.iso" "$1/root.iso" 2>/dev/null || cp "$work/root.iso" "$1/root.iso"
	case $arch in amd64|i386) cp "$stub" "$1/stub" ;; esac
	for k in $s_preload; do cp "$vm/$k.ko" "$1/"; done
}

# quoted WORD...: for a shell to read again.
quoted() {
	for w in "$@"; do
		printf "'%s' " "$(printf '%s' "$w" | sed "s/'/'\\\\''/g")"
	done
	echo
}

# watch: ends a machine that does not end by itself: after init's last line, in
# the debugger, or in a panic while it panics.
watch() {
	while sleep 1; do
		if grep -aq '^# end of script: \|^KDB: enter:' "$work/log"; then
			sleep 5
		elif grep -aq '^panic: ' "$work/log"; then
			sleep 30
		else
			continue
		fi
		kill "$child" 2>/dev/null
	done
}

# run_qemu: the console in $work/log; sets status.
run_qemu() {
	dir=$work/machine
	rm -rf "$dir"
	mkdir "$dir"
	prepare_qemu "$dir" || return 1
	set --
	while IFS= read -r w; do [ -z "$w" ] || set -- "$@" "$w"; done <<-END
	$(qemu_command "$dir")
	END
	if [ -n "$gdb" ]; then
		echo "gdb: type in another terminal: gdb -ex 'target remote :1234' $kernel"
		set -- "$@" -s -S
	else
		set -- timeout -k 5 "$limit" "$@"
	fi
	# Into a file: a machine whose console has to wait for a reader loses some of it.
	: > "$work/log"
	"$@" < /dev/null >> "$work/log" 2>&1 &
	child=$!
	watch > /dev/null 2>&1 &
	reaper=$!
	follower=''
	[ -z "$gdb" ] || { tail -f "$work/log" >&2 & follower=$!; }
	wait "$child"
	status=$?
	child=''
	kill "$reaper" $follower 2>/dev/null
	reaper=''
}

# keep FOLDER: everything for another run by hand.
keep_qemu() {
	rm -rf "$1"
	mkdir -p "$1"
	prepare_qemu "$1"
	cp "$work/script" "$1/script"
	set --
	while IFS= read -r w; do [ -z "$w" ] || set -- "$@" "$w"; done <<-END
	$(qemu_command "$vm/$suite")
	END
	{
		echo '#!/bin/sh'
		echo "# $suite on $kname; ends with status $want if all is well."
		quoted "$@" | sed 's/ $/ "$@"/'
	} > "$vm/$suite/replay"
	chmod +x "$vm/$suite/replay"
}
