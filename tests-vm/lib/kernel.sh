# SPDX-License-Identifier: BSD-2-Clause
# Sourced: which kernels there are, and what is known of one.
#
# use_kernel PATH sets: kernel (the ELF), kname, kdir, arch, kind (plain,
# witness, kasan, invariants, unknown), ksys, kbuild, kmodules.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/lkpi-rs/freebsd

cached_kernels() {
	for k in "$cache"/*/; do
		[ ! -f "$k/kernel" ] || printf '%s\n' "${k%/}"
	done
}

# The ELF header's class and machine as FreeBSD's name, or nothing.
elf_arch() {
	case $(od -An -v -tx1 -N20 "$1" 2>/dev/null | tr -d ' \n') in
	7f454c4602*3e00) echo amd64 ;;
	7f454c4601*0300) echo i386 ;;
	7f454c4602*b700) echo arm64 ;;
	7f454c4602*f300) echo riscv64 ;;
	esac
}

# kernel_option NAME: whether the kernel has it; without its build, yes.
kernel_option() {
	[ -z "$kbuild" ] || cat "$kbuild"/opt_*.h | grep -Eq "define[[:space:]]+$1([[:space:]]|\$)"
}

# The kernel's release: 14 of 14.0-STABLE.
kernel_release() {
	grep -ao '@(#)FreeBSD [0-9]*' "$kernel" | sed -n '1s/.* //p'
}

kernel_kind() {
	if [ -z "$kbuild" ]; then echo unknown
	elif kernel_option KASAN; then echo kasan
	elif kernel_option WITNESS; then echo witness
	elif kernel_option INVARIANTS; then echo invariants
	else echo plain
	fi
}

use_kernel() {
	kernel=$1
	[ ! -d "$kernel" ] || kernel=$kernel/kernel
	[ -f "$kernel" ] || { why="no kernel at $1"; return 1; }
	kdir=$(cd "$(dirname "$kernel")" && pwd)
	kernel=$kdir/$(basename "$kernel")
	kname=$(basename "$kdir")
	arch=$(elf_arch "$kernel")
	if [ -z "$arch" ] || ! grep -q '@(#)FreeBSD' "$kernel"; then
		why="$kernel is not a FreeBSD kernel (an ELF file for amd64, arm64, riscv64 or i386)"
		return 1
	fi
	ksys='' kbuild='' kmodules=$kdir
	[ ! -d "$kdir/modules" ] || kmodules=$kdir/modules
	if [ -d "$kdir/sys" ] && [ -f "$kdir/build/opt_global.h" ]; then
		ksys=$kdir/sys kbuild=$kdir/build
	else
		ksys=${SYSDIR:-} kbuild=${KERNBUILDDIR:-}
		[ -n "$ksys" ] || [ ! -d /usr/src/sys/kern ] || ksys=/usr/src/sys
		[ -n "$ksys" ] || {
			why="$kdir has no sys/ and build/: set SYSDIR to this kernel's sys folder, and KERNBUILDDIR to its build folder (with opt_global.h) if its options are not GENERIC's"
			return 1
		}
	fi
	kind=$(kernel_kind)
	vm=$root/obj/vm/$kname
	mkdir -p "$vm"
}

# One plain kernel for each architecture, and amd64 with WITNESS; the newest, and
# of several such the one with the shortest name.
quick_kernels() {
	while read -r k; do
		use_kernel "$k" || continue
		case $kind-$arch in plain-*|witness-amd64) echo "$kind-$arch ${kname%%-*} $k" ;; esac
	done | awk '
	{
		class = $1
		version = $2 + 0
		sub(/^[^ ]* [^ ]* /, "")
		if (!(class in best) || version > newest[class] ||
		    version == newest[class] && length($0) < length(best[class])) {
			best[class] = $0
			newest[class] = version
		}
	}
	END { for (class in best) print best[class] }' | sort
}
