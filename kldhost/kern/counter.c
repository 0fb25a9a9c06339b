/* SPDX-License-Identifier: BSD-2-Clause */
/* counter(9): per-CPU words, addressed relative to the pcpu array. */
#include "kh.h"
#include <sys/counter.h>

struct block {
	TAILQ_ENTRY(block) link;
	uintptr_t	base;		/* mp_ncpus areas of one pcpu's size */
	uint64_t	used[UMA_PCPU_ALLOC_SIZE / 8 / 64];
	int		nused;
};
static TAILQ_HEAD(, block) blocks = TAILQ_HEAD_INITIALIZER(blocks);
static volatile uint32_t clock_;
#define	SLOTS	(UMA_PCPU_ALLOC_SIZE / 8)

void	*host_alloc(size_t size);

static void
c_lock(void)
{
	while (atomic_cmpset_acq_int(&clock_, 0, 1) == 0)
		host_sched_yield();
}

static void c_unlock(void) { atomic_store_rel_int(&clock_, 0); }

/* n consecutive words; used by counters and per-CPU zones. */
uintptr_t
khi_pcpu_alloc(int n)
{
	struct block *b;
	int i, j, cpu;

	c_lock();
	TAILQ_FOREACH(b, &blocks, link)
		for (i = 0; i + n <= SLOTS; i += n) {
			for (j = 0; j < n; j++)
				if (b->used[(i + j) / 64] & 1UL << (i + j) % 64)
					break;
			if (j == n)
				goto found;
		}
	b = host_alloc(sizeof(*b));
	memset(b, 0, sizeof(*b));
	b->base = (uintptr_t)host_reserve((size_t)UMA_PCPU_ALLOC_SIZE *
	    mp_ncpus);
	TAILQ_INSERT_TAIL(&blocks, b, link);
	i = 0;
found:
	for (j = 0; j < n; j++)
		b->used[(i + j) / 64] |= 1UL << (i + j) % 64;
	c_unlock();
	for (cpu = 0; cpu < mp_ncpus; cpu++)
		memset((char *)b->base + cpu * UMA_PCPU_ALLOC_SIZE + i * 8, 0,
		    n * 8);
	return ((uintptr_t)zpcpu_base_to_offset(b->base + i * 8));
}

void
khi_pcpu_free(uintptr_t off, int n, const char *what)
{
	uintptr_t addr = (uintptr_t)zpcpu_offset_to_base(off);
	struct block *b;
	int i, j;

	c_lock();
	TAILQ_FOREACH(b, &blocks, link)
		if (addr >= b->base && addr < b->base + UMA_PCPU_ALLOC_SIZE)
			break;
	if (b == NULL)
		panic("%s: %#lx is no per-CPU memory", what, off);
	i = (addr - b->base) / 8;
	for (j = 0; j < n; j++) {
		if ((b->used[(i + j) / 64] & 1UL << (i + j) % 64) == 0)
			panic("%s: %#lx is free already", what, off);
		b->used[(i + j) / 64] &= ~(1UL << (i + j) % 64);
	}
	c_unlock();
}

counter_u64_t
counter_u64_alloc(int flags)
{
	uint64_t caller = KHI_CALLER;
	uintptr_t c;

	if ((flags & M_WAITOK) != 0)
		khi_sleep_check("counter_u64_alloc");
	else if (khi_fault("counter_u64_alloc", caller))
		return (NULL);
	c = khi_pcpu_alloc(1);
	host_track_add(KHI_COUNTER, (void *)c, 8, "counter(9)", caller);
	return ((counter_u64_t)c);
}

void
counter_u64_free(counter_u64_t c)
{
	if (host_track_del(KHI_COUNTER, c) == 0)
		panic("counter_u64_free: %p is no counter", c);
	khi_pcpu_free((uintptr_t)c, 1, "counter_u64_free");
}

void
counter_u64_zero(counter_u64_t c)
{
	int cpu;

	for (cpu = 0; cpu < mp_ncpus; cpu++)
		*(uint64_t *)((char *)zpcpu_offset_to_base(c) +
		    UMA_PCPU_ALLOC_SIZE * cpu) = 0;
}

uint64_t
counter_u64_fetch(counter_u64_t c)
{
	uint64_t sum = 0;
	int cpu;

	for (cpu = 0; cpu < mp_ncpus; cpu++)
		sum += *(volatile uint64_t *)((char *)zpcpu_offset_to_base(c) +
		    UMA_PCPU_ALLOC_SIZE * cpu);
	return (sum);
}

int64_t
counter_ratecheck(struct counter_rate *cr __unused, int64_t limit __unused)
{
	return (0);
}

/* SYSINIT(9)s of COUNTER_U64_DEFINE_EARLY(). */
void counter_u64_sysinit(void *c) { *(counter_u64_t *)c = counter_u64_alloc(M_WAITOK); }
void counter_u64_sysuninit(void *c) { counter_u64_free(*(counter_u64_t *)c); }
