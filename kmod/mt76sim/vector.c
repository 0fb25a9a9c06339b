/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interrupt: a software interrupt event of its own, so handlers run in its
 * interrupt thread, as they would for hardware.  A filter runs there too, with
 * interrupts disabled.
 */
#include "unit.h"

#include <sys/interrupt.h>

void
vector_init(struct vector *v)
{
	mtx_init(&v->lock, "mt76sim vector", NULL, MTX_DEF);
	LIST_INIT(&v->handlers);
	v->event = NULL;
}

void
vector_destroy(struct vector *v)
{
	KASSERT(LIST_EMPTY(&v->handlers), ("mt76sim: vector in use"));
	if (v->event != NULL)
		intr_event_destroy(v->event);
	mtx_destroy(&v->lock);
}

static void
run(void *arg)
{
	struct handler *h = arg;
	int r = FILTER_SCHEDULE_THREAD;

	if (h->filter != NULL) {
		spinlock_enter();
		r = h->filter(h->arg);
		spinlock_exit();
	}
	if ((r & FILTER_SCHEDULE_THREAD) != 0 && h->intr != NULL)
		h->intr(h->arg);
}

int
vector_add(struct vector *v, const char *name, int flags,
    driver_filter_t *filter, driver_intr_t *intr, void *arg,
    struct handler **hp)
{
	struct handler *h = malloc(sizeof(*h), M_MT76SIM, M_WAITOK | M_ZERO);
	int error;

	h->filter = filter;
	h->intr = intr;
	h->arg = arg;
	error = swi_add(&v->event, name, run, h, SWI_NET,
	    flags & (INTR_TYPE_NET | INTR_MPSAFE), &h->swi);
	if (error != 0) {
		free(h, M_MT76SIM);
		return (error);
	}
	mtx_lock(&v->lock);
	LIST_INSERT_HEAD(&v->handlers, h, link);
	mtx_unlock(&v->lock);
	*hp = h;
	return (0);
}

void
vector_remove(struct vector *v, struct handler *h)
{
	mtx_lock(&v->lock);
	LIST_REMOVE(h, link);
	mtx_unlock(&v->lock);
	swi_remove(h->swi);
	free(h, M_MT76SIM);
}

void
vector_raise(struct vector *v)
{
	struct handler *h;

	mtx_lock(&v->lock);
	LIST_FOREACH(h, &v->handlers, link)
		swi_sched(h->swi, 0);
	mtx_unlock(&v->lock);
}
