/* SPDX-License-Identifier: BSD-2-Clause */
/* lkpi_page.ko: module event, tunables, sysctl nodes.  lkpi_page(4). */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/sdt.h>
#include <sys/sysctl.h>

#include <machine/atomic.h>

#include <vm/vm.h>
#include <vm/vm_page.h>

#include <linux/page.h>

MALLOC_DEFINE(M_LKPI_PAGE, "lkpi_page", "Linux struct page shadow");

int	lkpirs_page_load(int eager, int panic_on_misuse);
int	lkpirs_page_unload(void);
void	lkpirs_page_set_panic(int on);
uint64_t lkpirs_stat(const char *name);

SYSCTL_DECL(_compat);
static SYSCTL_NODE(_compat, OID_AUTO, lkpi_page, CTLFLAG_RD | CTLFLAG_MPSAFE, 0,
    "Linux struct page");

static int eager;
SYSCTL_INT(_compat_lkpi_page, OID_AUTO, eager, CTLFLAG_RDTUN, &eager, 0,
    "Back every shadow at load (for comparison)");

static int panic_on_misuse;
static int
sysctl_panic(SYSCTL_HANDLER_ARGS)
{
	int error = sysctl_handle_int(oidp, &panic_on_misuse, 0, req);

	if (error == 0 && req->newptr != NULL)
		lkpirs_page_set_panic(panic_on_misuse);
	return (error);
}
SYSCTL_PROC(_compat_lkpi_page, OID_AUTO, panic_on_misuse, CTLTYPE_INT |
    CTLFLAG_RWTUN | CTLFLAG_MPSAFE, NULL, 0, sysctl_panic, "I",
    "Panic where a caller's mistake is found");

/* Counting reads every shadow: none may go meanwhile. */
static volatile u_int counting;
static volatile bool unloading;

static int
sysctl_stat(SYSCTL_HANDLER_ARGS)
{
	uint64_t v;

	atomic_add_int(&counting, 1);
	atomic_thread_fence_seq_cst();
	v = unloading ? 0 : lkpirs_stat(arg1);
	atomic_thread_fence_rel();
	atomic_subtract_int(&counting, 1);
	return (sysctl_handle_64(oidp, &v, 0, req));
}
#define	STAT(name, descr)						\
	SYSCTL_PROC(_compat_lkpi_page, OID_AUTO, name, CTLTYPE_U64 |	\
	    CTLFLAG_RD | CTLFLAG_MPSAFE, __DECONST(char *, #name), 0,	\
	    sysctl_stat, "QU", descr)
STAT(pages, "Pages of memory that have or can have a shadow");
STAT(chunks, "Chunks of 2 MiB of shadow addresses in use");
STAT(blocks, "Pages of shadows backed");
STAT(bytes, "Memory of the shadow, page tables included");
STAT(fictitious, "Shadows of device memory");
STAT(live, "Allocated pages");
STAT(live_alloc, "Allocated pages: alloc_pages");
STAT(live_frag, "Allocated pages: page fragments");
STAT(live_pool, "Allocated pages: page_pool");
STAT(starved, "Look-ups that found no memory for a shadow");
STAT(errors, "Callers' mistakes that were caught");

/* dtrace(1): lkpi_page:::alloc, free, populate, starve, misuse */
void	lkpirs_probe_alloc(const struct page *page, u_int order, int owner);
void	lkpirs_probe_free(const struct page *page, u_int order, int owner);
void	lkpirs_probe_populate(u_long pfn);
void	lkpirs_probe_misuse(const char *what, const void *object,
	    const void *caller);
void	lkpirs_probe_starve(u_long pfn);
void	lkpirs_singles_allocated(struct page *const *pages, u_long n, int owner);
void	lkpirs_single_release(struct page *page, vm_page_t m, int owner);
void	lkpirs_singles_release(struct page *const *pages, u_long n, int owner);
SDT_PROVIDER_DEFINE(lkpi_page);
SDT_PROBE_DEFINE3(lkpi_page, , , alloc, "struct page *", "u_int", "int");
SDT_PROBE_DEFINE3(lkpi_page, , , free, "struct page *", "u_int", "int");
SDT_PROBE_DEFINE1(lkpi_page, , , populate, "u_long");
SDT_PROBE_DEFINE1(lkpi_page, , , starve, "u_long");
SDT_PROBE_DEFINE3(lkpi_page, , , misuse, "char *", "void *", "void *");

void
lkpirs_probe_alloc(const struct page *page, u_int order, int owner)
{
	SDT_PROBE3(lkpi_page, , , alloc, page, order, owner);
}

void
lkpirs_probe_free(const struct page *page, u_int order, int owner)
{
	SDT_PROBE3(lkpi_page, , , free, page, order, owner);
}

void
lkpirs_probe_populate(u_long pfn)
{
	SDT_PROBE1(lkpi_page, , , populate, pfn);
}

void
lkpirs_probe_starve(u_long pfn)
{
	SDT_PROBE1(lkpi_page, , , starve, pfn);
}

void
lkpirs_probe_misuse(const char *what, const void *object, const void *caller)
{
	SDT_PROBE3(lkpi_page, , , misuse, what, object, caller);
}

/*
 * Blocks of one page, any number at a time: the probe and what it tells of in
 * one loop, where a probe that is off costs nothing.
 */
void
lkpirs_singles_allocated(struct page *const *pages, u_long n, int owner)
{
	for (u_long i = 0; i < n; i++)
		SDT_PROBE3(lkpi_page, , , alloc, pages[i], 0, owner);
}

/* As kpi_vm_page_release(). */
static inline void
release(struct page *page, vm_page_t m, int owner)
{
	SDT_PROBE3(lkpi_page, , , free, page, 0, owner);
	if (vm_page_unwire_noq(m))
		vm_page_free(m);
}

void
lkpirs_single_release(struct page *page, vm_page_t m, int owner)
{
	release(page, m, owner);
}

void
lkpirs_singles_release(struct page *const *pages, u_long n, int owner)
{
	for (struct page *const *end = pages + n; pages < end; pages++)
		release(*pages, (*pages)->vm_page, owner);
}

static int
unload(void)
{
	int error;

	unloading = true;
	atomic_thread_fence_seq_cst();
	while (counting != 0)
		pause("lkpipg", 1);
	atomic_thread_fence_acq();
	error = lkpirs_page_unload();
	unloading = error == 0;
	return (error);
}

static int
lkpi_page_event(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		return (lkpirs_page_load(eager, panic_on_misuse));
	case MOD_UNLOAD:
		return (unload());
	case MOD_SHUTDOWN:
	case MOD_QUIESCE:
		return (0);
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t lkpi_page_mod = { "lkpi_page", lkpi_page_event, NULL };

/* As early as a kld can run, so that drivers of any stage find it. */
DECLARE_MODULE(lkpi_page, lkpi_page_mod, SI_SUB_KLD, SI_ORDER_ANY);
MODULE_VERSION(lkpi_page, 1);
