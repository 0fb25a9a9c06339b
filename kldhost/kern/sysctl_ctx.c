/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl(9): contexts, which remember nodes to remove them together. */
#include "sysctl.h"

int
sysctl_ctx_init(struct sysctl_ctx_list *ctx)
{
	if (ctx == NULL)
		return (EINVAL);
	TAILQ_INIT(ctx);
	return (0);
}

struct sysctl_ctx_entry *
sysctl_ctx_entry_add(struct sysctl_ctx_list *ctx, struct sysctl_oid *o)
{
	struct sysctl_ctx_entry *e;

	e = khi_malloc_at(sizeof(*e), 8, M_SYSCTLOID, M_WAITOK, -1, KHI_CALLER);
	e->entry = o;
	TAILQ_INSERT_HEAD(ctx, e, link);
	return (e);
}

struct sysctl_ctx_entry *
sysctl_ctx_entry_find(struct sysctl_ctx_list *ctx, struct sysctl_oid *o)
{
	struct sysctl_ctx_entry *e;

	TAILQ_FOREACH(e, ctx, link)
		if (e->entry == o)
			return (e);
	return (NULL);
}

int
sysctl_ctx_entry_del(struct sysctl_ctx_list *ctx, struct sysctl_oid *o)
{
	struct sysctl_ctx_entry *e = sysctl_ctx_entry_find(ctx, o);

	if (e == NULL)
		return (ENOENT);
	TAILQ_REMOVE(ctx, e, link);
	free(e, M_SYSCTLOID);
	return (0);
}

int
sysctl_ctx_free(struct sysctl_ctx_list *ctx)
{
	struct sysctl_ctx_entry *e;
	int error = 0, r;

	khi_sleep_check("sysctl_ctx_free");
	/* Entries are newest first, so children go before their parents. */
	while ((e = TAILQ_FIRST(ctx)) != NULL) {
		r = sysctl_remove_oid(e->entry, 1, 0);
		if (r != 0)
			error = r;
		TAILQ_REMOVE(ctx, e, link);
		free(e, M_SYSCTLOID);
	}
	return (error);
}
