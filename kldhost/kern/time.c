/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the host's monotonic clock plus all the time that was skipped while
 * every CPU was idle.
 */
#include "kh.h"
#include <sys/timetc.h>
#include <machine/cpu.h>

int hz = 1000, tick = 1000, stathz = 127, profhz = 8128, psratio = 64;
volatile long ticksl;
extern volatile int khi_ticks __attribute__((alias("ticksl")));
__asm__(".globl ticks\n.set ticks, ticksl\n");
volatile time_t time_second, time_uptime = 1;
sbintime_t tick_sbt, tc_tick_sbt, sbt_timethreshold, sbt_tickthreshold;
struct bintime tick_bt, tc_tick_bt, bt_timethreshold, bt_tickthreshold;
int tc_precexp = 6, tc_timepercentage = 5;
time_t tick_seconds_max;
volatile int rtc_generation = 1;

static volatile u_long skipped;		/* sbintime, atomic */
static uint64_t boot_ns;
static uint64_t wall_ns;

static sbintime_t
ns_to_sbt(uint64_t ns)
{
	return ((sbintime_t)((ns / 1000000000ULL) << 32) +
	    (sbintime_t)(((ns % 1000000000ULL) << 32) / 1000000000ULL));
}

void
khi_time_init(void)
{
	boot_ns = host_nanouptime();
	wall_ns = host_walltime();
	tick_sbt = tc_tick_sbt = SBT_1S / hz;
	tick_bt = tc_tick_bt = sbttobt(tick_sbt);
	tick_seconds_max = INT_MAX / hz;
	khi_time_update(khi_now());
}

sbintime_t
khi_now(void)
{
	/* One second of uptime at the start: 0 is "never" to many. */
	return (SBT_1S + ns_to_sbt(host_nanouptime() - boot_ns) +
	    (sbintime_t)atomic_load_long(&skipped));
}

void
khi_time_update(sbintime_t now)
{
	ticksl = now / tick_sbt;
	time_uptime = now >> 32;
	time_second = wall_ns / 1000000000ULL + (now >> 32);
}

void
khi_skip_time(sbintime_t by)
{
	atomic_add_long(&skipped, by);
	khi_time_update(khi_now());
}

static sbintime_t
now_update(void)
{
	sbintime_t now = khi_now();

	khi_time_update(now);
	return (now);
}

void binuptime(struct bintime *bt) { *bt = sbttobt(now_update()); }
void nanouptime(struct timespec *ts) { *ts = sbttots(now_update()); }
void microuptime(struct timeval *tv) { *tv = sbttotv(now_update()); }
void getbinuptime(struct bintime *bt) { binuptime(bt); }
void getnanouptime(struct timespec *ts) { nanouptime(ts); }
void getmicrouptime(struct timeval *tv) { microuptime(tv); }

static sbintime_t
wall(void)
{
	return (now_update() + ns_to_sbt(wall_ns));
}

void bintime(struct bintime *bt) { *bt = sbttobt(wall()); }
void nanotime(struct timespec *ts) { *ts = sbttots(wall()); }
void microtime(struct timeval *tv) { *tv = sbttotv(wall()); }
void getbintime(struct bintime *bt) { bintime(bt); }
void getnanotime(struct timespec *ts) { nanotime(ts); }
void getmicrotime(struct timeval *tv) { microtime(tv); }
void getboottimebin(struct bintime *bt) { *bt = sbttobt(ns_to_sbt(wall_ns)); }

void
getboottime(struct timeval *tv)
{
	*tv = sbttotv(ns_to_sbt(wall_ns));
}

static uint64_t
tsc_ticks(void)
{
	return (__builtin_ia32_rdtsc());
}

cpu_tick_f *cpu_ticks = tsc_ticks;

/* The TSC's rate, measured once against the host's clock. */
uint64_t
cpu_tickrate(void)
{
	static uint64_t rate;
	uint64_t t0, c0, t1;

	if (rate == 0) {
		t0 = host_nanouptime();
		c0 = tsc_ticks();
		do
			t1 = host_nanouptime();
		while (t1 - t0 < 2000000);
		rate = (tsc_ticks() - c0) * 1000000000ULL / (t1 - t0);
	}
	return (rate);
}

uint64_t
cputick2usec(uint64_t t)
{
	return (t * 1000000ULL / cpu_tickrate());
}

/* Busy waiting costs virtual time only. */
void
DELAY(int us)
{
	if (us <= 0)
		return;
	khi_skip_time(SBT_1US * us);
	/* Whoever is polled for gets a chance. */
	if (curthread->td_critnest == 0)
		maybe_yield();
	host_sched_yield();
}

int
tvtohz(struct timeval *tv)
{
	return ((int)(tv->tv_sec * hz + (tv->tv_usec + tick - 1) / tick + 1));
}

#undef ppsratecheck
int	ppsratecheck(struct timeval *last, int *curpps, int maxpps);

/* One name in FreeBSD 15's headers, the other in those of 14. */
int
ppsratecheck(struct timeval *last, int *curpps, int maxpps)
{
	return (eventratecheck(last, curpps, maxpps));
}

int
eventratecheck(struct timeval *last, int *curpps, int maxpps)
{
	int now = ticks;

	if (last->tv_sec == 0 || (u_int)(now - last->tv_usec) >= (u_int)hz) {
		last->tv_sec = 1;
		last->tv_usec = now;
		*curpps = 1;
		return (maxpps != 0);
	}
	(*curpps)++;
	return (maxpps < 0 || *curpps <= maxpps);
}

int
ratecheck(struct timeval *last, const struct timeval *min)
{
	struct timeval now, d;

	getmicrouptime(&now);
	d = now;
	timevalsub(&d, last);
	if (timevalcmp(&d, min, >=) ||
	    (last->tv_sec == 0 && last->tv_usec == 0)) {
		*last = now;
		return (1);
	}
	return (0);
}

void
timevalsub(struct timeval *a, const struct timeval *b)
{
	a->tv_sec -= b->tv_sec;
	a->tv_usec -= b->tv_usec;
	if (a->tv_usec < 0) {
		a->tv_sec--;
		a->tv_usec += 1000000;
	}
}
