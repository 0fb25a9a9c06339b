/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program around the kernel of bench/pool with mt76 on it:
 *
 *	measure MODE LEN BATCHES	ns and cycles a frame, one line
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "measure.h"

#define	PAGES	131072UL		/* BENCH_PAGES */

static int memory_fd = -1;
static char *memory;

static void
fail(const char *what, const char *which)
{
	fprintf(stderr, "measure: %s%s\n", what, which);
	exit(3);
}

void *
host_alloc(unsigned long size, unsigned long align)
{
	void *p = aligned_alloc(align, (size + align - 1) / align * align);

	if (p == NULL)
		fail("no memory", "");
	return (memset(p, 0, size));
}

void host_free(void *p, unsigned long size, unsigned long align) { free(p); }
void host_account(long bytes) { }
void host_pause(unsigned long tries) { _mm_pause(); }
void host_panic(const char *what) { fail("a simulated kernel: ", what); }
void host_missing(const char *name) { fail("no simulated kernel has ", name); }

void
host_set_gs(void *base)
{
	if (syscall(SYS_arch_prctl, 0x1001 /* ARCH_SET_GS */, base) != 0)
		fail("arch_prctl", "");
}

/* Physical memory, below 4 GiB in its own addresses. */
void *
host_memory(void)
{
	if (memory != NULL)
		return (memory);
	memory_fd = memfd_create("memory", 0);
	if (memory_fd < 0 || ftruncate(memory_fd, PAGES * 4096) != 0)
		fail("memfd_create", "");
	memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
	    memory_fd, 0);
	if (memory == MAP_FAILED)
		fail("mmap", "");
	return (memory);
}

void *
host_addresses(unsigned long size)
{
	char *p = mmap(NULL, 2 * size, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap", "");
	return ((void *)(((unsigned long)p + size - 1) / size * size));
}

void
host_map(unsigned long va, unsigned long pa)
{
	if (mmap((void *)va, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	    memory_fd, pa) == MAP_FAILED)
		fail("mmap", "");
}

int
main(int argc, char **argv)
{
	static const char *modes[] = { "direct", "thread", "copy",
	    "mbuf", "mbufcopy" };
	unsigned long batches, i, ns, cycles = 0, t;
	struct timespec a, b;
	unsigned mode, len;

	if (argc != 4)
		fail("MODE LEN BATCHES", "");
	for (mode = 0; mode < 5 && strcmp(modes[mode], argv[1]) != 0; mode++)
		;
	len = atoi(argv[2]);
	batches = atol(argv[3]);
	if (mode == 5 || len < 64 || len > 1900 || batches == 0)
		fail("MODE LEN BATCHES", "");
	host_memory();
	measure_kernel_boot();
	measure_boot(mode, len);
	ns = 0;
	for (i = 0; i < batches + batches / 8; i++) {
		measure_receive(MEASURE_BATCH);
		/* The first ninth warms up. */
		clock_gettime(CLOCK_MONOTONIC, &a);
		t = __rdtsc();
		if (measure_poll() != MEASURE_BATCH)
			fail("a poll took less than its budget", "");
		measure_give_back();
		t = __rdtsc() - t;
		clock_gettime(CLOCK_MONOTONIC, &b);
		if (i < batches / 8)
			continue;
		cycles += t;
		ns += (b.tv_sec - a.tv_sec) * 1000000000UL + b.tv_nsec - a.tv_nsec;
	}
	if (measure_frames() != i * MEASURE_BATCH)
		fail("frames are missing", "");
	printf("%s %.1f ns %.1f cycles\n", modes[mode],
	    (double)ns / (batches * MEASURE_BATCH),
	    (double)cycles / (batches * MEASURE_BATCH));
	return (0);
}
