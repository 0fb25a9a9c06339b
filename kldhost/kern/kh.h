/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common declarations of the hosted kernel's C part.
 *
 * Every symbol of these files gets the prefix kh_ when it is built.  Three
 * families of names follow: plain names are kernel symbols that klds may use;
 * khi_ names are internal to the hosted kernel; host_ names are services of
 * the Rust side.  The loader exports only the plain ones.
 */
#ifndef KH_H
#define KH_H

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/limits.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/pcpu.h>
#include <sys/sched.h>
#include <sys/smp.h>
#include <sys/queue.h>
#include <sys/errno.h>
#include <sys/time.h>
#include <sys/sysctl.h>

#undef malloc

/* No linker sets in the hosted kernel itself: types are initialised by hand. */
#undef MALLOC_DEFINE
#define	MALLOC_DEFINE(type, shortdesc, longdesc)			\
	struct malloc_type type[1] = {					\
		{ .ks_version = M_VERSION, .ks_shortdesc = shortdesc }	\
	}

#define	KHI_MAXCPU	64
#define	KHI_NHELD	64

/* --- services of the Rust side ------------------------------------------ */
void	host_write(int fd, const char *buf, size_t len);
void	host_exit(int code) __dead2;
void	host_fail(const char *what);
void	host_backtrace(uintptr_t pc, uintptr_t fp, uintptr_t lo, uintptr_t hi);
int	host_symbol(uintptr_t addr, char *buf, size_t len, long *off);
uint64_t host_nanouptime(void);
uint64_t host_walltime(void);
void	host_random(void *buf, size_t len);
void	host_futex_wait(volatile uint32_t *addr, uint32_t val);
void	host_futex_wake(volatile uint32_t *addr);
void	host_sched_yield(void);
void	host_fence_all(void);
int	host_thread_start(void *kt);
void	host_thread_bounds(uintptr_t *lo, uintptr_t *hi);
int	host_gettid(void);
void	host_preempt(int tid);
void	host_start_clock(void);
void	host_set_gs(void *base);
uint32_t host_arena_create(uint64_t start, uint64_t size);
void	host_arena_destroy(uint32_t id);
int	host_arena_add(uint32_t id, uint64_t start, uint64_t size);
int	host_arena_alloc(uint32_t id, uint64_t size, uint64_t align,
	    uint64_t phase, uint64_t nocross, uint64_t min, uint64_t max,
	    int policy, uint64_t *out);
int	host_arena_free(uint32_t id, uint64_t start, uint64_t size);
int	host_arena_reserve(uint32_t id, uint64_t start, uint64_t size);
uint64_t host_arena_used(uint32_t id);
int	host_map_phys(uint64_t va, uint64_t pa, uint64_t len, int prot);
int	host_map_none(uint64_t va, uint64_t len);
void	host_discard_phys(uint64_t pa, uint64_t len);
void	*host_reserve(size_t len);
void	host_track_add(int kind, const void *ptr, size_t size, const char *name,
	    uint64_t caller);
int	host_track_del(int kind, const void *ptr);
int	host_track_has(int kind, const void *ptr);
uint64_t host_track_in_range(int kind, uintptr_t lo, uintptr_t hi,
	    uint64_t *caller);
int	host_fault_point(const char *what, uint64_t caller);
int	host_getenv(const char *name, char *buf, size_t len);
int	host_setenv(const char *name, const char *value);
void	host_memmove(void *dst, const void *src, size_t len);
void	host_memset(void *dst, int c, size_t len);
int	host_memcmp(const void *a, const void *b, size_t len);
void	host_qsort(void *base, size_t n, size_t size,
	    int (*cmp)(const void *, const void *, void *), void *thunk);
void	host_bench_disable_hint(void);

/* Kinds of tracked objects, in the order of the Rust enum. */
enum khi_kind {
	KHI_LOCK = 0, KHI_KVA, KHI_KMEM, KHI_DMATAG, KHI_DMAMAP, KHI_SYSCTL,
	KHI_TASKQ, KHI_CALLOUT, KHI_THREAD, KHI_EVENT, KHI_COUNTER, KHI_ZONE,
	KHI_ITEM, KHI_FICT, KHI_MTYPE, KHI_VMEM, KHI_DMAMEM, KHI_SBUF,
	KHI_MAPDEV, KHI_DMALOAD, KHI_BUSY, KHI_UNR,
};

/* Arena policies. */
#define	KHI_FIRST	0
#define	KHI_LAST	1
#define	KHI_NEXT	2

/*
 * The caller of a KPI function and its caller, as two 32-bit addresses: all
 * code lives below 4 GiB.  The second is found through the frame pointer and
 * is best effort.
 */
uint64_t khi_caller(void *ra, void *fp);
#define	KHI_CALLER	khi_caller(__builtin_return_address(0),		\
			    __builtin_frame_address(0))

/* --- threads and the scheduler (sched.c) --------------------------------- */
struct khi_held {
	struct lock_object	*lo;
	const char		*file;
	int			line;
	int			excl;
};

enum { KT_RUN = 0, KT_READY, KT_SLEEP, KT_DEAD };

struct kthr {
	struct thread	td;		/* first: curthread points here */
	volatile uint32_t park;		/* futex: nonzero when it has a CPU */
	int		state;
	int		oncpu;
	int		lastcpu;
	int		bound;		/* CPU, or -1 */
	int		system;		/* belongs to the hosted kernel */
	int		hosttid;
	volatile int	preempt;
	TAILQ_ENTRY(kthr) rq;
	TAILQ_ENTRY(kthr) sq;
	TAILQ_ENTRY(kthr) tq;
	TAILQ_ENTRY(kthr) all;
	const void	*wchan;
	const void	*announce;
	const char	*wmesg;
	sbintime_t	wake_at;	/* 0: no timeout */
	int		timedout;
	uintptr_t	stack_lo, stack_hi;
	int		nheld;
	struct khi_held	held[KHI_NHELD];
	void		(*func)(void *);
	void		*arg;
	struct proc	*ownproc;
	uint64_t	caller;
	struct mtx	tdlock;		/* td_lock */
	void		*jb[5];		/* where kthread_exit leaves to */
};
#define	curk	((struct kthr *)curthread)

void	khi_slock(void);
void	khi_sunlock(void);
int	khi_sleep_locked(const void *chan, const char *wmesg, sbintime_t at);
int	khi_wake_locked(const void *chan, int n);
void	khi_ready_locked(struct kthr *kt);
void	khi_sched_init(int ncpus);
void	khi_up_cpus(void);
void	khi_settle(sbintime_t span);
int	khi_busy_locked(void);
sbintime_t khi_timer_next_locked(void);
void	khi_sleep_check(const char *what);
struct kthr *khi_thread_create(void (*fn)(void *), void *arg, int system,
	    const char *name, uint64_t caller);
sbintime_t khi_now(void);
void	khi_skip_time(sbintime_t by);
void	khi_time_init(void);
void	khi_time_update(sbintime_t now);
void	khi_sleep_release(struct lock_object *lo, uintptr_t *how);
void	khi_preempt_point(void);

/* callout.c */
sbintime_t khi_callout_next_locked(void);
void	khi_callout_kick_locked(sbintime_t now);
int	khi_callouts_in(uintptr_t lo, uintptr_t hi, uint64_t *fn);

/* witness.c */
void	khi_lock_init(struct lock_object *lo, int class, const char *name,
	    const char *type, int flags, int isnew, uint64_t caller);
void	khi_lock_destroy(struct lock_object *lo);
void	khi_lock_order(struct lock_object *lo, int flags, const char *file,
	    int line);
void	khi_lock_got(struct lock_object *lo, int excl, const char *file,
	    int line);
void	khi_lock_dropped(struct lock_object *lo, int excl, const char *file,
	    int line);
void	khi_held_check(int before, const char *what, uintptr_t fn);
struct khi_held *khi_held_find(struct lock_object *lo);

/* Lock class indexes (witness.c). */
enum { KLC_SPIN = 1, KLC_MTX, KLC_SX, KLC_RM, KLC_RMS, KLC_RW };

/* vm */
vm_page_t khi_page_alloc(int domain, u_long npages, vm_paddr_t low,
	    vm_paddr_t high, u_long align, vm_paddr_t boundary, int req,
	    uint64_t caller);
void	khi_page_free_run(vm_page_t m, u_long npages);
void	khi_page_own(vm_page_t m, u_long npages, int system, uint64_t caller);
int	khi_fault(const char *what, uint64_t caller);
int	khi_kva_xalloc(vm_size_t size, vm_size_t align, vm_size_t phase,
	    vm_size_t nocross, uint64_t min, uint64_t max, int policy,
	    uint64_t caller, vm_offset_t *va);
void	khi_pmap_enter(vm_offset_t va, vm_paddr_t pa, vm_size_t len);
vm_offset_t khi_kva_alloc(vm_size_t size, vm_size_t align, uint64_t caller);
void	khi_kva_free(vm_offset_t va, vm_size_t size);
uint64_t khi_pt_bytes(void);
void	khi_kva_touch(uint64_t end);
vm_paddr_t khi_ram_top(void);
vm_paddr_t khi_vtophys(vm_offset_t va);
extern uint64_t khi_kva_low;	/* kva_alloc() gives out from here on */

/* malloc.c */
/* As caller: part of an object that is tracked, and may fail, as a whole. */
#define	KHI_INTERNAL	(~0UL)
void	khi_free_at(void *p, struct malloc_type *t, uint64_t caller);
void	khi_check_type(struct malloc_type *t, const char *what);
void	khi_large_note(void *p, size_t size, size_t mapped,
	    struct malloc_type *t, uint64_t caller);
int	khi_threads_in(uintptr_t lo, uintptr_t hi, uint64_t *fn);
void	*khi_malloc_at(size_t size, size_t align, struct malloc_type *t,
	    int flags, int domain, uint64_t caller);

/* busdma */
enum { KHI_IDENTITY, KHI_TRANSLATE, KHI_BOUNCE };
extern int khi_iommu;

void	khi_thread_stack(struct kthr *);

#endif
