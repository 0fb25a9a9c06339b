/* SPDX-License-Identifier: BSD-2-Clause */
/* What the DMA cases share, and the cases. */
#ifndef _SELFTEST_POOL_DMA_H_
#define _SELFTEST_POOL_DMA_H_

#include <sys/lock.h>
#include <sys/mutex.h>

#include <linux/mm.h>
#include <linux/dma-mapping.h>
#include <lkpirs/dma_provider.h>

#define	DMA_TMP	6000

/* Memory, a device that reaches all of it, and one that reaches none or is
 * not there (the memory is too low). */
struct dma_case {
	struct page	*page;		/* of four */
	char		*va;
	struct device	*near, *far;
	bool		 translated;	/* there is an IOMMU */
	char		*tmp;		/* of DMA_TMP bytes */
};

/* A mistake that is seen while syncs are more than nothing, or are checked. */
#define	MISTAKEN_SYNC(call) do {					\
	if (lkpirs_dma_may_sync())					\
		MISTAKE(call);						\
	else								\
		call;							\
} while (0)

bool	dma_setup(struct test *, struct dma_case *);
void	dma_teardown(struct dma_case *);
/* The device has a copy. */
bool	dma_bounced(const struct dma_case *, dma_addr_t, size_t off);

/* dma_map.c */
void	test_dma_directions(struct test *);
void	test_dma_ranges(struct test *);
void	test_dma_resource(struct test *);
void	test_dma_locked(struct test *);
/* dma_many.c */
void	test_dma_many(struct test *);
void	test_dma_threads(struct test *);
void	test_dma_pool_threads(struct test *);
/* dma_need_sync.c */
void	test_dma_need_sync(struct test *);
/* dma_scattered.c */
void	test_dma_scattered(struct test *);
/* dma_sg.c */
void	test_dma_sg(struct test *);
void	test_dma_sgtable(struct test *);
/* dma_mem.c */
void	test_dma_set_mask(struct test *);
void	test_dma_alloc(struct test *);
void	test_dma_gone(struct test *);

#endif /* _SELFTEST_POOL_DMA_H_ */
