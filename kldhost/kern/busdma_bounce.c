/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounce zones: pages that devices can reach, shared by all tags with the same
 * domain whose limits the pages meet.  A zone is made when the first map of a
 * tag needs one, and stays for ever with its pages, which grow with the number
 * of maps.  Making one adds sysctl nodes and a thread, so it sleeps: a map (or
 * a tag with BUS_DMA_ALLOCNOW) created under a mutex is a mistake that shows
 * only the first time.
 *
 * A load takes its pages from the zone.  With too few left it fails when it
 * may not wait, and is made later by the thread otherwise.
 */
#include "busdma.h"
#include <sys/kthread.h>

#define	MAX_BPAGES	8192

struct bounce_zone {
	STAILQ_ENTRY(bounce_zone) link;
	struct bounce_pages pages;
	STAILQ_HEAD(, bus_dmamap) waiting;
	int		total, free, reserved, active, bounced, deferred;
	int		map_count;
	int		domain;
	bus_size_t	alignment;
	bus_addr_t	lowaddr;
	char		name[16], lowtext[24];
};

static MALLOC_DEFINE(M_BOUNCE, "bounce", "busdma bounce pages");
static struct mtx bounce_lock;
static STAILQ_HEAD(, bounce_zone) zones = STAILQ_HEAD_INITIALIZER(zones);
static STAILQ_HEAD(, bus_dmamap) ready = STAILQ_HEAD_INITIALIZER(ready);
static int nzones, total_bpages;

void	*khi_kmem(int domain, vm_size_t size, int flags, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int contig,
	    uint64_t caller);

static struct sysctl_oid *hw_busdma;

void
khi_bounce_init(void)
{
	malloc_init(M_BOUNCE);
	mtx_init(&bounce_lock, "bounce pages lock", NULL, MTX_DEF);
	hw_busdma = SYSCTL_ADD_NODE(NULL, SYSCTL_STATIC_CHILDREN(_hw), OID_AUTO,
	    "busdma", CTLFLAG_RD | CTLFLAG_MPSAFE, 0, "Busdma parameters");
	SYSCTL_ADD_INT(NULL, SYSCTL_CHILDREN(hw_busdma), OID_AUTO,
	    "total_bpages", CTLFLAG_RD, &total_bpages, 0, "Total bounce pages");
}

/* --- zones ----------------------------------------------------------------- */
/* A zone's nodes stay as long as it does; they are nobody's leak. */
static struct sysctl_oid *
kept(struct sysctl_oid *o)
{
	host_track_del(KHI_SYSCTL, o);
	return (o);
}

static void
add_nodes(struct bounce_zone *z)
{
	struct sysctl_oid *top;
	size_t i;
	const struct {
		const char *name;
		int	*value;
	} ints[] = {
		{ "total_bpages", &z->total }, { "free_bpages", &z->free },
		{ "reserved_bpages", &z->reserved },
		{ "active_bpages", &z->active },
		{ "total_bounced", &z->bounced },
		{ "total_deferred", &z->deferred }, { "domain", &z->domain },
	};

	top = kept(SYSCTL_ADD_NODE(NULL, SYSCTL_CHILDREN(hw_busdma), OID_AUTO,
	    z->name, CTLFLAG_RD | CTLFLAG_MPSAFE, 0, ""));
	for (i = 0; i < nitems(ints); i++)
		kept(SYSCTL_ADD_INT(NULL, SYSCTL_CHILDREN(top), OID_AUTO,
		    ints[i].name, CTLFLAG_RD, ints[i].value, 0, ""));
	kept(SYSCTL_ADD_STRING(NULL, SYSCTL_CHILDREN(top), OID_AUTO, "lowaddr",
	    CTLFLAG_RD, z->lowtext, 0, ""));
	kept(SYSCTL_ADD_UAUTO(NULL, SYSCTL_CHILDREN(top), OID_AUTO,
	    "alignment", CTLFLAG_RD, &z->alignment, ""));
}

/* Makes the loads that pages have come free for. */
static void
busdma_thread(void *arg __unused)
{
	bus_dmamap_t map;

	mtx_lock(&bounce_lock);
	for (;;) {
		while ((map = STAILQ_FIRST(&ready)) == NULL)
			mtx_sleep(&ready, &bounce_lock, 0, "-", 0);
		STAILQ_REMOVE_HEAD(&ready, link);
		map->waiting = 0;
		mtx_unlock(&bounce_lock);
		khi_dma_load_again(map);
		mtx_lock(&bounce_lock);
	}
}

/* Finds or makes the tag's zone. */
static int
zone_of(bus_dma_tag_t t)
{
	struct bus_dma_tag_common *c = &t->common;
	struct bounce_zone *z;
	int first;

	STAILQ_FOREACH(z, &zones, link)
		if (c->alignment <= z->alignment && c->domain == z->domain &&
		    c->lowaddr >= z->lowaddr) {
			t->zone = z;
			return (0);
		}
	z = khi_malloc_at(sizeof(*z), 8, M_BUSDMA, M_NOWAIT | M_ZERO, -1,
	    KHI_INTERNAL);
	if (z == NULL)
		return (ENOMEM);
	STAILQ_INIT(&z->pages);
	STAILQ_INIT(&z->waiting);
	z->lowaddr = c->lowaddr;
	z->alignment = MAX(c->alignment, PAGE_SIZE);
	z->domain = c->domain;
	snprintf(z->name, sizeof(z->name), "zone%d", nzones++);
	snprintf(z->lowtext, sizeof(z->lowtext), "%#jx", (uintmax_t)z->lowaddr);
	first = STAILQ_EMPTY(&zones);
	STAILQ_INSERT_TAIL(&zones, z, link);
	t->zone = z;
	add_nodes(z);
	if (first) {
		khi_sleep_check("kproc_create");
		if (khi_thread_create(busdma_thread, NULL, 1, "busdma", 0) ==
		    NULL)
			printf("failed to create busdma thread");
	}
	return (0);
}

/* Adds up to n pages to a zone; how many it got. */
static int
add_pages(struct bounce_zone *z, int n)
{
	struct bounce_page *b;
	int i;
	void *p;

	for (i = 0; i < n; i++) {
		b = khi_malloc_at(sizeof(*b), 8, M_BUSDMA, M_NOWAIT | M_ZERO,
		    -1, KHI_INTERNAL);
		if (b == NULL)
			break;
		p = khi_kmem(z->domain, PAGE_SIZE, M_NOWAIT, 0, z->lowaddr,
		    PAGE_SIZE, 0, 1, KHI_INTERNAL);
		if (p == NULL)	/* the domain is a preference only */
			p = khi_kmem(-1, PAGE_SIZE, M_NOWAIT, 0, z->lowaddr,
			    PAGE_SIZE, 0, 1, KHI_INTERNAL);
		if (p == NULL) {
			free(b, M_BUSDMA);
			break;
		}
		khi_large_note(p, PAGE_SIZE, PAGE_SIZE, M_BOUNCE, KHI_INTERNAL);
		b->busaddr = pmap_kextract((vm_offset_t)p);
		mtx_lock(&bounce_lock);
		STAILQ_INSERT_TAIL(&z->pages, b, link);
		total_bpages++;
		z->total++;
		z->free++;
		mtx_unlock(&bounce_lock);
	}
	return (i);
}

/* BUS_DMA_ALLOCNOW: a zone with pages for the largest transfer. */
int
khi_bounce_tag_setup(bus_dma_tag_t t)
{
	int error = zone_of(t), n;

	if (error != 0)
		return (error);
	if (ptoa(t->zone->total) < t->common.maxsize) {
		n = atop(t->common.maxsize) - t->zone->total;
		if (add_pages(t->zone, n) < n)
			return (ENOMEM);
	}
	t->bounce_flags |= HAS_PAGES;
	return (0);
}

/* Each map brings pages for a transfer with it, within limits. */
int
khi_bounce_map_create(bus_dma_tag_t t, uint64_t caller)
{
	struct bus_dma_tag_common *c = &t->common;
	struct bounce_zone *z;
	int error = 0, max, n;

	if (t->zone == NULL && (error = zone_of(t)) != 0)
		return (error);
	z = t->zone;
	max = MAX_BPAGES;
	if (c->alignment <= 1)
		max = MIN((u_long)max, atop(khi_ram_top()) - atop(c->lowaddr));
	if ((t->bounce_flags & HAS_PAGES) == 0 ||
	    (z->map_count > 0 && z->total < max)) {
		n = MAX(atop(c->maxsize), 1);
		n = MIN((int)c->nsegments, n);
		n = MAX(MIN(max - z->total, n), 1);
		/* Only the first map of a tag must get them all. */
		if ((t->bounce_flags & HAS_PAGES) != 0)
			add_pages(z, n);
		else if (khi_fault("bounce pages", caller) ||
		    add_pages(z, n) < n)
			error = ENOMEM;
		if (error == 0)
			t->bounce_flags |= HAS_PAGES;
	}
	z->map_count++;		/* also after an error, as the kernel's */
	return (error);
}

void
khi_bounce_map_destroy(bus_dma_tag_t t)
{
	if (t->zone != NULL)
		t->zone->map_count--;
}

/* --- loads ------------------------------------------------------------------ */
bool
khi_bounce_needed(bus_dma_tag_t t, vm_paddr_t pa)
{
	return ((t->bounce_flags & COULD_BOUNCE) != 0 &&
	    ((pa > t->common.lowaddr && pa <= t->common.highaddr) ||
	    !vm_addr_align_ok(pa, t->common.alignment)));
}

/* Gives a map what pages there are; how many it still lacks. */
static int
reserve(struct bounce_zone *z, bus_dmamap_t map)
{
	int n = MIN(z->free, map->needed - map->reserved);

	z->free -= n;
	z->reserved += n;
	map->reserved += n;
	return (map->needed - map->reserved);
}

/* Reserves map->needed pages. */
int
khi_bounce_reserve(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct bounce_zone *z = t->zone;
	int error = 0;

	mtx_lock(&bounce_lock);
	if ((flags & BUS_DMA_NOWAIT) != 0) {
		if (z->free < map->needed - map->reserved) {
			map->needed = 0;
			error = ENOMEM;
		} else
			reserve(z, map);
	} else if (reserve(z, map) != 0) {
		if (map->callback == NULL)
			panic("bus_dma: a load that may wait has no callback");
		STAILQ_INSERT_TAIL(&z->waiting, map, link);
		map->waiting = 1;
		error = EINPROGRESS;
	}
	mtx_unlock(&bounce_lock);
	return (error);
}

/* The bus address of a reserved page, which stands for [pa, pa + len). */
bus_addr_t
khi_bounce_add(bus_dma_tag_t t, bus_dmamap_t map, vm_paddr_t pa,
    bus_size_t len, int flags)
{
	struct bounce_zone *z = t->zone;
	struct bounce_page *b;

	if (map->needed == 0 || map->reserved == 0)
		panic("add_bounce_page: map doesn't need any pages");
	map->needed--;
	map->reserved--;
	mtx_lock(&bounce_lock);
	b = STAILQ_FIRST(&z->pages);
	if (b == NULL)
		panic("add_bounce_page: free page list is empty");
	STAILQ_REMOVE_HEAD(&z->pages, link);
	z->reserved--;
	z->active++;
	mtx_unlock(&bounce_lock);
	/* Nothing is in it until a sync copies something. */
	memset((void *)PHYS_TO_DMAP(b->busaddr), 0xb5, PAGE_SIZE);
	b->data = pa;
	b->len = len;
	if (((t->common.flags | flags) & BUS_DMA_KEEP_PG_OFFSET) != 0)
		b->busaddr |= pa & PAGE_MASK;
	STAILQ_INSERT_TAIL(&map->bpages, b, link);
	return (b->busaddr);
}

/* Gives a map's pages back, first to the maps that wait for some. */
void
khi_bounce_release(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bounce_zone *z = t->zone;
	struct bounce_page *b;
	bus_dmamap_t w;
	int n = 0, woken = 0;

	if (z == NULL || (STAILQ_EMPTY(&map->bpages) && map->reserved == 0))
		return;
	STAILQ_FOREACH(b, &map->bpages, link) {
		b->busaddr &= ~(bus_addr_t)PAGE_MASK;
		n++;
	}
	mtx_lock(&bounce_lock);
	STAILQ_CONCAT(&z->pages, &map->bpages);
	z->free += n + map->reserved;
	z->active -= n;
	z->reserved -= map->reserved;
	map->reserved = map->needed = 0;
	while ((w = STAILQ_FIRST(&z->waiting)) != NULL && reserve(z, w) == 0) {
		STAILQ_REMOVE_HEAD(&z->waiting, link);
		STAILQ_INSERT_TAIL(&ready, w, link);
		z->deferred++;
		woken = 1;
	}
	mtx_unlock(&bounce_lock);
	if (woken)
		wakeup(&ready);
}

void khi_bounce_count(bus_dma_tag_t t) { t->zone->bounced++; }
