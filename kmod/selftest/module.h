/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test kld's module and its sysctls: where nobody can call selftest_main(),
 * write 1 to compat.<name>.run and read passed and failed.  Before this:
 * SELFTEST_NAME, and harness.h in the same file.
 */
#include <sys/module.h>
#include <sys/sysctl.h>

MALLOC_DEFINE(M_SELFTEST, "selftest", "self-tests");

static volatile u_int busy;

SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, SELFTEST_NAME, CTLFLAG_RD | CTLFLAG_MPSAFE,
    0, "Self-test");

static int
sysctl_run(SYSCTL_HANDLER_ARGS)
{
	int error, go = 0;

	error = sysctl_handle_int(oidp, &go, 0, req);
	if (error != 0 || req->newptr == NULL || go == 0)
		return (error);
	if (!atomic_cmpset_int(&busy, 0, 1))
		return (EBUSY);
	error = selftest_main(0, NULL);
	atomic_store_rel_int(&busy, 0);
	return (error);
}

#define	SELFTEST_NODE_(n)	_compat_ ## n
#define	SELFTEST_NODE(n)	SELFTEST_NODE_(n)
SYSCTL_PROC(SELFTEST_NODE(SELFTEST_NAME), OID_AUTO, run, CTLTYPE_INT |
    CTLFLAG_RW | CTLFLAG_MPSAFE, NULL, 0, sysctl_run, "I",
    "Write 1: all cases run, the console has the report");
SYSCTL_INT(SELFTEST_NODE(SELFTEST_NAME), OID_AUTO, passed, CTLFLAG_RD, &passed,
    0, "Cases that passed");
SYSCTL_INT(SELFTEST_NODE(SELFTEST_NAME), OID_AUTO, failed, CTLFLAG_RD, &failed,
    0, "Cases that failed");

static int
selftest_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	case MOD_UNLOAD:
		return (busy != 0 ? EBUSY : 0);
	default:
		return (EOPNOTSUPP);
	}
}

#define	SELFTEST_MODULE(name)						\
	static moduledata_t name ## _mod = { #name, selftest_event, NULL }; \
	DECLARE_MODULE(name, name ## _mod, SI_SUB_DRIVERS, SI_ORDER_ANY); \
	MODULE_VERSION(name, 1)
