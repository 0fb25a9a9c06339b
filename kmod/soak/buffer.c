/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers: taken in every way, written, looked at, put in every way. */
#include "soak.h"

static char *
start_of(const struct buf *b)
{
	return ((char *)page_address(b->page) + b->off);
}

/* Both ends of a buffer tell whose it is. */
static void
stamp(struct worker *w, struct buf *b)
{
	char *p = start_of(b);

	b->tag = soak_random(w, UINT32_MAX);
	memcpy(p, &b->tag, sizeof(b->tag));
	memcpy(p + b->len - sizeof(b->tag), &b->tag, sizeof(b->tag));
}

bool
soak_check(struct worker *w, const struct buf *b)
{
	const char *p = start_of(b);

	if (memcmp(p, &b->tag, sizeof(b->tag)) == 0 &&
	    memcmp(p + b->len - sizeof(b->tag), &b->tag, sizeof(b->tag)) == 0)
		return (true);
	soak_fail(w, "a buffer's bytes are somebody else's", b);
	return (false);
}

/* What a device does with a buffer of a pool that is mapped. */
static void
by_device(struct worker *w, const struct page_pool_params *pp, struct buf *b)
{
	dma_addr_t dma = page_pool_get_dma_addr(b->page) + b->off;
	uint32_t seed = b->tag, n = MIN(b->len, 96);

	if (lkpi_softdev_fill(pp->dev, dma, n, seed) != 0) {
		soak_fail(w, "the device does not reach a buffer", b);
		return;
	}
	if (one_in(w, 2))
		dma_sync_single_for_cpu(pp->dev, dma, n, pp->dma_dir);
	else
		page_pool_dma_sync_for_cpu(b->pool, b->page, b->off, n);
	w->n.syncs++;
	if (lkpi_softdev_pattern_check(start_of(b), n, seed) != 0)
		soak_fail(w, "what the device wrote is not there", b);
}

/* One page, cut by hand: as many buffers as the caller has room for. */
static int
take_split(struct worker *w, struct slot *s, struct buf *b, int room)
{
	uint32_t whole = PAGE_SIZE << s->params.order, n;
	struct page *page = page_pool_dev_alloc_pages(s->pool);

	if (page == NULL)
		return (0);
	n = 1 + soak_random(w, 8);
	n = MIN(n, room);
	page_pool_fragment_page(page, n);
	for (uint32_t i = 0; i < n; i++)
		b[i] = (struct buf){ s->pool, page, i * (whole / n), whole / n, 0,
		    s->params.order, MADE_SPLIT };
	return (n);
}

/* The same, whatever it is: 0 or the number of buffers. */
static int
take(struct worker *w, struct slot *s, struct buf *b, int room)
{
	uint32_t whole = PAGE_SIZE << s->params.order;
	unsigned int off = 0, len = whole;
	struct page *page = NULL;
	enum made made = MADE_FRAG;
	void *va;

	switch (soak_random(w, 16)) {
	case 0:
		return (take_split(w, s, b, room));
	case 1:
		made = MADE_VA;
		len = 16 + soak_random(w, whole - 15);
		va = page_pool_dev_alloc_va(s->pool, &len);
		if (va == NULL)
			return (0);
		page = virt_to_head_page(va);
		off = (char *)va - (char *)page_address(page);
		break;
	case 2: case 3:
		made = MADE_SIZED;
		len = 16 + soak_random(w, whole - 15);
		page = page_pool_dev_alloc(s->pool, &off, &len);
		break;
	case 4: case 5: case 6: case 7:
		made = MADE_PAGE;
		page = page_pool_dev_alloc_pages(s->pool);
		break;
	case 8: case 9:		/* any size at all */
		len = 16 + soak_random(w, whole - 15);
		page = page_pool_dev_alloc_frag(s->pool, &off, len);
		break;
	default:		/* as drivers do */
		len = one_in(w, 3) ? 1024 : 2048;
		page = page_pool_dev_alloc_frag(s->pool, &off, len);
		break;
	}
	if (page == NULL)
		return (0);
	*b = (struct buf){ s->pool, page, off, len, 0, s->params.order, made };
	return (1);
}

/* At most `want' buffers; how many.  The caller is the pool's driver. */
int
soak_take(struct worker *w, struct slot *s, int want, struct buf *b)
{
	int n = 0, got;

	while (n < want && w->job->error == 0) {
		got = take(w, s, &b[n], want - n);
		if (got == 0) {
			w->n.failed++;
			break;
		}
		for (; got > 0; got--, n++) {
			if (b[n].off + b[n].len > PAGE_SIZE << b[n].order)
				soak_fail(w, "a buffer ends beyond its page", &b[n]);
			stamp(w, &b[n]);
			/* A device's writes would go over the other end. */
			if ((s->params.flags & PP_FLAG_DMA_MAP) != 0 && one_in(w, 16)) {
				by_device(w, &s->params, &b[n]);
				stamp(w, &b[n]);
			}
		}
	}
	w->n.buffers += n;
	return (n);
}

static void
put_one(struct worker *w, struct buf *b, bool direct)
{
	switch (soak_random(w, 8)) {
	case 0:
		page_pool_put_page(b->pool, b->page, soak_random(w, b->len + 1), direct);
		break;
	case 1:
		page_pool_put_full_netmem(b->pool, page_to_netmem(b->page), direct);
		break;
	case 2:
		page_pool_free_va(b->pool, start_of(b), direct);
		break;
	case 3:
		w->n.unref++;
		if (page_pool_unref_page(b->page, 1) == 0)
			page_pool_put_unrefed_page(b->pool, b->page, -1, direct);
		break;
	default:
		page_pool_put_full_page(b->pool, b->page, direct);
		break;
	}
	w->n.puts++;
	w->n.direct += direct;
}

/* The system's reference keeps the page from the pool. */
static void
put_held(struct worker *w, struct buf *b)
{
	struct page *page = b->page;

	get_page(page);
	put_one(w, b, false);
	put_page(page);
	w->n.held++;
}

/* All of one pool, if it is to be one call. */
static int
put_many(struct worker *w, struct buf *b, int n)
{
	int i;

	for (i = 0; i < n && b[i].pool == b[0].pool; i++)
		w->bulk[i] = start_of(&b[i]);
	page_pool_put_page_bulk(b[0].pool, w->bulk, i);
	w->n.bulk += i;
	w->n.puts += i;
	return (i);
}

/* Buffers go back; at most BURST.  The caller has looked at their bytes. */
void
soak_put(struct worker *w, struct buf *b, int n, bool direct)
{
	int i = 0;

	while (i < n) {
		if (!direct && one_in(w, 4))
			i += put_many(w, &b[i], n - i);
		else if (!direct && one_in(w, 64))
			put_held(w, &b[i++]);
		else
			put_one(w, &b[i++], direct);
	}
}
