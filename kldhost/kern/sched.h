/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the scheduler; all of it is under the scheduler lock. */
#ifndef KH_SCHED_H
#define KH_SCHED_H

#include "kh.h"

TAILQ_HEAD(kthrq, kthr);
extern struct kthr *khi_cpu_owner[KHI_MAXCPU];
extern struct kthrq khi_allq;
extern int khi_cpus_up, khi_clock_started;

/* sched.c */
void	khi_fill_cpu(int cpu);
void	khi_switch_away(struct kthr *kt);
void	khi_yield(void);
bool	khi_wanted(void);

/* sched_sleep.c */
void	khi_sleep_init(void);
void	khi_idle(void);
void	khi_expire_locked(sbintime_t now);
void	khi_timer_cancel_locked(struct kthr *kt);

/* thread.c */
struct kthr *khi_thread_new(const char *name, int system);

#endif
