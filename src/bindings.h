/* SPDX-License-Identifier: BSD-2-Clause */
/* What bindgen reads; build.rs holds the allowlist. */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/pcpu.h>
#include <sys/proc.h>

#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>

#include <machine/vmparam.h>

#include <linux/gfp.h>
#include <linux/page.h>

#include "glue.h"

/* How this architecture lays vm_page_array out (vm/vm_phys.h). */
enum {
#ifdef PMAP_HAS_PAGE_ARRAY
	KPI_HAS_PAGE_ARRAY = 1,
#else
	KPI_HAS_PAGE_ARRAY = 0,
#endif
#ifdef VM_PHYSSEG_SPARSE
	KPI_PHYSSEG_SPARSE = 1,
#else
	KPI_PHYSSEG_SPARSE = 0,
#endif
#if PMAP_HAS_DMAP
	KPI_HAS_DMAP = 1,
#else
	KPI_HAS_DMAP = 0,
#endif
	/* What critical_enter() and curcpu read, where it is known. */
	KPI_OFF_CURTHREAD = offsetof(struct pcpu, pc_curthread),
	KPI_OFF_CPUID = offsetof(struct pcpu, pc_cpuid),
	KPI_OFF_CRITNEST = offsetof(struct thread, td_critnest),
	KPI_OFF_OWEPREEMPT = offsetof(struct thread, td_owepreempt),
#if defined(LKPIRS_TIED) && !defined(WITNESS) && !defined(INVARIANTS) && !defined(KASAN)
	KPI_CRITICAL_INLINE = 1,
#else
	KPI_CRITICAL_INLINE = 0,
#endif
	/* Casts and parentheses that bindgen cannot evaluate. */
	KPI_PAGE_SHIFT = PAGE_SHIFT,
	KPI_M_NOWAIT = M_NOWAIT,
	KPI_M_WAITOK = M_WAITOK,
	KPI_M_ZERO = M_ZERO,
	KPI_M_USE_RESERVE = M_USE_RESERVE,
	KPI_GFP_COMP = __GFP_COMP,
	KPI_GFP_DMA32 = __GFP_DMA32,
	KPI_GFP_NORETRY = __GFP_NORETRY,
	KPI_MAX_PAGE_ORDER = MAX_PAGE_ORDER,

	/* linux/page.h, checked against src/page.rs */
	KPI_PG_ORDER = LKPIRS_PG_ORDER,
	KPI_PG_HEAD = LKPIRS_PG_HEAD,
	KPI_PG_TAIL = LKPIRS_PG_TAIL,
	KPI_PG_OWNED = LKPIRS_PG_OWNED,
	KPI_PG_FICTITIOUS = LKPIRS_PG_FICTITIOUS,
	KPI_PFN_SHIFT = LKPIRS_PFN_SHIFT,
	KPI_OWNER_ALLOC = LKPIRS_OWNER_ALLOC,
	KPI_OWNER_FRAG = LKPIRS_OWNER_FRAG,
	KPI_OWNER_POOL = LKPIRS_OWNER_POOL,
	KPI_OFF_FLAGS = offsetof(struct page, flags),
	KPI_OFF_PP_MAGIC = offsetof(struct page, pp_magic),
	KPI_OFF_PP = offsetof(struct page, pp),
	KPI_OFF_PP_DMA_MAP = offsetof(struct page, _pp_dma_map),
	KPI_OFF_DMA_ADDR = offsetof(struct page, dma_addr),
	KPI_OFF_PP_REF_COUNT = offsetof(struct page, pp_ref_count),
	KPI_OFF_PAGE_TYPE = offsetof(struct page, page_type),
	KPI_OFF_REFCOUNT = offsetof(struct page, _refcount),
	KPI_OFF_VM_PAGE = offsetof(struct page, vm_page),
	KPI_CHUNK_PAGES = LKPIRS_CHUNK_PAGES,
	KPI_BLOCK_PAGES = LKPIRS_BLOCK_PAGES,
	KPI_BLOCK_FULL = LKPIRS_BLOCK_FULL,
};
