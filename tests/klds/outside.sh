# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: klds from outside of the tree, and what is refused.

cat > "$tmp/body" <<'E'
int mine_main(int, char **);
int mine_main(int argc, char **argv)
{
	struct page *p = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);

	if (p == NULL || virt_to_head_page((char *)page_address(p) + 5000) != p)
		return (1);
	put_page(p + 3);
	return (0);
}
E
kld_outside() {
	{ module mine; echo "MODULE_DEPEND(mine, lkpi_page, 1, 1, 1);"; cat "$tmp/body"; } > "$tmp/mine.c"
	outside mine && exits 0 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "klds=2 leaks=0 failures=0"
}
test_ "make kld: a kld from outside the tree" kld_outside
kld_independent() {
	{ module mine; cat "$tmp/body"; } > "$tmp/mine.c"
	outside mine && exits 2 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "mine.ko: undefined symbols: lkpirs_alloc_pages, "
}
test_ "symbols come from what a kld depends on, and nowhere else" kld_independent
kld_missing() {
	{ module mine; echo "MODULE_DEPEND(mine, lkpi_page, 1, 1, 1);"
	echo "int lkpirs_no_such(void); int mine_main(void); int mine_main(void) { return (lkpirs_no_such()); }"
	} > "$tmp/mine.c"
	outside mine && exits 2 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "mine.ko: undefined symbol: lkpirs_no_such"
}
test_ "a missing symbol is named" kld_missing
kld_version() {
	{ module mine; echo "MODULE_DEPEND(mine, lkpi_page, 2, 2, 3);"; cat "$tmp/body"; } > "$tmp/mine.c"
	outside mine && exits 2 $kh run $page "$tmp/mine.ko" -- mine_main &&
	    says "mine.ko: depends on module lkpi_page version 2..3, but version 1 is there"
}
test_ "a kld that wants another version is refused" kld_version
# As many entries in the linker set as the sources define.
probes() {
	for kld in lkpi_page page_pool; do
		want=$(cat kmod/$kld/*.c | grep -c '^SDT_PROBE_DEFINE')
		got=$("$(tool llvm-readelf)" -SW $o/$kld.ko | awk '{ sub(/\[ */, "[") } $2 == "set_sdt_probes_set" { print $6 }')
		[ $((0x$got / 8)) = "$want" ] || { echo "$kld: 0x$got bytes for $want probes"; return 1; }
	done
}
test_ "the klds have their DTrace probes" probes
