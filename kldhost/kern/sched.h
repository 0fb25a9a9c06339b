/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the scheduler; all of it is under the scheduler lock. */
#ifndef KH_SCHED_H
#define KH_SCHED_H

#include "kh.h"

TAILQ_HEAD(kthrq, kthr);
extern struct kthr *khi_cpu_owner[KHI_MAXCPU];
extern struct kthrq khi_allq;
extern int khi_cpus_up, khi_clock_started;

void	khi_fill_cpu(int cpu);
void	khi_idle(void);
struct kthr *khi_thread_new(const char *name, int system);

#endif
