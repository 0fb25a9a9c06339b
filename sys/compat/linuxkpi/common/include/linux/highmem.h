/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages' kernel addresses, in place of LinuxKPI's linux/highmem.h: there
 * kmap_atomic_prot() marks the native page fictitious to change its attribute,
 * and sf_buf(9) is given the page itself.
 */
#ifndef _LINUXKPI_LINUX_HIGHMEM_H_
#define _LINUXKPI_LINUX_HIGHMEM_H_

#include <sys/param.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/sf_buf.h>

#include <linux/mm.h>
#include <linux/page.h>

static inline struct page *
kmap_to_page(void *va)
{
	return (virt_to_page(va));
}

/* Where there is no direct map: NULL if no sf_buf(9) is free; the thread stays
 * on its CPU until kunmap(). */
static inline void *
kmap(struct page *page)
{
	struct sf_buf *sf;
	void *va = page_address(page);

	if (va != NULL)
		return (va);
	sched_pin();
	sf = sf_buf_alloc(page_to_vm_page(page), SFB_NOWAIT | SFB_CPUPRIVATE);
	if (sf == NULL) {
		sched_unpin();
		return (NULL);
	}
	return ((void *)sf_buf_kva(sf));
}

static inline void
kunmap(struct page *page)
{
	struct sf_buf *sf;

	if (page_address(page) != NULL)
		return;
	/* The same one, once more. */
	sf = sf_buf_alloc(page_to_vm_page(page), SFB_NOWAIT | SFB_CPUPRIVATE);
	sf_buf_free(sf);
	sf_buf_free(sf);
	sched_unpin();
}

/* A page has one memory attribute, wherever it is mapped: that of prot is the
 * page's from here on. */
static inline void *
kmap_local_page_prot(struct page *page, pgprot_t prot)
{
	vm_memattr_t attr = pgprot2cachemode(prot);

	if (attr != VM_MEMATTR_DEFAULT)
		pmap_page_set_memattr(page_to_vm_page(page), attr);
	return (kmap(page));
}
#define	kmap_atomic_prot(page, prot)	kmap_local_page_prot(page, prot)
#define	kmap_local_page(page)		kmap(page)
#define	kmap_atomic(page)		kmap(page)

/* An address inside the page will do. */
static inline void
kunmap_local(const void *va)
{
	if (!PMAP_HAS_DMAP)
		kunmap(virt_to_page(va));
}
#define	kunmap_atomic(va)		kunmap_local(va)

static inline void
memcpy_from_page(char *to, struct page *page, size_t offset, size_t len)
{
	char *from = kmap_local_page(page);

	memcpy(to, from + offset, len);
	kunmap_local(from);
}

static inline void
memcpy_to_page(struct page *page, size_t offset, const char *from, size_t len)
{
	char *to = kmap_local_page(page);

	memcpy(to + offset, from, len);
	kunmap_local(to);
}

#endif /* _LINUXKPI_LINUX_HIGHMEM_H_ */
