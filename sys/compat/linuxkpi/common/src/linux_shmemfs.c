/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In place of the tree's linux_shmemfs.c: that file, and the page it finds as
 * ours.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/rwlock.h>

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_map.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>

#define	page		vm_page
#undef linux_shmem_read_mapping_page_gfp
#define	linux_shmem_read_mapping_page_gfp stock_read_mapping_page_gfp
static struct page *stock_read_mapping_page_gfp(vm_object_t, int, gfp_t);

#include <compat/linuxkpi/common/src/linux_shmemfs.c>

#undef page
#undef linux_shmem_read_mapping_page_gfp

/* A page with a reference, or an ERR_PTR.  Sleeps. */
struct page *
lkpirs_shmem_read_mapping_page_gfp(vm_object_t obj, int pindex, gfp_t gfp)
{
	vm_page_t m = stock_read_mapping_page_gfp(obj, pindex, gfp);
	struct page *page;

	if (IS_ERR(m))
		return (ERR_CAST(m));
	page = vm_page_to_page(m);
	if (page == NULL) {
		vm_page_unwire(m, PQ_ACTIVE);
		return (ERR_PTR(-ENOMEM));
	}
	return (page);
}
