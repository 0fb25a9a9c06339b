# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the stub, the init and the klds, built when an input is newer.
. "$root/tools/headers.sh"
boot=$root/obj/vm/.boot

# quiet COMMAND...: says nothing unless it fails.
quiet() {
	"$@" > "$work/build.log" 2>&1 || {
		why="failed: $*: $(grep -m 3 -i 'error\|not found' "$work/build.log" || tail -n 2 "$work/build.log")"
		return 1
	}
}

# newer OUT INPUT...: whether some input is.
newer() {
	out=$1; shift
	[ ! -f "$out" ] || [ -n "$(find "$@" -type f -newer "$out" | head -n 1)" ]
}

# The multiboot stub: 32-bit code for both of its kernels.
build_stub() {
	case $arch in amd64) bits=64 ;; i386) bits=32 ;; *) return 0 ;; esac
	stub=$boot/stub-$arch
	newer "$stub" "$here/boot" || return 0
	cc="$(tool clang) --target=i386-unknown-none-elf -march=pentiumpro -mno-sse -mno-mmx
	    -ffreestanding -fno-stack-protector -fno-pic -nostdlib -Os -Wall -Wextra -Werror
	    -Wno-pointer-to-int-cast -Wno-int-to-pointer-cast -Wno-array-bounds -DKERNEL_BITS=$bits"
	objs=
	for f in entry.S stub.c files.c modinfo.c "enter_$arch.c"; do
		# shellcheck disable=SC2086
		quiet $cc -c -o "$work/$f.o" "$here/boot/$f" || return 1
		objs="$objs $work/$f.o"
	done
	# shellcheck disable=SC2086
	quiet "$(tool ld.lld)" -m elf_i386 -z noexecstack --no-pie -T "$here/boot/stub.ld" \
	    -o "$work/stub" $objs && mv "$work/stub" "$stub"
}

# Clang's and lld's words for a program of the kernel's machine.
program_flags() {
	case $arch in
	amd64) flags="--target=x86_64-unknown-freebsd -mno-red-zone" ld=elf_x86_64_fbsd ;;
	i386) flags="--target=i386-unknown-freebsd" ld=elf_i386_fbsd ;;
	arm64) flags="--target=aarch64-unknown-freebsd" ld=aarch64elf ;;
	riscv64) flags="--target=riscv64-unknown-freebsd -march=rv64imac -mabi=lp64 -mno-relax" ld=elf64lriscv ;;
	esac
}

build_init() {
	program_flags
	init=$boot/init-$arch
	newer "$init" "$here/init" || return 0
	objs=
	for f in "$here"/init/*.c; do
		o=$work/$(basename "$f").o
		# shellcheck disable=SC2086
		quiet "$(tool clang)" $flags -ffreestanding -fno-stack-protector -fno-pic -Os \
		    -Wall -Wextra -Werror -c -o "$o" "$f" || return 1
		objs="$objs $o"
	done
	# shellcheck disable=SC2086
	quiet "$(tool ld.lld)" -m $ld -static --no-pie -e _start -o "$work/init" $objs &&
	    mv "$work/init" "$init"
}

# build_program NAME: obj/vm/.boot/NAME-ARCH, a tool of tools/NAME without a libc.
build_program() {
	program=$boot/$1-$arch
	newer "$program" "$here/user" "$here/init" "$root/tools/$1" "$root/sys/compat/linuxkpi/common/include/lkpirs" || return 0
	mkdir -p "$boot"
	lock "$boot/lock"
	rc=0
	(
		program_flags
		ARCH=$arch SYSDIR='' KERNBUILDDIR=''
		. "$root/tools/arch.sh"
		objs=
		for f in "$here"/user/*.c "$root/tools/$1"/*.c; do
			[ "${f##*/}" != socket.c ] || continue
			o=$work/$(basename "$f").o
			# shellcheck disable=SC2086
			quiet "$(tool clang)" $flags -std=gnu17 -fno-builtin -ffreestanding -fno-stack-protector -fno-pic -Os \
			    -Wall -Wextra -Werror -nostdinc -isystem "$LKPI_HEADERS/$arch_headers" \
			    -isystem "$LKPI_HEADERS/generic-freebsd" -I"$root/sys/compat/linuxkpi/common/include" \
			    -c -o "$o" "$f" || { echo "$why" > "$work/why"; exit 1; }
			objs="$objs $o"
		done
		# shellcheck disable=SC2086
		quiet "$(tool ld.lld)" -m $ld -static --no-pie -e _start -o "$program.new" $objs ||
		    { echo "$why" > "$work/why"; exit 1; }
		mv "$program.new" "$program"
	) || { rc=1; why=$(cat "$work/why"); }
	unlock
	return $rc
}

build_boot() {
	mkdir -p "$boot"
	lock "$boot/lock"
	rc=0
	build_stub && build_init || rc=1
	unlock
	return $rc
}

# build_kld NAME: kmod/NAME, or klds/NAME.c of this folder, for this kernel.
build_kld() {
	# What does not build is tried once.
	[ ! -f "$work/$kname.$1.why" ] || { why=$(cat "$work/$kname.$1.why"); return 1; }
	ko=$vm/$1.ko key="$ksys $kbuild"
	if [ -f "$here/klds/$1.c" ]; then
		inputs="$here/klds/$1.c $root/sys $root/tools"
	elif [ -d "$root/kmod/$1" ]; then
		inputs="$root/build.rs $root/glue.c $root/glue.h $root/Cargo.toml $root/Cargo.lock
		    $root/src $root/kmod $root/sys $root/tools"
	else
		why="there is no kld $1"; return 1
	fi
	# shellcheck disable=SC2086
	if [ "$(cat "$vm/$1.key" 2>/dev/null)" = "$key" ] && ! newer "$ko" $inputs; then
		return 0
	fi
	lock "$root/obj/vm/.lock"
	rc=0
	if [ -f "$here/klds/$1.c" ]; then
		SRC=$here/klds/$1.c OUT=$ko set_kernel sh "$root/tools/kld.sh" || rc=1
	else
		set_kernel sh "$root/tools/build-kld.sh" "$1" "$ko" || rc=1
	fi
	unlock
	if [ $rc -ne 0 ]; then
		cp "$work/build.log" "$vm/$1.build.log"
		why="$1.ko does not build for it: $(grep -m 1 -i 'error' "$work/build.log"); see $vm/$1.build.log"
		echo "$why" > "$work/$kname.$1.why"
		return 1
	fi
	echo "$key" > "$vm/$1.key"
}
# LinuxKPI and the modules of $s_linuxkpi, of this kernel's sources, on our page.
build_linuxkpi() {
	lock "$root/obj/vm/.lock"
	rc=0
	OBJ=$vm/linuxkpi DRIVERS=$s_linuxkpi set_kernel sh "$root/tools/linuxkpi.sh" linuxkpi || rc=1
	unlock
	if [ $rc -ne 0 ]; then
		cp "$work/build.log" "$vm/linuxkpi.build.log"
		why="LinuxKPI does not build for it: $(grep -m 1 -i 'error\|make ' "$work/build.log"); see $vm/linuxkpi.build.log"
	fi
	return $rc
}
set_kernel() {
	ARCH=$arch SYSDIR=$ksys KERNBUILDDIR=$kbuild quiet "$@"
}
