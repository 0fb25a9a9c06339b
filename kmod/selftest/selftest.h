/* SPDX-License-Identifier: BSD-2-Clause */
/* Self-tests in the kernel: the harness that selftest.ko and selftest_pool.ko
 * share, and the cases of selftest.ko. */
#ifndef _SELFTEST_H_
#define _SELFTEST_H_

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>

/* A case while it runs. */
struct test {
	const char	*file;		/* of the first failure */
	const char	*expr;
	const char	*skip;		/* why, or NULL */
	int		 line;
	volatile u_int	 failed;
	u_int		 mistakes;	/* made on purpose */
};

struct test_case {
	const char	*name;
	void		(*fn)(struct test *);
};

/* What a kld under test has, by which a case that is over is judged. */
struct test_suite {
	const char	*name;
	const struct test_case *cases;
	uint64_t	(*live)(void);		/* what a case must give back */
	uint64_t	(*errors)(void);	/* callers' mistakes so far */
};
extern const struct test_suite selftest_suite;

/* Evaluates to whether it holds; the first failure is the case's line. */
#define	EXPECT(e)	selftest_expect(t, (e), __FILE__, __LINE__, #e)

/* A caller's mistake: counted once, and survived. */
#define	MISTAKE(call) do {						\
	uint64_t errors_ = selftest_suite.errors();			\
	call;								\
	t->mistakes += selftest_suite.errors() - errors_;		\
	selftest_expect(t, selftest_suite.errors() == errors_ + 1,	\
	    __FILE__, __LINE__, "counted once: " #call);		\
} while (0)

bool	selftest_expect(struct test *, bool, const char *, int, const char *);
/* n threads of f(t, arg, 0..n-1); returns when all have ended. */
void	selftest_threads(struct test *, int n,
	    void (*f)(struct test *, void *, int), void *arg);
uint32_t selftest_random(uint32_t *state);
int	selftest_main(int argc, char **argv);

MALLOC_DECLARE(M_SELFTEST);

#ifdef SELFTEST_PAGE
#include <linux/mm.h>

#include <vm/vm_phys.h>

#ifndef container_of		/* linux/list.h has it from elsewhere */
#define	container_of(p, type, member) __containerof(p, type, member)
#endif

uint64_t lkpirs_stat(const char *name);
int	lkpirs_page_live(const struct page *);

/* memory.c: look-ups.  A frame of memory, by the segments alone. */
bool	is_memory(u_long pfn);
u_long	memory_end(void);
/* Its shadow has been asked for. */
bool	is_backed(u_long pfn);
/* Frames of a block that nobody looked up so far, or 0. */
u_long	untouched_block(bool in_known_chunk);
void	test_every_page(struct test *);
void	test_holes(struct test *);
void	test_identity(struct test *);
void	test_overlaps(struct test *);
void	test_virt(struct test *);
void	test_fictitious(struct test *);
/* race.c */
void	test_first_touch(struct test *);
/* alloc.c; a block's words tell its frames */
void	write_block(struct page *, u_int order);
bool	block_holds(struct page *, u_int order);
void	test_orders(struct test *);
void	test_flags(struct test *);
void	test_zero(struct test *);
void	test_dma32(struct test *);
void	test_nodes(struct test *);
void	test_bulk(struct test *);
void	test_kmem(struct test *);
/* refs.c */
void	test_refs(struct test *);
void	test_tails(struct test *);
void	test_split(struct test *);
void	test_foreign(struct test *);
void	test_ttm(struct test *);
void	test_lock(struct test *);
/* frag.c */
void	test_frag_many(struct test *);
void	test_frag_reuse(struct test *);
void	test_frag_drain(struct test *);
/* drm.c */
void	test_drm_pool(struct test *);
void	test_drm_capture(struct test *);
void	test_drm_caching(struct test *);
void	test_drm_kmap(struct test *);
void	test_drm_shmem(struct test *);
void	test_drm_any_pfn(struct test *);
/* drm_sg.c */
void	test_drm_sg_walk(struct test *);
void	test_drm_sg_opaque(struct test *);
/* misuse.c */
void	test_bad_pointers(struct test *);
void	test_bad_frees(struct test *);
void	test_bad_calls(struct test *);
void	test_threads(struct test *);
#endif

#endif /* _SELFTEST_H_ */
