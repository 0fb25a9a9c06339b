/* SPDX-License-Identifier: BSD-2-Clause */
/* The network stack, as far as a driver's buffers are concerned: threads on
 * other CPUs that get frames and return their buffers some time later. */
#include "rxdemo.h"

#include <sys/kthread.h>
#include <sys/proc.h>
#include <sys/sched.h>
#include <sys/smp.h>

int
nth_cpu(int n)
{
	int cpu;

	n %= mp_ncpus;
	CPU_FOREACH(cpu)
		if (n-- == 0)
			return (cpu);
	return (0);
}

void
bind_to(int cpu)
{
	thread_lock(curthread);
	sched_bind(curthread, cpu);
	thread_unlock(curthread);
}

/* Frames for the stack; how many it took.  Waits a while for room. */
int
stack_up(struct stack *s, const struct rx_up *up, int n)
{
	if (n == 0)
		return (0);
	mtx_lock(&s->lock);
	if (s->nin + n > UP_MAX)
		mtx_sleep(s->in, &s->lock, 0, "rxfull", MAX(hz / 50, 1));
	n = MIN(n, UP_MAX - s->nin);
	memcpy(&s->in[s->nin], up, n * sizeof(*up));
	s->nin += n;
	if (n > 0)
		wakeup(s);
	mtx_unlock(&s->lock);
	return (n);
}

/* Some frames are kept until others come, as in a socket's buffer. */
static void
stack_consume(struct stack *s, const struct rx_up *u)
{
	struct rx_up back = *u;
	int i;

	if (s->returned % 16 == 0) {
		i = s->returned / 16 % HOLD;
		if (s->nheld < HOLD) {
			s->held[s->nheld++] = back;
			s->returned++;
			return;
		}
		back = s->held[i];
		s->held[i] = *u;
	}
	page_pool_put_full_page(back.pool, back.page, false);
	s->returned++;
}

static void
stack_thread(void *arg)
{
	struct stack *s = arg;
	int n;

	bind_to(s->cpu);
	mtx_lock(&s->lock);
	for (;;) {
		while (s->nin == 0 && !s->stop)
			mtx_sleep(s, &s->lock, 0, "rxup", 0);
		n = s->nin;
		if (n == 0)
			break;
		memcpy(s->out, s->in, n * sizeof(s->in[0]));
		s->nin = 0;
		wakeup(s->in);
		mtx_unlock(&s->lock);
		for (int i = 0; i < n; i++)
			stack_consume(s, &s->out[i]);
		mtx_lock(&s->lock);
	}
	s->dead = true;
	wakeup(&s->dead);
	mtx_unlock(&s->lock);
	kthread_exit();
}

int
stack_start(struct stack *s, int id, int cpu)
{
	int error;

	mtx_init(&s->lock, "rxdemo stack", NULL, MTX_DEF);
	s->cpu = cpu;
	error = kthread_add(stack_thread, s, NULL, NULL, 0, 0, "rxdemo stack%d", id);
	if (error != 0)
		mtx_destroy(&s->lock);
	return (error);
}

/* After the drivers have stopped; the stack still holds what it holds. */
void
stack_stop(struct stack *s)
{
	mtx_lock(&s->lock);
	s->stop = true;
	wakeup(s);
	while (!s->dead)
		mtx_sleep(&s->dead, &s->lock, 0, "rxup", 0);
	mtx_unlock(&s->lock);
	mtx_destroy(&s->lock);
}

void
stack_release_held(struct stack *s)
{
	while (s->nheld > 0) {
		s->nheld--;
		page_pool_put_full_page(s->held[s->nheld].pool,
		    s->held[s->nheld].page, false);
	}
}
