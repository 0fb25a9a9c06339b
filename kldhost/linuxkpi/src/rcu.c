/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-copy-update.  A thread in a read-side section has a place in a table,
 * found by its address, with the generation that it came in.  Who waits for
 * all sections of now begins another generation, and looks at every place until
 * none is of an older one.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/taskqueue.h>

#include <linux/rcupdate.h>
#include <linux/slab.h>

#define	PLACES	256		/* a power of 2; threads in sections */

static struct place {
	volatile uintptr_t td;		/* who has it, or 0 */
	volatile u_int	since;		/* the generation */
	u_int		depth;
} places[PLACES] __aligned(CACHE_LINE_SIZE);
static volatile u_int generation = 1;

/* This thread's place, or where it can have one. */
static struct place *
find(uintptr_t td, bool new)
{
	u_int at = td / 64, i;

	for (i = 0; i < PLACES; i++) {
		struct place *p = &places[(at + i) % PLACES];

		if (p->td == td)
			return (p);
		/* Others' places come and go, one's own does not: it may be
		 * behind a place that is free now. */
	}
	if (!new)
		return (NULL);
	for (i = 0; i < PLACES; i++) {
		struct place *p = &places[(at + i) % PLACES];

		if (p->td == 0 && atomic_cmpset_ptr(&p->td, 0, td))
			return (p);
	}
	panic("rcu: more than %d threads in sections", PLACES);
}

void
rcu_read_lock(void)
{
	struct place *p = find((uintptr_t)curthread, true);

	if (p->depth++ == 0)
		p->since = generation;
	/* What is read in the section is read after this is seen. */
	atomic_thread_fence_seq_cst();
}

void
rcu_read_unlock(void)
{
	struct place *p = find((uintptr_t)curthread, false);

	KASSERT(p != NULL && p->depth > 0, ("rcu_read_unlock without lock"));
	if (--p->depth == 0) {
		p->since = 0;
		atomic_store_rel_ptr(&p->td, 0);
	}
}

void
synchronize_rcu(void)
{
	u_int now = atomic_fetchadd_int(&generation, 1);

	atomic_thread_fence_seq_cst();
	for (int i = 0; i < PLACES; i++) {
		struct place *p = &places[i];

		/* A place just taken has no generation yet (0), and sees what
		 * was published before, or the older one: both are waited for. */
		while (atomic_load_acq_ptr(&p->td) != 0 && p->since <= now)
			pause_sbt("rcu", 10 * SBT_1US, 0, C_HARDCLOCK);
	}
}

/* --- what is freed later --- */

static struct rcu_head *later;
static struct mtx later_lock;
MTX_SYSINIT(hosted_rcu, &later_lock, "rcu", MTX_DEF);

static void
free_later(void *arg __unused, int pending __unused)
{
	struct rcu_head *h, *next;

	mtx_lock(&later_lock);
	h = later;
	later = NULL;
	mtx_unlock(&later_lock);
	if (h == NULL)
		return;
	synchronize_rcu();
	for (; h != NULL; h = next) {
		next = h->next;
		kfree((char *)h - h->offset);
	}
}
static struct task later_task = TASK_INITIALIZER(0, free_later, NULL);

void
hosted_kfree_rcu(struct rcu_head *h, size_t offset)
{
	h->offset = offset;
	mtx_lock(&later_lock);
	h->next = later;
	later = h;
	mtx_unlock(&later_lock);
	taskqueue_enqueue(taskqueue_thread, &later_task);
}

static void
drain(void *arg __unused)
{
	taskqueue_drain(taskqueue_thread, &later_task);
}
SYSUNINIT(hosted_rcu, SI_SUB_DRIVERS, SI_ORDER_ANY, drain, NULL);
