/* SPDX-License-Identifier: BSD-2-Clause */
/* bus_dma(9): synchronising, which is when bounced data is copied. */
#include "busdma.h"

void
khi_dma_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_dmasync_op_t op)
{
	struct bounce_page *b;

	if (!map->loaded)
		panic("bus_dmamap_sync: map %p is not loaded", map);
	if (STAILQ_EMPTY(&map->bpages))
		return;
	STAILQ_FOREACH(b, &map->bpages, link) {
		void *bounce = (void *)PHYS_TO_DMAP(b->busaddr);
		void *data = (void *)PHYS_TO_DMAP(b->data);

		if ((op & BUS_DMASYNC_PREWRITE) != 0)
			memcpy(bounce, data, b->len);
		if ((op & BUS_DMASYNC_POSTREAD) != 0)
			memcpy(data, bounce, b->len);
	}
	if ((op & BUS_DMASYNC_PREWRITE) != 0)
		khi_bounce_count(t);
	if ((op & BUS_DMASYNC_POSTREAD) != 0)
		khi_bounce_count(t);
}
