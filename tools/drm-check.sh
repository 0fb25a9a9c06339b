#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Does drm-kmod compile with our struct page?  make drm-check DRM_KMOD=<tree>
#
# Its files that use pages are compiled to objects, against our headers in front
# of the tree's and of SYSDIR's LinuxKPI; then all others are checked for what a
# changed type breaks.  A file that fails is compiled without our headers: when
# it fails there, too, its trouble is not ours.  Each module's own Makefile says
# what it is made of.
#
#   DRM_KMOD      a drm-kmod tree
#   SYSDIR, KERNBUILDDIR   a FreeBSD sys/ tree and its kernel's build folder
#   DRM_FILES     "pages": only the files that use pages; default: all
#
# Exit status 1 if a file fails with our headers only, or if an object calls
# LinuxKPI's functions on native pages.  Logs: obj/<arch>/.drm-check/
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tools/headers.sh
. tools/arch.sh
die() { echo "make drm-check: $1" >&2; exit 2; }
[ -n "${DRM_KMOD:-}" ] || die "needs DRM_KMOD=, a drm-kmod tree"
[ -d "$DRM_KMOD/drivers/gpu/drm" ] || die "DRM_KMOD=$DRM_KMOD is no drm-kmod tree (no drivers/gpu/drm)"
[ -n "${SYSDIR:-}" ] || die "needs SYSDIR=, a FreeBSD sys/ tree"
[ -f "$SYSDIR/compat/linuxkpi/common/include/linux/page.h" ] || die "SYSDIR=$SYSDIR has no LinuxKPI"
[ -f "${KERNBUILDDIR:-}/opt_global.h" ] || die "needs KERNBUILDDIR=, the build folder of the kernel (opt_global.h)"
DRM_KMOD=$(cd "$DRM_KMOD" && pwd -P) SYSDIR=$(cd "$SYSDIR" && pwd -P) KERNBUILDDIR=$(cd "$KERNBUILDDIR" && pwd -P)
export SYSDIR KERNBUILDDIR
what=drm-check
. tools/linuxkpi-module.sh

tmp=obj/$ARCH/.drm-check
rm -rf "$tmp"; mkdir -p "$tmp/gen" "$tmp/log"
list=$tmp/files; : > "$list"

# The files that use pages: those that test PAGE_IS_LKPI_PAGE, and those that
# rely on what it stands for.
uses_pages() {
	case ${1#"$DRM_KMOD"/drivers/gpu/drm/} in
	ttm/ttm_pool.c|ttm/ttm_tt.c|ttm/ttm_bo_vm.c|ttm/ttm_bo_util.c|ttm/ttm_device.c|ttm/ttm_agp_backend.c) ;;
	i915/i915_gpu_error.c|i915/i915_scatterlist.c|i915/i915_mm.c|i915/i915_vma.c|i915/intel_freebsd.c) ;;
	i915/gem/i915_gem_pages.c|i915/gem/i915_gem_phys.c|i915/gem/i915_gem_shmem.c) ;;
	i915/gem/i915_gem_internal.c|i915/gem/i915_gem_userptr.c|i915/gem/i915_gem_ttm.c) ;;
	i915/gem/i915_gem_execbuffer.c|i915/gem/i915_gem_mman.c|i915/i915_gem.c) ;;
	i915/gt/shmem_utils.c|i915/gt/intel_ggtt_fencing.c|i915/gt/intel_gtt.c) ;;
	amd/amdgpu/amdgpu_ttm.c|amd/amdgpu/amdgpu_gart.c|amd/amdgpu/amdgpu_hmm.c) ;;
	radeon/radeon_ttm.c|radeon/radeon_device.c|radeon/radeon_gart.c) ;;
	drm_cache.c|drm_prime.c|drm_gem.c|drm_gem_shmem_helper.c|drm_pagemap.c|drm_panic.c) ;;
	*) grep -q PAGE_IS_LKPI_PAGE "$1" ;;
	esac
}

# what its Makefile sets each variable to, a line each.
ask_drm() {
	dir=$1; shift
	args=
	for v; do args="$args -V \${$v}"; done
	# shellcheck disable=SC2086
	env -u MAKEFLAGS -u MAKELEVEL MAKEOBJDIR="$dir" "$make" -C "$dir" -m "$root/tools/mk" \
	    SRCTOP="${SYSDIR%/sys}" SYSDIR="$SYSDIR" S="$SYSDIR" KERNBUILDDIR="$KERNBUILDDIR" \
	    MACHINE=$machine MACHINE_CPUARCH=$cpuarch MACHINE_ARCH=$cpuarch CC="$(tool clang)" \
	    COMPILER_TYPE=clang COMPILER_VERSION="$("$(tool clang)" -dumpversion | awk -F. '{ print $1 * 10000 + $2 * 100 }')" \
	    $args || die "$dir/Makefile: $make cannot read it"
}

# The mistakes that a changed type makes, and no others.
warn="-Wno-everything -Werror=incompatible-pointer-types -Werror=incompatible-function-pointer-types
    -Werror=int-conversion -Werror=implicit-function-declaration -Werror=implicit-int -Werror=return-type"
overlay=-I$root/sys/compat/linuxkpi/common/include
# The tree's folders come after ours and before LinuxKPI's.
ours="$(sh tools/kld-cflags.sh --linuxkpi) -I$tmp/gen $warn"
stock="$(sh tools/kld-cflags.sh --stock) -I$tmp/gen $warn"

for makefile in "$DRM_KMOD"/*/Makefile "$DRM_KMOD"/*/*/Makefile; do
	grep -q '^KMOD=' "$makefile" || continue
	dir=$(dirname "$makefile")
	kmod=$(ask_drm "$dir" KMOD)
	case $kmod/$ARCH in
	i915kms/amd64|i915kms/i386|[!i]*) ;;
	*) continue ;;
	esac
	srcs=$(ask_drm "$dir" SRCS)
	path=$(ask_drm "$dir" .PATH | tr ' ' '\n' | grep -v '^\.$')
	mflags=$(ask_drm "$dir" CFLAGS)
	echo "$overlay $mflags $ours" > "$tmp/$kmod.ours"
	echo "$mflags $stock" > "$tmp/$kmod.stock"
	cfiles=
	for s in $srcs; do
		case $s in
		*.h) generate "$s" "$tmp/gen" ;;
		*.c) cfiles="$cfiles $s" ;;
		esac
	done
	# Flags of a file's own are on the line of its name.
	vars=
	for s in $cfiles; do vars="$vars CFLAGS.$s"; done
	# shellcheck disable=SC2086
	ask_drm "$dir" $vars > "$tmp/own"
	for s in $cfiles; do
		read -r own || own=
		src=
		for d in "$dir" $path; do
			[ ! -f "$d/$s" ] || { src=$d/$s; break; }
		done
		[ -n "$src" ] || continue
		kind=rest
		! uses_pages "$src" || kind=pages
		# No blank at the end: xargs(1) would go on with the next line.
		echo "$kind $kmod $src${own:+ $own}" >> "$list"
	done < "$tmp/own"
done
[ -s "$list" ] || die "no module in $DRM_KMOD"

# compile KIND: a line "ok|theirs|OURS SOURCE LOG" for each file.
compile() {
	grep "^$1 " "$list" | CC=$(tool clang) TMP=$tmp xargs -P "$jobs" -L 1 sh -c '
		kind=$0 kmod=$1 src=$2; shift 2
		name=$kmod.$(basename "$src" .c)
		log=$TMP/log/$name
		if [ "$kind" = pages ]; then out="-c -o $TMP/$name.o"; else out=-fsyntax-only; fi
		if $CC "@$TMP/$kmod.ours" "$@" $out "$src" 2> "$log"; then
			rm -f "$log"; echo "ok $src"
		elif $CC "@$TMP/$kmod.stock" "$@" -fsyntax-only "$src" 2> "$log.stock"; then
			rm -f "$log.stock"; echo "OURS $src $log"
		else
			echo "theirs $src $log"
		fi'
}

# report KIND TITLE: failures, counts; how many are ours in $bad.
report() {
	res=$tmp/result.$1
	compile "$1" | sort > "$res"
	awk -v base="$DRM_KMOD/" -v all="$3" '
		{ sub(base, "", $2) }
		$1 == "ok" && all { print "ok      " $2 }
		$1 != "ok" {
			why = ""
			while (why == "" && (getline line < $3) > 0) if (line ~ /error:/) why = line
			sub(/.*error: /, "", why)
			print ($1 == "OURS" ? "FAILED  " : "fails   ") $2 ": " why ($1 == "OURS" ? "" : " (without our headers, too)")
		}' "$res"
	n=$(wc -l < "$res") good=$(grep -c '^ok ' "$res" || true)
	bad=$(grep -c '^OURS ' "$res" || true) theirs=$(grep -c '^theirs ' "$res" || true)
	echo "drm-check: $2: $((n)) files, $good passed, $((bad + theirs)) failed: $theirs of them without our headers, too, $bad with ours only"
}

status=0
report pages "files that use pages" 1
[ "$bad" = 0 ] || status=1

# What the objects call: native pages would be a mixture.
native='get_user_pages|get_user_pages_remote|__get_user_pages_fast|vmap|lkpi_vmap|linux_(page_address|alloc_pages|free_pages|alloc_kmem|free_kmem)'
native="$native|linux_shmem_read_mapping_page_gfp|linuxkpi_(page_frag_alloc|page_frag_free|virt_to_page|pfn_to_page)|lkpi_vm_page_to_page"
calls=0 mixed=0
for o in "$tmp"/*.o; do
	[ -f "$o" ] || continue
	u=$($(tool llvm-nm) -u "$o" | awk '{ print $NF }')
	calls=$((calls + $(echo "$u" | grep -c '^lkpirs_' || true)))
	m=$(echo "$u" | grep -xE "$native" | tr '\n' ' ' || true)
	[ -z "$m" ] || { mixed=$((mixed + 1)); echo "MIXED   $(basename "$o" .o): calls $m"; }
done
echo "drm-check: their objects name $calls functions of ours; $mixed call LinuxKPI's functions on native pages"
[ "$mixed" = 0 ] || status=1

if [ "${DRM_FILES:-all}" = all ]; then
	report rest "all other files" ""
	[ "$bad" = 0 ] || status=1
fi
grep -rqs PAGE_IS_LKPI_PAGE "$DRM_KMOD/drivers/gpu/drm/ttm" ||
    echo "drm-check: this tree does not know PAGE_IS_LKPI_PAGE: its TTM is written for FreeBSD's page"
exit $status
