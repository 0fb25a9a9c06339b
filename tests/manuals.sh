#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages: what mandoc says of them, whether they name what there is,
# and whether their examples work.
set -u
. "$(dirname "$0")/tap.sh"
. tools/headers.sh

# FreeBSD's own pages that ours refer to.
theirs="dtrace.1 kenv.1 sh.1 libxo.3 xo_parse_args.3 kld.4 pci.4 witness.4 loader.conf.5 ifconfig.8 kldload.8
    kldunload.8 loader.8 sysctl.8 bus_dma.9 critical.9 firmware.9 mbuf.9 mutex.9 vm_page_wire.9"

# Other systems' pages are not at hand: references are looked at below.
lint() {
	mandoc -Tlint "$1" > "$work/lint" 2> "$work/errors"
	grep '^mandoc: docs/' "$work/lint" | grep -v 'STYLE: referenced manual not found' && return 1
	mandoc -Tlocale "$1" | sed 's/.\x08//g' > "$work/text" && grep -q '^SEE ALSO' "$work/text"
}
for page in docs/*.[1-9]; do
	ok "$page: mandoc" lint "$page"
done

references() {
	sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1.\2/p' docs/*.[1-9] | sort -u > "$work/xr"
	bad=0
	while read -r x; do
		[ -f "docs/$x" ] || case " $(echo $theirs) " in *" $x "*) ;; *) echo "no page $x"; bad=1 ;; esac
	done < "$work/xr"
	return $bad
}
ok "pages refer to pages that there are" references

# Every variable of a tree has its words in a page, and none has that is not there.
variables() {
	tools/kldhost sysctl $(printf -- '--kld %s ' $3) "$1" | sed -n "s/^$1\.\([a-z0-9_]*\):.*/\1/p" > "$work/there"
	printf '%s\n' ${4:-} >> "$work/there"
	sed -n '/^\.Sh SYSCTL VARIABLES/,/^\.Sh [^S]/s/^\.It Va //p' "$2" | tr -d ' ' | tr ',' '\n' > "$work/told"
	sort -u -o "$work/there" "$work/there"; sort -u -o "$work/told" "$work/told"
	sed -i '/^$/d' "$work/there"
	diff "$work/there" "$work/told"
}
ok "lkpi_page(4) tells of every sysctl" variables compat.lkpi_page docs/lkpi_page.4 $k/lkpi_page.ko
# Lists for programs are left out where a tree is shown.
ok "page_pool(4) tells of every sysctl" variables compat.page_pool docs/page_pool.4 "$k/lkpi_page.ko $k/page_pool.ko" \
    "pool_list holder_list"
knobs() {
	sed -n 's/^\(KNOB\|COUNTER\)(\([a-z_]*\),.*/\2/p; s/.*_compat_mt76sim, OID_AUTO, \(devices\|state\|damage\),.*/\1/p' \
	    kmod/mt76sim/mt76sim.c | sort -u > "$work/there"
	sed -n 's/^\.It Va //p' docs/mt76sim.4 | tr -d ' ' | tr ',' '\n' | sort -u > "$work/told"
	diff "$work/there" "$work/told"
}
ok "mt76sim(4) tells of every sysctl" knobs

probes() {
	sed -n "s/^SDT_PROBE_DEFINE[0-9]($1, , , \([a-z_]*\),.*/\1/p" kmod/$1/*.c | sed 's/__/-/g' | sort > "$work/there"
	sed -n "s/^\.It Fn $1:::\([a-z-]*\).*/\1/p" "$2" | sort > "$work/told"
	[ -s "$work/there" ] && diff "$work/there" "$work/told"
}
ok "lkpi_page(4) tells of every probe" probes lkpi_page docs/lkpi_page.4
ok "page_pool(4) tells of every probe" probes page_pool docs/page_pool.4

# options PAGE COMMAND...: what the help lists and the page does not.
options() {
	page=$1; shift
	"$@" --help | grep -o -- '--[a-z][a-z-]*' | sort -u | sed '/--help/d; /--version/d; /--quiet/d; /--verbose/d; /--summary/d; s/^--//' > "$work/there"
	bad=0
	while read -r x; do grep -q "Fl Fl $x\b" "$page" || { echo "--$x"; bad=1; }; done < "$work/there"
	[ -s "$work/there" ] || bad=1
	return $bad
}
for c in run sysctl symbols; do
	ok "kldhost(1) tells of every option of $c" options docs/kldhost.1 tools/kldhost $c
done

# examples PAGE WORD: its literal displays and lines that begin so, as commands.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" | sed -n '/^\.Bd -literal/,/^\.Ed/p; s/^\.Dl //p' |
	    sed 's/^\.Bd.*//; s/^\.Ed.*//; s/\\e/\\/g'
}
kldhost_examples() {
	examples docs/kldhost.1 > "$work/commands"
	[ "$(grep -c '^tools/kldhost' "$work/commands")" = 3 ] && sh -eu "$work/commands"
}
ok "the examples of kldhost(1) work" kldhost_examples
# The socket takes a moment; a run that is told to end by force leaves no leak behind.
ppstat_example() {
	sh tools/ppstat.sh
	examples docs/ppstat.8 | sed -n '/^tools\/kldhost/,$p' | sed "s|/tmp/kh|$work/kh|g" |
	    awk -v dir="$work" '
		/&$/ { sub(/=[0-9]* &/, "=2000000000 > /dev/null \\&"); print; print "echo $! > " dir "/pid"
		    print "for i in $(seq 100); do [ ! -e " dir "/kh ] || break; sleep 0.1; done"; next }
		{ print }' > "$work/commands"
	grep -q '^PPSTAT_SOCKET' "$work/commands" && grep -q 2000000000 "$work/commands" || return
	timeout 60 sh -eu "$work/commands" > "$work/said"
	rc=$?
	kill "$(cat "$work/pid")"
	cat "$work/said"
	[ $rc = 0 ] && [ "$(grep -c 'counters a second' "$work/said")" = 4 ]
}
ok "the example of a hosted kernel in ppstat(8) works" ppstat_example

# The example of a driver compiles.
driver_example() {
	{
		cat <<-'E'
		#include <linux/err.h>
		#include <net/page_pool/helpers.h>
		#include <lkpirs/page_pool_mbuf.h>
		#include <sys/mbuf.h>
		struct rx_desc { dma_addr_t addr; };
		static int example(struct device *dev, unsigned ring_size, struct rx_desc *desc, unsigned len,
		    void (*consume)(char *, unsigned), void (*input)(struct mbuf *)) {
		unsigned int offset; struct page *page; struct mbuf *m; char *buf;
		E
		examples docs/page_pool.9
		cat <<-'E'
		page_pool_destroy(pool); return (0); }
		#include <sys/kernel.h>
		#include <sys/module.h>
		static int event(module_t m, int what, void *arg) { return (arg == NULL ? 0 : example(arg, 0, NULL, 0, NULL, NULL)); }
		static moduledata_t example_mod = { "example", event, NULL };
		DECLARE_MODULE(example, example_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
		MODULE_VERSION(example, 1);
		MODULE_DEPEND(example, lkpi_page, 1, 1, 1);
		MODULE_DEPEND(example, page_pool, 1, 1, 1);
		E
	} > "$work/example.c"
	grep -q page_pool_put_full_page "$work/example.c" && make -s kld SRC="$work/example.c" OUT="$work/example.ko" &&
	    tools/kldhost run $k/lkpi_page.ko $k/page_pool.ko "$work/example.ko"
}
ok "the example of page_pool(9) compiles" driver_example
functions() {
	bad=0
	for f in $(sed -n 's/^\.Fn \(\(lkpirs_\)\{0,1\}page_pool_[a-z_]*\).*/\1/p' docs/page_pool.9 | sort -u); do
		grep -Eq "^(int	)?$f\\(" sys/compat/linuxkpi/common/include/net/page_pool/*.h \
		    sys/compat/linuxkpi/common/include/lkpirs/page_pool_mbuf.h || { echo "no function $f"; bad=1; }
	done
	return $bad
}
ok "page_pool(9) names functions that there are" functions
finish
