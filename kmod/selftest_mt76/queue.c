/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues and lists of skbs. */
#include "cases.h"

static struct sk_buff *
numbered(struct test *t, uint32_t n)
{
	struct sk_buff *skb = alloc_skb(16, GFP_KERNEL);

	if (EXPECT(skb != NULL))
		skb->priority = n;
	return (skb);
}

/* What is in the queue, in order, from the first number on; freed. */
static bool
holds(struct sk_buff_head *q, uint32_t from, uint32_t n)
{
	struct sk_buff *skb;
	bool ok = skb_queue_len(q) == n;

	for (uint32_t i = 0; (skb = skb_dequeue(q)) != NULL; i++) {
		ok = ok && skb->priority == from + i;
		kfree_skb(skb);
	}
	return (ok && skb_queue_empty(q) && skb_peek(q) == NULL);
}

void
test_queue_order(struct test *t)
{
	struct sk_buff_head q;
	struct sk_buff *skb;

	skb_queue_head_init(&q);
	EXPECT(skb_dequeue(&q) == NULL && skb_dequeue_tail(&q) == NULL);
	for (int i = 5; i < 10; i++)
		skb_queue_tail(&q, numbered(t, i));
	for (int i = 4; i >= 0; i--)
		skb_queue_head(&q, numbered(t, i));
	skb_queue_tail(&q, numbered(t, 10));
	skb = skb_dequeue_tail(&q);
	if (EXPECT(skb != NULL && skb->priority == 10))
		kfree_skb(skb);
	skb = numbered(t, 99);
	skb_queue_tail(&q, skb);
	skb_unlink(skb, &q);
	EXPECT(skb->next == NULL);
	kfree_skb(skb);
	EXPECT(holds(&q, 0, 10));
	for (int i = 0; i < 10; i++)
		skb_queue_tail(&q, numbered(t, i));
	skb_queue_purge(&q);
	EXPECT(skb_queue_empty(&q));
	/* A queue of the caller's own. */
	for (int i = 0; i < 10; i++)
		__skb_queue_tail(&q, numbered(t, i));
	EXPECT(holds(&q, 0, 10));
	mtx_destroy(&q.lock.m);
}

void
test_queue_splice(struct test *t)
{
	struct sk_buff_head a, b;

	skb_queue_head_init(&a);
	skb_queue_head_init(&b);
	skb_queue_splice_tail_init(&a, &b);
	skb_queue_splice_init(&a, &b);
	EXPECT(skb_queue_empty(&b));
	for (int i = 0; i < 3; i++) {
		skb_queue_tail(&b, numbered(t, 3 + i));
		skb_queue_tail(&a, numbered(t, 6 + i));
	}
	skb_queue_splice_tail_init(&a, &b);
	EXPECT(skb_queue_empty(&a) && skb_queue_len(&b) == 6);
	for (int i = 0; i < 3; i++)
		skb_queue_tail(&a, numbered(t, i));
	skb_queue_splice_init(&a, &b);
	EXPECT(skb_queue_empty(&a) && holds(&b, 0, 9));
	mtx_destroy(&a.lock.m);
	mtx_destroy(&b.lock.m);
}

/* mt76's MCU: answers are queued by one thread and taken out by others. */
#define	EACH	500
struct shared {
	struct sk_buff_head	q;
	volatile u_int		taken;
	volatile u_int		sum;
};

static void
queue_member(struct test *t, void *arg, int id)
{
	struct shared *s = arg;
	struct sk_buff *skb;

	if (id % 2 == 0) {
		for (int i = 1; i <= EACH; i++)
			skb_queue_tail(&s->q, numbered(t, i));
		return;
	}
	for (int idle = 0; atomic_load_int(&s->taken) < 2 * EACH && idle < 5000;) {
		skb = skb_dequeue(&s->q);
		if (skb == NULL) {
			idle++;
			pause_sbt("mt76q", SBT_1MS, 0, C_HARDCLOCK);
			continue;
		}
		idle = 0;
		atomic_add_int(&s->taken, 1);
		atomic_add_int(&s->sum, skb->priority);
		kfree_skb(skb);
	}
}

void
test_queue_threads(struct test *t)
{
	struct shared *s = malloc(sizeof(*s), M_SELFTEST, M_WAITOK | M_ZERO);

	skb_queue_head_init(&s->q);
	selftest_threads(t, 4, queue_member, s);
	EXPECT(s->taken == 2 * EACH && skb_queue_empty(&s->q));
	EXPECT(s->sum == (u_int)(EACH * (EACH + 1)));
	skb_queue_purge(&s->q);
	mtx_destroy(&s->q.lock.m);
	free(s, M_SELFTEST);
}

void
test_list(struct test *t)
{
	LINUX_LIST_HEAD(list);
	struct sk_buff *skb, *next;
	uint32_t n = 0;

	for (int i = 0; i < 5; i++) {
		skb = numbered(t, i);
		list_add_tail(&skb->list, &list);
	}
	list_for_each_entry_safe(skb, next, &list, list) {
		skb_list_del_init(skb);
		EXPECT(skb->next == NULL && skb->priority == n++);
		kfree_skb(skb);
	}
	EXPECT(n == 5 && list_empty(&list));
}

/* Frames that nobody takes are freed, those of a pool go back to it. */
void
test_receive(struct test *t)
{
	struct page_pool *pool = mt76_pool(t);
	LINUX_LIST_HEAD(list);
	uint64_t calls = lkpirs_absent_calls("netif_receive_skb_list");
	struct sk_buff *skb;

	if (pool == NULL)
		return;
	netif_receive_skb_list(&list);
	EXPECT(lkpirs_absent_calls("netif_receive_skb_list") == calls);
	for (int i = 0; i < 5; i++)
		if ((skb = mt76_skb(t, pool, 100)) != NULL)
			list_add_tail(&skb->list, &list);
	netif_receive_skb_list(&list);
	EXPECT(list_empty(&list));
	EXPECT(lkpirs_absent_calls("netif_receive_skb_list") == calls + 1);
	skb = mt76_skb(t, pool, 100);
	if (skb != NULL)
		EXPECT(napi_gro_receive(NULL, skb) == GRO_CONSUMED);
	page_pool_destroy(pool);
}
