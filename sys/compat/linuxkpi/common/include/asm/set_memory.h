/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory attributes, in place of LinuxKPI's asm/set_memory.h: there the page
 * functions take one page only, and the address ones hand a number of pages to
 * pmap_change_attr(9), which wants bytes.
 */
#ifndef _LINUXKPI_ASM_SET_MEMORY_H_
#define _LINUXKPI_ASM_SET_MEMORY_H_

#include <linux/page.h>

#ifdef VM_MEMATTR_WRITE_COMBINING
#define	LKPIRS_MEMATTR_WC	VM_MEMATTR_WRITE_COMBINING
#else
#define	LKPIRS_MEMATTR_WC	VM_MEMATTR_UNCACHEABLE
#endif

/*
 * That of the mapping, and of the pages wherever else they are mapped: there is
 * one for all.  0 or a negative errno.
 */
static inline int
lkpirs_set_memory(unsigned long va, int npages, vm_memattr_t attr)
{
	struct page *page;
	int error, i;

	error = pmap_change_attr(va, (vm_size_t)npages << PAGE_SHIFT, attr);
	for (i = 0; error == 0 && i < npages; i++) {
		page = virt_to_page((char *)va + (size_t)i * PAGE_SIZE);
		if (page != NULL)
			pmap_page_set_memattr(page_to_vm_page(page), attr);
	}
	return (-error);
}
#define	set_memory_uc(va, n)	lkpirs_set_memory(va, n, VM_MEMATTR_UNCACHEABLE)
#define	set_memory_wc(va, n)	lkpirs_set_memory(va, n, LKPIRS_MEMATTR_WC)
#define	set_memory_wb(va, n)	lkpirs_set_memory(va, n, VM_MEMATTR_WRITE_BACK)

/* Neighbours in memory from page on.  0. */
static inline int
lkpirs_set_pages(struct page *page, int npages, vm_memattr_t attr)
{
	int i;

	for (i = 0; i < npages; i++)
		pmap_page_set_memattr(page_to_vm_page(nth_page(page, i)), attr);
	return (0);
}
#define	set_pages_uc(page, n)	lkpirs_set_pages(page, n, VM_MEMATTR_UNCACHEABLE)
#define	set_pages_wc(page, n)	lkpirs_set_pages(page, n, LKPIRS_MEMATTR_WC)
#define	set_pages_wb(page, n)	lkpirs_set_pages(page, n, VM_MEMATTR_WRITE_BACK)

static inline int
lkpirs_set_pages_array(struct page **pages, int npages, vm_memattr_t attr)
{
	int i;

	for (i = 0; i < npages; i++)
		pmap_page_set_memattr(page_to_vm_page(pages[i]), attr);
	return (0);
}
#define	set_pages_array_uc(p, n) \
	lkpirs_set_pages_array(p, n, VM_MEMATTR_UNCACHEABLE)
#define	set_pages_array_wc(p, n)	lkpirs_set_pages_array(p, n, LKPIRS_MEMATTR_WC)
#define	set_pages_array_wb(p, n) \
	lkpirs_set_pages_array(p, n, VM_MEMATTR_WRITE_BACK)

#endif /* _LINUXKPI_ASM_SET_MEMORY_H_ */
