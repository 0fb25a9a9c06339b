/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modules as the kernel sees them, and the boot of the hosted kernel.  Files
 * and dependencies are the Rust loader's; it calls in here with one module or
 * one SYSINIT at a time.
 */
#include "kh.h"
#include <sys/module.h>
#include <sys/linker.h>
#include <sys/sdt.h>
#include <sys/sx.h>
#include <sys/taskqueue.h>

struct module {
	TAILQ_ENTRY(module) link;
	const moduledata_t *data;
	int		id, refs;
	void		*file;
	modspecific_t	spec;
};
static TAILQ_HEAD(, module) modules = TAILQ_HEAD_INITIALIZER(modules);
static int next_id = 1;
static void *loading;
static int load_error;

void	*host_alloc(size_t size);
void	host_free(void *p, size_t size);

/* The file whose SYSINITs run now. */
void
khi_loading(void *file)
{
	loading = file;
	load_error = 0;
}

int khi_load_error(void) { return (load_error); }

static int
event(struct module *m, int what)
{
	struct kthr *kt = curk;
	int held = kt->nheld, error;

	if (m->data->evhand == NULL)
		return (what == MOD_LOAD || what == MOD_UNLOAD ? 0 : EOPNOTSUPP);
	error = m->data->evhand(m, what, m->data->priv);
	khi_held_check(held, "module event of",
	    (uintptr_t)m->data->evhand);
	return (error);
}

void
module_register_init(const void *arg)
{
	const moduledata_t *data = arg;
	struct module *m;
	int error;

	TAILQ_FOREACH(m, &modules, link)
		if (m->data == data)
			break;
	if (m == NULL)
		panic("module_register_init: module named %s not found",
		    data->name);
	error = event(m, MOD_LOAD);
	if (error != 0) {
		event(m, MOD_UNLOAD);
		printf("module_register_init: MOD_LOAD (%s, %p, %p) error %d\n",
		    data->name, (void *)data->evhand, data->priv, error);
		load_error = error;
	}
}

int
khi_module_register(const moduledata_t *data, void *file)
{
	struct module *m;

	TAILQ_FOREACH(m, &modules, link)
		if (strcmp(m->data->name, data->name) == 0)
			return (EEXIST);
	m = host_alloc(sizeof(*m));
	memset(m, 0, sizeof(*m));
	m->data = data;
	m->file = file;
	m->id = next_id++;
	TAILQ_INSERT_TAIL(&modules, m, link);
	return (0);
}

/* what: MOD_QUIESCE or MOD_UNLOAD, for all modules of a file. */
int
khi_module_event(void *file, int what)
{
	struct module *m;
	int error = 0;

	TAILQ_FOREACH(m, &modules, link) {
		if (m->file != file)
			continue;
		error = event(m, what);
		/* A module without quiesce is asked nothing. */
		if (what == MOD_QUIESCE && (error == EOPNOTSUPP ||
		    error == EINVAL))
			error = 0;
		if (error != 0)
			return (error);
	}
	return (0);
}

void
khi_module_forget(void *file)
{
	struct module *m, *tmp;

	TAILQ_FOREACH_SAFE(m, &modules, link, tmp)
		if (m->file == file) {
			TAILQ_REMOVE(&modules, m, link);
			host_free(m, sizeof(*m));
		}
}

void
khi_run_sysinit(void (*fn)(const void *), const void *arg)
{
	struct kthr *kt = curk;
	int held = kt->nheld;

	fn(arg);
	khi_held_check(held, "SYSINIT", (uintptr_t)fn);
}

int
khi_call_entry(int (*fn)(int, char **), int argc, char **argv)
{
	struct kthr *kt = curk;
	int held = kt->nheld, r;

	r = fn(argc, argv);
	khi_held_check(held, "entry", (uintptr_t)fn);
	return (r);
}

module_t
module_lookupbyname(const char *name)
{
	struct module *m;

	TAILQ_FOREACH(m, &modules, link)
		if (strcmp(m->data->name, name) == 0)
			return (m);
	return (NULL);
}

int module_getid(module_t m) { return (m->id); }
const char *module_getname(module_t m) { return (m->data->name); }
void module_setspecific(module_t m, modspecific_t *s) { m->spec = *s; }
void module_reference(module_t m) { m->refs++; }
void module_release(module_t m) { m->refs--; }
struct linker_file *module_file(module_t m) { return (m->file); }

/* --- odds and ends -------------------------------------------------------- */
sdt_probe_func_t sdt_probe_func = sdt_probe_stub;
volatile bool sdt_probes_enabled;

void
sdt_probe_stub(uint32_t id __unused, uintptr_t a0 __unused,
    uintptr_t a1 __unused, uintptr_t a2 __unused, uintptr_t a3 __unused,
    uintptr_t a4 __unused, uintptr_t a5 __unused)
{
	printf("sdt_probe_stub: unloaded probe fired\n");
}

/* What an enabled tracepoint jumps to; here none ever is. */
void
sdt_probe(uint32_t id __unused, uintptr_t a0 __unused, uintptr_t a1 __unused,
    uintptr_t a2 __unused, uintptr_t a3 __unused, uintptr_t a4 __unused)
{
	panic("sdt_probe: no probe was enabled");
}

void
sdt_probe6(uint32_t id __unused, uintptr_t a0 __unused, uintptr_t a1 __unused,
    uintptr_t a2 __unused, uintptr_t a3 __unused, uintptr_t a4 __unused,
    uintptr_t a5 __unused)
{
	panic("sdt_probe6: no probe was enabled");
}

struct sdt_provider sdt_provider_sdt = { .name = __DECONST(char *, "sdt") };
int bootverbose, securelevel = -1;
char kernelname[MAXPATHLEN] = "/boot/kernel/kernel";
const char osrelease[] = "15.0-KLDHOST", ostype[] = "FreeBSD", version[] = "kldhost";
const int osreldate = __FreeBSD_version;
linker_file_t linker_kernel_file;
int (*lkpi_alloc_current)(struct thread *, int);

int linux_alloc_current_noop(struct thread *td __unused, int f __unused) { return (0); }
int nullop(void) { return (0); }
int eopnotsupp(void) { return (EOPNOTSUPP); }
int priv_check(struct thread *td __unused, int priv __unused) { return (0); }

int copyin(const void *u, void *k, size_t n) { memcpy(k, u, n); return (0); }
int copyout(const void *k, void *u, size_t n) { memcpy(u, k, n); return (0); }

void	khi_kenv_init(void), khi_sysctl_init(void), khi_sbuf_init(void),
	khi_malloc_init(void), khi_kern_init(void), khi_callout_init(void),
	khi_taskqueue_init(void), khi_event_init(void), khi_object_init(void), khi_uma_init(void), khi_mbuf_init(void),
	khi_busdma_init(void), khi_fict_init(void), khi_image_init(void);

/* Everything up to SI_SUB_KLD: one CPU, cold. */
void
khi_boot(void)
{
	khi_time_init();
	khi_malloc_init();
	mtx_init(&Giant, "Giant", NULL, MTX_DEF | MTX_RECURSE);
	sx_init(&modules_sx, "module subsystem sx lock");
	khi_kern_init();
	khi_image_init();
	khi_fict_init();
	khi_kenv_init();
	khi_sysctl_init();
	khi_sbuf_init();
	khi_uma_init();
	khi_mbuf_init();
	khi_event_init();
	khi_object_init();
	khi_busdma_init();
	khi_callout_init();
}

/* The rest: CPUs, task queues. */
void
khi_boot_late(void)
{
	khi_up_cpus();
	khi_taskqueue_init();
	cold = 0;
}
