/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver: how a receive queue uses page_pool, the way mt76 does.
 *
 * The one consumer of a queue's pool is its poll thread.  It fills descriptors
 * with fragments (rxq_fill), takes filled ones, hands the buffers up, and puts
 * those that it drops itself directly.  Whoever gets a buffer puts it once,
 * from any CPU; the pages come back, mapped as they were.
 */
#include "rxdemo.h"

#include <sys/kthread.h>
#include <sys/proc.h>

#define	POLL_BUDGET	64

static int
rxq_create_pool(struct rxq *q)
{
	struct page_pool_params pp = {
		.order = 0,
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = q->dev,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.offset = 0,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};

	q->pool = page_pool_create(&pp);
	if (IS_ERR(q->pool)) {
		int error = -PTR_ERR(q->pool);

		q->pool = NULL;
		return (error);
	}
	return (0);
}

/* Give the device every buffer that the ring has room for. */
static void
rxq_fill(struct rxq *q)
{
	uint32_t before = q->filled, offset;
	struct page *page;

	/* One descriptor stays empty: a full ring differs from an empty one. */
	while (q->filled < q->conf->ndesc - 1) {
		page = page_pool_dev_alloc_frag(q->pool, &offset, q->conf->buf_size);
		if (page == NULL)
			break;		/* the next poll tries again */
		q->buf[q->head] = (struct rx_buf){ page, offset };
		q->desc[q->head].addr = page_pool_get_dma_addr(page) + offset;
		q->desc[q->head].len = q->conf->buf_size;
		q->head = q->head + 1 == q->conf->ndesc ? 0 : q->head + 1;
		q->filled++;
	}
	if (q->filled != before)
		lkpi_softdev_rxq_kick(q->hw, q->head);
}

/* What a network stack would find out: the bytes are those the device sent. */
static int
frame_check(struct rxq *q, const struct lkpi_softdev_desc *d, const char *data)
{
	struct lkpi_softdev_frame head, tail;

	if (d->len < 2 * sizeof(head) || d->len > q->conf->buf_size)
		return (EBADMSG);
	memcpy(&head, data, sizeof(head));
	memcpy(&tail, data + d->len - sizeof(tail), sizeof(tail));
	if (head.seq != (uint32_t)q->frames || head.seq != d->seq ||
	    head.len != d->len || head.tag != (uint32_t)q->id ||
	    head.seq + head.len + head.tag + head.sum != 0 ||
	    memcmp(&head, &tail, sizeof(head)) != 0)
		return (EBADMSG);
	if (head.seq % LKPI_SOFTDEV_FULL != 0)
		return (0);
	return (lkpi_softdev_pattern_check(data + sizeof(head),
	    d->len - 2 * sizeof(head), head.seq));
}

/* A batch for the stack; what it has no room for is dropped. */
static void
rxq_deliver(struct rxq *q, struct rx_up *up, int n)
{
	struct stack *s = &q->stacks[q->frames / UP_BATCH % q->nstacks];
	int took = stack_up(s, up, n);

	q->up += took;
	for (; took < n; took++) {
		page_pool_put_full_page(q->pool, up[took].page, true);
		q->direct++;
	}
}

/* NAPI: take what the device has filled, give it empty buffers. */
static int
rxq_poll(struct rxq *q)
{
	uint32_t done = lkpi_softdev_rxq_done(q->hw);
	struct rx_up up[UP_BATCH];
	struct lkpi_softdev_desc *d;
	struct rx_buf *b;
	int n = 0, work;

	for (work = 0; work < POLL_BUDGET && q->tail != done; work++) {
		d = &q->desc[q->tail];
		b = &q->buf[q->tail];
		dma_sync_single_for_cpu(q->dev, page_pool_get_dma_addr(b->page) +
		    b->offset, d->len, DMA_FROM_DEVICE);
		q->error = frame_check(q, d, (char *)page_address(b->page) + b->offset);
		if (q->error != 0) {
			printf("rxdemo: %s: frame %ju is not what the device sent\n",
			    q->conf->name, (uintmax_t)q->frames);
			break;
		}
		if (q->frames % 8 == 7) {	/* say, a duplicate */
			page_pool_put_full_page(q->pool, b->page, true);
			q->direct++;
		} else
			up[n++] = (struct rx_up){ q->pool, b->page };
		b->page = NULL;
		q->tail = q->tail + 1 == q->conf->ndesc ? 0 : q->tail + 1;
		q->filled--;
		q->frames++;
		if (n == UP_BATCH) {
			rxq_deliver(q, up, n);
			n = 0;
		}
	}
	rxq_deliver(q, up, n);
	rxq_fill(q);
	return (work);
}

/* The device's interrupt. */
static void
rxq_intr(void *arg)
{
	struct rxq *q = arg;

	mtx_lock(&q->lock);
	q->irq = true;
	wakeup(q);
	mtx_unlock(&q->lock);
}

static void
rxq_thread(void *arg)
{
	struct rxq *q = arg;
	sbintime_t t;

	bind_to(nth_cpu(q->id));
	mtx_lock(&q->lock);
	while (!q->stop) {
		/* The timeout is for a ring that could not be filled. */
		if (!q->irq)
			mtx_sleep(q, &q->lock, 0, "rxirq", MAX(hz / 50, 1));
		q->irq = false;
		mtx_unlock(&q->lock);
		t = sbinuptime();
		while (q->error == 0 && rxq_poll(q) == POLL_BUDGET)
			;
		q->busy += sbinuptime() - t;
		if (q->error == 0)
			q->error = lkpi_softdev_rxq_error(q->hw);
		mtx_lock(&q->lock);
	}
	q->dead = true;
	wakeup(&q->dead);
	mtx_unlock(&q->lock);
	kthread_exit();
}

/* Everything a queue needs, but no traffic yet.  rxq_cleanup() undoes it, also
 * what a failure has left. */
int
rxq_init(struct rxq *q, const struct rxq_conf *conf, struct device *dev, int id)
{
	q->conf = conf;
	q->dev = dev;
	q->id = id;
	mtx_init(&q->lock, "rxdemo rxq", NULL, MTX_DEF);
	q->buf = malloc(conf->ndesc * sizeof(*q->buf), M_RXDEMO, M_WAITOK | M_ZERO);
	q->desc = dma_alloc_coherent(dev, conf->ndesc * sizeof(*q->desc),
	    &q->desc_dma, GFP_KERNEL);
	if (q->desc == NULL)
		return (ENOMEM);
	return (rxq_create_pool(q));
}

int
rxq_start(struct rxq *q, uint64_t frames)
{
	struct lkpi_softdev_rxq_params p = {
		.dev = q->dev, .ring = q->desc_dma, .ndesc = q->conf->ndesc,
		.tag = q->id, .frame_min = q->conf->frame_min,
		.frame_max = q->conf->frame_max, .frames = frames,
		.intr = rxq_intr, .arg = q,
	};
	int error;

	q->want = frames;
	error = lkpi_softdev_rxq_start(&p, &q->hw);
	if (error != 0)
		return (error);
	error = kthread_add(rxq_thread, q, NULL, NULL, 0, 0, "rxdemo %s",
	    q->conf->name);
	q->started = error == 0;
	return (error);
}

bool
rxq_finished(struct rxq *q)
{
	return (q->error != 0 || q->frames >= q->want);
}

/* No poll and no DMA after this. */
void
rxq_stop(struct rxq *q)
{
	if (q->hw != NULL && q->started) {
		mtx_lock(&q->lock);
		q->stop = true;
		wakeup(q);
		while (!q->dead)
			mtx_sleep(&q->dead, &q->lock, 0, "rxstop", 0);
		mtx_unlock(&q->lock);
		q->started = false;
	}
	if (q->hw != NULL)
		lkpi_softdev_rxq_stop(q->hw);
	q->hw = NULL;
}

/* The buffers that are still on the ring go back; then the pool goes, though
 * the stack may have buffers of it. */
void
rxq_cleanup(struct rxq *q)
{
	if (q->conf == NULL)
		return;
	rxq_stop(q);
	for (uint32_t i = 0; q->buf != NULL && i < q->conf->ndesc; i++)
		if (q->buf[i].page != NULL)
			page_pool_put_full_page(q->pool, q->buf[i].page, false);
	page_pool_destroy(q->pool);
	if (q->desc != NULL)
		dma_free_coherent(q->dev, q->conf->ndesc * sizeof(*q->desc),
		    q->desc, q->desc_dma);
	free(q->buf, M_RXDEMO);
	mtx_destroy(&q->lock);
	q->conf = NULL;
	q->pool = NULL;
}
