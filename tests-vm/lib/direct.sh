# SPDX-License-Identifier: BSD-2-Clause
# Sourced: arm64 and riscv64 kernels, which QEMU starts without a loader.  The
# root is a disk; the environment goes into the device tree's bootargs, which
# the kernel cuts off at 512 bytes; symbols and klds cannot be handed over.

qemu_fits() {
	why=
	case $arch in
	arm64|riscv64)
		[ -z "$s_preload" ] || why="a preloaded kld needs a loader on $arch" ;;
	esac
	case $arch in
	arm64)
		[ -f "$kdir/kernel.bin" ] || why="needs kernel.bin beside $kernel, which FreeBSD's build makes for QEMU" ;;
	esac
	[ -z "$why" ]
}

# direct_boot FOLDER: the words of QEMU's command for such a kernel.
direct_boot() {
	args=$(make_env | tr '\n' ' ')
	args=${args% }
	case $arch in
	arm64)
		printf '%s\n' -M virt -cpu cortex-a57 -kernel "$kdir/kernel.bin" -append "FreeBSD:$args" ;;
	riscv64)
		printf '%s\n' -M virt -bios default -kernel "$kernel" -append "$args" ;;
	esac
	printf '%s\n' -drive "file=$1/root.iso,format=raw,if=none,id=root,readonly=on" \
	    -device virtio-blk-device,drive=root \
	    -semihosting-config enable=on,target=native,userspace=on
}
