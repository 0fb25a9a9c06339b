/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The job: probe, frames both ways, commands and resets meanwhile, removal, and
 * what is left then.  `-- mt76_test_main [rx=N] [tx=N] [resets=N] [cycles=N]
 * [mode=thread|direct|copy|mbuf] [mask=BITS]'.
 */
#include "test.h"

#include <sys/module.h>

int	mt76_test_main(int argc, char **argv);
uint64_t lkpirs_stat(const char *name);

struct options {
	uint64_t	rx, tx, resets, cycles, mask;
	enum stack_mode	mode;
};

struct job {
	const struct options *o;
	struct device	device;
	struct air	*air;
	struct stack	stack;
	struct test_dev	*dev;
	uint64_t	resets, echoes, bounced;
	sbintime_t	took;
};

/* Sums of all turns. */
static struct {
	uint64_t	rx, tx, resets, echoes, interrupts, longs, parts, thrown, late, bounced,
	    uncopied, copied, no_mbuf;
	sbintime_t	took;
	struct page_pool_stats stats;
} sums;

static int failures;

static void
check(bool right, const char *what, uint64_t a, uint64_t b)
{
	if (right)
		return;
	failures++;
	printf("mt76_test: %s: %ju, %ju\n", what, (uintmax_t)a, (uintmax_t)b);
}

/*
 * All frames have come through the driver, but those that a reset threw away.
 * mt76 drops a frame that it gave up waiting for and that comes then.  A quarter
 * of them is behind its successor: a reset between the two is enough, or a thread
 * that does not run for a tenth of a second.
 */
static bool
done(struct job *j, uint64_t *progress)
{
	const struct stack *s = &j->stack;

	*progress = s->rx + s->tx_done + s->tx_dropped + j->air->rx_sent;
	return (j->resets == j->o->resets && j->air->rx_sent == j->o->rx &&
	    s->tx_made == j->o->tx &&
	    s->tx_done + s->tx_dropped == j->o->tx &&
	    j->dev->seen + j->air->rx_thrown == j->o->rx);
}
/* Commands and pieces of firmware whose descriptors nobody has looked at yet. */
#define	FEW		32
#define	LATE(j)		((j)->dev->seen - (j)->stack.rx)

static int
traffic(struct job *j)
{
	const struct options *o = j->o;
	sbintime_t start = sbinuptime(), moved = start;
	uint64_t n, last = 0, turn = 0;
	uint32_t word = 0;
	int error;

	for (;;) {
		bool over = done(j, &n);

		if (j->resets < o->resets && n >= (j->resets + 1) *
		    (2 * o->rx + o->tx) / (o->resets + 1)) {
			driver_reset(j->dev);
			j->resets++;
			continue;
		}
		if (n != last) {
			last = n;
			moved = sbinuptime();
		} else if (over && (LATE(j) == 0 ||
		    sbinuptime() - moved > SBT_1S))
			break;
		else if (sbinuptime() - moved > 10 * SBT_1S) {
			printf("mt76_test: nothing moves: %ju of %ju received, "
			    "%ju + %ju of %ju sent\n", (uintmax_t)j->stack.rx,
			    (uintmax_t)j->air->rx_sent,
			    (uintmax_t)j->stack.tx_done,
			    (uintmax_t)j->stack.tx_dropped,
			    (uintmax_t)j->stack.tx_made);
			return (ETIMEDOUT);
		}
		if (turn++ % 16 == 0) {
			error = mcu_echo(j->dev, word++ * 0x01010101);
			if (error != 0)
				return (-error);
			j->echoes++;
		}
		/* Nothing else needs syncs here, and a frame whose page does is
		 * one of hundreds. */
		j->bounced = MAX(j->bounced, lkpirs_pool_stat("need_sync"));
		pause_sbt("traffic", 200 * SBT_1US, 0, C_HARDCLOCK);
	}
	j->took = moved - start;
	return (0);
}

static void
verdict(struct job *j)
{
	const struct stack *s = &j->stack;
	const struct air *a = j->air;

	check(s->rx_bad == 0, "received frames with other bytes", s->rx_bad, 0);
	check(s->rx_disorder == 0, "received out of order", s->rx_disorder, 0);
	check(j->dev->seen + a->rx_thrown == a->rx_sent,
	    "received of what was sent", j->dev->seen + a->rx_thrown,
	    a->rx_sent);
	check(LATE(j) <= 8 + 2 * j->resets, "dropped as late", LATE(j),
	    j->resets);
	check(a->rx_thrown <= j->resets * 1536, "thrown away by resets",
	    a->rx_thrown, j->resets);
	check(a->bad_rx == 0, "RX descriptors that are wrong", a->bad_rx, 0);
	check(a->tx_bad == 0, "sent frames with other bytes", a->tx_bad, 0);
	if (j->resets == 0) {
		check(a->tx_seen == s->tx_made, "sent, and made", a->tx_seen,
		    s->tx_made);
		check(a->tx_sum == s->tx_sum, "sum of sent", a->tx_sum, s->tx_sum);
		check(s->tx_dropped == 0, "not sent", s->tx_dropped, 0);
	}
	/* Received frames never bounce; skbs that are sent lie anywhere. */
	check(j->o->tx != 0 || j->bounced <= FEW, "bounced", j->bounced, FEW);
	check(a->rx_long != 0 || j->o->rx < 1000, "long frames", a->rx_long, 0);
	if (j->o->mode == STACK_MBUF) {
		/* Bodies are 64 to 1463 bytes long, a sixteenth short. */
		check(s->uncopied >= s->rx / 10 * 9 || j->o->rx < 1000,
		    "without a copy", s->uncopied, s->rx);
		check(s->no_mbuf == 0, "not made mbufs", s->no_mbuf, 0);
	}
	check(j->dev->amsdu_parts != 0 || j->o->rx < 1000, "A-MSDUs",
	    j->dev->amsdu_parts, 0);
	check(chip_counts[COUNT_BAD_DMA] + chip_counts[COUNT_BAD_COMMANDS] +
	    chip_counts[COUNT_BAD_IMAGES] + chip_counts[COUNT_BAD_RINGS] == 0,
	    "the chip complains", chip_counts[COUNT_BAD_DMA] +
	    chip_counts[COUNT_BAD_COMMANDS], chip_counts[COUNT_BAD_IMAGES] +
	    chip_counts[COUNT_BAD_RINGS]);
}

static void
add_up(struct job *j)
{
	uint64_t *to = (uint64_t *)&sums.stats, *from;

	from = (uint64_t *)&j->dev->stats;
	for (int i = 0; i < sizeof(sums.stats) / sizeof(uint64_t); i++)
		to[i] += from[i];
	sums.rx += j->stack.rx;
	sums.tx += j->stack.tx_done;
	sums.resets += j->resets;
	sums.echoes += j->echoes;
	sums.interrupts += j->dev->interrupts;
	sums.longs += j->air->rx_long;
	sums.parts += j->dev->amsdu_parts;
	sums.thrown += j->air->rx_thrown;
	sums.late += LATE(j);
	sums.bounced = MAX(sums.bounced, j->bounced);
	sums.took += j->took;
	sums.uncopied += j->stack.uncopied;
	sums.copied += j->stack.copied;
	sums.no_mbuf += j->stack.no_mbuf;
}

static int
turn(const struct options *o)
{
	struct job *j = malloc(sizeof(*j), M_HOSTED, M_WAITOK | M_ZERO);
	int error;

	j->o = o;
	j->air = malloc(sizeof(*j->air), M_HOSTED, M_WAITOK | M_ZERO);
	j->air->mask = DMA_BIT_MASK(o->mask);
	j->air->taken = &j->stack.taken;
	j->air->ahead = 256;
	j->stack.mode = o->mode;
	hosted_device_add(&j->device, "mt76test", DMA_BIT_MASK(o->mask));
	error = stack_start(&j->stack);
	if (error == 0)
		error = air_start(j->air);
	if (error == 0)
		error = -driver_probe(&j->device, j->air, &stack_ops, &j->stack,
		    &j->dev);
	if (error == 0)
		error = -driver_start(j->dev);
	if (error != 0) {
		/* The process ends: nothing is taken back. */
		printf("mt76_test: set-up failed: %d\n", error);
		return (error);
	}
	stack_send(&j->stack, j->dev, o->tx);
	mtx_lock(&j->air->lock);
	j->air->rx_want = o->rx;
	mtx_unlock(&j->air->lock);
	error = traffic(j);
	stack_send(&j->stack, NULL, 0);
	driver_stop(j->dev);
	driver_remove(j->dev);
	verdict(j);
	add_up(j);
	air_stop(j->air);
	/* Frames that the stack still has come back after their pool ended. */
	stack_stop(&j->stack);
	mt76_free_device(&j->dev->mt76);
	hosted_device_gone(&j->device);
	for (int i = 0; i < 1000 && lkpirs_pool_stat("waiting") != 0; i++)
		pause_sbt("pools", SBT_1MS, 0, C_HARDCLOCK);
	free(j->air, M_HOSTED);
	free(j, M_HOSTED);
	return (error);
}

static int
report(void)
{
	const struct page_pool_recycle_stats *r = &sums.stats.recycle_stats;
	uint64_t kept = r->cached + r->ring;
	uint64_t all = kept + r->ring_full + r->released_refcnt;
	uint64_t pct = all == 0 ? 0 : kept * 10000 / all;
	uint64_t in_flight = lkpirs_pool_stat("in_flight");
	uint64_t maps = lkpirs_pool_stat("dma_maps");

	printf("mt76_test: pages from cache %ju, ring %ju, system %ju; back to "
	    "cache %ju, ring %ju, system %ju\n",
	    (uintmax_t)sums.stats.alloc_stats.fast,
	    (uintmax_t)sums.stats.alloc_stats.refill,
	    (uintmax_t)sums.stats.alloc_stats.slow, (uintmax_t)r->cached,
	    (uintmax_t)r->ring, (uintmax_t)(r->ring_full + r->released_refcnt));
	printf("mt76_test: %ju interrupts, %ju commands answered, %ju frames of "
	    "several buffers, %ju in A-MSDUs; %ju resets, which threw %ju frames away; %ju late; "
	    "%ju mappings bounced at most\n",
	    (uintmax_t)sums.interrupts, (uintmax_t)sums.echoes,
	    (uintmax_t)sums.longs, (uintmax_t)sums.parts, (uintmax_t)sums.resets,
	    (uintmax_t)sums.thrown, (uintmax_t)sums.late,
	    (uintmax_t)sums.bounced);
	if (sums.uncopied + sums.copied != 0)
		printf("mt76_test: of %ju frames %ju became mbufs without a copy; "
		    "%ju bytes of the others were copied, %ju were dropped\n",
		    (uintmax_t)sums.rx, (uintmax_t)sums.uncopied,
		    (uintmax_t)sums.copied, (uintmax_t)sums.no_mbuf);
	if (sums.took != 0)
		printf("mt76_test: %ju frames a second, both ways\n",
		    (uintmax_t)((sums.rx + sums.tx) * 1000000 /
		    (sbttous(sums.took) + 1)));
#ifdef POOL_STUB
	in_flight += stub_page_pool_out();
#else
	check(pct >= 9900, "recycled, of 10000", pct, 9900);
#endif
	check(in_flight == 0, "pages in flight", in_flight, 0);
	check(maps == 0, "DMA maps", maps, 0);
	check(lkpirs_pool_stat("mbufs") == 0, "mbufs",
	    lkpirs_pool_stat("mbufs"), 0);
	check(lkpirs_pool_stat("pools") == 0, "pools",
	    lkpirs_pool_stat("pools"), 0);
	check(lkpirs_stat("errors") + lkpirs_pool_stat("errors") == 0,
	    "mistakes", lkpirs_stat("errors"), lkpirs_pool_stat("errors"));
	check(hosted_warnings() == 0, "warnings", hosted_warnings(), 0);
	printf("RESULT frames_rx=%ju frames_tx=%ju recycled_pct=%ju.%02ju "
	    "in_flight=%ju dma_maps=%ju\n", (uintmax_t)sums.rx,
	    (uintmax_t)sums.tx, (uintmax_t)(pct / 100), (uintmax_t)(pct % 100),
	    (uintmax_t)in_flight, (uintmax_t)maps);
	return (failures != 0 ? EIO : 0);
}

static bool
number(const char *arg, const char *name, uint64_t *v)
{
	size_t n = strlen(name);
	char *end;

	if (strncmp(arg, name, n) != 0 || arg[n] != '=')
		return (false);
	*v = strtouq(arg + n + 1, &end, 0);
	return (*end == '\0');
}

int
mt76_test_main(int argc, char **argv)
{
	struct options o = { 1000000, 200000, 0, 1, 32, STACK_THREAD };
	int error = 0;

	for (int i = 0; i < argc; i++) {
		if (number(argv[i], "rx", &o.rx) || number(argv[i], "tx", &o.tx) ||
		    number(argv[i], "resets", &o.resets) ||
		    number(argv[i], "cycles", &o.cycles) ||
		    number(argv[i], "mask", &o.mask))
			continue;
		if (strcmp(argv[i], "mode=direct") == 0)
			o.mode = STACK_DIRECT;
		else if (strcmp(argv[i], "mode=copy") == 0)
			o.mode = STACK_COPY;
		else if (strcmp(argv[i], "mode=mbuf") == 0)
			o.mode = STACK_MBUF;
		else if (strcmp(argv[i], "mode=thread") != 0 && i > 0) {
			printf("mt76_test: %s? known are rx=N, tx=N, resets=N, "
			    "cycles=N, mode=thread|direct|copy|mbuf, mask=BITS\n",
			    argv[i]);
			return (EINVAL);
		}
	}
#ifndef POOL_STUB
	error = run_cases();
#endif
	for (uint64_t i = 0; i < o.cycles && error == 0; i++)
		error = turn(&o);
	if (error != 0) {
		printf("mt76_test: failed with errno %d\n", error);
		return (error);
	}
	return (report());
}

static int
event(module_t mod __unused, int what, void *arg __unused)
{
	return (what == MOD_LOAD || what == MOD_UNLOAD || what == MOD_QUIESCE ||
	    what == MOD_SHUTDOWN ? 0 : EOPNOTSUPP);
}

static moduledata_t mt76_test_mod = { "mt76_test", event, NULL };

DECLARE_MODULE(mt76_test, mt76_test_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(mt76_test, 1);
MODULE_DEPEND(mt76_test, lkpi_page, 1, 1, 1);
MODULE_DEPEND(mt76_test, page_pool, 1, 1, 1);
MODULE_DEPEND(mt76_test, mt76, 1, 1, 1);
MODULE_DEPEND(mt76_test, hosted_lkpi, 1, 1, 1);
MODULE_DEPEND(mt76_test, mt76_core, 1, 1, 1);
