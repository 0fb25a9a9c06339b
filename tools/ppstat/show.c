/* SPDX-License-Identifier: BSD-2-Clause */
/* A sample as text, or in libxo(3)'s other styles. */
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "ppstat.h"

/* As ethtool(8) shows them on Linux, without the common prefix. */
static const char *const stat_names[LKPIRS_PP_NSTATS] = {
	"alloc_fast", "alloc_slow", "alloc_slow_high_order", "alloc_empty",
	"alloc_refill", "alloc_waive", "recycle_cached", "recycle_cache_full",
	"recycle_ring", "recycle_ring_full", "recycle_released_refcnt",
};
enum { FAST, SLOW, SLOW_HO, EMPTY, REFILL, WAIVE, CACHED, CACHE_FULL, RING,
    RING_FULL, RELEASED };

/* What is shown in the columns of the short table. */
struct sums {
	uint64_t alloc;		/* allocations */
	uint64_t slow;		/* of these, from the system */
	uint64_t recycled;	/* puts that kept the page */
	uint64_t freed;		/* those that could not */
};

static struct sums
sums(const uint64_t *s)
{
	return ((struct sums) {
		.alloc = s[FAST] + s[SLOW] + s[SLOW_HO] + s[REFILL],
		.slow = s[SLOW] + s[SLOW_HO],
		.recycled = s[CACHED] + s[RING],
		.freed = s[RING_FULL] + s[RELEASED],
	});
}

static const struct lkpirs_pp_pool *
same_pool(const struct sample *s, uint32_t id)
{
	size_t i;

	for (i = 0; s != NULL && i < s->pools.n; i++)
		if (pool_at(&s->pools, i)->id == id)
			return (pool_at(&s->pools, i));
	return (NULL);
}

/* The counters, or what each grew by in a second. */
static void
counters(const struct sample *s, const struct sample *before,
    const struct lkpirs_pp_pool *p, uint64_t v[LKPIRS_PP_NSTATS])
{
	const struct lkpirs_pp_pool *q = same_pool(before, p->id);
	uint64_t ms = 0;
	int i;

	if (before != NULL)
		ms = s->pools.uptime_ms - before->pools.uptime_ms;
	for (i = 0; i < LKPIRS_PP_NSTATS; i++) {
		v[i] = p->stats[i] - (q != NULL ? q->stats[i] : 0);
		if (before != NULL)
			v[i] = ms != 0 ? (v[i] * 1000 + ms / 2) / ms : 0;
	}
}

static uint64_t
value(const struct number *n, const char *leaf)
{
	for (; n->name != NULL; n++)
		if (strcmp(n->leaf, leaf) == 0)
			return (n->value);
	return (0);
}

static void
leaves(const struct number *n)
{
	char fmt[64];

	for (; n->name != NULL; n++) {
		snprintf(fmt, sizeof(fmt), "{e:%s/%%ju}", n->leaf);
		xo_emit(fmt, (uintmax_t)n->value);
	}
}

#define	V(n, leaf)	((uintmax_t)value((n), (leaf)))

static void
page_show(const struct sample *s, const struct wish *w)
{
	xo_open_container("lkpi_page");
	leaves(s->page);
	if (w->live) {
		xo_open_container("live");
		leaves(s->live);
		xo_close_container("live");
	}
	xo_close_container("lkpi_page");
	xo_emit("{L:lkpi_page}: {d:/%ju} pages of memory, {d:/%ju} KiB of shadow "
	    "in {d:/%ju} blocks, {d:/%ju} starved, {d:/%ju} errors\n",
	    V(s->page, "pages"), (V(s->page, "bytes") + 1023) / 1024,
	    V(s->page, "blocks"), V(s->page, "starved"), V(s->page, "errors"));
	if (w->live)
		xo_emit("{L:live pages}: {d:/%ju} of alloc_pages, {d:/%ju} of "
		    "fragments, {d:/%ju} of page_pool\n", V(s->live, "alloc"),
		    V(s->live, "frag"), V(s->live, "pool"));
}

static void
letters(const struct lkpirs_pp_pool *p, char text[8])
{
	char *t = text;

	/* PP_FLAG_DMA_MAP, PP_FLAG_DMA_SYNC_DEV, LKPIRS_PP_FLAG_SCRUB */
	if ((p->flags & 1) != 0)
		*t++ = 'M';
	if ((p->flags & 2) != 0)
		*t++ = 'S';
	if ((p->flags & 0x80000000u) != 0)
		*t++ = 'Z';
	if ((p->state & LKPIRS_PP_TRACKED) != 0)
		*t++ = 'T';
	if ((p->state & LKPIRS_PP_POISONED) != 0)
		*t++ = 'P';
	if (t == text)
		*t++ = '-';
	*t = '\0';
}

static const char *
state(const struct lkpirs_pp_pool *p)
{
	return ((p->state & LKPIRS_PP_DESTROYED) != 0 ? "waits" : "open");
}

static void
title(const struct wish *w)
{
	xo_emit("{T:ID/%5s} {T:STATE/%-5s} {T:FLAGS/%-5s} {T:ORD/%3s} "
	    "{T:SIZE/%6s} {T:PAGES/%7s} {T:INRING/%7s}");
	if (w->all)
		xo_emit(" {T:FAST/%10s} {T:SLOW/%8s} {T:SLOWHO/%8s} {T:EMPTY/%8s} "
		    "{T:REFILL/%8s} {T:WAIVE/%6s} {T:CACHED/%10s} {T:CFULL/%8s} "
		    "{T:RING/%10s} {T:RFULL/%8s} {T:RELEASED/%8s}");
	else
		xo_emit(" {T:ALLOC/%10s} {T:SLOW/%8s} {T:KEPT/%10s} {T:FREED/%8s}");
	xo_emit("  {T:MADE BY/%s}\n");
}

/* The eleven, as they are or a second. */
static void
stats_leaves(const char *container, const uint64_t *v)
{
	char fmt[64];
	int i;

	xo_open_container(container);
	for (i = 0; i < LKPIRS_PP_NSTATS; i++) {
		snprintf(fmt, sizeof(fmt), "{e:%s/%%ju}", stat_names[i]);
		xo_emit(fmt, (uintmax_t)v[i]);
	}
	xo_close_container(container);
}

static void
pool_show(const struct sample *s, const struct sample *before,
    const struct lkpirs_pp_pool *p, const struct wish *w)
{
	uint64_t v[LKPIRS_PP_NSTATS];
	char flags[8], comm[sizeof(p->comm) + 1], maker[LKPIRS_PP_NAME + 1];
	struct sums n;

	counters(s, before, p, v);
	n = sums(v);
	letters(p, flags);
	snprintf(comm, sizeof(comm), "%.*s", (int)sizeof(p->comm), p->comm);
	snprintf(maker, sizeof(maker), "%.*s", LKPIRS_PP_NAME, p->maker);
	xo_open_instance("pool");
	xo_emit("{k:id/%5u} {:state/%-5s} {:flags/%-5s} {:order/%3u} "
	    "{:pool-size/%6u} {:in-flight/%7d} {:in-ring/%7ju}", p->id, state(p),
	    flags, p->order, p->pool_size, p->in_flight, (uintmax_t)p->in_ring);
	xo_emit("{e:nid/%d}{e:waited-ms/%ju}{e:pid/%d}{e:comm/%s}{e:maker/%s}",
	    p->nid, (uintmax_t)p->waited_ms, p->pid, comm, maker);
	stats_leaves("stats", p->stats);
	if (before != NULL)
		stats_leaves("rate", v);
	if (w->all)
		xo_emit(" {d:/%10ju} {d:/%8ju} {d:/%8ju} {d:/%8ju} {d:/%8ju} "
		    "{d:/%6ju} {d:/%10ju} {d:/%8ju} {d:/%10ju} {d:/%8ju} "
		    "{d:/%8ju}", (uintmax_t)v[0], (uintmax_t)v[1],
		    (uintmax_t)v[2], (uintmax_t)v[3], (uintmax_t)v[4],
		    (uintmax_t)v[5], (uintmax_t)v[6], (uintmax_t)v[7],
		    (uintmax_t)v[8], (uintmax_t)v[9], (uintmax_t)v[10]);
	else
		xo_emit(" {d:/%10ju} {d:/%8ju} {d:/%10ju} {d:/%8ju}",
		    (uintmax_t)n.alloc, (uintmax_t)n.slow,
		    (uintmax_t)n.recycled, (uintmax_t)n.freed);
	xo_emit("  {d:/%s}[{d:/%d}] {d:/%s}\n", comm, p->pid, maker);
	xo_close_instance("pool");
}

static const char *const ages[LKPIRS_PP_NAGES] = {
	"under-1s", "under-10s", "under-1min", "under-10min", "under-1h", "more"
};

static void
holder_show(const struct sample *s, const struct lkpirs_pp_holder *h)
{
	static const char *const kinds[] = { "unknown", "all", "caller",
	    "others" };
	const struct lkpirs_pp_pool *p = same_pool(s, h->pool);
	const char *kind = h->kind < 4 ? kinds[h->kind] : "?";
	char caller[LKPIRS_PP_NAME + 1], fmt[64];
	int i;

	snprintf(caller, sizeof(caller), "%.*s", LKPIRS_PP_NAME, h->caller);
	xo_open_instance("holder");
	xo_emit("{e:pool/%u}{e:kind/%s}", h->pool, kind);
	if (h->kind != LKPIRS_PP_UNKNOWN)
		xo_emit("{e:pages/%u}{e:buffers/%ju}{e:oldest-ms/%ju}", h->pages,
		    (uintmax_t)h->buffers, (uintmax_t)h->oldest_ms);
	if (h->kind == LKPIRS_PP_CALLER)
		xo_emit("{e:caller/%s}", caller);
	if (h->kind == LKPIRS_PP_ALL) {
		xo_open_container("ages");
		for (i = 0; i < LKPIRS_PP_NAGES; i++) {
			snprintf(fmt, sizeof(fmt), "{e:%s/%%u}", ages[i]);
			xo_emit(fmt, h->ages[i]);
		}
		xo_close_container("ages");
	}
	xo_close_instance("holder");
	if (h->kind <= LKPIRS_PP_ALL) {
		xo_emit("{L:pool} {d:/%u}", h->pool);
		if (p != NULL && (p->state & LKPIRS_PP_DESTROYED) != 0)
			xo_emit(", destroyed {d:/%ju} s ago",
			    (uintmax_t)p->waited_ms / 1000);
	}
	switch (h->kind) {
	case LKPIRS_PP_UNKNOWN:
		xo_emit(": it does not know its pages "
		    "(sysctl compat.page_pool.track=1 is for later ones)\n");
		break;
	case LKPIRS_PP_ALL:
		xo_emit(": {d:/%u} pages with users, {d:/%ju} buffers, oldest "
		    "{d:/%ju} s; under 1 s {d:/%u}, 10 s {d:/%u}, 1 min {d:/%u}, "
		    "10 min {d:/%u}, 1 h {d:/%u}, more {d:/%u}\n", h->pages,
		    (uintmax_t)h->buffers, (uintmax_t)h->oldest_ms / 1000,
		    h->ages[0], h->ages[1], h->ages[2], h->ages[3], h->ages[4],
		    h->ages[5]);
		break;
	default:
		xo_emit("{d:/%9u} pages {d:/%7ju} buffers, oldest {d:/%6ju} s  "
		    "{d:/%s}\n", h->pages, (uintmax_t)h->buffers,
		    (uintmax_t)h->oldest_ms / 1000,
		    h->kind == LKPIRS_PP_CALLER ? caller : "others");
	}
}

void
sample_show(const struct sample *s, const struct sample *before,
    const struct wish *w)
{
	size_t i;

	xo_open_instance("sample");
	if (s->have_page)
		page_show(s, w);
	if (s->have_pool) {
		xo_open_container("page_pool");
		xo_emit("{e:uptime-ms/%ju}", (uintmax_t)s->pools.uptime_ms);
		leaves(s->pool);
		xo_emit("{L:page_pool}: {d:/%ju} pools, {d:/%ju} of them wait; "
		    "{d:/%ju} pages in flight, {d:/%ju} DMA maps, {d:/%ju} "
		    "stalls, {d:/%ju} errors\n",
		    V(s->pool, "pools"), V(s->pool, "waiting"),
		    V(s->pool, "in-flight"), V(s->pool, "dma-maps"),
		    V(s->pool, "stalls"), V(s->pool, "errors"));
		if (before != NULL)
			xo_emit("{L:counters a second, over} "
			    "{:interval-ms/%ju} ms:\n", (uintmax_t)
			    (s->pools.uptime_ms - before->pools.uptime_ms));
		if (s->pools.n > 0)
			title(w);
		xo_open_list("pool");
		for (i = 0; i < s->pools.n; i++)
			pool_show(s, before, pool_at(&s->pools, i), w);
		xo_close_list("pool");
		if (w->holders) {
			xo_open_list("holder");
			for (i = 0; i < s->holders.n; i++)
				holder_show(s, holder_at(&s->holders, i));
			xo_close_list("holder");
		}
		xo_close_container("page_pool");
	}
	xo_close_instance("sample");
	xo_flush();
}
