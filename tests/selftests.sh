#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The self-test klds in kldhost, on every kind of machine and with every fault.
set -u
. "$(dirname "$0")/tap.sh"
host=tools/kldhost
page="$k/lkpi_page.ko $k/selftest.ko -- selftest_main"
pool="$k/lkpi_page.ko $k/page_pool.ko $k/softdev.ko $k/selftest_pool.ko -- selftest_pool_main"
on_page() { says 0 'selftest: [0-9]* passed, 0 failed' $host run "$@" $page; }
on_pool() { says 0 'selftest_pool: [0-9]* passed, 0 failed' $host run "$@" $pool; }

ok "struct page, default machine" on_page
ok "struct page, two domains" on_page --mem 1M-48M@0,64M-128M@1
ok "struct page, one-page segments, ends inside blocks" on_page --mem 4K-8K,12K-16K,1M-33M,33796K-33800K,33808K-34000K,48M-96M
ok "struct page, overlapping early segments" on_page --mem 16M-19M,+18M-18944K,20M-64M
ok "struct page, memory above 4 GiB" on_page --mem 1M-64M,4G-4160M
ok "struct page, 16 TiB" on_page --mem 1M-3G,4G-16T
ok "struct page, device memory in a hole and above RAM" on_page --mem 1M-65M,80M-96M --fictitious 70M-71M
ok "struct page, one CPU" on_page --cpus 1
ok "struct page, preloaded" says 0 'selftest: [0-9]* passed, 0 failed' $host run --preload $k/lkpi_page.ko $k/selftest.ko -- selftest_main
ok "struct page, backed at load" on_page --env compat.lkpi_page.eager=1
for mode in identity translate bounce; do
	ok "page_pool, $mode" on_pool --iommu $mode
done
ok "page_pool, two domains" on_pool --mem 1M-48M@0,64M-128M@1
ok "page_pool, memory above 4 GiB" on_pool --mem 1M-64M,4G-4160M
finish
