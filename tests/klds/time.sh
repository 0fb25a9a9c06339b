# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: how long loading takes.

# Best of five: the host may be busy.
quick_load() {
	for i in 1 2 3 4 5; do
		script 0 --mem "$1" <<-E || return 1
		load lkpi_page.ko
		sysctl kldhost.load_us.lkpi_page
		E
		us=$(sed -n 's/^kldhost.load_us.lkpi_page: //p' "$tmp/out")
		[ "${us:-1000000}" -lt 1000 ] && return
	done
	echo "lkpi_page.ko took $us us to load"
	return 1
}
quick_start() {
	for i in 1 2 3 4 5; do
		timeout 1 $kh run --mem 1M-16T $page && return
	done
	return 1
}
test_ "lkpi_page.ko loads in less than 1 ms, 1 GiB" quick_load 1M-1G
test_ "lkpi_page.ko loads in less than 1 ms, 16 TiB" quick_load 1M-16T
test_ "16 TiB: start, load and unload in less than 1 s" quick_start
