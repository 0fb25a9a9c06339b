/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysctl(3) for other programs of the host: a thread of the hosted kernel reads
 * what a host thread asks for, one request at a time.
 */
#include "sysctl.h"

static struct {
	const char	*name;
	char		*buf;
	size_t		len;
	int		error;
	int		waiting;	/* scheduler lock */
	volatile uint32_t done;
} ask;

static void
server(void *arg __unused)
{
	for (;;) {
		khi_slock();
		while (!ask.waiting)
			khi_sleep_locked(&ask, "sysctl requests", 0);
		ask.waiting = 0;
		khi_sunlock();
		ask.error = khi_sysctl_read_raw(ask.name, ask.buf, &ask.len);
		atomic_store_rel_int(&ask.done, 1);
		host_futex_wake(&ask.done);
	}
}

/* Starts the thread; from the main one. */
int
khi_sysctl_serve_start(void)
{
	return (khi_thread_create(server, NULL, 1, "sysctl server", 0) == NULL ?
	    ENOMEM : 0);
}

/*
 * The raw value of name, its length in *len, which is the room at first; an
 * errno.  From a host thread that is no kernel thread, by one at a time.
 */
int
khi_sysctl_serve(const char *name, char *buf, size_t *len)
{
	khi_slock();
	ask.name = name;
	ask.buf = buf;
	ask.len = *len;
	ask.done = 0;
	ask.waiting = 1;
	khi_wake_locked(&ask, 1);
	khi_sunlock();
	while (atomic_load_acq_int(&ask.done) == 0)
		host_futex_wait(&ask.done, 0);
	*len = ask.len;
	return (ask.error);
}
