/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * References to pages and what drivers do with them, in place of the page part
 * of LinuxKPI's linux/mm.h.  Mapping pages into processes is LinuxKPI's own.
 */
#ifndef _LKPIRS_LINUX_MM_H_
#define _LKPIRS_LINUX_MM_H_

#include <linux/gfp.h>
#include <linux/page.h>

void	lkpirs_get_page(struct page *page);
void	lkpirs_put_page(struct page *page);
int	lkpirs_page_count(struct page *page);
void	lkpirs_set_page_dirty(struct page *page);
void	lkpirs_mark_page_accessed(struct page *page);
int	lkpirs_trylock_page(struct page *page);
void	lkpirs_lock_page(struct page *page);
void	lkpirs_unlock_page(struct page *page);
int	lkpirs_page_locked(struct page *page);
void	lkpirs_copy_highpage(struct page *to, struct page *from);

#ifdef LKPIRS_LINUXKPI
/*
 * LinuxKPI's own header, whose inline functions call ours where they call the
 * native ones.  What it includes comes first, so that it is left alone.
 */
#include <vm/vm_page.h>
#include <linux/spinlock.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/pfn.h>
#include <linux/mmap_lock.h>
#include <linux/shrinker.h>
#include <asm/pgtable.h>

#pragma redefine_extname get_user_pages lkpirs_get_user_pages
#pragma redefine_extname __get_user_pages_fast lkpirs_get_user_pages_fast
#pragma redefine_extname get_user_pages_remote lkpirs_get_user_pages_remote

#pragma push_macro("vm_page_trylock")
#pragma push_macro("vm_page_unlock")
#undef vm_page_trylock
#undef vm_page_unlock
#define	vm_page_trylock(page)		lkpirs_trylock_page(page)
#define	vm_page_unlock(page)		lkpirs_unlock_page(page)
#define	vm_page_dirty(page)		lkpirs_set_page_dirty(page)
#define	vm_page_reference(page)		lkpirs_mark_page_accessed(page)
#define	vm_page_wire(page)		lkpirs_get_page(page)
#define	vm_page_unwire(page, queue)	lkpirs_put_page(page)
#define	PHYS_TO_VM_PAGE(pa)		pfn_to_page((pa) >> PAGE_SHIFT)
#define	virt_to_head_page		lkpi_stock_virt_to_head_page
#define	get_order			lkpi_stock_get_order
#undef lowmem_page_address
#include_next <linux/mm.h>
#pragma pop_macro("vm_page_trylock")
#pragma pop_macro("vm_page_unlock")
#undef vm_page_dirty
#undef vm_page_reference
#undef vm_page_wire
#undef vm_page_unwire
#undef PHYS_TO_VM_PAGE
#undef virt_to_head_page
#undef get_order
#undef copy_highpage
#define	lowmem_page_address(page)	page_address(page)
#else
#define	_LINUXKPI_LINUX_MM_H_
#define	PAGE_ALIGN(x)		roundup2((x), PAGE_SIZE)
#define	PAGE_ALIGNED(x)		(((uintptr_t)(x) & (PAGE_SIZE - 1)) == 0)
#define	offset_in_page(p)	((unsigned long)(p) & (PAGE_SIZE - 1))

static inline struct page *
vmalloc_to_page(const void *va)
{
	return (lkpirs_virt_to_page(va));
}

static inline void
release_pages(struct page **pages, int n)
{
	while (n-- > 0)
		lkpirs_put_page(*pages++);
}
#endif

#define	get_page(page)		lkpirs_get_page(page)
#define	put_page(page)		lkpirs_put_page(page)
#define	page_count(page)	lkpirs_page_count(page)
#define	page_ref_count(page)	lkpirs_page_count(page)
#define	set_page_dirty(page)	lkpirs_set_page_dirty(page)
#define	mark_page_accessed(page) lkpirs_mark_page_accessed(page)
#define	trylock_page(page)	lkpirs_trylock_page(page)
#define	lock_page(page)		lkpirs_lock_page(page)
#define	unlock_page(page)	lkpirs_unlock_page(page)
#define	PageLocked(page)	lkpirs_page_locked(page)
#define	copy_highpage(to, from)	lkpirs_copy_highpage(to, from)
#define	PageHighMem(page)	0
#define	page_is_pfmemalloc(page) (((page)->pp_magic & 2UL) != 0)

static inline struct page *
virt_to_head_page(const void *va)
{
	struct page *page = virt_to_page(va);

	return (page == NULL ? NULL : compound_head(page));
}

static inline size_t
page_size(const struct page *page)
{
	return (PAGE_SIZE << compound_order(page));
}

/* The order that holds this many bytes. */
static inline int
get_order(unsigned long size)
{
	return (size <= PAGE_SIZE ? 0 : flsl((size - 1) >> PAGE_SHIFT));
}

#define	folio_get(f)		get_page(&(f)->page)
#define	folio_put(f)		put_page(&(f)->page)
#define	page_folio(p)		((struct folio *)compound_head(p))
#define	virt_to_folio(va)	((struct folio *)virt_to_head_page(va))
#define	folio_address(f)	page_address(&(f)->page)
#define	folio_pfn(f)		page_to_pfn(&(f)->page)
#define	folio_nr_pages(f)	(1L << compound_order(&(f)->page))

static inline struct folio *
folio_alloc(gfp_t flags, unsigned int order)
{
	return ((struct folio *)alloc_pages(flags | __GFP_COMP, order));
}

#endif /* _LKPIRS_LINUX_MM_H_ */
