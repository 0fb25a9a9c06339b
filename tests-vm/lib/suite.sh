# SPDX-License-Identifier: BSD-2-Clause
# Sourced: suite files.  Lines of a name and its values, then `script' and the
# lines that init does.  ../README.md lists the names.

# In the order they run: what the others rest on comes first.
suitedir=${TESTS_VM_SUITES:-$here/suites}
suite_names() {
	for s in load shadow pool; do
		[ ! -f "$suitedir/$s" ] || echo $s
	done
	for s in "$suitedir"/*; do
		s=${s##*/}
		in_list "$s" "load shadow pool" || echo "$s"
	done
}
# Its first comment line after the licence.
suite_about() { sed -n '2s/^# *//p' "$suitedir/$1"; }

list_suites() {
	for s in $(suite_names); do
		printf '%-12s %s\n' "$s" "$(suite_about "$s")"
	done
}

# use_suite NAME: its header in s_*, its script in $work/script.
use_suite() {
	suite=$1
	s_arch='amd64 arm64 riscv64 i386' s_kind='' s_since='' s_options='' s_klds='' s_linuxkpi='' s_stock='' s_preload='' s_programs=''
	s_smp=1 s_mem=512M s_timeout=400 s_quick=no s_turns=1
	: > "$work/env"
	: > "$work/qemu"
	while read -r name value; do
		case $name in
		''|'#'*) ;;
		arch) s_arch=$value ;;
		kind) s_kind=$value ;;
		since) s_since=$value ;;
		options) s_options=$value ;;
		klds) s_klds=$value ;;
		linuxkpi) s_linuxkpi=$value ;;
		stock) s_stock=$value ;;
		preload) s_preload=$value ;;
		programs) s_programs=$value ;;
		smp) s_smp=$value ;;
		mem) s_mem=$value ;;
		timeout) s_timeout=$value ;;
		quick) s_quick=$value ;;
		turns) s_turns=$value ;;
		"turns-$kind"|"turns-$arch") s_turns=$value ;;
		turns-*) ;;
		env) printf '%s\n' "$value" >> "$work/env" ;;
		qemu) printf '%s\n' "$value" >> "$work/qemu" ;;
		script) break ;;
		*) die "suites/$1: unknown line: $name $value" ;;
		esac
	done < "$suitedir/$1"
	s_turns=${set_turns:-$s_turns}
	suite_script "$1" | sed "s/\$turns/$s_turns/g" > "$work/script"
}

# The script; `use NAME' stands for the script of another suite.
suite_script() {
	sed '1,/^script$/d' "$suitedir/$1" | while IFS= read -r line; do
		case $line in
		'use '*) suite_script "${line#use }" ;;
		*) printf '%s\n' "$line" ;;
		esac
	done
}

# Whether the suite is for this kernel; else $why is set.
suite_fits() {
	why=
	if ! in_list "$arch" "$s_arch"; then
		why="only on $s_arch"
	elif [ -n "$s_kind" ] && [ "$kind" != unknown ] && ! in_list "$kind" "$s_kind"; then
		why="only on kernels of kind $s_kind"
	elif [ -n "$s_since" ] && [ "$(kernel_release)" -lt "$s_since" ]; then
		why="only from FreeBSD $s_since on"
	else
		for o in $s_options; do
			kernel_option "$o" || why="needs a kernel with options $o"
		done
		for m in $s_linuxkpi; do
			if [ -z "$kbuild" ] || [ ! -d "$ksys/modules/linuxkpi" ]; then
				why="needs the kernel's sources and build folder, to build LinuxKPI from"
			elif grep -Eqs 'define[[:space:]]+COMPAT_LINUXKPI' "$kbuild"/opt_*.h; then
				why="this kernel has LinuxKPI compiled in"
			elif [ ! -f "$ksys/modules/$m/Makefile" ]; then
				why="the kernel's sources have no module $m"
			fi
		done
		for m in $s_stock; do
			[ -f "$kmodules/$m.ko" ] || why="needs the kernel's own $m.ko in $kmodules"
		done
	fi
	[ -z "$why" ]
}

# 512M, 5G or a plain number of MiB, in MiB.
mebibytes() {
	case $1 in
	*[!0-9GgMm]*|''|[GgMm]*|*[GgMm]?*) die "not a size of memory: $1 (say 512M or 5G)" ;;
	*[Gg]) echo $((${1%[Gg]} * 1024)) ;;
	*) echo "${1%[Mm]}" ;;
	esac
}
