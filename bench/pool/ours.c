/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our page_pool as a side: compiled as a driver is, and linked with the .ko
 * files that a kernel loads.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/proc.h>

#include <linux/device.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/dma-mapping.h>
#include <net/page_pool/helpers.h>
#include <lkpirs/dma_provider.h>
#include <lkpirs/napi.h>

#include "kernel.h"

#define	SIDE(name)	bench_ours_##name
static struct device bench_dev;
/* Polled in one thread, as LinuxKPI's are; page_pool.ko asks polled_here(). */
static struct {
	bool		scheduled;
	struct thread	*thread;
} napi;
#define	bench_napi	((struct napi_struct *)&napi)

static inline void
sys_alloc(struct page **page, int n)
{
	for (int i = 0; i < n; i++)
		page[i] = alloc_page(GFP_ATOMIC);
}
#define	sys_free(page)	put_page(page)

#include "loops.h"

static int
info(struct device *dev, struct lkpirs_dma_info *i)
{
	if (dev != &bench_dev)
		return (ENODEV);
	*i = (struct lkpirs_dma_info){ .dma_mask = DMA_BIT_MASK(32), .domain = -1 };
	return (0);
}

static const struct lkpirs_dma_provider provider = { .name = "bench", .info = info };

static bool
polled_here(const struct napi_struct *n)
{
	const __typeof(napi) *polled = (const void *)n;

	return (polled->scheduled && polled->thread == curthread);
}

static void
boot(void)
{
	bench_kernel_boot();
	napi.scheduled = true;
	napi.thread = curthread;
	if (lkpirs_page_pool_napi_register(polled_here) != 0)
		host_panic("the NAPI callback was refused");
	if (lkpirs_dma_provider_register(&provider) != 0)
		host_panic("the DMA provider was refused");
}

const struct bench_side bench_ours = {
	.name = "ours",
	.boot = boot,
	.enter = bench_kernel_enter,
	.create = bench_ours_create,
	.destroy = bench_ours_destroy,
	.put_all = bench_ours_put_all,
	.loops = bench_ours_loops,
};
