/* SPDX-License-Identifier: BSD-2-Clause */
/* sysctl(9): the kernel's own nodes, and how long each kld took to load. */
#include "sysctl.h"

void	*host_alloc(size_t size);

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

	khi_sysctl_tree_init();
	for (i = 0; i < nitems(roots); i++)
		khi_sysctl_link(roots[i], 0);
	for (i = 0; i < nitems(leaves); i++)
		khi_sysctl_link(&leaves[i], 0);
}

/* These nodes are the host's memory: they outlive the klds they tell of. */
void
khi_sysctl_load_time(const char *kld, uint64_t us)
{
	struct sysctl_oid *o = khi_sysctl_find(
	    &sysctl___kldhost_load_us.oid_children, kld);
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
		khi_sysctl_link(o, 0);
		host_track_del(KHI_SYSCTL, o);
	}
	o->oid_arg2 = us;
}
