/* SPDX-License-Identifier: BSD-2-Clause */
/* eventhandler(9) */
#include "kh.h"
#include <sys/eventhandler.h>

static MALLOC_DEFINE(M_EVENTHANDLER, "eventhandler", "Event handler records");
static TAILQ_HEAD(, eventhandler_list) lists = TAILQ_HEAD_INITIALIZER(lists);
struct generic {
	struct eventhandler_entry ee;
	void (*func)(void);
};

void	*host_alloc(size_t size);
void khi_event_init(void) { malloc_init(M_EVENTHANDLER); }

static struct eventhandler_list *
lookup(const char *name)
{
	struct eventhandler_list *l;

	TAILQ_FOREACH(l, &lists, el_link)
		if (strcmp(l->el_name, name) == 0)
			return (l);
	return (NULL);
}

/* Lists live for ever, as in the kernel; so they are the host's memory. */
struct eventhandler_list *
eventhandler_create_list(const char *name)
{
	struct eventhandler_list *l = lookup(name);

	if (l != NULL)
		return (l);
	l = host_alloc(sizeof(*l) + strlen(name) + 1);
	bzero(l, sizeof(*l));
	l->el_name = (char *)(l + 1);
	strcpy(l->el_name, name);
	TAILQ_INIT(&l->el_entries);
	mtx_init(&l->el_lock, name, "eventhandler list", MTX_DEF);
	host_track_del(KHI_LOCK, &l->el_lock);
	TAILQ_INSERT_TAIL(&lists, l, el_link);
	return (l);
}

/* Returns the list locked. */
struct eventhandler_list *
eventhandler_find_list(const char *name)
{
	struct eventhandler_list *l = lookup(name);

	if (l != NULL)
		mtx_lock(&l->el_lock);
	return (l);
}

eventhandler_tag
eventhandler_register(struct eventhandler_list *l, const char *name,
    void *func, void *arg, int priority)
{
	uint64_t caller = KHI_CALLER;
	struct eventhandler_entry *e;
	struct generic *g;

	if (l == NULL)
		l = eventhandler_create_list(name);
	g = khi_malloc_at(sizeof(*g), 8, M_EVENTHANDLER, M_WAITOK | M_ZERO, -1,
	    KHI_INTERNAL);
	g->func = (void (*)(void))func;
	g->ee.ee_arg = arg;
	g->ee.ee_priority = priority;
	mtx_lock(&l->el_lock);
	TAILQ_FOREACH(e, &l->el_entries, ee_link)
		if (e->ee_priority != EHE_DEAD_PRIORITY &&
		    priority < e->ee_priority)
			break;
	if (e != NULL)
		TAILQ_INSERT_BEFORE(e, &g->ee, ee_link);
	else
		TAILQ_INSERT_TAIL(&l->el_entries, &g->ee, ee_link);
	mtx_unlock(&l->el_lock);
	host_track_add(KHI_EVENT, g, 0, l->el_name, caller);
	return (&g->ee);
}

void
eventhandler_prune_list(struct eventhandler_list *l)
{
	struct eventhandler_entry *e, *tmp;
	int pruned = 0;

	TAILQ_FOREACH_SAFE(e, &l->el_entries, ee_link, tmp)
		if (e->ee_priority == EHE_DEAD_PRIORITY) {
			TAILQ_REMOVE(&l->el_entries, e, ee_link);
			host_track_del(KHI_EVENT, e);
			free(e, M_EVENTHANDLER);
			pruned++;
		}
	if (pruned)
		wakeup(l);
}

static void
deregister(struct eventhandler_list *l, eventhandler_tag tag, int wait)
{
	struct eventhandler_entry *e;

	if (tag != NULL) {
		TAILQ_FOREACH(e, &l->el_entries, ee_link)
			if (e == tag)
				break;
		if (e == NULL)
			panic("eventhandler_deregister: no such handler");
		if (l->el_runcount == 0) {
			TAILQ_REMOVE(&l->el_entries, e, ee_link);
			host_track_del(KHI_EVENT, e);
			free(e, M_EVENTHANDLER);
		} else
			e->ee_priority = EHE_DEAD_PRIORITY;
	} else
		TAILQ_FOREACH(e, &l->el_entries, ee_link)
			e->ee_priority = EHE_DEAD_PRIORITY;
	if (tag == NULL && l->el_runcount == 0)
		eventhandler_prune_list(l);
	while (wait && l->el_runcount > 0)
		mtx_sleep(l, &l->el_lock, 0, "evhrm", 0);
	mtx_unlock(&l->el_lock);
}

void eventhandler_deregister(struct eventhandler_list *l, eventhandler_tag t) { deregister(l, t, 1); }
void eventhandler_deregister_nowait(struct eventhandler_list *l, eventhandler_tag t) { deregister(l, t, 0); }
