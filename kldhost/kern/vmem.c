/* SPDX-License-Identifier: BSD-2-Clause */
/* vmem(9) arenas, kernel_arena among them. */
#include "kh.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <sys/vmem.h>

struct vmem {
	uint32_t	id;
	int		kva;
	vmem_size_t	quantum;
	char		name[32];
};
static struct vmem kva_vmem = { .kva = 1, .quantum = PAGE_SIZE,
    .name = "kernel arena" };
struct vmem *kernel_arena = &kva_vmem, *buffer_arena, *transient_arena,
    *memguard_arena;
static MALLOC_DEFINE(M_VMEM, "vmem", "vmem arenas");

void khi_vmem_init(uint32_t arena);

void
khi_vmem_init(uint32_t arena)
{
	malloc_init(M_VMEM);
	kva_vmem.id = arena;
}

vmem_t *
vmem_create(const char *name, vmem_addr_t base, vmem_size_t size,
    vmem_size_t quantum, vmem_size_t qcache __unused, int flags)
{
	struct vmem *vm;

	vm = khi_malloc_at(sizeof(*vm), 8, M_VMEM, flags | M_ZERO, -1,
	    KHI_CALLER);
	if (vm == NULL)
		return (NULL);
	strlcpy(vm->name, name, sizeof(vm->name));
	vm->quantum = quantum;
	vm->id = host_arena_create(base, size);
	return (vm);
}

void
vmem_destroy(vmem_t *vm)
{
	if (host_arena_used(vm->id) != 0)
		panic("vmem_destroy: arena %s has %#lx bytes in use", vm->name,
		    host_arena_used(vm->id));
	host_arena_destroy(vm->id);
	free(vm, M_VMEM);
}

int
vmem_add(vmem_t *vm, vmem_addr_t addr, vmem_size_t size, int flags __unused)
{
	return (host_arena_add(vm->id, addr, size));
}

int
vmem_xalloc(vmem_t *vm, vmem_size_t size, vmem_size_t align, vmem_size_t phase,
    vmem_size_t nocross, vmem_addr_t min, vmem_addr_t max, int flags,
    vmem_addr_t *addrp)
{
	uint64_t caller = KHI_CALLER;
	int policy = (flags & M_NEXTFIT) != 0 ? KHI_NEXT : KHI_FIRST;

	size = roundup2(size, vm->quantum);
	if ((flags & M_WAITOK) != 0)
		khi_sleep_check("vmem_xalloc");
	else if (khi_fault("vmem_xalloc", caller))
		return (ENOMEM);
	if (vm->kva)
		return (khi_kva_xalloc(size, MAX(align, PAGE_SIZE), phase, nocross,
		    min, max, policy, caller, addrp));
	return (host_arena_alloc(vm->id, size, MAX(align, vm->quantum), phase,
	    nocross, min, max, policy, addrp) != 0 ? ENOMEM : 0);
}

void
vmem_xfree(vmem_t *vm, vmem_addr_t addr, vmem_size_t size)
{
	size = roundup2(size, vm->quantum);
	if (vm->kva)
		khi_kva_free(addr, size);
	else if (host_arena_free(vm->id, addr, size) != 0)
		panic("vmem_xfree: %#lx + %#lx is not allocated in %s", addr,
		    size, vm->name);
}

int
vmem_alloc(vmem_t *vm, vmem_size_t size, int flags, vmem_addr_t *addrp)
{
	return (vmem_xalloc(vm, size, 0, 0, 0, VMEM_ADDR_MIN, VMEM_ADDR_MAX,
	    flags, addrp));
}

void vmem_free(vmem_t *vm, vmem_addr_t a, vmem_size_t s) { vmem_xfree(vm, a, s); }
