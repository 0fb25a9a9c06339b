/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rxdemo.ko: the main job.  Three receive queues as mt76 sets them up, a soft
 * device that fills them, threads above that return the buffers from other
 * CPUs, and in the end a destroy while buffers are out.
 *
 * In kldhost: `-- rxdemo_main [buffers=N] [mask=BITS] [ndesc=MAX]'.  On a real kernel:
 * `sysctl compat.rxdemo.run=N'.
 */
#include "rxdemo.h"

#include <sys/module.h>
#include <sys/smp.h>
#include <sys/sysctl.h>

MALLOC_DEFINE(M_RXDEMO, "rxdemo", "main job");

int	rxdemo_main(int argc, char **argv);
uint64_t lkpirs_stat(const char *name);

#define	BUFFERS		16000000
#define	OURS		4	/* klds: lkpi_page, page_pool, softdev, rxdemo */

static const struct rxq_conf confs[] = {
	{ "main", 2048, 2048, 64, 1600, 60 },
	{ "mcu", 512, 2048, 64, 512, 10 },
	{ "data4k", 1024, 4096, 1500, 4000, 30 },
};
#define	NQUEUES	nitems(confs)
#define	NSTACKS	2

struct run {
	struct rxq_conf	confs[NQUEUES];
	struct rxq	queues[NQUEUES];
	struct stack	stacks[NSTACKS];
	struct page_pool_stats stats[NQUEUES];
	int		nstacks;
	uint64_t	buffers;
	sbintime_t	took;
	uint64_t	pages_before, errors_before;
	uint64_t	out, out_maps;
};

static int running;

static uint64_t
errors(void)
{
	return (lkpirs_stat("errors") + lkpirs_pool_stat("errors"));
}

static uint64_t
received(struct run *r)
{
	uint64_t n = 0;

	for (int i = 0; i < NQUEUES; i++)
		n += r->queues[i].frames;
	return (n);
}

static uint64_t
ns_each(sbintime_t t, uint64_t n)
{
	return (n == 0 ? 0 : sbttons(t) / n);
}

/* Let it run, saying how far it is. */
static int
wait_for_traffic(struct run *r)
{
	sbintime_t start = sbinuptime(), moved = start;
	uint64_t n, last = 0, shown = 0;

	for (;;) {
		bool done = true;

		for (int i = 0; i < NQUEUES; i++) {
			if (r->queues[i].error != 0)
				return (r->queues[i].error);
			done &= rxq_finished(&r->queues[i]);
		}
		n = received(r);
		r->took = sbinuptime() - start;
		if (n * 10 / r->buffers > shown || done) {
			shown = n * 10 / r->buffers;
			printf("rxdemo: %3ju %% %10ju buffers %6ju ms %5ju ns each\n",
			    (uintmax_t)(n * 100 / r->buffers), (uintmax_t)n,
			    (uintmax_t)sbttoms(r->took), (uintmax_t)ns_each(r->took, n));
		}
		if (done)
			return (0);
		if (n != last) {
			last = n;
			moved = sbinuptime();
		} else if (sbinuptime() - moved > 20 * SBT_1S) {
			printf("rxdemo: nothing has arrived for 20 s\n");
			return (ETIMEDOUT);
		}
		pause_sbt("rxdemo", 5 * SBT_1MS, 0, C_HARDCLOCK);
	}
}

static int
start(struct run *r, uint64_t mask)
{
	struct device *dev = lkpi_softdev(mask);
	uint64_t left = r->buffers, n;
	int error, i;

	if (dev == NULL)
		return (ENOMEM);
	for (i = 0; i < NSTACKS; i++) {
		error = stack_start(&r->stacks[i], i, nth_cpu(i + 1));
		if (error != 0)
			return (error);
		r->nstacks++;
	}
	for (i = 0; i < NQUEUES; i++) {
		struct rxq *q = &r->queues[i];

		error = rxq_init(q, &r->confs[i], dev, i);
		if (error != 0)
			return (error);
		q->stacks = r->stacks;
		q->nstacks = r->nstacks;
	}
	for (i = 0; i < NQUEUES; i++) {
		n = i + 1 == NQUEUES ? left : r->buffers * r->confs[i].share / 100;
		left -= n;
		error = rxq_start(&r->queues[i], n);
		if (error != 0)
			return (error);
	}
	return (0);
}

/* Traffic ends, pools are destroyed with buffers out, these come back. */
static int
finish(struct run *r, int error)
{
	int i;

	for (i = 0; i < NQUEUES; i++)
		if (r->queues[i].conf != NULL)
			rxq_stop(&r->queues[i]);
	for (i = 0; i < r->nstacks; i++)
		stack_stop(&r->stacks[i]);
	for (i = 0; i < NQUEUES; i++) {
		if (r->queues[i].conf != NULL && r->queues[i].pool != NULL)
			page_pool_get_stats(r->queues[i].pool, &r->stats[i]);
		rxq_cleanup(&r->queues[i]);
	}
	r->out = lkpirs_pool_stat("in_flight");
	r->out_maps = lkpirs_pool_stat("dma_maps");
	for (i = 0; i < r->nstacks; i++)
		stack_release_held(&r->stacks[i]);
	for (i = 0; i < 1000 && lkpirs_pool_stat("waiting") != 0; i++)
		pause_sbt("rxpool", 5 * SBT_1MS, 0, C_HARDCLOCK);
	if (error == 0 && lkpirs_pool_stat("waiting") != 0)
		error = EBUSY;
	return (error);
}

/* Of the pages that came back to their pools, how many stayed; in 1/10 %. */
static u_int
recycled(const struct page_pool_stats *s)
{
	const struct page_pool_recycle_stats *c = &s->recycle_stats;
	uint64_t kept = c->cached + c->ring;
	uint64_t all = kept + c->ring_full + c->released_refcnt;

	return (all == 0 ? 0 : kept * 1000 / all);
}

static int
report(struct run *r)
{
	struct page_pool_stats sum = { 0 };
	uint64_t leaks, *to = (uint64_t *)&sum;
	u_int pct;

	printf("\nqueue    ring  bytes    buffers  alloc: cache  refill    slow"
	    "   put: cache     ring   full  kept %%  ns/buf\n");
	for (int i = 0; i < NQUEUES; i++) {
		struct rxq *q = &r->queues[i];
		struct page_pool_stats *s = &r->stats[i];

		pct = recycled(s);
		printf("%-8s %4u   %4u  %9ju  %12ju %7ju %7ju   %10ju %8ju %6ju  %3u.%u %7ju\n",
		    r->confs[i].name, r->confs[i].ndesc, r->confs[i].buf_size,
		    (uintmax_t)q->frames, (uintmax_t)s->alloc_stats.fast,
		    (uintmax_t)s->alloc_stats.refill, (uintmax_t)s->alloc_stats.slow,
		    (uintmax_t)s->recycle_stats.cached, (uintmax_t)s->recycle_stats.ring,
		    (uintmax_t)s->recycle_stats.ring_full, pct / 10, pct % 10,
		    (uintmax_t)ns_each(q->busy, q->frames));
		for (int j = 0; j < sizeof(*s) / sizeof(uint64_t); j++)
			to[j] += ((uint64_t *)s)[j];
	}
	printf("\npools destroyed with %ju pages out: %ju DMA maps left; all given back\n",
	    (uintmax_t)r->out, (uintmax_t)r->out_maps);
	pct = recycled(&sum);
	leaks = lkpirs_pool_stat("in_flight") + lkpirs_pool_stat("dma_maps") +
	    lkpirs_pool_stat("pools") + r->out_maps;
	if (lkpirs_stat("live_pool") > r->pages_before)
		leaks += lkpirs_stat("live_pool") - r->pages_before;
	printf("RESULT klds=%d pages=%ju shadow_bytes=%ju buffers=%ju ns_per_buffer=%ju "
	    "recycled_pct=%u.%u in_flight=%ju dma_maps=%ju leaks=%ju\n", OURS,
	    (uintmax_t)lkpirs_stat("pages"), (uintmax_t)lkpirs_stat("bytes"),
	    (uintmax_t)received(r), (uintmax_t)ns_each(r->took, received(r)),
	    pct / 10, pct % 10, (uintmax_t)lkpirs_pool_stat("in_flight"),
	    (uintmax_t)lkpirs_pool_stat("dma_maps"), (uintmax_t)leaks);
	return (leaks != 0 || errors() != r->errors_before ? EIO : 0);
}

static int
job(uint64_t buffers, uint64_t mask, uint32_t max_ndesc)
{
	struct run *r;
	int error;

	if (buffers == 0 || max_ndesc < 16)
		return (EINVAL);
	if (!atomic_cmpset_int(&running, 0, 1))
		return (EBUSY);
	r = malloc(sizeof(*r), M_RXDEMO, M_WAITOK | M_ZERO);
	r->buffers = buffers;
	for (int i = 0; i < NQUEUES; i++) {
		r->confs[i] = confs[i];
		r->confs[i].ndesc = MIN(confs[i].ndesc, max_ndesc);
	}
	r->pages_before = lkpirs_stat("live_pool");
	r->errors_before = errors();
	printf("rxdemo: %ju buffers over %zu queues, %d threads return them, %d CPUs\n",
	    (uintmax_t)buffers, NQUEUES, NSTACKS, mp_ncpus);
	error = start(r, mask);
	if (error == 0)
		error = wait_for_traffic(r);
	error = finish(r, error);
	if (error == 0)
		error = report(r);
	if (error != 0)
		printf("rxdemo: failed with errno %d\n", error);
	free(r, M_RXDEMO);
	atomic_store_rel_int(&running, 0);
	return (error);
}

int
rxdemo_main(int argc, char **argv)
{
	uint64_t buffers = BUFFERS, mask = DMA_BIT_MASK(32), ndesc = UINT32_MAX;
	char *end;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "buffers=", 8) == 0)
			buffers = strtouq(argv[i] + 8, &end, 0);
		else if (strncmp(argv[i], "mask=", 5) == 0)
			mask = DMA_BIT_MASK(strtouq(argv[i] + 5, &end, 0));
		else if (strncmp(argv[i], "ndesc=", 6) == 0)
			ndesc = strtouq(argv[i] + 6, &end, 0);
		else if (i > 0)
			end = argv[i];
		else
			continue;
		if (*end != '\0') {
			printf("rxdemo: %s? known are buffers=N, mask=BITS, "
			    "ndesc=MAX (16 or more)\n", argv[i]);
			return (EINVAL);
		}
	}
	return (job(buffers, mask, MIN(ndesc, UINT32_MAX)));
}

SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, rxdemo, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "page_pool's main job");

static int
sysctl_run(SYSCTL_HANDLER_ARGS)
{
	uint64_t n = BUFFERS;
	int error = sysctl_handle_64(oidp, &n, 0, req);

	if (error != 0 || req->newptr == NULL)
		return (error);
	return (job(n, DMA_BIT_MASK(32), UINT32_MAX));
}
SYSCTL_PROC(_compat_rxdemo, OID_AUTO, run, CTLTYPE_U64 | CTLFLAG_RW |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_run, "QU",
    "Write a number of buffers: the job runs, the console has the report");

static int
rxdemo_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	case MOD_UNLOAD:
		return (running ? EBUSY : 0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t rxdemo_mod = { "rxdemo", rxdemo_event, NULL };

DECLARE_MODULE(rxdemo, rxdemo_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(rxdemo, 1);
MODULE_DEPEND(rxdemo, lkpi_page, 1, 1, 1);
MODULE_DEPEND(rxdemo, page_pool, 1, 1, 1);
MODULE_DEPEND(rxdemo, softdev, 1, 1, 1);
