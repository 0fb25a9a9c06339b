/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's numbers. */
#include <sys/types.h>
#ifdef __FreeBSD__
#include <sys/sysctl.h>
#endif
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "ppstat.h"
#ifndef __FreeBSD__
#include "socket.h"
#endif

static const struct number page_numbers[] = {
	{ "compat.lkpi_page.pages", "pages", 0 },
	{ "compat.lkpi_page.bytes", "bytes", 0 },
	{ "compat.lkpi_page.chunks", "chunks", 0 },
	{ "compat.lkpi_page.blocks", "blocks", 0 },
	{ "compat.lkpi_page.fictitious", "fictitious", 0 },
	{ "compat.lkpi_page.starved", "starved", 0 },
	{ "compat.lkpi_page.errors", "errors", 0 },
	{ NULL, NULL, 0 }
};
/* The kernel looks at every shadow for each of these. */
static const struct number live_numbers[] = {
	{ "compat.lkpi_page.live_alloc", "alloc", 0 },
	{ "compat.lkpi_page.live_frag", "frag", 0 },
	{ "compat.lkpi_page.live_pool", "pool", 0 },
	{ NULL, NULL, 0 }
};
static const struct number pool_numbers[] = {
	{ "compat.page_pool.pools", "pools", 0 },
	{ "compat.page_pool.waiting", "waiting", 0 },
	{ "compat.page_pool.in_flight", "in-flight", 0 },
	{ "compat.page_pool.dma_maps", "dma-maps", 0 },
	{ "compat.page_pool.mappings", "mappings", 0 },
	{ "compat.page_pool.need_sync", "need-sync", 0 },
	{ "compat.page_pool.stalls", "stalls", 0 },
	{ "compat.page_pool.errors", "errors", 0 },
	{ NULL, NULL, 0 }
};

static void *
more(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL)
		xo_errx(1, "no memory");
	return (p);
}

/* Whether the kld is there: one without the other's names is not. */
static bool
numbers(struct number **to, const struct number *from, size_t size)
{
	struct number *n;
	size_t len;

	if (*to == NULL)
		*to = more(NULL, size);
	memcpy(*to, from, size);
	for (n = *to; n->name != NULL; n++) {
		len = sizeof(n->value);
		if (sysctlbyname(n->name, &n->value, &len, NULL, 0) == 0)
			continue;
		if (errno == ENOENT)
			return (false);
		xo_err(1, "%s", n->name);
	}
	return (true);
}

/* 0, or -1 if there is no such sysctl. */
static int
list(const char *name, size_t least, struct list *l)
{
	struct lkpirs_pp_head head;
	size_t len;

	for (;;) {
		/* Pools may come meanwhile. */
		len = 0;
		if (sysctlbyname(name, NULL, &len, NULL, 0) != 0)
			break;
		len += len / 4 + 4096;
		if (len > l->room) {
			l->buf = more(l->buf, len);
			l->room = len;
		}
		len = l->room;
		if (sysctlbyname(name, l->buf, &len, NULL, 0) == 0)
			goto got;
		if (errno != ENOMEM)
			break;
	}
	if (errno == ENOENT)
		return (-1);
	xo_err(1, "%s", name);
got:
	if (len < sizeof(head))
		xo_errx(1, "%s: %u bytes are no list", name, (unsigned)len);
	memcpy(&head, l->buf, sizeof(head));
	if (head.version != LKPIRS_PP_STAT_VERSION || head.entry_size < least ||
	    head.head_size < sizeof(head) || head.head_size > len)
		xo_errx(1, "page_pool.ko's lists have version %u, this program "
		    "reads %u: build both from the same sources", head.version,
		    LKPIRS_PP_STAT_VERSION);
	l->uptime_ms = head.uptime_ms;
	l->entry_size = head.entry_size;
	l->first = l->buf + head.head_size;
	l->n = (len - head.head_size) / head.entry_size;
	return (0);
}

void
sample_read(struct sample *s, const struct wish *w)
{
	s->have_page = numbers(&s->page, page_numbers, sizeof(page_numbers));
	if (w->live)
		s->have_page &= numbers(&s->live, live_numbers,
		    sizeof(live_numbers));
	s->pools.n = s->holders.n = 0;
	s->have_pool = numbers(&s->pool, pool_numbers, sizeof(pool_numbers)) &&
	    list("compat.page_pool.pool_list", sizeof(struct lkpirs_pp_pool),
	    &s->pools) == 0 && (!w->holders ||
	    list("compat.page_pool.holder_list",
	    sizeof(struct lkpirs_pp_holder), &s->holders) == 0);
}

const struct lkpirs_pp_pool *
pool_at(const struct list *l, size_t i)
{
	return ((const void *)(l->first + i * l->entry_size));
}

const struct lkpirs_pp_holder *
holder_at(const struct list *l, size_t i)
{
	return ((const void *)(l->first + i * l->entry_size));
}
