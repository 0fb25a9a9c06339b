/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of VM objects and of processes, which stay theirs. */
#include "cases.h"

#include <sys/proc.h>
#include <sys/rwlock.h>

#include <vm/vm_extern.h>
#include <vm/vm_map.h>
#include <vm/vm_object.h>
#include <vm/vm_param.h>

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/shmem_fs.h>

static u_int
wirings(struct page *page)
{
	return (page_to_vm_page(page)->ref_count & ~(VPRC_OBJREF | VPRC_BLOCKED));
}

/* The object's own page, wired once for each that has it. */
void
test_shmem(struct test *t)
{
	struct linux_file *file = shmem_file_setup("selftest", 8 * PAGE_SIZE, 0);
	struct page *page, *again;

	if (!EXPECT(!IS_ERR(file)))
		return;
	for (int i = 0; i < 8; i++) {
		page = shmem_read_mapping_page(file->f_shmem, i);
		if (!EXPECT(!IS_ERR(page)))
			break;
		EXPECT(page_to_vm_page(page)->object == file->f_shmem);
		EXPECT(page_to_vm_page(page)->pindex == (vm_pindex_t)i);
		EXPECT(vm_page_to_page(page_to_vm_page(page)) == page);
		EXPECT(wirings(page) == 1);
		again = shmem_read_mapping_page(file->f_shmem, i);
		EXPECT(again == page);
		EXPECT(wirings(page) == 2);
		fill_page(page_address(page), i);
		set_page_dirty(page);
		mark_page_accessed(page);
		put_page(again);
		EXPECT(wirings(page) == 1);
		put_page(page);
		EXPECT(wirings(page) == 0);
	}
	for (int i = 0; i < 8; i++) {
		page = shmem_read_mapping_page(file->f_shmem, i);
		if (!EXPECT(!IS_ERR(page)))
			break;
		EXPECT(page_holds(page_address(page), i));
		put_page(page);
	}
	shmem_truncate_range(file->f_shmem, 0, 8 * PAGE_SIZE - 1);
	fput(file);
}

void
test_shmem_outside(struct test *t)
{
	struct linux_file *file = shmem_file_setup("selftest", PAGE_SIZE, 0);
	struct page *page;

	if (!EXPECT(!IS_ERR(file)))
		return;
	page = shmem_read_mapping_page(file->f_shmem, 0);
	if (EXPECT(!IS_ERR(page)))
		put_page(page);
	fput(file);
}

/* n pages of this process; 0 if there are none. */
static vm_offset_t
map_user(struct test *t, int n)
{
	vm_map_t map = &curproc->p_vmspace->vm_map;
	vm_offset_t va = vm_map_min(map);

	if (!EXPECT(vm_map_find(map, NULL, 0, &va, n * PAGE_SIZE, 0,
	    VMFS_ANY_SPACE, VM_PROT_READ | VM_PROT_WRITE,
	    VM_PROT_READ | VM_PROT_WRITE, 0) == KERN_SUCCESS))
		return (0);
	return (va);
}

static void
unmap_user(vm_offset_t va, int n)
{
	vm_map_remove(&curproc->p_vmspace->vm_map, va, va + n * PAGE_SIZE);
}

#define	USER	5

static void
user_pages(struct test *t, bool fast)
{
	char *buf = malloc(PAGE_SIZE, M_SELFTEST, M_WAITOK);
	struct page *pages[USER];
	vm_offset_t va = map_user(t, USER);
	long n;

	if (va == 0)
		goto out;
	for (int i = 0; i < USER; i++) {
		fill_page(buf, i);
		EXPECT(copyout(buf, (void *)(va + i * PAGE_SIZE), PAGE_SIZE) == 0);
	}
	n = fast ? pin_user_pages_fast(va, USER, FOLL_WRITE, pages) :
	    get_user_pages(va, USER, FOLL_WRITE, pages, NULL);
	if (EXPECT(n == USER)) {
		for (int i = 0; i < USER; i++) {
			EXPECT(page_holds(page_address(pages[i]), i));
			EXPECT(wirings(pages[i]) == 1);
			fill_page(page_address(pages[i]), i + 50);
			set_page_dirty(pages[i]);
		}
		unpin_user_pages(pages, USER);
		for (int i = 0; i < USER; i++)
			EXPECT(wirings(pages[i]) == 0);
	}
	for (int i = 0; i < USER; i++) {
		EXPECT(copyin((void *)(va + i * PAGE_SIZE), buf, PAGE_SIZE) == 0);
		EXPECT(page_holds(buf, i + 50));
	}
	unmap_user(va, USER);
out:
	free(buf, M_SELFTEST);
}

void
test_user_pages(struct test *t)
{
	user_pages(t, false);
}

void
test_user_pages_fast(struct test *t)
{
	user_pages(t, true);
}

/* What is not mapped fails, or is where the fast one ends. */
void
test_user_pages_bad(struct test *t)
{
	struct page *pages[USER];
	vm_offset_t va = map_user(t, USER);
	int one = 1;

	if (va == 0)
		return;
	EXPECT(copyout(&one, (void *)va, sizeof(one)) == 0);
	EXPECT(copyout(&one, (void *)(va + PAGE_SIZE), sizeof(one)) == 0);
	EXPECT(__get_user_pages_fast(va, USER, 0, pages) == 2);
	release_pages(pages, 2);
	EXPECT(__get_user_pages_fast(VM_MAXUSER_ADDRESS, 1, 0, pages) <= 0);
	unmap_user(va, USER);
	EXPECT(get_user_pages(va, USER, FOLL_WRITE, pages, NULL) == -EFAULT);
}

/* A page is not a vm_page, whoever asks. */
void
test_types(struct test *t)
{
	EXPECT(!__builtin_types_compatible_p(struct page, struct vm_page));
	EXPECT(!__builtin_types_compatible_p(
	    __typeof(((struct vm_fault *)NULL)->page), struct vm_page *));
	EXPECT(__builtin_types_compatible_p(
	    __typeof(((struct vm_fault *)NULL)->page), struct page *));
}
