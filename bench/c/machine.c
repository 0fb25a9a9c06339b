/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The globals that look-ups read: the kernel's, lkpi_page.ko's and the peer's.
 * A file of its own, so that lookups.c sees them as a driver does.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#include <linux/page.h>

#include "lookups.h"

struct lkpirs_vmemmap lkpirs_vmemmap;
vm_page_t vm_page_array;
long vm_page_array_size;
long first_page;
struct kva_layout_s kva_layout;
vm_paddr_t dmaplimit;

struct page *bench_vmemmap;
u_long bench_dmap_base;
volatile u_long bench_zero;

void
bench_set_machine(const struct bench_machine *m)
{
	lkpirs_vmemmap.base = m->base;
	lkpirs_vmemmap.states = m->states;
	lkpirs_vmemmap.npfns = m->npfns;
	vm_page_array = m->array;
	vm_page_array_size = m->array_size;
	first_page = m->first_page;
	kva_layout.dmap_low = m->dmap_low;
	kva_layout.dmap_high = m->dmap_low + m->dmap_size;
	dmaplimit = m->dmap_size;
	bench_vmemmap = m->vmemmap;
	bench_dmap_base = m->dmap_low;
}

/* Every page of the working set is backed: a miss is a benchmark gone wrong. */
struct page *
lkpirs_pfn_to_page(unsigned long pfn)
{
	__builtin_trap();
}

struct page *
lkpirs_vm_page_to_page(struct vm_page *m)
{
	__builtin_trap();
}

struct page *
lkpirs_virt_to_page(const void *va)
{
	__builtin_trap();
}
