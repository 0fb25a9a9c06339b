#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The port of packaging/freebsd: what can be checked of the port on any host, and a
# line for what cannot.
set -u
. "$(dirname "$0")/tap.sh"
port=packaging/freebsd

# value NAME [OPTION=VALUE...]: as make has it, with a ports tree that is empty.
mkdir "$work/mk"
: > "$work/mk/sys.mk"
: > "$work/mk/bsd.port.options.mk"
: > "$work/mk/bsd.port.mk"
value() {
	name=$1; shift
	bmake -m "$work/mk" -f "$root/$port/Makefile" "$@" -v "$name"
}

variables() {
	for v in PORTNAME DISTVERSION CATEGORIES MAINTAINER COMMENT LICENSE LICENSE_FILE USES OPTIONS_DEFINE; do
		[ -n "$(value $v)" ] || { echo "$v is not set"; return 1; }
	done
	comment=$(value COMMENT)
	[ ${#comment} -le 70 ] || { echo "COMMENT is longer than 70"; return 1; }
	case $comment in *. | [a-z]* | A\ * | An\ *) echo "COMMENT: $comment"; return 1 ;; esac
	[ "$(value DISTVERSION)" = "$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)" ] ||
	    { echo "DISTVERSION is not Cargo.toml's version"; return 1; }
	[ -f "$(value LICENSE_FILE WRKSRC="$root")" ] || { echo "no LICENSE_FILE"; return 1; }
	case " $(value USES) " in *" kmod "*) ;; *) echo "USES has no kmod"; return 1 ;; esac
	grep -q "LLVM:=$(value LLVM_VERSION)" tools/headers.sh || { echo "LLVM_VERSION is not tools/headers.sh's"; return 1; }
}
ok "variables" variables

# As portlint(1) looks at files: order of the first block, tabs, ends of lines.
layout() {
	awk '/^[A-Z_]+[?+]?=/ { sub(/[?+]?=.*/, ""); print }' $port/Makefile | head -n 8 | tr '\n' ' ' > "$work/order"
	[ "$(cat "$work/order")" = "PORTNAME DISTVERSION CATEGORIES PKGNAMESUFFIX MAINTAINER COMMENT LICENSE LICENSE_FILE " ] ||
	    { cat "$work/order"; return 1; }
	! grep -nE '^[A-Z_]+[?+]?= +[^ ]' $port/Makefile || { echo "a blank for a tab"; return 1; }
	! grep -nE '[[:blank:]]+$' $port/* || { echo "blanks at the end of a line"; return 1; }
	! grep -nE '.{81}' $port/pkg-descr || { echo "pkg-descr: longer than 80"; return 1; }
	for f in $port/*; do
		[ -z "$(tail -c 1 "$f")" ] || { echo "$f: no end of the last line"; return 1; }
	done
	[ "$(tail -n 1 $port/Makefile)" = ".include <bsd.port.mk>" ]
}
ok "layout" layout

# Every option has its words in the packing list, and those only.
options() {
	value OPTIONS_DEFINE | tr ' ' '\n' | sort > "$work/defined"
	grep -o '%%[A-Z]*%%' $port/pkg-plist | tr -d % | grep -v KMODDIR | sort -u > "$work/used"
	diff "$work/defined" "$work/used" || return 1
	for o in $(value OPTIONS_DEFINE); do
		grep -q "^do-install-$o-on:" $port/Makefile || { echo "$o installs nothing"; return 1; }
		case $o in MANPAGES) ;; *) [ -n "$(value "${o}_DESC")" ] || { echo "no ${o}_DESC"; return 1; } ;; esac
	done
	for o in $(value OPTIONS_DEFAULT); do grep -qx "$o" "$work/defined" || { echo "no option $o"; return 1; }; done
}
ok "options" options

# The list against what make install does, all options on: ports compress
# manual pages, and the program is FreeBSD's.
plist() {
	make -s install DESTDIR="$work/stage" PREFIX=/usr/local || return 1
	(cd "$work/stage" && find . -type f | sed 's|^\.||') |
	    sed 's|^/usr/local/||; /^share\/man\//s/$/.gz/; s|^/boot/modules/|/%%KMODDIR%%/|' | sort > "$work/installed"
	sed 's/%%[A-Z]*%%\([^/]\)/\1/g; s/%%[A-Z]*%%\(share\|sbin\)/\1/' $port/pkg-plist | grep -v '^sbin/ppstat$' | sort > "$work/listed"
	grep -q '^%%PPSTAT%%sbin/ppstat$' $port/pkg-plist || { echo "no ppstat in pkg-plist"; return 1; }
	diff "$work/installed" "$work/listed"
}
ok "pkg-plist is what make install installs" plist
deinstall() {
	make -s deinstall DESTDIR="$work/stage" PREFIX=/usr/local
	left=$(find "$work/stage" -type f)
	[ -z "$left" ] || { echo "$left"; return 1; }
}
ok "make deinstall leaves nothing" deinstall

crates() {
	python3 - <<-'E'
	import re
	lock = {}
	for block in open("Cargo.lock").read().split("[[package]]")[1:]:
	    field = dict(re.findall(r'^(\w+) = "(.*)"$', block, re.M))
	    if "checksum" in field:
	        lock[field["name"] + "-" + field["version"]] = field["checksum"]
	listed = open("packaging/freebsd/Makefile.crates").read().replace("\\\n", " ").split("=")[1].split()
	info = open("packaging/freebsd/distinfo").read()
	sums = dict(re.findall(r"^SHA256 \(rust/crates/(.*)\.crate\) = ([0-9a-f]{64})$", info, re.M))
	sizes = re.findall(r"^SIZE \(rust/crates/(.*)\.crate\) = [1-9][0-9]*$", info, re.M)
	assert listed == sorted(lock) and sums == lock and sizes == sorted(lock), \
	    "not Cargo.lock's crates: run packaging/freebsd/crates.sh"
	E
}
ok "crates and their sums are Cargo.lock's" crates

# The tunables of the sample are the klds', with what they are.
sample() {
	sed -n 's/^#\(compat[a-z_.]*\)="\(.*\)"$/\1: \2/p' $port/loader.conf.sample > "$work/told"
	[ -s "$work/told" ] || return 1
	while read -r line; do
		tools/kldhost sysctl --kld $k/lkpi_page.ko --kld $k/page_pool.ko "${line%%:*}" | grep -qx "$line" ||
		    { echo "not so: $line"; return 1; }
	done < "$work/told"
	for m in lkpi_page page_pool; do
		for f in loader.conf.sample pkg-message; do grep -q "${m}_load=\"YES\"" $port/$f || return 1; done
	done
}
ok "loader.conf.sample has the klds' tunables and their values" sample

echo "not checked, as there is no release: its tarball in distinfo, MASTER_SITES, WWW; nor portlint(1), poudriere(8)"
finish
