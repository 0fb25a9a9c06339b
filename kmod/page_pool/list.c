/* SPDX-License-Identifier: BSD-2-Clause */
/* compat.page_pool.pool_list and .holder_list: for ppstat(8) and its like. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/sysctl.h>

#include <lkpirs/page_pool_stat.h>

#include "page_pool.h"

uint32_t lkpirs_pool_entry(uint32_t after, struct lkpirs_pp_pool *entry,
	    uintptr_t *maker);
uint32_t lkpirs_pool_holders(uint32_t after, struct lkpirs_pp_holder *entries,
	    uintptr_t *callers, size_t places, size_t *count);
void	lkpirs_pool_symbol(uintptr_t addr, char *text, size_t len);

/* The crate asserts the same numbers. */
CTASSERT(sizeof(struct lkpirs_pp_pool) == 240);
CTASSERT(sizeof(struct lkpirs_pp_holder) == 136);

/* ALL, twelve CALLERs, OTHERS. */
#define	HOLDERS	14
/* Symbols that are remembered during a list: to find one takes long. */
#define	NAMES	16

struct walk {
	struct lkpirs_pp_pool	pool;
	struct lkpirs_pp_holder	holders[HOLDERS];
	uintptr_t		callers[HOLDERS];
	struct {
		uintptr_t	addr;
		char		text[LKPIRS_PP_NAME];
	} names[NAMES];
	u_int			next;
};

static void
name(struct walk *w, uintptr_t addr, char text[LKPIRS_PP_NAME])
{
	u_int i;

	if (addr == 0)
		return;
	for (i = 0; i < NAMES && w->names[i].addr != addr; i++)
		;
	if (i == NAMES) {
		i = w->next++ % NAMES;
		w->names[i].addr = addr;
		lkpirs_pool_symbol(addr, w->names[i].text, LKPIRS_PP_NAME);
	}
	memcpy(text, w->names[i].text, LKPIRS_PP_NAME);
}

static int
head(struct sysctl_req *req, size_t entry_size)
{
	struct lkpirs_pp_head h = { .version = LKPIRS_PP_STAT_VERSION,
	    .head_size = sizeof(h), .entry_size = entry_size };
	struct timeval tv;

	getmicrouptime(&tv);
	h.uptime_ms = (uint64_t)tv.tv_sec * 1000 + tv.tv_usec / 1000;
	return (SYSCTL_OUT(req, &h, sizeof(h)));
}

/* The next pool, if the module stays. */
static uint32_t
next_pool(struct walk *w, uint32_t id, uintptr_t *maker)
{
	id = lkpirs_page_pool_read_enter() ?
	    lkpirs_pool_entry(id, &w->pool, maker) : 0;
	lkpirs_page_pool_read_exit();
	return (id);
}

static int
sysctl_pool_list(SYSCTL_HANDLER_ARGS)
{
	struct walk *w = malloc(sizeof(*w), M_PAGE_POOL, M_WAITOK | M_ZERO);
	int error = head(req, sizeof(w->pool));
	uintptr_t maker;
	uint32_t id = 0;

	while (error == 0 && (id = next_pool(w, id, &maker)) != 0) {
		name(w, maker, w->pool.maker);
		error = SYSCTL_OUT(req, &w->pool, sizeof(w->pool));
	}
	free(w, M_PAGE_POOL);
	return (error);
}
SYSCTL_PROC(_compat_page_pool, OID_AUTO, pool_list, CTLTYPE_OPAQUE |
    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, sysctl_pool_list,
    "S,lkpirs_pp_pool", "Each pool, for programs (lkpirs/page_pool_stat.h)");

static uint32_t
next_holders(struct walk *w, uint32_t id, size_t *n)
{
	id = lkpirs_page_pool_read_enter() ? lkpirs_pool_holders(id, w->holders,
	    w->callers, HOLDERS, n) : 0;
	lkpirs_page_pool_read_exit();
	return (id);
}

static int
sysctl_holder_list(SYSCTL_HANDLER_ARGS)
{
	struct walk *w = malloc(sizeof(*w), M_PAGE_POOL, M_WAITOK | M_ZERO);
	int error = head(req, sizeof(w->holders[0]));
	size_t i, n;
	uint32_t id = 0;

	while (error == 0 && (id = next_holders(w, id, &n)) != 0) {
		for (i = 0; i < n; i++)
			name(w, w->callers[i], w->holders[i].caller);
		error = SYSCTL_OUT(req, w->holders, n * sizeof(w->holders[0]));
	}
	free(w, M_PAGE_POOL);
	return (error);
}
SYSCTL_PROC(_compat_page_pool, OID_AUTO, holder_list, CTLTYPE_OPAQUE |
    CTLFLAG_RD | CTLFLAG_MPSAFE, NULL, 0, sysctl_holder_list,
    "S,lkpirs_pp_holder", "Who has whose pages, for programs");
