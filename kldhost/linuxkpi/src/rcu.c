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

#define	PLACES	1024		/* a power of 2 */
#define	PROBES	8		/* where a thread's place can be */

static struct place {
	volatile uintptr_t td;		/* who has it, or 0 */
	volatile u_int	since;		/* the generation */
	u_int		depth;
} places[PLACES] __aligned(CACHE_LINE_SIZE);
static volatile u_int generation = 1;

static struct place *
probe(uintptr_t td, u_int i)
{
	return (&places[(td / 64 * 31 + i) % PLACES]);
}

/* This thread's place; NULL if it has none. */
static struct place *
find(uintptr_t td)
{
	for (u_int i = 0; i < PROBES; i++)
		if (probe(td, i)->td == td)
			return (probe(td, i));
	return (NULL);
}

static struct place *
take(uintptr_t td)
{
	for (u_int i = 0; i < PROBES; i++) {
		struct place *p = probe(td, i);

		if (p->td == 0 && atomic_cmpset_ptr(&p->td, 0, td))
			return (p);
	}
	panic("rcu: too many threads in sections");
}

void
rcu_read_lock(void)
{
	struct place *p = find((uintptr_t)curthread);

	if (p == NULL) {
		p = take((uintptr_t)curthread);
		p->since = generation;
	}
	p->depth++;
	/* What is read in the section is read after this is seen. */
	atomic_thread_fence_seq_cst();
}

void
rcu_read_unlock(void)
{
	struct place *p = find((uintptr_t)curthread);

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
