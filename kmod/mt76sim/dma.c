/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA without an IOMMU: the address is physical.  Only the machine's memory can
 * be reached; anything else is EFAULT.
 */
#include "unit.h"

#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_param.h>
#include <vm/vm_page.h>

static int
copy(vm_paddr_t pa, void *buf, size_t len, bool to_memory)
{
	vm_page_t m;
	vm_offset_t va;
	size_t at, n;

	for (; len > 0; len -= n, pa += n, buf = (char *)buf + n) {
		at = pa & PAGE_MASK;
		n = MIN(len, PAGE_SIZE - at);
		m = PHYS_TO_VM_PAGE(pa);
		if (m == NULL)
			return (EFAULT);
		va = pmap_quick_enter_page(m);
		if (to_memory)
			memcpy((char *)va + at, buf, n);
		else
			memcpy(buf, (char *)va + at, n);
		pmap_quick_remove_page(va);
	}
	return (0);
}

/* What the device sees must be in memory, and what it writes as well. */
int
dma_read(void *arg, uint64_t dma, void *buf, size_t len)
{
	atomic_thread_fence_acq();
	return (copy(dma, buf, len, false));
}

int
dma_write(void *arg, uint64_t dma, const void *buf, size_t len)
{
	int error = copy(dma, __DECONST(void *, buf), len, true);

	atomic_thread_fence_rel();
	return (error);
}
