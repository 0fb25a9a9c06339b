/* SPDX-License-Identifier: BSD-2-Clause */
/* Streaming mappings of a driver's own memory, beside the pools. */
#include "soak.h"

static void
begin(struct worker *w, struct stream *s)
{
	s->order = soak_random(w, 3);
	s->page = alloc_pages(GFP_NOWAIT | __GFP_COMP, s->order);
	if (s->page == NULL) {
		w->n.no_stream++;
		return;
	}
	s->len = 1 + soak_random(w, PAGE_SIZE << s->order);
	s->dir = soak_random(w, 3);	/* any but DMA_NONE */
	s->dev = soak_device(soak_random(w, 64));
	s->seed = soak_random(w, UINT32_MAX);
	lkpi_softdev_pattern(page_address(s->page), s->len, s->seed);
	s->dma = dma_map_single(s->dev, page_address(s->page), s->len, s->dir);
	if (dma_mapping_error(s->dev, s->dma) != 0) {
		/* No memory for a copy, or for the map. */
		__free_pages(s->page, s->order);
		s->page = NULL;
		w->n.no_stream++;
	}
}

static void
end(struct worker *w, struct stream *s)
{
	char *va = page_address(s->page);

	if (s->dir != DMA_FROM_DEVICE &&
	    lkpi_softdev_check(s->dev, s->dma, s->len, s->seed) != 0)
		soak_fail(w, "the device does not see what was mapped", NULL);
	if (s->dir != DMA_TO_DEVICE) {
		if (lkpi_softdev_fill(s->dev, s->dma, s->len, ~s->seed) != 0)
			soak_fail(w, "the device does not reach a mapping", NULL);
		dma_sync_single_for_cpu(s->dev, s->dma, s->len, s->dir);
		if (lkpi_softdev_pattern_check(va, s->len, ~s->seed) != 0)
			soak_fail(w, "what the device wrote is not there (mapping)", NULL);
		dma_sync_single_for_device(s->dev, s->dma, s->len, s->dir);
	}
	dma_unmap_single(s->dev, s->dma, s->len, s->dir);
	__free_pages(s->page, s->order);
	s->page = NULL;
	w->n.streams++;
}

void
soak_stream(struct worker *w)
{
	struct stream *s = &w->streams[soak_random(w, STREAMS)];
	dma_addr_t dma;
	void *va;

	if (one_in(w, 32)) {
		struct device *dev = soak_device(soak_random(w, 64));
		size_t n = 1 + soak_random(w, 3 * PAGE_SIZE);

		va = dma_alloc_coherent(dev, n, &dma, GFP_NOWAIT);
		if (va != NULL) {
			if (lkpi_softdev_fill(dev, dma, n, n) != 0 ||
			    lkpi_softdev_pattern_check(va, n, n) != 0)
				soak_fail(w, "coherent memory is not", NULL);
			dma_free_coherent(dev, n, va, dma);
		} else
			w->n.no_stream++;
	}
	if (s->page == NULL)
		begin(w, s);
	else
		end(w, s);
}

void
soak_stream_end(struct worker *w)
{
	for (int i = 0; i < STREAMS; i++)
		if (w->streams[i].page != NULL)
			end(w, &w->streams[i]);
}
