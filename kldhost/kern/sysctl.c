/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl(9): the tree, static and dynamic nodes. */
#include "sysctl.h"
#include <sys/rmlock.h>

MALLOC_DEFINE(M_SYSCTLOID, "sysctloid", "sysctl dynamic oids");

RB_GENERATE(sysctl_oid_list, sysctl_oid, oid_link, cmp_sysctl_oid);
struct sysctl_oid_list sysctl__children = RB_INITIALIZER(&sysctl__children);
static struct rmlock tree_lock;
static int next_number = CTL_AUTO_START;

/* A sleepable lock, as in the kernel: adding a node under a mutex is caught. */
static void t_lock(void) { rm_wlock(&tree_lock); }
static void t_unlock(void) { rm_wunlock(&tree_lock); }

void
khi_sysctl_tree_init(void)
{
	malloc_init(M_SYSCTLOID);
	rm_init_flags(&tree_lock, "sysctl lock", RM_SLEEPABLE);
}

struct sysctl_oid *
khi_sysctl_find(struct sysctl_oid_list *list, const char *name)
{
	struct sysctl_oid *o;

	RB_FOREACH(o, sysctl_oid_list, list)
		if (strcmp(o->oid_name, name) == 0)
			return (o);
	return (NULL);
}

/* A node that does not go until the caller has lowered its oid_running. */
struct sysctl_oid *
khi_sysctl_enter(const char *name)
{
	struct sysctl_oid *o;

	t_lock();
	o = khi_sysctl_lookup(name);
	if (o != NULL)
		atomic_add_int(&o->oid_running, 1);
	t_unlock();
	return (o);
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

void
khi_sysctl_link(struct sysctl_oid *o, uint64_t caller)
{
	struct sysctl_oid *old;
	char name[256];

	t_lock();
	old = khi_sysctl_find(o->oid_parent, o->oid_name);
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
	khi_sysctl_link(o, KHI_CALLER);
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
void sysctl_register_disabled_oid(struct sysctl_oid *o) { khi_sysctl_link(o, KHI_CALLER); }
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
	o = khi_sysctl_find(parent, name);
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
	khi_sysctl_link(o, caller);
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
	struct sysctl_oid *o = khi_sysctl_find(SYSCTL_CHILDREN(parent), name);

	return (o == NULL ? ENOENT : sysctl_remove_oid(o, del, recurse));
}

int sysctl_move_oid(struct sysctl_oid *o __unused, struct sysctl_oid_list *p __unused) { return (EOPNOTSUPP); }
int sysctl_wire_old_buffer(struct sysctl_req *req, size_t len __unused) { req->lock = REQ_WIRED; return (0); }
