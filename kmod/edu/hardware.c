/* SPDX-License-Identifier: BSD-2-Clause */
/* The device and its driver themselves. */
#include "cases.h"

CASE(registers)
{
	EXPECT(edu_read(EDU_ID) == 0x010000ed);
	edu_write(EDU_LIVE, 0x12345678);
	EXPECT(edu_read(EDU_LIVE) == ~0x12345678U);
	edu_write(EDU_STATUS, EDU_WANT_IRQ);
	edu_write(EDU_FACTORIAL, 10);
	EXPECT(edu_wait(EDU_IRQ_FACTORIAL) == 0);
	EXPECT((edu_read(EDU_STATUS) & EDU_BUSY) == 0);
	EXPECT(edu_read(EDU_FACTORIAL) == 3628800);
	edu_write(EDU_STATUS, 0);
}

CASE(interrupts)
{
	u_int before = edu_interrupts();

	for (int i = 1; i < 31; i++) {
		edu_write(EDU_RAISE, 1U << i);
		if (!EXPECT(edu_wait(1U << i) == 0))
			return;
	}
	/* Each had one of its own: the next came after its acknowledgement. */
	EXPECT(edu_interrupts() == before + 30);
}

/* Both directions between the device and memory that is not ours. */
CASE(reference)
{
	uint64_t dma;
	uint8_t *ref = edu_reference(&dma);

	memset(ref, 0x11, PAGE_SIZE);
	pattern(ref, EDU_MOST, 1);
	EXPECT(edu_fetch(dma, 0, EDU_MOST) == 0);
	memset(ref, 0x22, PAGE_SIZE);
	EXPECT(edu_store(dma + 1, 0, EDU_MOST) == 0);
	EXPECT(ref[0] == 0x22 && holds(ref + 1, EDU_MOST, 1));
	EXPECT(edu_fetch(dma, 1, EDU_MOST) == EINVAL);
	EXPECT(edu_store(edu_reach() - 10, 0, 12) == EFAULT);
}

/* A byte that is wrong is seen, wherever it is. */
CASE(control)
{
	static const int wrong[] = { 0, 1, 1000, 2047 };
	uint64_t dma;
	uint8_t *ref = edu_reference(&dma);
	uint8_t one = 0;
	struct page_pool *pool = pool_make(t, dev, DMA_BIDIRECTIONAL, 0);
	struct page *p = pool != NULL ? pool_take(t, pool) : NULL;
	uint8_t *va;

	for (int i = 0; p != NULL && i < nitems(wrong); i++) {
		va = page_address(p);
		device_writes(t, page_pool_get_dma_addr(p), 2048, 7);
		/* The device writes one byte more, another one. */
		page_pool_dma_sync_for_cpu(pool, p, 0, 2048);
		EXPECT(holds(va, 2048, 7));
		one = ref[0] = ~va[wrong[i]];
		EXPECT(edu_fetch(dma, 0, 1) == 0);
		EXPECT(edu_store(page_pool_get_dma_addr(p) + wrong[i], 0, 1) == 0);
		page_pool_dma_sync_for_cpu(pool, p, 0, 2048);
		EXPECT(va[wrong[i]] == one && !holds(va, 2048, 7));
		EXPECT(!device_holds(t, page_pool_get_dma_addr(p), 2048, 7));
	}
	if (p != NULL)
		page_pool_put_full_page(pool, p, true);
	page_pool_destroy(pool);
}

struct away {
	struct test	*t;
	struct page_pool *pool;
	struct page	*p;
};

/* While the device is detached: a page of its pool comes back. */
static void
give_back(void *arg)
{
	struct away *a = arg;
	struct test *t = a->t;

	EXPECT(edu_hold() == NULL);
	EXPECT(lkpirs_pool_stat("dma_maps") == 0);
	page_pool_put_full_page(a->pool, a->p, false);
}

static void
leave(struct away *a)
{
	struct test *t = a->t;
	struct device *dev = edu_hold();

	a->pool = NULL;
	if (!EXPECT(dev != NULL))
		return;
	a->pool = pool_make(t, dev, DMA_FROM_DEVICE, 0);
	a->p = a->pool != NULL ? pool_take(t, a->pool) : NULL;
	if (a->p != NULL) {
		device_writes(t, page_pool_get_dma_addr(a->p), 100, 3);
		page_pool_dma_sync_for_cpu(a->pool, a->p, 0, 100);
		EXPECT(holds(page_address(a->p), 100, 3));
	}
	page_pool_destroy(a->pool);
	edu_release();
}

/* Detach and attach, each time with a page out. */
void
test_reattach(struct test *t)
{
	struct away a = { t };

	for (int i = 0; i < 5; i++) {
		leave(&a);
		if (a.pool == NULL || a.p == NULL ||
		    !EXPECT(edu_reattach(give_back, &a) == 0))
			return;
	}
}
