/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rest of a Linux kernel, as far as page_pool.c, xarray.c, the DMA mapping
 * core, locks and softirq.c need it in a process: per-CPU data, the page
 * allocator, slabs.  Compiled by Linux's own build (linux.sh); what is still
 * missing then is never called.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/percpu.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/netdevice.h>
#include <linux/xarray.h>
#include <net/page_pool/types.h>

#include "freelist.h"

/* linux.sh puts all per-CPU data into one section. */
extern char __start_bench_percpu[], __stop_bench_percpu[];

DEFINE_PER_CPU_ALIGNED(struct pcpu_hot, pcpu_hot);
DEFINE_PER_CPU_READ_MOSTLY(unsigned long, this_cpu_off);
DEFINE_PER_CPU(int, numa_node);
static DEFINE_PER_CPU_ALIGNED(char[65536], percpu_room);
static unsigned long percpu_used;
unsigned long __per_cpu_offset[NR_CPUS];

unsigned long page_offset_base, vmemmap_base, vmalloc_base;
unsigned long phys_base, max_pfn = BENCH_PAGES;
nodemask_t node_states[NR_NODE_STATES];
unsigned long volatile jiffies;

static u64 dma_mask = DMA_BIT_MASK(32);
struct device bench_dev = {
	.dma_mask = &dma_mask,
	.coherent_dma_mask = DMA_BIT_MASK(32),
	/* As dma_set_mask() leaves it for a coherent device that bounces
	 * nothing: the cheapest case. */
	.dma_skip_sync = true,
};

static struct freelist pages;
static unsigned long memory;

void
bench_linux_boot(void)
{
	struct page *map = host_alloc(BENCH_PAGES * sizeof(struct page), 1UL << 21);
	unsigned long size = __stop_bench_percpu - __start_bench_percpu;

	memory = (unsigned long)host_memory();
	page_offset_base = memory;
	vmemmap_base = (unsigned long)map;
	for (unsigned long i = 0; i < BENCH_CPUS; i++)
		__per_cpu_offset[i] = (i == 0 ? 0 :
		    (unsigned long)host_alloc(size, 4096) -
		    (unsigned long)__start_bench_percpu);
	pages.page = host_alloc(BENCH_PAGES * sizeof(void *), 4096);
	for (unsigned long i = BENCH_PAGES; i-- > 1; )
		pages.page[pages.n++] = &map[i];
}

/* CPU 0 is where the per-CPU symbols themselves are. */
void
bench_linux_enter(unsigned long cpu, int poll)
{
	unsigned long off = __per_cpu_offset[cpu];
	struct pcpu_hot *hot = (void *)((unsigned long)&pcpu_hot + off);
	unsigned long *own = (void *)((unsigned long)&this_cpu_off + off);

	hot->cpu_number = cpu;
	hot->preempt_count = poll ? SOFTIRQ_OFFSET : 0;
	*own = off;
	host_set_gs((void *)off);
}

/* Pages: what allocation and freeing write to each. */
static struct page *
take(void)
{
	struct page *page = free_take(&pages, raw_smp_processor_id());

	if (page == NULL)
		return (NULL);
	page->private = 0;
	page->mapping = NULL;
	page->page_type = -1;
	set_page_count(page, 1);
	return (page);
}

unsigned long
alloc_pages_bulk_noprof(gfp_t gfp, int nid, nodemask_t *nodes, int want,
    struct list_head *list, struct page **array)
{
	int n;

	for (n = 0; n < want; n++)
		if (array[n] == NULL && (array[n] = take()) == NULL)
			break;
	return (n);
}

struct page *
__alloc_pages_noprof(gfp_t gfp, unsigned int order, int nid, nodemask_t *nodes)
{
	return (order == 0 ? take() : NULL);
}

void
__folio_put(struct folio *folio)
{
	folio->page.mapping = NULL;
	free_give(&pages, raw_smp_processor_id(), &folio->page);
}

/* Memory, in kmalloc's size classes; above them whole pages. */
static unsigned long
class(unsigned long n)
{
	if (n > 8192)
		return (round_up(n, PAGE_SIZE));
	if (n > 64 && n <= 96)
		return (96);
	if (n > 128 && n <= 192)
		return (192);
	return (n <= 8 ? 8 : 1UL << (64 - __builtin_clzl(n - 1)));
}

static void *
get(unsigned long n)
{
	unsigned long *p = host_alloc(class(n) + 64, 64);

	*p = class(n);
	host_account(class(n));
	return (p + 8);
}

static void
give(const void *q)
{
	unsigned long *p = (unsigned long *)q - 8;

	if (q == NULL)
		return;
	host_account(-(long)*p);
	host_free(p, *p + 64, 64);
}

void *__kmalloc_cache_node_noprof(struct kmem_cache *c, gfp_t f, int node, size_t n) { return (get(n)); }
void *__kmalloc_cache_noprof(struct kmem_cache *c, gfp_t f, size_t n) { return (get(n)); }
void *__kvmalloc_node_noprof(DECL_BUCKET_PARAMS(n, b), gfp_t f, int node) { return (get(n)); }
void kfree(const void *p) { give(p); }
void kvfree(const void *p) { give(p); }
kmem_buckets kmalloc_caches[NR_KMALLOC_TYPES];

/* xarray's nodes: a stack of free ones, as a slab's per-CPU freelist is. */
struct kmem_cache *radix_tree_node_cachep;
static struct xa_node *nodes;

void *
kmem_cache_alloc_lru_noprof(struct kmem_cache *c, struct list_lru *l, gfp_t f)
{
	struct xa_node *n = nodes;

	if (n != NULL) {
		nodes = (struct xa_node *)n->parent;
		n->parent = NULL;
		return (n);
	}
	return (host_alloc(sizeof(*n), 64));
}

void
radix_tree_node_rcu_free(struct rcu_head *head)
{
	struct xa_node *n = container_of(head, struct xa_node, rcu_head);

	memset(n->slots, 0, sizeof(n->slots));
	memset(n->tags, 0, sizeof(n->tags));
	INIT_LIST_HEAD(&n->private_list);
	n->parent = (struct xa_node *)nodes;
	nodes = n;
}

/* xarray.c's own disables interrupts, which no process can. */
void
xa_destroy(struct xarray *xa)
{
	if (!xa_empty(xa))
		host_panic("a destroyed pool has mapped pages");
}

void call_rcu(struct rcu_head *head, rcu_callback_t f) { f(head); }
void synchronize_net(void) { }

/* Statistics: an offset that is right with each CPU's %gs. */
void __percpu *
pcpu_alloc_noprof(size_t size, size_t align, bool reserved, gfp_t gfp)
{
	unsigned long at = round_up(percpu_used, align);

	if (at + size > sizeof(percpu_room))
		host_panic("the benchmark's per-CPU memory is too small");
	percpu_used = at + size;
	host_account(size * 4);	/* of a machine with four CPUs */
	return ((void __percpu __force *)((unsigned long)&percpu_room + at));
}
void free_percpu(void __percpu *p) { }

/* The list of pools that user space sees. */
int page_pool_list(struct page_pool *pool) { return (0); }
void page_pool_unlist(struct page_pool *pool) { }
void page_pool_detached(struct page_pool *pool) { }

int
_printk(const char *fmt, ...)
{
	host_panic(fmt);
}

void
__warn_printk(const char *fmt, ...)
{
	host_panic(fmt);
}
