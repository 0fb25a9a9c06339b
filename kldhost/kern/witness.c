/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What WITNESS does for a debug kernel: which locks a thread holds, the order
 * in which locks are taken (by type name), and who may take what where.
 */
#include "kh.h"
#include <sys/rwlock.h>
#include <sys/sx.h>
#include <sys/rmlock.h>

#define	MAXTYPES	1024
struct witness {
	char	name[64];
	int	class;
	int	index;
};
static struct witness types[MAXTYPES];
static int ntypes;
/* before[a][b]: a was held while b was taken, directly or by way of others. */
static uint8_t before[MAXTYPES][MAXTYPES / 8];
static uint8_t reported[MAXTYPES][MAXTYPES / 8];
static volatile uint32_t wlock;
struct mtx Giant;

#define	BIT(m, a, b)	((m)[a][(b) / 8] & (1 << ((b) % 8)))
#define	SETBIT(m, a, b)	((m)[a][(b) / 8] |= (1 << ((b) % 8)))

static void
w_lock(void)
{
	while (atomic_cmpset_acq_int(&wlock, 0, 1) == 0)
		host_sched_yield();
}

static void
w_unlock(void)
{
	atomic_store_rel_int(&wlock, 0);
}

static struct witness *
type_of(const char *name, int class)
{
	struct witness *w = NULL;
	int i;

	w_lock();
	for (i = 0; i < ntypes; i++)
		if (types[i].class == class && strncmp(types[i].name, name,
		    sizeof(types[i].name) - 1) == 0) {
			w = &types[i];
			break;
		}
	if (w == NULL && ntypes < MAXTYPES) {
		w = &types[ntypes];
		strlcpy(w->name, name, sizeof(w->name));
		w->class = class;
		w->index = ntypes++;
	}
	w_unlock();
	return (w);
}

void
khi_lock_init(struct lock_object *lo, int class, const char *name,
    const char *type, int flags, int isnew, uint64_t caller)
{
	if (!isnew && (lo->lo_flags & LO_INITIALIZED) != 0)
		panic("lock \"%s\" %p already initialized", name, lo);
	lo->lo_name = name;
	lo->lo_flags = flags | LO_INITIALIZED | class << LO_CLASSSHIFT;
	lo->lo_data = 0;
	lo->lo_witness = (flags & LO_WITNESS) != 0 ?
	    type_of(type != NULL ? type : name, class) : NULL;
	host_track_add(KHI_LOCK, lo, 0, name, caller);
}

void
khi_lock_destroy(struct lock_object *lo)
{
	if ((lo->lo_flags & LO_INITIALIZED) == 0)
		panic("lock %p is not initialized", lo);
	if (khi_held_find(lo) != NULL)
		panic("lock (%s) %p destroyed while held", lo->lo_name, lo);
	lo->lo_flags &= ~LO_INITIALIZED;
	lo->lo_witness = NULL;
	if (host_track_del(KHI_LOCK, lo) == 0)
		panic("lock (%s) %p was never initialized here", lo->lo_name,
		    lo);
}

struct khi_held *
khi_held_find(struct lock_object *lo)
{
	struct kthr *kt = curk;
	int i;

	for (i = kt->nheld - 1; i >= 0; i--)
		if (kt->held[i].lo == lo)
			return (&kt->held[i]);
	return (NULL);
}

static void
reversal(struct khi_held *h, struct lock_object *lo, const char *file,
    int line)
{
	struct witness *a = h->lo->lo_witness, *b = lo->lo_witness;
	int seen;

	w_lock();
	seen = BIT(reported, a->index, b->index);
	SETBIT(reported, a->index, b->index);
	w_unlock();
	if (seen)
		return;
	if (a == b)
		printf("acquiring duplicate lock of same type: \"%s\"\n"
		    " 1st %s @ %s:%d\n 2nd %s @ %s:%d\n", a->name,
		    h->lo->lo_name, h->file, h->line, lo->lo_name, file, line);
	else
		printf("lock order reversal:\n 1st %p %s (%s) @ %s:%d\n"
		    " 2nd %p %s (%s) @ %s:%d\n", h->lo, h->lo->lo_name,
		    a->name, h->file, h->line, lo, lo->lo_name, b->name, file,
		    line);
	host_fail(a == b ? "duplicate lock" : "lock order reversal");
}

/* Checks made before a lock is waited for. */
void
khi_lock_order(struct lock_object *lo, int flags, const char *file, int line)
{
	struct kthr *kt = curk;
	struct witness *w = lo->lo_witness;
	int class = LO_CLASSINDEX(lo), i;

	if (class != KLC_SPIN && kt->td.td_critnest != 0)
		panic("acquiring blockable sleep lock with spinlock or "
		    "critical section held (%s) %s @ %s:%d",
		    lock_classes[class]->lc_name, lo->lo_name, file, line);
	if (w == NULL || kt->nheld == 0)
		return;
	for (i = 0; i < kt->nheld; i++) {
		struct khi_held *h = &kt->held[i];
		struct witness *v = h->lo->lo_witness;
		int a, b;

		/* A sleepable lock never follows one that may not sleep. */
		if ((lo->lo_flags & LO_SLEEPABLE) != 0 &&
		    (h->lo->lo_flags & LO_SLEEPABLE) == 0)
			panic("acquiring sleepable lock (%s) with non-sleepable"
			    " lock (%s) held from %s:%d @ %s:%d", lo->lo_name,
			    h->lo->lo_name, h->file, h->line, file, line);
		if (v == NULL || h->lo == lo)
			continue;
		if (v == w) {
			if ((flags & LOP_DUPOK) == 0 &&
			    (lo->lo_flags & LO_DUPOK) == 0)
				reversal(h, lo, file, line);
			continue;
		}
		a = v->index;
		b = w->index;
		if (BIT(before, a, b))
			continue;
		if (BIT(before, b, a)) {
			reversal(h, lo, file, line);
			continue;
		}
		w_lock();
		/* Everything that leads to a now leads to b and beyond. */
		for (int x = 0; x < ntypes; x++) {
			if (x != a && !BIT(before, x, a))
				continue;
			SETBIT(before, x, b);
			for (int y = 0; y < MAXTYPES / 8; y++)
				before[x][y] |= before[b][y];
		}
		w_unlock();
	}
}

void
khi_lock_got(struct lock_object *lo, int excl, const char *file, int line)
{
	struct kthr *kt = curk;
	struct khi_held *h;

	if (kt->nheld == KHI_NHELD)
		panic("more than %d locks held", KHI_NHELD);
	h = &kt->held[kt->nheld++];
	h->lo = lo;
	h->file = file;
	h->line = line;
	h->excl = excl;
}

void
khi_lock_dropped(struct lock_object *lo, int excl, const char *file, int line)
{
	struct kthr *kt = curk;
	int i;

	for (i = kt->nheld - 1; i >= 0; i--)
		if (kt->held[i].lo == lo && kt->held[i].excl == excl) {
			kt->nheld--;
			for (; i < kt->nheld; i++)
				kt->held[i] = kt->held[i + 1];
			return;
		}
	panic("lock (%s) %s not locked @ %s:%d",
	    lock_classes[LO_CLASSINDEX(lo)]->lc_name, lo->lo_name, file, line);
}

/* After code of a kld has returned it must hold what it held before. */
void
khi_held_check(int before_n, const char *what, uintptr_t fn)
{
	struct kthr *kt = curk;
	char sym[128];
	long off = 0;

	if (kt->td.td_critnest == 0 && kt->nheld <= before_n)
		return;
	if (host_symbol(fn, sym, sizeof(sym), &off) != 0)
		strlcpy(sym, "?", sizeof(sym));
	if (kt->td.td_critnest != 0)
		panic("%s %s: in a critical section or with a spin lock held",
		    what, sym);
	if (kt->nheld > before_n)
		panic("%s %s: lock (%s) %s still held, taken at %s:%d", what,
		    sym, lock_classes[LO_CLASSINDEX(kt->held[before_n].lo)]->
		    lc_name, kt->held[before_n].lo->lo_name,
		    kt->held[before_n].file, kt->held[before_n].line);
}

/* May this thread sleep now? */
void
khi_sleep_check(const char *what)
{
	struct kthr *kt = curk;
	int i;

	if (kt->td.td_critnest != 0)
		panic("%s: may sleep, called with a spin lock held or in a "
		    "critical section", what);
	if (kt->td.td_no_sleeping != 0)
		panic("%s: may sleep, called where sleeping is prohibited",
		    what);
	for (i = 0; i < kt->nheld; i++)
		if ((kt->held[i].lo->lo_flags & LO_SLEEPABLE) == 0)
			panic("%s: may sleep, called with non-sleepable lock "
			    "(%s) held, taken at %s:%d", what,
			    kt->held[i].lo->lo_name, kt->held[i].file,
			    kt->held[i].line);
}

int
witness_is_owned(const struct lock_object *lock)
{
	return (khi_held_find(__DECONST(struct lock_object *, lock)) != NULL);
}

int witness_warn(int f __unused, struct lock_object *l __unused,
    const char *fmt __unused, ...) { return (0); }
