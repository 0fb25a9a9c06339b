/* SPDX-License-Identifier: BSD-2-Clause */
/* What glue.c gives to the crates: bindgen reads this file. */
#ifndef _LKPIRS_GLUE_H_
#define _LKPIRS_GLUE_H_

#include <sys/types.h>
#include <sys/time.h>

struct malloc_type;
struct mtx;
struct thread;

/* A message's budget: zero-initialised, one a message site. */
struct kpi_ratelimit {
	struct timeval	last;
	int		count;
};

void	kpi_mtx_init(struct mtx *, const char *name);
void	kpi_mtx_destroy(struct mtx *);
void	kpi_mtx_lock(struct mtx *);
void	kpi_mtx_unlock(struct mtx *);

int	kpi_pin(void);
void	kpi_unpin(void);
void	kpi_quiesce(void);
bool	kpi_may_sleep(void);

uint64_t kpi_vm_page_to_phys(vm_page_t);
bool	kpi_vm_page_fictitious(vm_page_t);
bool	kpi_vm_page_wired(vm_page_t);
u_int	kpi_vm_page_wire_count(vm_page_t);
void	kpi_vm_page_dirty(vm_page_t);
bool	kpi_vm_page_trybusy(vm_page_t);
bool	kpi_vm_page_xbusied(vm_page_t);
bool	kpi_vm_page_busied(vm_page_t);
void	kpi_vm_page_unbusy(vm_page_t);
void	kpi_vm_page_set_memattr(vm_page_t, int attr);
void	kpi_vm_page_release(vm_page_t);
bool	kpi_vm_page_wire(vm_page_t);
bool	kpi_vm_page_unwire(vm_page_t);
vm_page_t kpi_vm_page_alloc_contig(int domain, int req, u_long npages, uint64_t high,
	    u_long align);
bool	kpi_vm_page_reclaim_contig(u_long npages, uint64_t high);

vm_offset_t kpi_kva_alloc_aligned(vm_size_t size);
void	kpi_kva_free(vm_offset_t, vm_size_t);
void	kpi_pmap_qenter(vm_offset_t, vm_page_t *, int);
void	kpi_pmap_qremove(vm_offset_t, int);
bool	kpi_va_in_dmap(vm_offset_t);
uint64_t kpi_va_to_phys(vm_offset_t);
void	*kpi_phys_to_va(uint64_t);

int	kpi_vm_ndomains(void);
void	kpi_vm_page_lock(vm_page_t);
const void *kpi_caller(void);
void	kpi_symbol(const void *pc, char *buf, size_t len);
void	kpi_symbol_locked(const void *pc, char *buf, size_t len);
int	kpi_curproc(char *comm, size_t len);
uint64_t kpi_uptime_ms(void);

void	*kpi_malloc(size_t, struct malloc_type *, int flags);
void	kpi_free(void *, struct malloc_type *);

void	kpi_panic(const char *) __dead2;
void	kpi_printf(const char *);
bool	kpi_ppsratecheck(struct kpi_ratelimit *, int maxpps);

/* bus_dma(9) */
struct bus_dma_tag;
struct bus_dmamap;
int	kpi_dma_tag_create(struct bus_dma_tag *parent, uint64_t low, size_t size,
	    int domain, struct bus_dma_tag **);
bool	kpi_dma_identity(struct bus_dma_tag *, uint64_t pa, size_t len);
uint64_t kpi_ram_end(void);
int	kpi_dma_tag_destroy(struct bus_dma_tag *);
int	kpi_dmamap_create(struct bus_dma_tag *, struct bus_dmamap **);
int	kpi_dmamap_destroy(struct bus_dma_tag *, struct bus_dmamap *);
int	kpi_dmamap_load_phys(struct bus_dma_tag *, struct bus_dmamap *, uint64_t pa,
	    size_t len, uint64_t *addr);
int	kpi_dmamap_load(struct bus_dma_tag *, struct bus_dmamap *, void *va,
	    size_t len, uint64_t *addr);
void	kpi_dmamap_unload(struct bus_dma_tag *, struct bus_dmamap *);
void	kpi_dmamap_sync(struct bus_dma_tag *, struct bus_dmamap *, int op);
int	kpi_dmamem_alloc(struct bus_dma_tag *, void **va, bool wait, struct bus_dmamap **);
void	kpi_dmamem_free(struct bus_dma_tag *, void *va, struct bus_dmamap *);

int	kpi_vm_page_domain(vm_page_t);
int	kpi_curdomain(void);

#endif /* _LKPIRS_GLUE_H_ */
