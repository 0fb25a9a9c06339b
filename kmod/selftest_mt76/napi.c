/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose thread this is, on LinuxKPI's NAPI. */
#include "cases.h"

#include <sys/proc.h>

static struct {
	struct napi_struct	napi, other;
	volatile u_int		polls;
	volatile u_int		here, other_here, done_here;
} *s;

static int
poll(struct napi_struct *napi, int budget __unused)
{
	atomic_add_int(&s->here, lkpirs_page_pool_napi_polled_here(napi));
	/* Scheduled, but another device's. */
	atomic_add_int(&s->other_here,
	    lkpirs_page_pool_napi_polled_here(&s->other));
	napi_complete_done(napi, 0);
	atomic_add_int(&s->done_here, lkpirs_page_pool_napi_polled_here(napi));
	atomic_add_int(&s->polls, 1);
	return (0);
}

void
test_napi_here(struct test *t)
{
	struct net_device *a = alloc_netdev_dummy(0), *b = alloc_netdev_dummy(16);

	s = malloc(sizeof(*s), M_SELFTEST, M_WAITOK | M_ZERO);
	if (!EXPECT(a != NULL && b != NULL))
		return;
	EXPECT(dev_set_threaded(a, true) == 0);
	EXPECT(!lkpirs_page_pool_napi_polled_here(NULL));
	/* Not added yet, as when mt76 makes its pools. */
	EXPECT(!lkpirs_page_pool_napi_polled_here(&s->napi));
	netif_napi_add(a, &s->napi, poll);
	netif_napi_add_weight(b, &s->other, poll, 64);
	napi_enable(&s->napi);
	napi_enable(&s->other);
	EXPECT(napi_schedule_prep(&s->other));
	for (u_int i = 1; i <= 100; i++) {
		napi_schedule(&s->napi);
		/* Scheduled, and this is not its thread. */
		EXPECT(!lkpirs_page_pool_napi_polled_here(&s->napi));
		for (int n = 0; atomic_load_int(&s->polls) < i && n < 1000; n++)
			pause_sbt("mt76n", SBT_1MS, 0, C_HARDCLOCK);
	}
	EXPECT(s->polls == 100 && s->here == 100);
	EXPECT(s->other_here == 0 && s->done_here == 0);
	clear_bit(LKPI_NAPI_FLAG_IS_SCHEDULED, &s->other.state);
	napi_disable(&s->napi);
	EXPECT(!lkpirs_page_pool_napi_polled_here(&s->napi));
	netif_napi_del(&s->napi);
	netif_napi_del(&s->other);
	free_netdev(a);
	free_netdev(b);
	free(s, M_SELFTEST);
}

static bool
always(const struct napi_struct *napi __unused)
{
	return (true);
}

/* One at a time, and nobody takes another's away. */
void
test_napi_register(struct test *t)
{
	struct napi_struct napi = { 0 };

	EXPECT(lkpirs_page_pool_napi_register(always) == EBUSY);
	lkpirs_page_pool_napi_unregister(always);
	EXPECT(!lkpirs_page_pool_napi_polled_here(&napi));
}
