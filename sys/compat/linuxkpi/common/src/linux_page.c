/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_page.c: that file, whose functions on native
 * pages (faults, mappings, memory ranges) stay as they are, while those that
 * take or return a struct page are lkpi_page.ko's, or here, around FreeBSD's.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/kernel.h>
#include <sys/sysctl.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/rwlock.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/memrange.h>

#include <machine/bus.h>

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_param.h>
#include <vm/vm_kern.h>
#include <vm/vm_object.h>
#include <vm/vm_map.h>
#include <vm/vm_page.h>
#include <vm/vm_pageout.h>
#include <vm/vm_pager.h>
#include <vm/vm_radix.h>
#include <vm/vm_reserv.h>
#include <vm/vm_extern.h>
#include <vm/uma.h>
#include <vm/uma_int.h>

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/fs.h>
#include <linux/shmem_fs.h>
#include <linux/kernel.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/io-mapping.h>

/* Here a page is a native one again, and functions on it stay in this file. */
#define	page		vm_page
#pragma push_macro("page_to_phys")
#pragma push_macro("virt_to_page")
#pragma push_macro("page_address")
#undef page_to_phys
#undef virt_to_page
#undef page_address
#define	page_to_phys(m)		VM_PAGE_TO_PHYS(m)
#define	virt_to_page(va)	PHYS_TO_VM_PAGE(vtophys(va))
#define	page_address(m)		stock_page_address(m)

#pragma push_macro("linux_page_address")
#pragma push_macro("linux_alloc_pages")
#pragma push_macro("linux_free_pages")
#pragma push_macro("linux_alloc_kmem")
#pragma push_macro("linux_free_kmem")
#pragma push_macro("linuxkpi_page_frag_alloc")
#pragma push_macro("linuxkpi_page_frag_free")
#pragma push_macro("linuxkpi__page_frag_cache_drain")
#undef linux_page_address
#undef linux_alloc_pages
#undef linux_free_pages
#undef linux_alloc_kmem
#undef linux_free_kmem
#undef linuxkpi_page_frag_alloc
#undef linuxkpi_page_frag_free
#undef linuxkpi__page_frag_cache_drain
#define	linux_page_address	stock_page_address
#define	linux_alloc_pages	stock_alloc_pages
#define	linux_free_pages	stock_free_pages
#define	linux_alloc_kmem	stock_alloc_kmem
#define	linux_free_kmem		stock_free_kmem
#define	linuxkpi_page_frag_alloc stock_page_frag_alloc
#define	linuxkpi_page_frag_free	stock_page_frag_free
#define	linuxkpi__page_frag_cache_drain stock_page_frag_cache_drain
#define	get_user_pages		stock_get_user_pages
#define	get_user_pages_remote	stock_get_user_pages_remote
#define	__get_user_pages_fast	stock_get_user_pages_fast

static void *stock_page_address(struct page *) __unused;
static struct page *stock_alloc_pages(gfp_t, unsigned int) __unused;
static void stock_free_pages(struct page *, unsigned int) __unused;
static vm_offset_t stock_alloc_kmem(gfp_t, unsigned int) __unused;
static void stock_free_kmem(vm_offset_t, unsigned int) __unused;
static void *stock_page_frag_alloc(struct page_frag_cache *, size_t, gfp_t) __unused;
static void stock_page_frag_free(void *) __unused;
static void stock_page_frag_cache_drain(struct page *, size_t) __unused;
static long stock_get_user_pages(unsigned long, unsigned long, unsigned int,
    struct page **, struct vm_area_struct **);
static long stock_get_user_pages_remote(struct task_struct *, struct mm_struct *,
    unsigned long, unsigned long, unsigned int, struct page **,
    struct vm_area_struct **);
static int stock_get_user_pages_fast(unsigned long, int, int, struct page **);

#include <compat/linuxkpi/common/src/linux_page.c>

#undef page
#pragma pop_macro("page_to_phys")
#pragma pop_macro("virt_to_page")
#pragma pop_macro("page_address")
#pragma pop_macro("linux_page_address")
#pragma pop_macro("linux_alloc_pages")
#pragma pop_macro("linux_free_pages")
#pragma pop_macro("linux_alloc_kmem")
#pragma pop_macro("linux_free_kmem")
#pragma pop_macro("linuxkpi_page_frag_alloc")
#pragma pop_macro("linuxkpi_page_frag_free")
#pragma pop_macro("linuxkpi__page_frag_cache_drain")
#undef get_user_pages
#undef get_user_pages_remote
#undef __get_user_pages_fast

/*
 * n native pages, wired, in the places of ours: how many, or -ENOMEM, without
 * memory for the shadow of one, and all are given back.
 */
static long
to_pages(struct page **pages, long n)
{
	struct page *page;
	vm_page_t m;
	long i;

	for (i = 0; i < n; i++) {
		memcpy(&m, &pages[i], sizeof(m));
		page = vm_page_to_page(m);
		if (page == NULL)
			break;
		pages[i] = page;
	}
	if (i >= n)
		return (n);
	for (; n-- > 0; pages[n] = NULL) {
		if (n < i) {
			put_page(pages[n]);
			continue;
		}
		memcpy(&m, &pages[n], sizeof(m));
		vm_page_unwire(m, PQ_ACTIVE);
	}
	return (-ENOMEM);
}

/* Sleeps. */
long
get_user_pages(unsigned long start, unsigned long n, unsigned int flags,
    struct page **pages, struct vm_area_struct **vmas)
{
	return (to_pages(pages, stock_get_user_pages(start, n, flags,
	    (vm_page_t *)pages, vmas)));
}

/* Sleeps. */
long
get_user_pages_remote(struct task_struct *task, struct mm_struct *mm,
    unsigned long start, unsigned long n, unsigned int flags,
    struct page **pages, struct vm_area_struct **vmas)
{
	return (to_pages(pages, stock_get_user_pages_remote(task, mm, start, n,
	    flags, (vm_page_t *)pages, vmas)));
}

/* Only what is mapped; does not sleep. */
int
__get_user_pages_fast(unsigned long start, int n, int write, struct page **pages)
{
	return (to_pages(pages, stock_get_user_pages_fast(start, n, write,
	    (vm_page_t *)pages)));
}
