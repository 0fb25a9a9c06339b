/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of memory for a device, in place of LinuxKPI's linux/scatterlist.h: the
 * pages are lkpi_page's.  dma_map_sg() & co. are in linux/dma-mapping.h.
 */
#ifndef _LINUXKPI_LINUX_SCATTERLIST_H_
#define _LINUXKPI_LINUX_SCATTERLIST_H_

#include <linux/types.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/page.h>

struct bus_dmamap;

/* src/page_pool/src/capi_sg.rs has the same. */
struct scatterlist {
	unsigned long	page_link;	/* page or next list; SG_CHAIN, SG_END */
	unsigned int	offset;
	unsigned int	length;
	dma_addr_t	dma_address;
	union {
		struct {
			unsigned int	dma_length;
			unsigned int	dma_flags;
		};
		struct bus_dmamap *dma_map;	/* LinuxKPI's own: linux_pci.c */
	};
};

struct sg_table {
	struct scatterlist *sgl;
	unsigned int	nents;		/* as mapped */
	unsigned int	orig_nents;	/* as made */
};

#define	SG_CHAIN		0x01UL
#define	SG_END			0x02UL
#define	SG_PAGE_LINK_MASK	(SG_CHAIN | SG_END)

#ifdef __LP64__
_Static_assert(sizeof(struct scatterlist) == 32, "scatterlist");
_Static_assert(offsetof(struct scatterlist, dma_address) == 16, "dma_address");
#endif

/* What fits into a page, the place of a chain's link included. */
#define	SG_MAX_SINGLE_ALLOC	(PAGE_SIZE / sizeof(struct scatterlist))
#define	SCATTERLIST_MAX_SEGMENT	(-1U & ~(unsigned int)(PAGE_SIZE - 1))

#define	sg_dma_address(sg)	((sg)->dma_address)
#define	sg_dma_len(sg)		((sg)->dma_length)
#define	sg_is_chain(sg)		(((sg)->page_link & SG_CHAIN) != 0)
#define	sg_is_last(sg)		(((sg)->page_link & SG_END) != 0)
#define	sg_chain_ptr(sg) \
	((struct scatterlist *)((sg)->page_link & ~SG_PAGE_LINK_MASK))

static inline struct scatterlist *
sg_next(struct scatterlist *sg)
{
	if (sg_is_last(sg))
		return (NULL);
	sg++;
	return (sg_is_chain(sg) ? sg_chain_ptr(sg) : sg);
}

#define	for_each_sg(sgl, sg, n, i) \
	for ((i) = 0, (sg) = (sgl); (i) < (n); (i)++, (sg) = sg_next(sg))
#define	for_each_sgtable_sg(sgt, sg, i) \
	for_each_sg((sgt)->sgl, sg, (sgt)->orig_nents, i)
#define	for_each_sgtable_dma_sg(sgt, sg, i) \
	for_each_sg((sgt)->sgl, sg, (sgt)->nents, i)

static inline struct page *
sg_page(const struct scatterlist *sg)
{
	return ((struct page *)(sg->page_link & ~SG_PAGE_LINK_MASK));
}

static inline vm_paddr_t
sg_phys(const struct scatterlist *sg)
{
	return (page_to_phys(sg_page(sg)) + sg->offset);
}

static inline void *
sg_virt(const struct scatterlist *sg)
{
	return ((char *)page_address(sg_page(sg)) + sg->offset);
}

static inline void
sg_assign_page(struct scatterlist *sg, struct page *page)
{
	sg->page_link = (sg->page_link & SG_PAGE_LINK_MASK) | (unsigned long)page;
}

static inline void
sg_set_page(struct scatterlist *sg, struct page *page, unsigned int len,
    unsigned int offset)
{
	sg_assign_page(sg, page);
	sg->offset = offset;
	sg->length = len;
}

static inline void
sg_set_buf(struct scatterlist *sg, const void *buf, unsigned int len)
{
	sg_set_page(sg, virt_to_page(buf), len,
	    (unsigned long)buf & (PAGE_SIZE - 1));
}

static inline void
sg_mark_end(struct scatterlist *sg)
{
	sg->page_link = (sg->page_link & ~SG_CHAIN) | SG_END;
}

static inline void
sg_unmark_end(struct scatterlist *sg)
{
	sg->page_link &= ~SG_END;
}

static inline void
sg_init_table(struct scatterlist *sg, unsigned int n)
{
	memset(sg, 0, n * sizeof(*sg));
	sg_mark_end(&sg[n - 1]);
}

static inline void
sg_init_one(struct scatterlist *sg, const void *buf, unsigned int len)
{
	sg_init_table(sg, 1);
	sg_set_buf(sg, buf, len);
}

/* The last of n places leads to another list. */
static inline void
sg_chain(struct scatterlist *sg, unsigned int n, struct scatterlist *more)
{
	memset(&sg[n - 1], 0, sizeof(*sg));
	sg[n - 1].page_link = (unsigned long)more | SG_CHAIN;
}

static inline struct scatterlist *
sg_last(struct scatterlist *sg, unsigned int n)
{
	while (n-- > 1)
		sg = sg_next(sg);
	return (sg);
}

static inline int
sg_nents(struct scatterlist *sg)
{
	int n = 0;

	for (; sg != NULL; sg = sg_next(sg))
		n++;
	return (n);
}

/* How many segments hold len bytes, or -EINVAL. */
static inline int
sg_nents_for_len(struct scatterlist *sg, u64 len)
{
	u64 have = 0;
	int n = 0;

	if (len == 0)
		return (0);
	for (; sg != NULL; sg = sg_next(sg)) {
		n++;
		have += sg->length;
		if (have >= len)
			return (n);
	}
	return (-EINVAL);
}

/* --- tables --- */

static inline void
sg_free_table(struct sg_table *t)
{
	struct scatterlist *sg = t->sgl, *next;
	unsigned int left = t->orig_nents, n;

	for (; sg != NULL; sg = next) {
		n = MIN(left, SG_MAX_SINGLE_ALLOC);
		next = NULL;
		if (left > SG_MAX_SINGLE_ALLOC) {
			n--;
			next = sg_chain_ptr(&sg[n]);
		}
		left -= n;
		free_page((uintptr_t)sg);
	}
	t->sgl = NULL;
	t->nents = t->orig_nents = 0;
}

/* 0, -EINVAL or -ENOMEM; in pages, which a chain links. */
static inline int
sg_alloc_table(struct sg_table *t, unsigned int nents, gfp_t gfp)
{
	struct scatterlist *sg, *prev = NULL;
	unsigned int left = nents, n;

	memset(t, 0, sizeof(*t));
	if (nents == 0)
		return (-EINVAL);
	do {
		n = MIN(left, SG_MAX_SINGLE_ALLOC);
		if (left > SG_MAX_SINGLE_ALLOC)
			n--;
		sg = (struct scatterlist *)get_zeroed_page(gfp);
		if (sg == NULL) {
			/* What is chained so far ends in an empty place. */
			t->orig_nents = nents - left;
			sg_free_table(t);
			return (-ENOMEM);
		}
		if (prev != NULL)
			sg_chain(prev, SG_MAX_SINGLE_ALLOC, sg);
		else
			t->sgl = sg;
		left -= n;
		t->nents = t->orig_nents = nents - left;
		prev = sg;
	} while (left > 0);
	sg_mark_end(&sg[n - 1]);
	return (0);
}

/* How many pages from pages[i] on are one segment of at most max bytes, the
 * first one's offset included. */
static inline unsigned int
lkpirs_sg_run(struct page **pages, unsigned int npages, unsigned int i,
    unsigned int max)
{
	unsigned int n = 1;

	while (i + n < npages && n < max >> PAGE_SHIFT &&
	    page_to_pfn(pages[i + n]) == page_to_pfn(pages[i]) + n)
		n++;
	return (n);
}

/*
 * Pages of a buffer; neighbours in memory become one segment, of max_segment
 * bytes at most.  -EINVAL: less than a page; -ENOMEM.
 */
static inline int
sg_alloc_table_from_pages_segment(struct sg_table *t, struct page **pages,
    unsigned int npages, unsigned int offset, unsigned long size,
    unsigned int max_segment, gfp_t gfp)
{
	struct scatterlist *sg;
	unsigned int i, n, nents = 0;
	unsigned long len;
	int error;

	if (max_segment < PAGE_SIZE)
		return (-EINVAL);
	for (i = 0; i < npages; i += n, nents++)
		n = lkpirs_sg_run(pages, npages, i, max_segment);
	error = sg_alloc_table(t, nents, gfp);
	if (error != 0)
		return (error);
	for (i = 0, sg = t->sgl; i < npages; i += n, sg = sg_next(sg)) {
		n = lkpirs_sg_run(pages, npages, i, max_segment);
		len = MIN(size, ((unsigned long)n << PAGE_SHIFT) - offset);
		sg_set_page(sg, pages[i], len, offset);
		size -= len;
		offset = 0;
	}
	return (0);
}
#define	sg_alloc_table_from_pages(t, pages, npages, offset, size, gfp)	\
	sg_alloc_table_from_pages_segment(t, pages, npages, offset, size, \
	    SCATTERLIST_MAX_SEGMENT, gfp)

/* --- bytes --- */

/* Copies between a list, from skip on, and a buffer; how many bytes. */
static inline size_t
sg_copy_buffer(struct scatterlist *sg, unsigned int n, void *buf, size_t len,
    off_t skip, bool to_buffer)
{
	size_t done = 0, part;
	char *at;

	for (; n > 0 && sg != NULL && done < len; n--, sg = sg_next(sg)) {
		if (skip >= (off_t)sg->length) {
			skip -= sg->length;
			continue;
		}
		part = MIN(sg->length - skip, len - done);
		at = (char *)sg_virt(sg) + skip;
		if (to_buffer)
			memcpy((char *)buf + done, at, part);
		else
			memcpy(at, (char *)buf + done, part);
		done += part;
		skip = 0;
	}
	return (done);
}

#define	sg_copy_from_buffer(sg, n, buf, len) \
	sg_copy_buffer(sg, n, __DECONST(void *, buf), len, 0, false)
#define	sg_copy_to_buffer(sg, n, buf, len) \
	sg_copy_buffer(sg, n, buf, len, 0, true)
#define	sg_pcopy_from_buffer(sg, n, buf, len, skip) \
	sg_copy_buffer(sg, n, __DECONST(void *, buf), len, skip, false)
#define	sg_pcopy_to_buffer(sg, n, buf, len, skip) \
	sg_copy_buffer(sg, n, buf, len, skip, true)

/* --- page by page --- */

struct sg_page_iter {
	struct scatterlist *sg;
	unsigned int	sg_pgoffset;	/* of the page, in its segment */
	unsigned int	__nents;	/* segments left */
	int		__pg_advance;
};

struct sg_dma_page_iter {
	struct sg_page_iter base;
};

static inline void
__sg_page_iter_start(struct sg_page_iter *it, struct scatterlist *sg,
    unsigned int n, unsigned long pgoffset)
{
	it->sg = sg;
	it->sg_pgoffset = pgoffset;
	it->__nents = n;
	it->__pg_advance = 0;
}

static inline bool
lkpirs_sg_page_next(struct sg_page_iter *it, bool dma)
{
	unsigned int pages;

	it->sg_pgoffset += it->__pg_advance;
	it->__pg_advance = 1;
	for (; it->__nents > 0 && it->sg != NULL;
	    it->sg = sg_next(it->sg), it->__nents--) {
		pages = howmany(it->sg->offset + (dma ? it->sg->dma_length :
		    it->sg->length), PAGE_SIZE);
		if (it->sg_pgoffset < pages)
			return (true);
		it->sg_pgoffset -= pages;
	}
	return (false);
}

#define	__sg_page_iter_next(it)		lkpirs_sg_page_next(it, false)
#define	__sg_page_iter_dma_next(it)	lkpirs_sg_page_next(&(it)->base, true)

static inline struct page *
sg_page_iter_page(const struct sg_page_iter *it)
{
	return (nth_page(sg_page(it->sg), it->sg_pgoffset));
}

/* Of either kind of iterator: drm-kmod has both. */
static inline dma_addr_t
lkpirs_sg_page_dma(const struct sg_page_iter *it)
{
	return ((it->sg->dma_address & ~(dma_addr_t)(PAGE_SIZE - 1)) +
	    ((dma_addr_t)it->sg_pgoffset << PAGE_SHIFT));
}
#define	sg_page_iter_dma_address(it)	lkpirs_sg_page_dma(_Generic((it),	\
	struct sg_page_iter *: (const void *)(it),			\
	const struct sg_page_iter *: (const void *)(it),		\
	struct sg_dma_page_iter *: (const void *)(it),			\
	const struct sg_dma_page_iter *: (const void *)(it)))

#define	for_each_sg_page(sgl, it, n, pgoffset)				\
	for (__sg_page_iter_start(it, sgl, n, pgoffset);		\
	    __sg_page_iter_next(it);)
#define	for_each_sg_dma_page(sgl, it, n, pgoffset)			\
	for (__sg_page_iter_start(&(it)->base, sgl, n, pgoffset);	\
	    __sg_page_iter_dma_next(it);)
#define	for_each_sgtable_page(sgt, it, pgoffset) \
	for_each_sg_page((sgt)->sgl, it, (sgt)->orig_nents, pgoffset)
#define	for_each_sgtable_dma_page(sgt, it, pgoffset) \
	for_each_sg_dma_page((sgt)->sgl, it, (sgt)->nents, pgoffset)

#endif /* _LINUXKPI_LINUX_SCATTERLIST_H_ */
