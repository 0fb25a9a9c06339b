/* SPDX-License-Identifier: BSD-2-Clause */
/* What drm-kmod does to pages where PAGE_IS_LKPI_PAGE: TTM's pools, i915's
 * error capture and shmem objects; scatterlists are in drm_sg.c. */
#define	SELFTEST_PAGE
#include "selftest.h"

#include <sys/lock.h>
#include <sys/proc.h>
#include <sys/rwlock.h>

#include <vm/vm_object.h>
#include <vm/vm_pager.h>

#include <linux/highmem.h>
#include <linux/list.h>

#include <asm/set_memory.h>

#define	TOP_ORDER	9	/* 2 MiB, as TTM's largest that is common */

/* A page of a block is the block's next frame, with its own native page. */
static void
check_run(struct test *t, struct page *p, u_int n)
{
	u_long pfn = page_to_pfn(p);
	struct page *next = p;

	for (u_int i = 0; i < n; i++, ++next) {
		EXPECT(next == p + i && nth_page(p, i) == p + i);
		EXPECT(page_to_pfn(p + i) == pfn + i);
		EXPECT((p + i)->vm_page == PHYS_TO_VM_PAGE(ptoa(pfn + i)));
		EXPECT(pfn_to_page(pfn + i) == p + i);
	}
}

/*
 * TTM's pool: a block without __GFP_COMP has its order in private while it is
 * on a list by lru; pages are zeroed one by one through their native pages.
 */
void
test_drm_pool(struct test *t)
{
	LIST_HEAD(pool);
	struct page *p;
	int left = 0;

	for (u_int order = 0; order <= TOP_ORDER; order++) {
		p = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, order);
		if (p == NULL && order > 4)
			continue;	/* no such run is free */
		if (!EXPECT(p != NULL))
			break;
		p->private = order;
		check_run(t, p, 1 << order);
		write_block(p, order);
		for (u_int i = 0; i < 1U << order; i++)
			pmap_zero_page((p + i)->vm_page);
		list_add(&p->lru, &pool);
		left++;
	}
	while ((p = list_first_entry_or_null(&pool, struct page, lru)) != NULL) {
		list_del(&p->lru);
		EXPECT(p->private <= TOP_ORDER && page_count(p) == 1);
		for (u_int i = 0; i < 1U << p->private; i++) {
			const u_long *w = page_address(p + i);

			EXPECT(w == NULL || (w[0] == 0 &&
			    w[PAGE_SIZE / sizeof(*w) - 1] == 0));
		}
		set_pages_wb(p, 1 << p->private);
		__free_pages(p, p->private);
		left--;
	}
	EXPECT(left == 0);
}

#define	CAPTURED	16

static void
capture(struct test *t, struct list_head *list, char *va, u_int *n)
{
	struct page *p = virt_to_page(va);

	if (!EXPECT(p != NULL))
		return;
	EXPECT(page_to_phys(p) == trunc_page(pmap_kextract((vm_offset_t)va)));
	EXPECT(p->vm_page == PHYS_TO_VM_PAGE(pmap_kextract((vm_offset_t)va)));
	p->private = (unsigned long)va;
	list_add_tail(&p->lru, list);
	++*n;
}

/*
 * i915's error capture: pages of kernel memory, found by their addresses, on
 * lists by lru, and found again from there.
 */
void
test_drm_capture(struct test *t)
{
	struct list_head list;
	char *large, *contig, *single;
	struct page *p;
	u_int n = 0;
	char *va;

	INIT_LIST_HEAD(&list);
	large = malloc(CAPTURED * PAGE_SIZE, M_SELFTEST, M_WAITOK);
	contig = contigmalloc(CAPTURED * PAGE_SIZE, M_SELFTEST, M_WAITOK, 0,
	    ~(vm_paddr_t)0, PAGE_SIZE, 0);
	single = (char *)__get_free_page(GFP_KERNEL);
	if (!EXPECT(contig != NULL) || !EXPECT(single != NULL))
		goto out;
	for (u_int i = 0; i < CAPTURED; i++) {
		memset(large + i * PAGE_SIZE, i, PAGE_SIZE);
		memset(contig + i * PAGE_SIZE, 0x80 + i, PAGE_SIZE);
		capture(t, &list, large + i * PAGE_SIZE, &n);
		capture(t, &list, contig + i * PAGE_SIZE, &n);
	}
	memset(single, 0x40, PAGE_SIZE);
	capture(t, &list, single, &n);
	/* One allocation's frames follow each other. */
	check_run(t, virt_to_page(contig), CAPTURED);
	EXPECT(list_last_entry(&list, struct page, lru) == virt_to_page(single));
	list_for_each_entry(p, &list, lru) {
		va = (char *)p->private;
		EXPECT(virt_to_page(va) == p);
		/* The direct map's alias has the same bytes. */
		if (page_address(p) != NULL)
			EXPECT(memcmp(page_address(p), va, PAGE_SIZE) == 0);
		n--;
	}
	EXPECT(n == 0);
	while ((p = list_first_entry_or_null(&list, struct page, lru)) != NULL) {
		list_del_init(&p->lru);
		EXPECT(list_empty(&p->lru));
		p->private = 0;
	}
	EXPECT(large[PAGE_SIZE] == 1 && (u_char)contig[PAGE_SIZE] == 0x81);
out:
	if (single != NULL)
		free_page((uintptr_t)single);
	if (contig != NULL)
		contigfree(contig, CAPTURED * PAGE_SIZE, M_SELFTEST);
	free(large, M_SELFTEST);
}

static bool
all_have(struct page *p, u_int n, vm_memattr_t attr)
{
	while (n-- > 0)
		if (pmap_page_get_memattr((p + n)->vm_page) != attr)
			return (false);
	return (true);
}

/* TTM's caching: whole blocks at once, and arrays of pages. */
void
test_drm_caching(struct test *t)
{
	struct page *p = alloc_pages(GFP_KERNEL, 4), *pages[8];

	if (!EXPECT(p != NULL))
		return;
	EXPECT(all_have(p, 16, VM_MEMATTR_DEFAULT));
	EXPECT(set_pages_uc(p + 4, 8) == 0);
	EXPECT(all_have(p + 4, 8, VM_MEMATTR_UNCACHEABLE));
	EXPECT(all_have(p, 4, VM_MEMATTR_DEFAULT));
	EXPECT(all_have(p + 12, 4, VM_MEMATTR_DEFAULT));
	EXPECT(set_pages_wb(p, 1 << 4) == 0);
	EXPECT(all_have(p, 16, VM_MEMATTR_WRITE_BACK));
	for (int i = 0; i < 8; i++)
		pages[i] = p + (i * 6 + 1) % 16;
	EXPECT(set_pages_array_wc(pages, 8) == 0);
	for (int i = 0; i < 8; i++) {
		EXPECT(all_have(pages[i], 1, LKPIRS_MEMATTR_WC));
		EXPECT(all_have(p + (i * 2), 1, VM_MEMATTR_WRITE_BACK));
	}
	EXPECT(set_pages_array_uc(pages, 8) == 0);
	for (int i = 0; i < 8; i++)
		EXPECT(all_have(pages[i], 1, VM_MEMATTR_UNCACHEABLE));
	EXPECT(set_pages_array_wb(pages, 8) == 0);
	EXPECT(set_pages_wc(p, 16) == 0);
	EXPECT(all_have(p, 16, LKPIRS_MEMATTR_WC));
	/* Bytes are where they were, whatever the attribute. */
	write_block(p, 4);
	set_pages_wb(p, 16);
	EXPECT(block_holds(p, 4));
	EXPECT(all_have(p, 16, VM_MEMATTR_WRITE_BACK));
	__free_pages(p, 4);
}

void
test_drm_kmap(struct test *t)
{
	struct page *p = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	char word[16] = "0123456789abcde", back[16];
	char *va;

	if (!EXPECT(p != NULL))
		return;
	for (int i = 0; i < 2; i++) {
		va = kmap(p + i);
		if (!EXPECT(va != NULL))
			break;
		EXPECT(kmap_to_page(va) == p + i);
		memset(va, 'a' + i, PAGE_SIZE);
		kunmap(p + i);
		va = kmap_local_page(p + i);
		EXPECT(va[0] == 'a' + i && va[PAGE_SIZE - 1] == 'a' + i);
		va[PAGE_SIZE / 2] = 'x';
		/* An address inside the page will do. */
		kunmap_local(va + PAGE_SIZE / 2);
		memcpy_from_page(back, p + i, PAGE_SIZE / 2, 1);
		EXPECT(back[0] == 'x');
		memcpy_to_page(p + i, PAGE_SIZE - sizeof(word), word, sizeof(word));
		memcpy_from_page(back, p + i, PAGE_SIZE - sizeof(back), sizeof(back));
		EXPECT(memcmp(word, back, sizeof(word)) == 0);
	}
	/* The attribute asked for is the page's. */
	va = kmap_local_page_prot(p, pgprot_writecombine(VM_PROT_ALL));
	EXPECT(va != NULL && all_have(p, 1, LKPIRS_MEMATTR_WC));
	EXPECT(all_have(p + 1, 1, VM_MEMATTR_DEFAULT));
	if (va != NULL) {
		EXPECT(va[0] == 'a');
		kunmap_local(va);
	}
	set_pages_wb(p, 1);
	__free_pages(p, 1);
}

#define	SHMEM_PAGES	8

/*
 * i915's and TTM's shmem objects: a reference to an object's page is a wiring,
 * and when the last goes the page stays with its object.
 */
void
test_drm_shmem(struct test *t)
{
	struct page *pages[SHMEM_PAGES] = { NULL };
	vm_object_t obj;
	vm_page_t m;
	char *va;

	obj = vm_pager_allocate(OBJT_SWAP, NULL, ptoa(SHMEM_PAGES),
	    VM_PROT_READ | VM_PROT_WRITE, 0, curthread->td_ucred);
	if (!EXPECT(obj != NULL))
		return;
	for (u_int i = 0; i < SHMEM_PAGES; i++) {
		VM_OBJECT_WLOCK(obj);
		m = vm_page_grab(obj, i, VM_ALLOC_WIRED | VM_ALLOC_ZERO);
		if (m != NULL) {
			vm_page_valid(m);
			vm_page_xunbusy(m);
		}
		VM_OBJECT_WUNLOCK(obj);
		if (!EXPECT(m != NULL))
			break;
		pages[i] = vm_page_to_page(m);
		if (!EXPECT(pages[i] != NULL)) {
			vm_page_unwire(m, PQ_ACTIVE);
			break;
		}
		EXPECT(pages[i]->vm_page == m && page_count(pages[i]) == 1);
		EXPECT(!lkpirs_page_live(pages[i]));
		get_page(pages[i]);
		EXPECT(VPRC_WIRE_COUNT(m->ref_count) == 2);
		va = kmap(pages[i]);
		if (EXPECT(va != NULL)) {
			memset(va, i + 1, PAGE_SIZE);
			kunmap(pages[i]);
		}
		set_page_dirty(pages[i]);
		EXPECT(m->dirty == VM_PAGE_BITS_ALL);
		mark_page_accessed(pages[i]);
		put_page(pages[i]);
	}
	/* As release_pages() of radeon's user pages. */
	if (pages[SHMEM_PAGES - 1] != NULL)
		release_pages(pages, SHMEM_PAGES);
	VM_OBJECT_WLOCK(obj);
	for (u_int i = 0; i < SHMEM_PAGES; i++) {
		m = vm_page_lookup(obj, i);
		if (!EXPECT(m != NULL))
			continue;
		EXPECT(VPRC_WIRE_COUNT(m->ref_count) == 0 && m->object == obj);
		EXPECT(vm_page_to_page(m) == pages[i]);
	}
	VM_OBJECT_WUNLOCK(obj);
	/* What was written is there when it is asked for again. */
	for (u_int i = 0; i < SHMEM_PAGES; i++) {
		VM_OBJECT_WLOCK(obj);
		m = vm_page_grab(obj, i, VM_ALLOC_NOBUSY | VM_ALLOC_WIRED);
		VM_OBJECT_WUNLOCK(obj);
		if (!EXPECT(m != NULL && vm_page_to_page(m) == pages[i]))
			break;
		va = kmap(pages[i]);
		if (EXPECT(va != NULL)) {
			EXPECT(va[0] == (char)(i + 1) &&
			    va[PAGE_SIZE - 1] == (char)(i + 1));
			kunmap(pages[i]);
		}
		put_page(pages[i]);
	}
	vm_object_deallocate(obj);
}

/* amdgpu's debugfs hands over any number. */
void
test_drm_any_pfn(struct test *t)
{
	u_long end = memory_end();
	uint32_t seed = 815;
	struct page *p;
	u_long pfn;

	for (int i = 0; i < 20000; i++) {
		pfn = selftest_random(&seed);
		if (i % 2 == 0)
			pfn = (pfn << 8 | selftest_random(&seed) >> 16) % (end + end / 4);
		else
			pfn = pfn << (i % (8 * sizeof(pfn) - 24)) ^ pfn;
		p = pfn_to_page(pfn);
		if (is_memory(pfn)) {
			if (!EXPECT(p != NULL))
				break;
			EXPECT(page_to_pfn(p) == pfn);
			EXPECT(p->vm_page == PHYS_TO_VM_PAGE(ptoa((vm_paddr_t)pfn)));
		} else if (p != NULL)
			/* Device memory has pages, too. */
			EXPECT((p->vm_page->flags & PG_FICTITIOUS) != 0 &&
			    page_to_pfn(p) == pfn);
		EXPECT(pfn_valid(pfn) == (p != NULL));
	}
}
