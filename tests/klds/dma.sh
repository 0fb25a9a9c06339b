# SPDX-License-Identifier: BSD-2-Clause
# Sourced by tests/kldhost.sh: the page_pool's self-tests and the main job in
# every DMA mode, bounce zones, DMA and look-ups of a kld's own memory.

for m in identity translate bounce; do
	test_ "page_pool, iommu $m" pool_tests --iommu $m
	test_ "main job, iommu $m" demo --iommu $m
done
test_ "page_pool, two NUMA domains" pool_tests --mem 1M-128M@0,128M-256M@1
test_ "page_pool, one CPU" pool_tests --cpus 1
test_ "page_pool, bounced, memory above 4 GiB" pool_tests --iommu bounce --mem 1M-64M,5G-6G
test_ "main job, 16 TiB" demo --mem 1M-16T
low_memory() {
	demo --mem 1M-64G || return 1
	bytes=$(sed -n 's/.*shadow_bytes=\([0-9]*\).*/\1/p' "$tmp/out")
	[ "$bytes" -lt 1048576 ] || { echo "the shadow takes $bytes bytes"; return 1; }
}
test_ "main job, 64 GiB, less than 1 MiB of shadows" low_memory

# --- bounce zones ---
# The first map of a tag that can bounce makes its zone, which sleeps: each case
# alone, so that no other one has made the zone before.
alone() {
	for c in $(names kmod/selftest_pool/selftest_pool.c); do
		exits 0 $kh run "$@" $pool $o/selftest_pool.ko -- \
		    selftest_pool_main $c || { echo "case $c"; return 1; }
	done
}
test_ "page_pool, each case in a kernel of its own, bounced" alone --iommu bounce
test_ "page_pool, each case in a kernel of its own, bounced, two domains" alone --iommu bounce \
    --mem 1M-64M@0,64M-128M@1
test_ "streaming DMA makes no bounce zone under a lock" \
    exits 0 $kh run $pool $o/selftest_pool.ko -- selftest_pool_main dma_streaming
zone_of_a_mutex() {
	{ module zone; cat <<-E; } > "$tmp/zone.c"
	#include <sys/lock.h>
	#include <sys/mutex.h>
	#include <sys/bus.h>
	#include <machine/bus.h>
	static struct mtx softc_lock;
	MTX_SYSINIT(softc, &softc_lock, "softc", MTX_DEF);
	static int attach(int early)
	{
		bus_dma_tag_t tag;
		bus_dmamap_t map;
		if (bus_dma_tag_create(NULL, 1, 0, 0xffffff, BUS_SPACE_MAXADDR, NULL, NULL,
		    4096, 1, 4096, early ? BUS_DMA_ALLOCNOW : 0, NULL, NULL, &tag) != 0)
			return (1);
		mtx_lock(&softc_lock);
		if (bus_dmamap_create(tag, 0, &map) != 0)
			return (1);
		mtx_unlock(&softc_lock);
		bus_dmamap_destroy(tag, map);
		return (bus_dma_tag_destroy(tag));
	}
	int right(void), wrong(void);
	int right(void) { return (attach(1)); }
	int wrong(void) { return (attach(0)); }
	E
	outside zone && exits 0 $kh run "$tmp/zone.ko" -- right && says "leaks=0 failures=0" &&
	    exits 3 $kh run "$tmp/zone.ko" -- wrong && says "$(zone_under softc) held from" &&
	    says "attach+0x" &&
	    exits 0 $kh run --iommu translate "$tmp/zone.ko" -- wrong
}
test_ "a kld that makes a bounce zone under a mutex is caught" zone_of_a_mutex

# --- a kld's own memory ---
static_data() {
	{ module own; echo "MODULE_DEPEND(own, lkpi_page, 1, 1, 1);"; cat <<-E; } > "$tmp/own.c"
	#include <vm/vm.h>
	#include <vm/pmap.h>
	#include <vm/vm_page.h>
	static char data[3 * PAGE_SIZE] = "initialised", bss[3 * PAGE_SIZE];
	static const char rodata[] = "constant";
	static int look(const volatile char *va)
	{
		struct page *p = virt_to_page((void *)(uintptr_t)va);
		return (p == NULL || page_to_phys(p) != (vtophys(va) & ~(vm_paddr_t)(PAGE_SIZE - 1)) ||
		    p->vm_page != PHYS_TO_VM_PAGE(vtophys(va)) || !vm_page_wired(p->vm_page) ||
		    ((char *)page_address(p))[offset_in_page(va)] != *va);
	}
	int own_main(void);
	int own_main(void)
	{
		int i, bad = look(rodata) + look((char *)(uintptr_t)own_main);
		bss[5000] = 'b';
		for (i = 0; i < sizeof(data); i += 500)
			bad += look(data + i) + look(bss + i);
		return (bad);
	}
	E
	outside own && exits 0 $kh run $page "$tmp/own.ko" -- own_main && says "klds=2 leaks=0 failures=0"
}
test_ "virt_to_page of a kld's static data, text and constants" static_data

# Where nothing needs a sync, nobody looks at one, unless asked to.
checked() { pool_tests --env compat.page_pool.check_syncs=1 "$@" && demo --env compat.page_pool.check_syncs=1 "$@"; }
for m in identity translate bounce; do
	test_ "page_pool, every sync is looked at, iommu $m" checked --iommu $m
done
