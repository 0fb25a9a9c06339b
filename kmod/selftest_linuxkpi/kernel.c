/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that the kernel maps: vmap(), kmap(), memory attributes, lists. */
#include "cases.h"

#include <linux/highmem.h>
#include <linux/scatterlist.h>
#include <linux/vmalloc.h>
#include <asm/set_memory.h>

/* More than linuxkpi.ko enters at a time. */
#define	MANY	37

void
fill_page(void *va, uint32_t seed)
{
	for (u_int i = 0; i < PAGE_SIZE / sizeof(uint32_t); i++)
		((uint32_t *)va)[i] = seed * 2654435761U + i;
}

bool
page_holds(const void *va, uint32_t seed)
{
	for (u_int i = 0; i < PAGE_SIZE / sizeof(uint32_t); i++)
		if (((const uint32_t *)va)[i] != seed * 2654435761U + i)
			return (false);
	return (true);
}

static bool
take(struct test *t, struct page **pages, int n)
{
	for (int i = 0; i < n; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!EXPECT(pages[i] != NULL)) {
			release_pages(pages, i);
			return (false);
		}
	}
	return (true);
}

/* Each page is at its place, backwards as well. */
void
test_vmap(struct test *t)
{
	struct page *pages[MANY], *swap;
	char *va;

	if (!take(t, pages, MANY))
		return;
	for (int i = 0; i < MANY / 2; i++) {
		swap = pages[i];
		pages[i] = pages[MANY - 1 - i];
		pages[MANY - 1 - i] = swap;
	}
	for (int i = 0; i < MANY; i++)
		fill_page(page_address(pages[i]), i);
	va = vmap(pages, MANY, VM_MAP, PAGE_KERNEL);
	if (EXPECT(va != NULL)) {
		for (int i = 0; i < MANY; i++) {
			EXPECT(page_holds(va + i * PAGE_SIZE, i));
			EXPECT(vmalloc_to_page(va + i * PAGE_SIZE) == pages[i]);
			fill_page(va + i * PAGE_SIZE, i + 100);
		}
		vunmap(va);
	}
	for (int i = 0; i < MANY; i++) {
		EXPECT(page_holds(page_address(pages[i]), i + 100));
		EXPECT(page_count(pages[i]) == 1);
	}
	release_pages(pages, MANY);
}

/* Pages that malloc(9) has. */
void
test_vmap_foreign(struct test *t)
{
	char *memory = malloc(4 * PAGE_SIZE, M_SELFTEST, M_WAITOK), *va;
	struct page *pages[4];

	for (int i = 0; i < 4; i++) {
		fill_page(memory + i * PAGE_SIZE, i);
		pages[i] = virt_to_page(memory + i * PAGE_SIZE);
		EXPECT(pages[i] != NULL);
	}
	va = vmap(pages, 4, VM_MAP, PAGE_KERNEL);
	if (EXPECT(va != NULL)) {
		for (int i = 0; i < 4; i++)
			EXPECT(page_holds(va + i * PAGE_SIZE, i));
		vunmap(va);
	}
	free(memory, M_SELFTEST);
}

void
test_kmap(struct test *t)
{
	struct page *pages[2];
	char part[64], *va;

	if (!take(t, pages, 2))
		return;
	va = kmap(pages[0]);
	if (EXPECT(va != NULL)) {
		fill_page(va, 7);
		EXPECT(kmap_to_page(va) == pages[0]);
		kunmap(pages[0]);
	}
	copy_highpage(pages[1], pages[0]);
	va = kmap_local_page(pages[1]);
	EXPECT(page_holds(va, 7));
	kunmap_local(va + 100);
	memcpy_from_page(part, pages[1], 128, sizeof(part));
	memcpy_to_page(pages[0], 128, part, sizeof(part));
	va = kmap_atomic(pages[0]);
	EXPECT(page_holds(va, 7));
	kunmap_atomic(va);
	release_pages(pages, 2);
}

static bool
all_are(struct page *page, int n, vm_memattr_t attr)
{
	for (int i = 0; i < n; i++)
		if (pmap_page_get_memattr(page_to_vm_page(nth_page(page, i))) != attr)
			return (false);
	return (true);
}

/* Of a block, an array, and by address: all pages, and no neighbour. */
void
test_attributes(struct test *t)
{
	struct page *block = alloc_pages(GFP_KERNEL, 3), *array[4];
	unsigned long va;

	if (!EXPECT(block != NULL))
		return;
	va = (unsigned long)page_address(block);
	EXPECT(set_pages_uc(block, 4) == 0);
	EXPECT(all_are(block, 4, VM_MEMATTR_UNCACHEABLE));
	EXPECT(all_are(block + 4, 4, VM_MEMATTR_DEFAULT));
	EXPECT(set_pages_wb(block, 8) == 0);
	EXPECT(all_are(block, 8, VM_MEMATTR_WRITE_BACK));
	for (int i = 0; i < 4; i++)
		array[i] = block + 2 * i;
	EXPECT(set_pages_array_wc(array, 4) == 0);
	for (int i = 0; i < 8; i++)
		EXPECT(all_are(block + i, 1, i % 2 == 0 ? LKPIRS_MEMATTR_WC :
		    VM_MEMATTR_WRITE_BACK));
	EXPECT(set_pages_array_wb(array, 4) == 0);
	EXPECT(all_are(block, 8, VM_MEMATTR_WRITE_BACK));
	EXPECT(set_memory_uc(va, 2) == 0);
	EXPECT(all_are(block, 2, VM_MEMATTR_UNCACHEABLE));
	EXPECT(all_are(block + 2, 6, VM_MEMATTR_WRITE_BACK));
	EXPECT(set_memory_wb(va, 2) == 0);
	EXPECT(all_are(block, 8, VM_MEMATTR_WRITE_BACK));
	__free_pages(block, 3);
}

/* A list of pages that are apart, page by page and byte by byte. */
void
test_sg_pages(struct test *t)
{
	struct page *pages[5];
	struct sg_page_iter it;
	struct sg_table table;
	char *bytes;
	int n = 0;

	if (!take(t, pages, 5))
		return;
	bytes = malloc(5 * PAGE_SIZE, M_SELFTEST, M_WAITOK);
	for (int i = 0; i < 5; i++)
		fill_page(bytes + i * PAGE_SIZE, i);
	if (EXPECT(sg_alloc_table_from_pages(&table, pages, 5, 0, 5 * PAGE_SIZE,
	    GFP_KERNEL) == 0)) {
		EXPECT(sg_copy_from_buffer(table.sgl, table.orig_nents, bytes,
		    5 * PAGE_SIZE) == 5 * PAGE_SIZE);
		for_each_sg_page(table.sgl, &it, table.orig_nents, 0) {
			EXPECT(n < 5 && sg_page_iter_page(&it) == pages[n]);
			n++;
		}
		EXPECT(n == 5);
		sg_free_table(&table);
	}
	for (int i = 0; i < 5; i++)
		EXPECT(page_holds(page_address(pages[i]), i));
	free(bytes, M_SELFTEST);
	release_pages(pages, 5);
}
