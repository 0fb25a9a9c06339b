/* SPDX-License-Identifier: BSD-2-Clause */
/* kthread(9) and kproc(9) on top of the scheduler. */
#include "kh.h"
#include <sys/kthread.h>
#include <machine/stdarg.h>

void khi_thread_finish(void) __dead2;

int
kthread_add(void (*func)(void *), void *arg, struct proc *p __unused,
    struct thread **newtdp, int flags __unused, int pages __unused,
    const char *fmt, ...)
{
	char name[64];
	struct kthr *kt;
	va_list ap;
	uint64_t caller = KHI_CALLER;

	khi_sleep_check("kthread_add");
	if (khi_fault("kthread_add", caller))
		return (ENOMEM);
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	kt = khi_thread_create(func, arg, 0, name, caller);
	if (kt == NULL)
		return (ENOMEM);
	if (newtdp != NULL)
		*newtdp = &kt->td;
	return (0);
}

int
kproc_create(void (*func)(void *), void *arg, struct proc **newpp,
    int flags __unused, int pages __unused, const char *fmt, ...)
{
	char name[64];
	struct kthr *kt;
	struct proc *p;
	va_list ap;
	uint64_t caller = KHI_CALLER;

	khi_sleep_check("kproc_create");
	if (khi_fault("kproc_create", caller))
		return (ENOMEM);
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	p = host_reserve(sizeof(*p));
	strlcpy(p->p_comm, name, sizeof(p->p_comm));
	if (newpp != NULL)
		*newpp = p;
	kt = khi_thread_create(func, arg, 0, name, caller);
	if (kt == NULL)
		return (ENOMEM);
	kt->ownproc = p;
	kt->td.td_proc = p;
	return (0);
}

int
kproc_kthread_add(void (*func)(void *), void *arg, struct proc **procp,
    struct thread **tdp, int flags __unused, int pages __unused,
    const char *procname, const char *fmt, ...)
{
	char name[64];
	struct kthr *kt;
	va_list ap;
	uint64_t caller = KHI_CALLER;

	khi_sleep_check("kproc_kthread_add");
	if (khi_fault("kproc_kthread_add", caller))
		return (ENOMEM);
	if (*procp == NULL) {
		*procp = host_reserve(sizeof(struct proc));
		strlcpy((*procp)->p_comm, procname, sizeof((*procp)->p_comm));
	}
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	kt = khi_thread_create(func, arg, 0, name, caller);
	if (kt == NULL)
		return (ENOMEM);
	kt->td.td_proc = *procp;
	if (tdp != NULL)
		*tdp = &kt->td;
	return (0);
}

void
kthread_exit(void)
{
	if (((struct kthr *)curthread)->td.td_critnest != 0)
		panic("kthread_exit in a critical section");
	khi_thread_finish();
}

void
kproc_exit(int code __unused)
{
	khi_thread_finish();
}

int kthread_suspend(struct thread *td __unused, int timo __unused) { return (0); }
int kthread_resume(struct thread *td __unused) { return (0); }
void kthread_suspend_check(void) { }
