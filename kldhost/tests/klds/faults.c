/* SPDX-License-Identifier: BSD-2-Clause */
/* For the fault sweep: one entry cleans up after failures, one does not. */
#include "mod.h"
#include <sys/counter.h>
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

static MALLOC_DEFINE(M_FAULTS, "faults", "fault test memory");

static int
work(int careful)
{
	counter_u64_t c = NULL;
	vm_page_t m = NULL;
	vm_offset_t va = 0;
	void *p;
	int error = ENOMEM;

	p = malloc(100, M_FAULTS, M_NOWAIT);
	if (p == NULL)
		return (ENOMEM);
	m = vm_page_alloc_noobj(VM_ALLOC_WIRED);
	if (m == NULL && !careful)
		return (ENOMEM);
	if (m == NULL)
		goto out;
	va = kva_alloc(PAGE_SIZE);
	if (va == 0)
		goto out;
	c = counter_u64_alloc(M_NOWAIT);
	if (c == NULL)
		goto out;
	error = 0;
out:
	if (c != NULL)
		counter_u64_free(c);
	if (va != 0)
		kva_free(va, PAGE_SIZE);
	if (m != NULL) {
		vm_page_unwire_noq(m);
		vm_page_free(m);
	}
	free(p, M_FAULTS);
	return (error);
}

ENTRY(careful) { return (work(1)); }
ENTRY(careless) { return (work(0)); }
MODULE_(faults, plain_event);
