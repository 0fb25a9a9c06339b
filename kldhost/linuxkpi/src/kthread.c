/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's kernel threads on kthread(9). */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <machine/stdarg.h>

#include <linux/kthread.h>
#include <linux/slab.h>

static struct task_struct *
current_task(void)
{
	KASSERT(curthread->td_lkpi_task != NULL, ("not a kthread_run() thread"));
	return (curthread->td_lkpi_task);
}

static void
run(void *arg)
{
	struct task_struct *t = arg;
	int code;

	curthread->td_lkpi_task = t;
	code = t->fn(t->arg);
	mtx_lock(&t->lock);
	t->exit_code = code;
	t->exited = true;
	wakeup(t);
	mtx_unlock(&t->lock);
	kthread_exit();
}

struct task_struct *
hosted_kthread_run(int (*fn)(void *), void *arg, const char *fmt, ...)
{
	struct task_struct *t = kzalloc(sizeof(*t), GFP_KERNEL);
	char name[64];
	va_list ap;
	int error;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	mtx_init(&t->lock, "kthread", NULL, MTX_DEF);
	t->fn = fn;
	t->arg = arg;
	error = kthread_add(run, t, NULL, NULL, 0, 0, "%s", name);
	if (error != 0) {
		mtx_destroy(&t->lock);
		kfree(t);
		return (ERR_PTR(-error));
	}
	return (t);
}

bool
kthread_should_stop(void)
{
	return (READ_ONCE(current_task()->should_stop));
}

bool
kthread_should_park(void)
{
	return (READ_ONCE(current_task()->should_park));
}

void
set_current_state(int state)
{
	struct task_struct *t = current_task();

	mtx_lock(&t->lock);
	t->state = state;
	mtx_unlock(&t->lock);
}

/* Until somebody wakes it, which may have been since the state was set. */
void
schedule(void)
{
	struct task_struct *t = current_task();

	mtx_lock(&t->lock);
	while (t->state != TASK_RUNNING)
		msleep(&t->state, &t->lock, 0, "schedule", 0);
	mtx_unlock(&t->lock);
}

static int
wake_locked(struct task_struct *t)
{
	if (t->state == TASK_RUNNING)
		return (0);
	t->state = TASK_RUNNING;
	wakeup(&t->state);
	return (1);
}

int
wake_up_process(struct task_struct *t)
{
	int slept;

	mtx_lock(&t->lock);
	slept = wake_locked(t);
	mtx_unlock(&t->lock);
	return (slept);
}

void
kthread_parkme(void)
{
	struct task_struct *t = current_task();

	mtx_lock(&t->lock);
	t->state = TASK_RUNNING;
	t->parked = true;
	wakeup(t);
	while (t->should_park && !t->should_stop)
		msleep(&t->should_park, &t->lock, 0, "parked", 0);
	t->parked = false;
	wakeup(t);
	mtx_unlock(&t->lock);
}

int
kthread_park(struct task_struct *t)
{
	mtx_lock(&t->lock);
	t->should_park = true;
	wake_locked(t);
	while (!t->parked && !t->exited)
		msleep(t, &t->lock, 0, "park", 0);
	mtx_unlock(&t->lock);
	return (t->exited ? -ENOSYS : 0);
}

void
kthread_unpark(struct task_struct *t)
{
	mtx_lock(&t->lock);
	t->should_park = false;
	wakeup(&t->should_park);
	mtx_unlock(&t->lock);
}

int
kthread_stop(struct task_struct *t)
{
	int code;

	mtx_lock(&t->lock);
	t->should_stop = true;
	wakeup(&t->should_park);
	wake_locked(t);
	while (!t->exited)
		msleep(t, &t->lock, 0, "stop", 0);
	code = t->exit_code;
	mtx_unlock(&t->lock);
	mtx_destroy(&t->lock);
	kfree(t);
	return (code);
}
