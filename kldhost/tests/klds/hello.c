/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest kld with an entry, a sysctl node and a malloc type. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/module.h>
#include <sys/malloc.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>
#include <sys/counter.h>

static MALLOC_DEFINE(M_HELLO, "hello", "hello test memory");
static struct mtx lock;
MTX_SYSINIT(hello, &lock, "hello lock", MTX_DEF);
static int value = 42;
SYSCTL_NODE(_compat, OID_AUTO, hello, CTLFLAG_RW | CTLFLAG_MPSAFE, 0, "hello");
SYSCTL_INT(_compat_hello, OID_AUTO, value, CTLFLAG_RWTUN, &value, 0, "a value");
static counter_u64_t calls;
SYSCTL_COUNTER_U64(_compat_hello, OID_AUTO, calls, CTLFLAG_RD, &calls, "calls");

int	hello_entry(int argc, char **argv);

int
hello_entry(int argc, char **argv)
{
	char *p;

	if (calls == NULL)
		return (1);
	p = malloc(100, M_HELLO, M_WAITOK | M_ZERO);
	mtx_lock(&lock);
	counter_u64_add(calls, 1);
	printf("hello from CPU %d, argc %d, argv[0] %s, value %d, p[99] %d\n",
	    curcpu, argc, argv[0], value, p[99]);
	mtx_unlock(&lock);
	free(p, M_HELLO);
	return (argc > 1 ? (int)strtol(argv[1], NULL, 0) : 0);
}

static int
event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		calls = counter_u64_alloc(M_WAITOK);
		return (0);
	case MOD_UNLOAD:
		counter_u64_free(calls);
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t data = { "hello", event, NULL };
DECLARE_MODULE(hello, data, SI_SUB_DRIVERS, SI_ORDER_ANY);
MODULE_VERSION(hello, 1);
