/* SPDX-License-Identifier: BSD-2-Clause */
/* What mt76 and the hosted LinuxKPI call beyond bench/pool/kernel.c: set-up
 * alone, on one thread, so that it is enough to be there. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>
#include <sys/bus.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <machine/bus.h>
#include <machine/bus_dma.h>
#include <machine/vmparam.h>
#include <x86/busdma_impl.h>

#include "kernel.h"
#include "side.h"
#include "measure.h"

static struct taskqueue {
	int	unused;
} one;

struct taskqueue *taskqueue_create(const char *name __unused, int flags __unused, taskqueue_enqueue_fn f __unused, void *arg __unused) { return (&one); }
int taskqueue_start_threads(struct taskqueue **q __unused, int n __unused, int pri __unused, const char *fmt __unused, ...) { return (0); }
/* The only thread is a NAPI's, if one says that it is scheduled. */
int taskqueue_member(struct taskqueue *q __unused, struct thread *td __unused) { return (1); }

void
sx_init_flags(struct sx *sx, const char *name, int opts __unused)
{
	sx->lock_object.lo_name = name;
	sx->sx_lock = SX_LOCK_UNLOCKED;
}
int _sx_xlock(struct sx *sx __unused, int opts __unused, const char *file __unused, int line __unused) { return (0); }
void _sx_xunlock(struct sx *sx __unused, const char *file __unused, int line __unused) { }
void mtx_sysinit(const void *arg) { const struct mtx_args *a = arg; mtx_init((struct mtx *)a->ma_mtx, a->ma_desc, NULL, a->ma_opts); }
void binuptime(struct bintime *bt) { bt->sec = 1; bt->frac = 0; }
size_t strlcpy(char *to, const char *from, size_t n) { size_t i; for (i = 0; i + 1 < n && from[i] != '\0'; i++) to[i] = from[i]; if (n > 0) to[i] = '\0'; return (i); }
int vsnprintf(char *buf, size_t n, const char *fmt __unused, __va_list ap __unused) { if (n > 0) buf[0] = '\0'; return (0); }
volatile int ticks = 1;

/* Memory of a ring: a page. */
static int
mem_alloc(bus_dma_tag_t t, void **va, int flags __unused, bus_dmamap_t *map)
{
	vm_page_t page = vm_page_alloc_noobj(VM_ALLOC_WIRED | VM_ALLOC_ZERO);

	if (((struct bus_dma_tag_common *)t)->maxsize > PAGE_SIZE || page == NULL)
		host_panic("a ring of more than a page");
	*va = (void *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(page));
	*map = NULL;
	return (0);
}

static int
load_buffer(bus_dma_tag_t t, bus_dmamap_t map, void *va, bus_size_t len,
    struct pmap *pmap __unused, int flags, bus_dma_segment_t *segs, int *segp)
{
	return (bus_dma_bounce_impl.load_phys(t, map,
	    DMAP_TO_PHYS((vm_offset_t)va), len, flags, segs, segp));
}

/* counter(9)s stay what they are at first: a word of each CPU's, for all. */
void counter_u64_sysinit(void *c __unused) { }

/* kldhost/kern/mbuf.c */
void	khi_mbuf_init(void);

void
measure_kernel_boot(void)
{
	khi_mbuf_init();
	bus_dma_bounce_impl.load_buffer = load_buffer;
	bus_dma_bounce_impl.mem_alloc = mem_alloc;
	bench_kernel_boot();
}
