/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_compat.c: that file, whose vmap() enters the
 * native pages of ours.
 */
#include <linux/vmalloc.h>

#include <vm/vm.h>
#include <vm/pmap.h>

static void
enter_pages(vm_offset_t va, struct page **pages, int n)
{
	vm_page_t native[16];
	int i, part;

	for (; n > 0; n -= part, pages += part, va += ptoa(part)) {
		part = MIN(n, (int)nitems(native));
		for (i = 0; i < part; i++)
			native[i] = page_to_vm_page(pages[i]);
		pmap_qenter(va, native, part);
	}
}
#define	pmap_qenter(va, pages, n)	enter_pages(va, pages, n)

#include <compat/linuxkpi/common/src/linux_compat.c>
