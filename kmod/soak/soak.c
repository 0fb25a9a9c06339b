/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * soak.ko: the job, its report and its module.
 *
 * In kldhost: `-- soak_main [buffers=N] [threads=N] [seed=N] [seconds=N]'.  On
 * a real kernel: `sysctl compat.soak.run=N'; threads, seed and seconds beside
 * it, also as tunables.
 */
#include "soak.h"

#include <sys/kthread.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/smp.h>
#include <sys/sysctl.h>

MALLOC_DEFINE(M_SOAK, "soak", "page_pool under random use");

int	soak_main(int argc, char **argv);

static uint64_t threads = 8, seed, seconds, buffers = 1000000;
static int running;

/* What must be as before when all is over. */
static const char *const books[] = {
	"in_flight", "dma_maps", "mappings", "pools", "waiting",
};

struct before {
	uint64_t	pool[nitems(books)];
	uint64_t	live, errors;
};

static struct before
look(void)
{
	struct before b;

	for (int i = 0; i < nitems(books); i++)
		b.pool[i] = lkpirs_pool_stat(books[i]);
	b.live = lkpirs_stat("live");
	b.errors = lkpirs_stat("errors");
	return (b);
}

/* How much is out that was not before. */
static uint64_t
leaks(const struct before *was)
{
	struct before now = look();
	uint64_t n = now.live > was->live ? now.live - was->live : 0;

	for (int i = 0; i < nitems(books); i++)
		n += now.pool[i] > was->pool[i] ? now.pool[i] - was->pool[i] : 0;
	return (n);
}

static void
start(struct job *j)
{
	struct worker *w;

	j->start = sbinuptime();
	j->until = seconds != 0 ? j->start + seconds * SBT_1S : 0;
	for (int i = 0; i < j->threads; i++) {
		w = &j->workers[i];
		mtx_init(&w->lock, "soak buffers", NULL, MTX_DEF);
		w->job = j;
		w->id = i;
		w->random = (j->seed + 1) * 0x9e3779b97f4a7c15ULL + i * 0xd1342543de82ef95ULL;
		w->random += w->random == 0;
	}
	for (int i = 0; i < j->threads; i++) {
		w = &j->workers[i];
		if (kthread_add(soak_thread, w, NULL, NULL, 0, 0, "soak%d", i) == 0)
			continue;
		soak_fail(w, "no thread", NULL);
		/* The others wait for it. */
		w->dead = true;
		atomic_add_int(&j->arrived, 1);
	}
}

static void
wait_for(struct job *j)
{
	sbintime_t moved = sbinuptime();
	uint64_t last = 0, shown = 0, n;

	for (int i = 0; i < j->threads; i++) {
		struct worker *w = &j->workers[i];

		mtx_lock(&w->lock);
		while (!w->dead) {
			mtx_sleep(&w->dead, &w->lock, 0, "soak", MAX(hz, 1));
			n = j->taken;
			if (n != last) {
				last = n;
				moved = sbinuptime();
			} else if (sbinuptime() - moved > 60 * SBT_1S)
				soak_fail(w, "nothing has moved for 60 s", NULL);
			if (n * 10 / j->buffers > shown) {
				shown = n * 10 / j->buffers;
				printf("soak: %10ju buffers %7ju ms\n", (uintmax_t)n,
				    (uintmax_t)sbttoms(sbinuptime() - j->start));
			}
		}
		mtx_unlock(&w->lock);
	}
}

static int
report(struct job *j, const struct before *was)
{
	struct counts sum = { 0 };
	struct before now;
	uint64_t *to = (uint64_t *)&sum, ms, out, waited = 0;

	ms = sbttoms(sbinuptime() - j->start);
	for (int i = 0; i < j->threads; i++) {
		for (int k = 0; k < sizeof(sum) / sizeof(uint64_t); k++)
			to[k] += ((uint64_t *)&j->workers[i].n)[k];
		waited = MAX(waited, j->workers[i].n.waited);
	}
	for (int i = 0; i < 400 && leaks(was) != 0; i++)
		pause_sbt("soak", 5 * SBT_1MS, 0, C_HARDCLOCK);
	now = look();
	out = leaks(was);
	printf("soak: %ju puts: %ju direct, %ju in bulk, %ju by count, %ju while held; "
	    "%ju times no memory\n", (uintmax_t)sum.puts, (uintmax_t)sum.direct,
	    (uintmax_t)sum.bulk, (uintmax_t)sum.unref, (uintmax_t)sum.held,
	    (uintmax_t)sum.failed);
	printf("soak: %ju pools, up to %ju of them gone with buffers out; %ju syncs, %ju "
	    "streaming mappings, %ju refused\n", (uintmax_t)sum.pools, (uintmax_t)waited,
	    (uintmax_t)sum.syncs, (uintmax_t)sum.streams, (uintmax_t)sum.no_stream);
	if (j->error == 0 && sum.puts != sum.buffers) {
		printf("soak: %ju buffers taken\n", (uintmax_t)sum.buffers);
		j->error = EDOOFUS;
	}
	printf("RESULT soak buffers=%ju threads=%d seed=%ju ms=%ju ns_per_buffer=%ju "
	    "pools=%ju streams=%ju errors=%ju in_flight=%ju dma_maps=%ju leaks=%ju\n",
	    (uintmax_t)sum.buffers, j->threads, (uintmax_t)j->seed, (uintmax_t)ms,
	    (uintmax_t)(sum.buffers == 0 ? 0 : ms * 1000000 / sum.buffers),
	    (uintmax_t)sum.pools, (uintmax_t)sum.streams,
	    (uintmax_t)(now.errors - was->errors), (uintmax_t)now.pool[0],
	    (uintmax_t)now.pool[1], (uintmax_t)out);
	if (j->error == 0 && (out != 0 || now.errors != was->errors))
		j->error = EIO;
	return (j->error);
}

static int
job(void)
{
	struct before was = look();
	struct job *j;
	int error;

	if (threads == 0 || threads > MAXTHREADS || buffers == 0)
		return (EINVAL);
	if (!atomic_cmpset_int(&running, 0, 1))
		return (EBUSY);
	j = malloc(sizeof(*j), M_SOAK, M_WAITOK | M_ZERO);
	j->workers = malloc(threads * sizeof(*j->workers), M_SOAK, M_WAITOK | M_ZERO);
	j->buffers = buffers;
	j->threads = threads;
	j->nslots = threads + threads / 2 + 1;
	j->seed = seed != 0 ? seed : (uint64_t)sbinuptime() % 1000000007;
	printf("soak: %ju buffers, %d threads, %d CPUs, %d pools at a time; seed=%ju\n",
	    (uintmax_t)j->buffers, j->threads, mp_ncpus, j->nslots, (uintmax_t)j->seed);
	start(j);
	wait_for(j);
	/* Half of the pools went before their buffers came back. */
	for (int i = 0; i < j->nslots; i++)
		soak_destroy(&j->workers[0], &j->slots[i]);
	error = report(j, &was);
	for (int i = 0; i < j->threads; i++)
		mtx_destroy(&j->workers[i].lock);
	free(j->workers, M_SOAK);
	free(j, M_SOAK);
	if (error != 0)
		printf("soak: failed with errno %d\n", error);
	atomic_store_rel_int(&running, 0);
	return (error);
}

static struct {
	const char	*name;
	uint64_t	*value;
} const knobs[] = {
	{ "buffers=", &buffers }, { "threads=", &threads }, { "seed=", &seed },
	{ "seconds=", &seconds },
};

int
soak_main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *end = argv[i];

		for (int k = 0; k < nitems(knobs); k++) {
			size_t n = strlen(knobs[k].name);

			if (strncmp(argv[i], knobs[k].name, n) == 0 && argv[i][n] != '\0')
				*knobs[k].value = strtouq(argv[i] + n, &end, 0);
		}
		if (end == argv[i] || *end != '\0') {
			printf("soak: %s? known are buffers=N, threads=N, seed=N, "
			    "seconds=N\n", argv[i]);
			return (EINVAL);
		}
	}
	return (job());
}

SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, soak, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "page_pool under random use");
SYSCTL_U64(_compat_soak, OID_AUTO, threads, CTLFLAG_RWTUN, &threads, 0,
    "Threads (at most 64)");
SYSCTL_U64(_compat_soak, OID_AUTO, seed, CTLFLAG_RWTUN, &seed, 0,
    "Of the random numbers; 0: by the clock");
SYSCTL_U64(_compat_soak, OID_AUTO, seconds, CTLFLAG_RWTUN, &seconds, 0,
    "Stop after as many; 0: when all buffers were taken");

static int
sysctl_run(SYSCTL_HANDLER_ARGS)
{
	int error = sysctl_handle_64(oidp, &buffers, 0, req);

	if (error != 0 || req->newptr == NULL)
		return (error);
	return (job());
}
SYSCTL_PROC(_compat_soak, OID_AUTO, run, CTLTYPE_U64 | CTLFLAG_RW |
    CTLFLAG_MPSAFE, NULL, 0, sysctl_run, "QU",
    "Write a number of buffers: they are moved, the console has the report");

static int
soak_event(module_t mod __unused, int what, void *arg __unused)
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

static moduledata_t soak_mod = { "soak", soak_event, NULL };

DECLARE_MODULE(soak, soak_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(soak, 1);
MODULE_DEPEND(soak, lkpi_page, 1, 1, 1);
MODULE_DEPEND(soak, page_pool, 1, 1, 1);
MODULE_DEPEND(soak, softdev, 1, 1, 1);
