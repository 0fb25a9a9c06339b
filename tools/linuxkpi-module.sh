# SPDX-License-Identifier: BSD-2-Clause
# Sourced by linuxkpi.sh: one module of the tree.

make="bmake"
[ "$(uname -s)" != FreeBSD ] || make=make
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || getconf NPROCESSORS_ONLN)
case $ARCH in
arm64) cpuarch=aarch64 machine=arm64 ;;
riscv64) cpuarch=riscv machine=riscv ;;
*) cpuarch=$ARCH machine=$ARCH ;;
esac
kern_opts=$(cat "$KERNBUILDDIR"/opt_*.h | awk '$1 == "#define" { printf "%s ", $2 }')
gensrcs=$(awk '/^LINUXKPI_GENSRCS/ { on = 1 }
	on { more = /\\$/; gsub(/\\|^LINUXKPI_GENSRCS.?=/, ""); print; if (!more) exit }' "$SYSDIR/conf/kmod.mk")
[ -n "$gensrcs" ] || die "a tree that is not known: no LINUXKPI_GENSRCS in $SYSDIR/conf/kmod.mk"

kernel_option() {
	case " $kern_opts" in *" $1 "*) echo yes ;; *) echo no ;; esac
}

# ask MODULE VARIABLE...: what its Makefile sets them to, a line each.
ask() {
	dir=$SYSDIR/modules/$1; shift
	args=
	for v; do args="$args -V \${$v}"; done
	# shellcheck disable=SC2086
	env -u MAKEFLAGS -u MAKELEVEL MAKEOBJDIR="$dir" "$make" -C "$dir" \
	    -m "$root/tools/mk" -m "${SYSDIR%/sys}/share/mk" SRCTOP="${SYSDIR%/sys}" SYSDIR="$SYSDIR" S="$SYSDIR" KERNBUILDDIR="$KERNBUILDDIR" \
	    MACHINE=$machine MACHINE_CPUARCH=$cpuarch MACHINE_ARCH=$cpuarch \
	    KERN_OPTS="$kern_opts" LINUXKPI_GENSRCS="$(echo $gensrcs)" LINUXKPI_INCLUDES= \
	    $args || die "$dir/Makefile: $make cannot read it"
}

# generate NAME DIR: an interface's or an option's file, where the kernel's own
# build has not left it.
generate() {
	[ ! -f "$KERNBUILDDIR/$1" ] && [ ! -f "$2/$1" ] || return 0
	case $1 in
	opt_*.h)
		: > "$2/$1" ;;
	vnode_if*.h)
		for f in -h -p -q; do
			(cd "$2" && awk -f "$SYSDIR/tools/vnode_if.awk" "$SYSDIR/kern/vnode_if.src" $f)
		done ;;
	*_if.[ch])
		if_m=$(find "$SYSDIR" -name "${1%.?}.m" | head -n 1)
		[ -n "$if_m" ] || die "a tree that is not known: no ${1%.?}.m"
		(cd "$2" && awk -f "$SYSDIR/tools/makeobjops.awk" "$if_m" "-${1##*.}") ;;
	*)	;;	# which is there, or the compiler says so
	esac
}

# source_of FILE DIR...: ours, or the first that is there.
source_of() {
	f=$1; shift
	for d; do
		case $d/$f in
		"$SYSDIR"/*) ours=$root/sys/${d#"$SYSDIR"/}/$f
			[ ! -f "$ours" ] || { echo "$ours"; return; } ;;
		esac
		[ ! -f "$d/$f" ] || { echo "$d/$f"; return; }
	done
}

# uses KLD OBJECT...: whether they need something of kmod/KLD.
uses() {
	of=kmod/$1/exports; shift
	[ -f "$of" ] && "$(tool llvm-nm)" -u "$@" | awk '{ print $NF }' | grep -qxF -f "$of"
}

# module_c KMOD OBJECT...: what a kld of unmodified sources needs to find ours:
# dependencies are loaded in the order in which they stand.
module_c() {
	kld=$1; shift
	echo "#include <sys/param.h>"
	echo "#include <sys/systm.h>"
	echo "#include <sys/kernel.h>"
	echo "#include <sys/module.h>"
	deps="lkpi_page page_pool"
	[ "$kld" = linuxkpi ] || deps="$deps linuxkpi_page_abi linuxkpi"
	case $kld in mt76*|if_mt*) deps="$deps linuxkpi_wlan wlan" ;; esac
	if uses mt76 "$@"; then deps="$deps mt76"; fi
	for d in $deps; do
		echo "MODULE_DEPEND(lkpirs_$kld, $d, 1, 1, 1);"
	done
}

# The first mistake, if any.
mistake() {
	cat "$1"/*.err | grep -m 1 'error:' || cat "$1"/*.err | head -n 1
}

# Lines of OBJECT SOURCE; what none of its files is newer than is left alone.
compile_all() {
	# shellcheck disable=SC2016
	xargs -P "$jobs" -L 1 sh -c '
		if [ -f "$2" ] && [ -f "$2.d" ] && [ -z "$(find $(sed "s/^[^:]*://; s/\\\\$//" "$2.d") "$1" -newer "$2" 2>&1 | head -n 1)" ]; then
			exit 0
		fi
		"$0" "@$1" -MMD -MF "$2.d" -c "$3" -o "$2.new" 2>"$2.err" && mv "$2.new" "$2"' "$(tool clang)" "$1"
}

# LinuxKPI's names for what takes a struct page, or what holds one, by which
# something built for FreeBSD's own would link with ours.
page_names='linux_page_address|linux_(alloc|free)_(pages|kmem)|linuxkpi_page_frag_(alloc|free)'
page_names="$page_names|linuxkpi__page_frag_cache_drain|get_user_pages(_remote)?|__get_user_pages_fast"
page_names="$page_names|vmap|linux_shmem_read_mapping_page_gfp|linux_dma_(un)?map_sg_attrs"
page_names="$page_names|linuxkpi_((dev_)?alloc|build|kfree)_skb|linuxkpi_skb_copy"

# update FILE: its new contents, if they differ.
update() {
	cat > "$1.new"
	if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

build_module() {
	m=$1
	kmod=$(ask "$m" KMOD) exports=$(ask "$m" EXPORT_SYMS)
	[ -n "$kmod" ] || die "a tree that is not known: $SYSDIR/modules/$m/Makefile names no KMOD"
	srcs=$(ask "$m" SRCS) path=$(ask "$m" .PATH | tr ' ' '\n' | grep -v '^\.$') mflags=$(ask "$m" CFLAGS)
	ko=$obj/$kmod.ko tmp=$obj/.$kmod
	mkdir -p "$tmp/gen"
	# Of the tree's files: the mistakes that a changed type makes, and no others.
	# Which headers of ours there are decides as well what is compiled.
	echo "$(sh tools/kld-cflags.sh --linuxkpi) -I$tmp/gen $mflags -Wno-everything
	    -DLKPIRS_HEADERS=$(find sys -type f | sort | cksum | cut -d ' ' -f 1)
	    -Werror=incompatible-pointer-types -Werror=incompatible-function-pointer-types
	    -Werror=int-conversion -Werror=implicit-function-declaration
	    -Werror=implicit-int -Werror=return-type" | update "$tmp/flags"
	: > "$tmp/lines"
	objs=
	for s in $srcs; do
		case $s in
		*.h) generate "$s" "$tmp/gen"; continue ;;
		*_if.c) generate "$s" "$tmp/gen"; src=$tmp/gen/$s ;;
		*.c)	# shellcheck disable=SC2086
			src=$(source_of "$s" "$SYSDIR/modules/$m" $path) ;;
		*)	die "a tree that is not known: $m is made of $s as well" ;;
		esac
		[ -n "$src" ] || die "a tree that is not known: $m is made of $s, which is nowhere"
		o=$tmp/$(echo "${s%.c}" | tr / -).o
		echo "$o $src" >> "$tmp/lines"
		objs="$objs $o"
	done
	compile_all "$tmp/flags" < "$tmp/lines" || die "$kmod does not compile: $(mistake "$tmp") ($tmp/*.err)"
	# shellcheck disable=SC2086
	module_c "$kmod" $objs | update "$tmp/module.c"
	echo "$tmp/module.o $tmp/module.c" | compile_all "$tmp/flags" || die "$kmod: $(mistake "$tmp")"
	objs="$tmp/module.o $objs"
	# shellcheck disable=SC2086
	[ ! -f "$ko" ] || [ -n "$(find $objs tools/link-kld.sh -newer "$ko" | head -n 1)" ] || return 0
	echo "build: $ko"
	# One that says nothing is used by others all the same (mt76_core): FreeBSD
	# finds local symbols, unless debug.link_elf_obj_leak_locals is 0.
	case $exports in
	YES|'')	exports=all ;;
	*)	echo "$exports" | tr ' ' '\n' | grep -vx NO > "$tmp/exports" || true
		exports=$tmp/exports ;;
	esac
	# shellcheck disable=SC2086
	sh tools/link-kld.sh "$ko.new" "$exports" $objs
	bad=$($(tool llvm-nm) "$ko.new" | awk '{ print $NF }' | grep -Ex "$page_names" | tr '\n' ' ') || true
	[ -z "$bad" ] || die "$kmod has names for FreeBSD's own struct page: $bad"
	mv "$ko.new" "$ko"
}
