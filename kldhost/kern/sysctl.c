/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl(9): the tree, static and dynamic nodes, contexts. */
#include "kh.h"
#include <sys/counter.h>
#include <sys/sbuf.h>

static MALLOC_DEFINE(M_SYSCTLOID, "sysctloid", "sysctl dynamic oids");
static MALLOC_DEFINE(M_SYSCTLTMP, "sysctltmp", "sysctl temp buffer");

RB_GENERATE(sysctl_oid_list, sysctl_oid, oid_link, cmp_sysctl_oid);
struct sysctl_oid_list sysctl__children = RB_INITIALIZER(&sysctl__children);
static volatile uint32_t tlock;
static int next_number = CTL_AUTO_START;

static void
t_lock(void)
{
	while (atomic_cmpset_acq_int(&tlock, 0, 1) == 0)
		host_sched_yield();
}

static void t_unlock(void) { atomic_store_rel_int(&tlock, 0); }

static struct sysctl_oid *
find(struct sysctl_oid_list *list, const char *name)
{
	struct sysctl_oid *o;

	RB_FOREACH(o, sysctl_oid_list, list)
		if (strcmp(o->oid_name, name) == 0)
			return (o);
	return (NULL);
}

/* The full dotted name. */
static void
full_name(struct sysctl_oid *o, char *buf, size_t len)
{
	struct sysctl_oid *p;

	buf[0] = 0;
	p = o->oid_parent != NULL && o->oid_parent != &sysctl__children ?
	    SYSCTL_PARENT(o) : NULL;
	if (p != NULL) {
		full_name(p, buf, len);
		strlcat(buf, ".", len);
	}
	strlcat(buf, o->oid_name, len);
}

/* A tunable's value from the kernel environment, checked as it is set. */
static void
load_tunable(struct sysctl_oid *o)
{
	char name[256], val[1024];
	quad_t q;

	if ((o->oid_kind & CTLFLAG_TUN) == 0 ||
	    (o->oid_kind & CTLFLAG_NOFETCH) != 0)
		return;
	full_name(o, name, sizeof(name));
	if (getenv_string(name, val, sizeof(val)) == 0)
		return;
	int khi_sysctl_write_oid(struct sysctl_oid *o, const char *value);
	if ((o->oid_kind & CTLTYPE) == CTLTYPE_STRING) {
		if (o->oid_arg1 != NULL && o->oid_arg2 > 0)
			strlcpy(o->oid_arg1, val, o->oid_arg2);
		return;
	}
	if (getenv_quad(name, &q) != 0) {
		/* Tunables may be read-only at run time, but are set now. */
		u_int kind = o->oid_kind;

		o->oid_kind |= CTLFLAG_WR;
		if (khi_sysctl_write_oid(o, val) != 0)
			printf("Setting sysctl %s failed\n", name);
		o->oid_kind = kind;
	}
}

static void
link_oid(struct sysctl_oid *o, uint64_t caller)
{
	struct sysctl_oid *old;
	char name[256];

	t_lock();
	old = find(o->oid_parent, o->oid_name);
	if (old != NULL) {
		t_unlock();
		if ((old->oid_kind & CTLTYPE) == CTLTYPE_NODE) {
			old->oid_refcnt++;
			return;
		}
		full_name(o, name, sizeof(name));
		printf("can't re-use a leaf (%s)!\n", name);
		return;
	}
	if (o->oid_number < 0 || o->oid_number >= CTL_AUTO_START)
		o->oid_number = next_number++;
	while (RB_INSERT(sysctl_oid_list, o->oid_parent, o) != NULL)
		o->oid_number = next_number++;
	o->oid_refcnt++;
	t_unlock();
	full_name(o, name, sizeof(name));
	host_track_add(KHI_SYSCTL, o, 0, name, caller);
	load_tunable(o);
}

void
sysctl_register_oid(struct sysctl_oid *o)
{
	link_oid(o, KHI_CALLER);
}

static void
unlink_oid(struct sysctl_oid *o)
{
	struct sysctl_oid *p;

	t_lock();
	RB_FOREACH(p, sysctl_oid_list, o->oid_parent)
		if (p == o)
			break;
	if (p == NULL) {
		t_unlock();
		return;
	}
	if (--o->oid_refcnt > 0) {
		t_unlock();
		return;
	}
	RB_REMOVE(sysctl_oid_list, o->oid_parent, o);
	o->oid_kind |= CTLFLAG_DYING;
	while (o->oid_running != 0) {
		t_unlock();
		pause("sysctl", 1);
		t_lock();
	}
	t_unlock();
	host_track_del(KHI_SYSCTL, o);
}

void sysctl_unregister_oid(struct sysctl_oid *o) { unlink_oid(o); }
void sysctl_register_disabled_oid(struct sysctl_oid *o) { link_oid(o, KHI_CALLER); }
void sysctl_enable_oid(struct sysctl_oid *o) { o->oid_kind &= ~CTLFLAG_DORMANT; }

static char *
copy(const char *s)
{
	char *p;

	if (s == NULL)
		return (NULL);
	p = khi_malloc_at(strlen(s) + 1, 1, M_SYSCTLOID, M_WAITOK, -1,
	    KHI_INTERNAL);
	return (strcpy(p, s));
}

struct sysctl_oid *
sysctl_add_oid(struct sysctl_ctx_list *ctx, struct sysctl_oid_list *parent,
    int number, const char *name, int kind, void *arg1, intmax_t arg2,
    int (*handler)(SYSCTL_HANDLER_ARGS), const char *fmt, const char *descr,
    const char *label)
{
	uint64_t caller = KHI_CALLER;
	struct sysctl_oid *o;

	if (parent == NULL)
		return (NULL);
	t_lock();
	o = find(parent, name);
	t_unlock();
	if (o != NULL) {
		if ((o->oid_kind & CTLTYPE) != CTLTYPE_NODE) {
			printf("can't re-use a leaf (%s)!\n", name);
			return (NULL);
		}
		o->oid_refcnt++;
		if (ctx != NULL)
			sysctl_ctx_entry_add(ctx, o);
		return (o);
	}
	o = khi_malloc_at(sizeof(*o), 8, M_SYSCTLOID, M_WAITOK | M_ZERO, -1,
	    KHI_INTERNAL);
	o->oid_parent = parent;
	RB_INIT(&o->oid_children);
	o->oid_number = number;
	o->oid_kind = CTLFLAG_DYN | kind;
	o->oid_arg1 = arg1;
	o->oid_arg2 = arg2;
	o->oid_name = copy(name);
	o->oid_handler = handler;
	o->oid_fmt = fmt;
	o->oid_descr = copy(descr);
	o->oid_label = copy(label);
	if (ctx != NULL)
		sysctl_ctx_entry_add(ctx, o);
	link_oid(o, caller);
	return (o);
}

int
sysctl_remove_oid(struct sysctl_oid *o, int del, int recurse)
{
	struct sysctl_oid *c, *tmp;
	int error;

	if (o == NULL)
		return (EINVAL);
	if ((o->oid_kind & CTLFLAG_DYN) == 0) {
		printf("Warning: can't remove non-dynamic nodes (%s)!\n",
		    o->oid_name);
		return (EINVAL);
	}
	if ((o->oid_kind & CTLTYPE) == CTLTYPE_NODE && o->oid_refcnt == 1)
		RB_FOREACH_SAFE(c, sysctl_oid_list, &o->oid_children, tmp) {
			if (!recurse) {
				printf("Warning: failed attempt to remove oid "
				    "%s with child %s\n", o->oid_name,
				    c->oid_name);
				return (ENOTEMPTY);
			}
			error = sysctl_remove_oid(c, del, recurse);
			if (error != 0)
				return (error);
		}
	if (o->oid_refcnt > 1) {
		o->oid_refcnt--;
		return (0);
	}
	unlink_oid(o);
	if (del) {
		free(__DECONST(char *, o->oid_name), M_SYSCTLOID);
		free(__DECONST(char *, o->oid_descr), M_SYSCTLOID);
		free(__DECONST(char *, o->oid_label), M_SYSCTLOID);
		free(o, M_SYSCTLOID);
	}
	return (0);
}

int
sysctl_remove_name(struct sysctl_oid *parent, const char *name, int del,
    int recurse)
{
	struct sysctl_oid *o = find(SYSCTL_CHILDREN(parent), name);

	return (o == NULL ? ENOENT : sysctl_remove_oid(o, del, recurse));
}

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

int sysctl_move_oid(struct sysctl_oid *o __unused, struct sysctl_oid_list *p __unused) { return (EOPNOTSUPP); }
int sysctl_wire_old_buffer(struct sysctl_req *req, size_t len __unused) { req->lock = REQ_WIRED; return (0); }

/* --- roots ----------------------------------------------------------------- */
#define	ROOT(n, num)							\
struct sysctl_oid sysctl___##n = {					\
	.oid_parent = &sysctl__children,				\
	.oid_children = RB_INITIALIZER(&sysctl___##n.oid_children),	\
	.oid_number = num, .oid_kind = CTLTYPE_NODE | CTLFLAG_RW |	\
	    CTLFLAG_MPSAFE,						\
	.oid_name = #n, .oid_fmt = "N", .oid_descr = "",		\
}
#define	SUB(p, n)							\
struct sysctl_oid sysctl___##p##_##n = {				\
	.oid_parent = &sysctl___##p.oid_children,			\
	.oid_children = RB_INITIALIZER(					\
	    &sysctl___##p##_##n.oid_children),				\
	.oid_number = OID_AUTO, .oid_kind = CTLTYPE_NODE | CTLFLAG_RW |	\
	    CTLFLAG_MPSAFE,						\
	.oid_name = #n, .oid_fmt = "N", .oid_descr = "",		\
}
ROOT(kern, CTL_KERN);
ROOT(vm, CTL_VM);
ROOT(vfs, CTL_VFS);
ROOT(net, CTL_NET);
ROOT(debug, CTL_DEBUG);
ROOT(hw, CTL_HW);
ROOT(machdep, CTL_MACHDEP);
ROOT(compat, OID_AUTO);
ROOT(security, OID_AUTO);
ROOT(dev, OID_AUTO);
ROOT(kldhost, OID_AUTO);
SUB(kern, features);
SUB(kern, ipc);
SUB(debug, sizeof);
SUB(hw, bus);
SUB(hw, pci);
SUB(kldhost, load_us);

#define	LEAF(p, n, k, a1, a2, h, f) {					\
	.oid_parent = &p.oid_children, .oid_number = OID_AUTO,		\
	.oid_kind = (k) | CTLFLAG_RD | CTLFLAG_MPSAFE, .oid_arg1 = (a1),\
	.oid_arg2 = (a2), .oid_name = n, .oid_handler = h, .oid_fmt = f,\
	.oid_descr = "" }

static int
sysctl_pagetables(SYSCTL_HANDLER_ARGS)
{
	uint64_t v = khi_pt_bytes();

	return (sysctl_handle_64(oidp, &v, 0, req));
}

extern volatile u_long khi_pages_live, khi_pages_free;
static struct sysctl_oid leaves[] = {
	LEAF(sysctl___kldhost, "kva_pagetable_bytes", CTLTYPE_U64, NULL, 0,
	    sysctl_pagetables, "QU"),
	LEAF(sysctl___kldhost, "pages_live", CTLTYPE_ULONG,
	    __DEVOLATILE(u_long *, &khi_pages_live), 0, sysctl_handle_long, "LU"),
	LEAF(sysctl___kldhost, "pages_free", CTLTYPE_ULONG,
	    __DEVOLATILE(u_long *, &khi_pages_free), 0, sysctl_handle_long, "LU"),
	LEAF(sysctl___kern, "osreldate", CTLTYPE_INT, __DECONST(int *, &osreldate), 0,
	    sysctl_handle_int, "I"),
	LEAF(sysctl___kern, "hz", CTLTYPE_INT, &hz, 0, sysctl_handle_int, "I"),
	LEAF(sysctl___hw, "ncpu", CTLTYPE_INT, &mp_ncpus, 0, sysctl_handle_int,
	    "I"),
};

void
khi_sysctl_init(void)
{
	static struct sysctl_oid *roots[] = { &sysctl___kern, &sysctl___vm,
	    &sysctl___vfs, &sysctl___net, &sysctl___debug, &sysctl___hw,
	    &sysctl___machdep, &sysctl___compat, &sysctl___security,
	    &sysctl___dev, &sysctl___kldhost, &sysctl___kern_features,
	    &sysctl___kern_ipc, &sysctl___debug_sizeof, &sysctl___hw_bus,
	    &sysctl___hw_pci, &sysctl___kldhost_load_us };
	size_t i;

	malloc_init(M_SYSCTLOID);
	malloc_init(M_SYSCTLTMP);
	for (i = 0; i < nitems(roots); i++)
		link_oid(roots[i], 0);
	for (i = 0; i < nitems(leaves); i++)
		link_oid(&leaves[i], 0);
}

void	*host_alloc(size_t size);

/* These nodes are the host's memory: they outlive the klds they tell of. */
void
khi_sysctl_load_time(const char *kld, uint64_t us)
{
	struct sysctl_oid *o = find(&sysctl___kldhost_load_us.oid_children, kld);
	char *name;

	if (o == NULL) {
		o = host_alloc(sizeof(*o));
		name = host_alloc(strlen(kld) + 1);
		strcpy(name, kld);
		o->oid_name = name;
		o->oid_parent = &sysctl___kldhost_load_us.oid_children;
		o->oid_number = OID_AUTO;
		o->oid_kind = CTLTYPE_U64 | CTLFLAG_RD | CTLFLAG_MPSAFE;
		o->oid_handler = sysctl_handle_64;
		o->oid_fmt = "QU";
		link_oid(o, 0);
		host_track_del(KHI_SYSCTL, o);
	}
	o->oid_arg2 = us;
}
