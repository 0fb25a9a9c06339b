/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken.ko: does wrong what it is told to, so that tests-vm/selfcheck sees
 * that the judge notices: `sysctl debug.broken=N'.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>

static MALLOC_DEFINE(M_BROKEN, "broken", "what broken.ko forgets");
static struct mtx a, b;

static int
sysctl_broken(SYSCTL_HANDLER_ARGS)
{
	int error, what = 0;

	error = sysctl_handle_int(oidp, &what, 0, req);
	if (error != 0 || req->newptr == NULL)
		return (error);
	switch (what) {
	case 1:
		printf("not ok 1 - asked for\n");
		break;
	case 2:
		panic("asked for");
	case 3:			/* FreeBSD tells at unload */
		(void)malloc(24, M_BROKEN, M_WAITOK);
		break;
	case 4:			/* WITNESS tells */
		mtx_lock(&a);
		mtx_lock(&b);
		mtx_unlock(&b);
		mtx_unlock(&a);
		mtx_lock(&b);
		mtx_lock(&a);
		mtx_unlock(&a);
		mtx_unlock(&b);
		break;
	default:
		return (EINVAL);
	}
	return (0);
}
SYSCTL_PROC(_debug, OID_AUTO, broken, CTLTYPE_INT | CTLFLAG_RW | CTLFLAG_MPSAFE,
    NULL, 0, sysctl_broken, "I", "1 a failure, 2 panic, 3 leak, 4 lock order");

static int
broken_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		mtx_init(&a, "broken a", NULL, MTX_DEF);
		mtx_init(&b, "broken b", NULL, MTX_DEF);
		return (0);
	case MOD_UNLOAD:
		mtx_destroy(&a);
		mtx_destroy(&b);
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}
static moduledata_t broken_mod = { "broken", broken_event, NULL };
DECLARE_MODULE(broken, broken_mod, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(broken, 1);
