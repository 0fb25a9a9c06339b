/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's page_pool as a side: compiled by Linux's own build (linux.sh). */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/gfp.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/netdevice.h>
#include <net/page_pool/helpers.h>

#define	SIDE(name)	bench_linux_##name
extern struct device bench_dev;
static struct napi_struct napi = { .list_owner = 0 };
#define	bench_napi	(&napi)

static void
sys_alloc(struct page **page, int n)
{
	memset(page, 0, n * sizeof(*page));
	if (alloc_pages_bulk_array_node(GFP_ATOMIC, NUMA_NO_NODE, n, page) != n)
		BUG();
}
#define	sys_free(page)	put_page(page)

#include "loops.h"

void	bench_linux_boot(void);
void	bench_linux_enter(unsigned long cpu, int poll);

const struct bench_side bench_side = {
	.name = "linux",
	.boot = bench_linux_boot,
	.enter = bench_linux_enter,
	.create = bench_linux_create,
	.destroy = bench_linux_destroy,
	.put_all = bench_linux_put_all,
	.loops = bench_linux_loops,
};
