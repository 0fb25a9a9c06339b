#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# linux.sh DIR: build what the benchmark compares with into DIR/objects:
# Linux 6.12's own net/core/page_pool.c, unmodified, from Debian's package
# linux-source-6.12, by Linux's own build, with our pool/linux*.c beside it.
# Nothing of Linux is kept anywhere else. Exits with 1, having said why, if the
# package cannot be had.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tools/headers.sh"
dir=$1
package=linux-source-6.12
tree=$dir/$package
objects="net/core/page_pool.o lib/xarray.o kernel/locking/spinlock.o kernel/locking/qspinlock.o
    kernel/softirq.o kernel/dma/mapping.o kernel/dma/direct.o"
mkdir -p "$dir"
cd "$dir"
log=$dir/linux.log
: > "$log"
# Nor is there an old one then: its loops could be others.
die() { rm -rf "$dir/objects"; echo "bench: no Linux to compare with: $1"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

key=$(cat "$here/linux.sh" "$here"/pool/linux*.c "$here"/pool/*.h | cksum)
[ "$(cat objects/key 2>/dev/null)" != "$key" ] || exit 0

if [ ! -f "$tree/.config" ]; then
	have apt-get || die "this system has no apt-get to get $package with"
	missing=
	for p in flex bison bc make xz-utils:xz gcc libelf-dev:/usr/include/libelf.h; do
		name=${p%%:*} what=${p#*:}
		case $what in
		/*) [ -e "$what" ] || missing="$missing $name" ;;
		*) have "$what" || missing="$missing $name" ;;
		esac
	done
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	apt-cache show "$package" >/dev/null 2>&1 || $as_root apt-get update -qq >>"$log" 2>&1 || true
	# shellcheck disable=SC2086
	[ -z "$missing" ] || DEBIAN_FRONTEND=noninteractive \
	    $as_root apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1 ||
	    die "could not install$missing (see $log)"
	echo "bench: fetching $package and building its page_pool (once, about 3 minutes)"
	apt-get download -q "$package" >>"$log" 2>&1 || die "package $package is not to be had (see $log)"
	deb=$(ls -t "${package}"_*.deb | head -n 1)
	# The build reads every Kconfig, but hardly any driver.
	dpkg-deb --fsys-tarfile "$deb" | tar xOf - "./usr/src/$package.tar.xz" | tar xJf - \
	    --exclude="$package/Documentation/*/*" --exclude="$package/drivers/*.[chS]" \
	    --exclude="$package/sound/*.[ch]" --exclude="$package/fs/*.[ch]" \
	    --exclude="$package/tools/testing" --exclude="*.dts*" || die "$deb does not unpack"
	echo "${deb%.deb}" > version
	rm -f "$deb"
fi

cd "$tree"
build() { make -s LLVM="-$LLVM" ARCH=x86_64 -j"$(nproc)" "$@" >>"$log" 2>&1 || die "its build failed (see $log)"; }
if [ ! -f .built ]; then
	# The smallest kernel that has everything; what distributions have and what
	# makes it faster: jump labels, a flat vmemmap.
	build allnoconfig
	scripts/config -e 64BIT -e SMP -e NUMA -e ACPI -e X86_64_ACPI_NUMA -e PCI -e NET -e INET \
	    -e BPF_SYSCALL -e SPARSEMEM_VMEMMAP -e JUMP_LABEL --set-val NR_CPUS 64 \
	    -e RELOCATABLE -e RANDOMIZE_BASE -e RANDOMIZE_MEMORY
	build olddefconfig
	for o in SMP NUMA NET PAGE_POOL DMA_NEED_SYNC JUMP_LABEL SPARSEMEM_VMEMMAP; do
		grep -qx "CONFIG_$o=y" .config || die "CONFIG_$o could not be set"
	done
	build prepare
	# shellcheck disable=SC2086
	build $objects
	: > .built
fi

# Our files, and page_pool.c once more with statistics, by the same command.
# kbuild records it as `savedcmd_X.o := clang ... -c -o X.o X.c ; objtool ...'.
command=$(sed -n 's/^savedcmd_[^ ]* := //p' net/core/.page_pool.o.cmd | sed 's/ ; .*//; s/ -c -o .*//; s/-Wp,-MMD,[^ ]*//')
rm -rf "$dir/objects.new"
mkdir "$dir/objects.new"
compile() { # FROM TO [FLAG...]
	from=$1 to=$2
	shift 2
	eval "$command \"\$@\" -I\"$here/pool\" -Inet/core -Wno-missing-prototypes -c -o \"$dir/objects.new/$to\" \"$from\"" \
	    >>"$log" 2>&1 || die "$from does not compile (see $log)"
}
for o in $objects; do cp "$o" "$dir/objects.new/$(basename "$o")"; done
compile "$here/pool/linux_host.c" host.o
compile "$here/pool/linux.c" side.o
compile "$here/pool/linux.c" stats_side.o -DCONFIG_PAGE_POOL_STATS
compile net/core/page_pool.c stats_page_pool.o -DCONFIG_PAGE_POOL_STATS
cd "$dir"
# One section for per-CPU data, of which a program may know the ends; and
# nothing that only a booting kernel reads, nor interrupts disabled (linux_host.c
# has another xa_destroy).
for o in objects.new/*.o; do
	$(tool llvm-objcopy) --rename-section .data..percpu=bench_percpu \
	    --rename-section .data..percpu..shared_aligned=bench_percpu \
	    --rename-section .data..percpu..read_mostly=bench_percpu \
	    --rename-section .data..percpu..hot=bench_percpu \
	    --remove-section '.altinstr*' --remove-section '__jump_table' --remove-section '__bug_table' \
	    --remove-section '.orc*' --remove-section '.initcall*' --remove-section '.export_symbol' \
	    --remove-section '.discard*' --remove-section '.rela__jump_table' \
	    --weaken-symbol=xa_destroy --wildcard "$o"
done
cp version objects.new/version
echo "$key" > objects.new/key
rm -rf objects
mv objects.new objects
