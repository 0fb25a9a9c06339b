# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the root image (ISO 9660: any system can write one, and a kernel
# needs only CD9660 and md to mount it) and the kernel's environment.

# make_iso OUT FOLDER
make_iso() {
	if has genisoimage; then genisoimage -quiet -R -o "$1" "$2"
	elif has xorrisofs; then xorrisofs -quiet -R -o "$1" "$2"
	elif has mkisofs; then mkisofs -quiet -R -o "$1" "$2"
	elif has makefs; then makefs -t cd9660 -o rockridge "$1" "$2"
	else
		why="no genisoimage, xorrisofs, mkisofs or makefs (Debian: genisoimage)"
		return 1
	fi
}

# The root of a suite: init, its script, klds where FreeBSD has them.
make_root() {
	rm -rf "$work/root" "$work/root.iso"
	mkdir -p "$work/root/dev" "$work/root/sbin" "$work/root/boot/kernel" "$work/root/boot/modules"
	cp "$init" "$work/root/sbin/init"
	cp "$work/script" "$work/root/script"
	for k in $s_klds $s_preload; do
		build_kld "$k" || return 1
		cp "$vm/$k.ko" "$work/root/boot/modules/"
	done
	if [ -n "$s_linuxkpi" ]; then
		build_linuxkpi || return 1
		cp "$vm"/linuxkpi/*.ko "$work/root/boot/modules/"
	fi
	for p in $s_programs; do
		build_program "$p" || return 1
		mkdir -p "$work/root/bin"
		cp "$program" "$work/root/bin/$p"
	done
	for k in $s_stock; do
		cp "$kmodules/$k.ko" "$work/root/boot/kernel/"
	done
	"${driver}_root" "$work/root"
	make_iso "$work/root.iso" "$work/root" || { why=${why:-"the root image could not be written"}; return 1; }
}

# Lines of name=value; a suite's own come last and win.
make_env() {
	case $arch in
	amd64|i386)
		cat <<-END
		kernelname=/boot/kernel/kernel
		vfs.root.mountfrom=cd9660:/dev/md0
		console=comconsole
		hint.uart.0.at=isa
		hint.uart.0.port=0x3F8
		hint.uart.0.flags=0x10
		hint.uart.0.irq=4
		END
		;;
	*) echo vfs.root.mountfrom=cd9660:/dev/vtbd0 ;;
	esac
	cat <<-END
	vfs.root.mountfrom.options=ro
	init_path=/sbin/init
	debug.debugger_on_panic=0
	debug.trace_on_panic=1
	kern.panic_reboot_wait_time=0
	kern.msgbuf_show_timestamp=0
	END
	cat "$work/env"
}
