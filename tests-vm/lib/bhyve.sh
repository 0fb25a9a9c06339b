# SPDX-License-Identifier: BSD-2-Clause
# Sourced: a suite in bhyve, on a FreeBSD/amd64 host, as root.  bhyveload is
# FreeBSD's own loader: kernel, klds and environment come from the root image.

bhyve_ready() {
	why=
	if [ "$(uname -s)" != FreeBSD ]; then why="bhyve needs a FreeBSD host (here: --driver qemu)"
	elif [ "$arch" != amd64 ] || [ "$(uname -m)" != amd64 ]; then why="bhyve runs amd64 kernels on amd64 only"
	elif ! has bhyve || ! has bhyveload; then why="no bhyve or bhyveload"
	elif ! kldstat -q -m vmm; then why="bhyve: kldload vmm first"
	elif [ "$(id -u)" != 0 ]; then why="bhyve: must be root"
	fi
	[ -z "$why" ]
}

bhyve_fits() {
	why=
	[ ! -s "$work/qemu" ] || why="needs devices that only QEMU has"
	[ -z "$gdb" ] || why="--gdb is for QEMU"
	[ -z "$why" ]
}

# What the loader reads, besides what every root has.
bhyve_root() {
	cp "$kernel" "$1/boot/kernel/kernel"
	cp -R /boot/lua /boot/defaults "$1/boot/"
	{
		make_env | sed -e '/^console=/d' -e '/^kernelname=/d' -e 's|/dev/md0|/dev/vtbd0|' -e 's/^\([^=]*\)=\(.*\)/\1="\2"/'
		echo 'autoboot_delay="-1"'
		echo 'beastie_disable="YES"'
		for k in $s_preload; do
			echo "${k}_load=\"YES\""
			echo "${k}_name=\"/boot/modules/$k.ko\""
		done
	} > "$1/boot/loader.conf"
}

# init's good end is a power-off here: bhyve's status 1.
run_bhyve() {
	vmname=tests-vm-$$
	want=1
	: > "$work/log"
	if ! timeout -k 5 60 bhyveload -m "$mem"M -c stdio -d "$work/root.iso" "$vmname" \
	    < /dev/null >> "$work/log" 2>&1; then
		why="bhyveload: $(tail -n 1 "$work/log")"
		destroy_bhyve
		return 1
	fi
	timeout -k 5 "$limit" bhyve -A -H -c "$smp" -m "$mem"M -s 0,hostbridge \
	    -s 2,virtio-blk,"$work/root.iso",ro -s 31,lpc -l com1,stdio "$vmname" \
	    < /dev/null >> "$work/log" 2>&1 &
	child=$!
	wait "$child"
	status=$?
	child=''
	destroy_bhyve
}
destroy_bhyve() {
	bhyvectl --destroy --vm="$vmname" 2>/dev/null
	vmname=''
	return 0
}

keep_bhyve() {
	rm -rf "$1"
	mkdir -p "$1"
	cp "$work/root.iso" "$work/script" "$1/"
	cat > "$1/replay" <<-END
	#!/bin/sh
	# $suite on $kname
	bhyveload -m ${mem}M -c stdio -d '$1/root.iso' replay &&
	bhyve -A -H -c $smp -m ${mem}M -s 0,hostbridge -s 2,virtio-blk,'$1/root.iso',ro -s 31,lpc -l com1,stdio replay
	bhyvectl --destroy --vm=replay
	END
	chmod +x "$1/replay"
}
