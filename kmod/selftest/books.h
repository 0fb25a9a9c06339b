/* SPDX-License-Identifier: BSD-2-Clause */
/* What a kld's cases must leave as they found it, pools and DMA included. */

static uint64_t
live(void)
{
	return (lkpirs_stat("live") + lkpirs_pool_stat("pools") +
	    lkpirs_pool_stat("in_flight") + lkpirs_pool_stat("dma_maps") +
	    lkpirs_pool_stat("mappings") + lkpirs_pool_stat("need_sync"));
}

/* What page_pool.ko catches is counted by lkpi_page.ko as well. */
static uint64_t
errors(void)
{
	return (lkpirs_stat("errors"));
}
