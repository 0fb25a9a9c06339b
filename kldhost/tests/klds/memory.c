/* SPDX-License-Identifier: BSD-2-Clause */
/* Right use of memory: malloc(9), pages, physical segments, KVA. */
#include "mod.h"
#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/vm_extern.h>
#include <vm/vm_kern.h>
#include <vm/pmap.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_phys.h>

MALLOC_DEFINE(M_GOOD, "good", "good test memory");

ENTRY(t_malloc)
{
	static const size_t sizes[] = { 1, 16, 17, 100, 4096, 5000, 65536,
	    65537, 300000 };
	u_char *p[nitems(sizes)];
	size_t i;

	for (i = 0; i < nitems(sizes); i++) {
		p[i] = malloc(sizes[i], M_GOOD, M_NOWAIT | M_ZERO);
		CHECK(p[i] != NULL);
		CHECK(p[i][0] == 0 && p[i][sizes[i] - 1] == 0);
		memset(p[i], 0x5a, sizes[i]);
		CHECK(malloc_usable_size(p[i]) >= sizes[i]);
		CHECK(pmap_kextract((vm_offset_t)p[i]) != 0);
	}
	CHECK(((uintptr_t)p[4] & PAGE_MASK) == 0);
	p[0] = realloc(p[0], 1000, M_GOOD, M_WAITOK);
	CHECK(p[0][0] == 0x5a);
	for (i = 0; i < nitems(sizes); i++)
		free(p[i], M_GOOD);
	p[0] = contigmalloc(3 * PAGE_SIZE, M_GOOD, M_WAITOK | M_ZERO, 0,
	    16 << 20, 65536, 0);
	CHECK((pmap_kextract((vm_offset_t)p[0]) & 65535) == 0);
	CHECK(pmap_kextract((vm_offset_t)p[0]) + 3 * PAGE_SIZE <= 16 << 20);
	free(p[0], M_GOOD);
	return (0);
}

ENTRY(t_pages)
{
	vm_page_t m, c, ma[2];
	vm_offset_t va;
	char *d;
	int i;

	m = vm_page_alloc_noobj(VM_ALLOC_WIRED | VM_ALLOC_ZERO);
	CHECK(m != NULL && vm_page_wired(m));
	CHECK(PHYS_TO_VM_PAGE(VM_PAGE_TO_PHYS(m)) == m);
	CHECK(vm_phys_paddr_to_vm_page(VM_PAGE_TO_PHYS(m)) == m);
	CHECK(VM_PAGE_TO_PHYS(m) >= vm_phys_segs[m->segind].start &&
	    VM_PAGE_TO_PHYS(m) < vm_phys_segs[m->segind].end);
	d = (char *)PHYS_TO_DMAP(VM_PAGE_TO_PHYS(m));
	for (i = 0; i < PAGE_SIZE; i++)
		CHECK(d[i] == 0);
	c = vm_page_alloc_noobj_contig(VM_ALLOC_WIRED, 8, 0, ~0UL, 8 * PAGE_SIZE,
	    0, VM_MEMATTR_DEFAULT);
	CHECK(c != NULL && (VM_PAGE_TO_PHYS(c) & (8 * PAGE_SIZE - 1)) == 0);
	/* An alias in KVA shows the same memory, and is gone afterwards. */
	va = kva_alloc(2 * PAGE_SIZE);
	CHECK(va != 0);
	ma[0] = m;
	ma[1] = &c[3];
	pmap_qenter(va, ma, 2);
	strcpy((char *)va, "alias");
	CHECK(strcmp(d, "alias") == 0);
	CHECK(pmap_kextract(va + PAGE_SIZE + 5) == VM_PAGE_TO_PHYS(&c[3]) + 5);
	pmap_qremove(va, 2);
	kva_free(va, 2 * PAGE_SIZE);
	for (i = 0; i < 8; i++) {
		CHECK(vm_page_unwire_noq(&c[i]));
		vm_page_free(&c[i]);
	}
	(void)vm_page_wire_mapped(m);
	CHECK(!vm_page_unwire_noq(m));
	CHECK(vm_page_tryxbusy(m) && !vm_page_trysbusy(m));
	vm_page_xunbusy(m);
	CHECK(vm_page_trysbusy(m) && vm_page_trysbusy(m));
	vm_page_sunbusy(m);
	vm_page_sunbusy(m);
	CHECK(vm_page_unwire_noq(m));
	vm_page_free(m);
	return (0);
}

static int in_data = 42, in_bss;
static const int in_rodata = 7;

/* Memory of a kld is wired kernel memory like any other. */
static int
check_static(const volatile void *p, size_t size)
{
	vm_offset_t va = (vm_offset_t)p;
	vm_paddr_t pa = pmap_kextract(va);
	vm_page_t m = PHYS_TO_VM_PAGE(pa);

	CHECK(va >= VM_MIN_KERNEL_ADDRESS && va < VM_MAX_KERNEL_ADDRESS);
	CHECK(pa != 0 && pmap_extract(kernel_pmap, va) == pa);
	CHECK(vtophys(va) == pa);
	CHECK(m != NULL && VM_PAGE_TO_PHYS(m) == trunc_page(pa));
	CHECK(vm_phys_paddr_to_vm_page(pa) == m);
	CHECK(vm_page_wired(m) && VPRC_WIRE_COUNT(m->ref_count) == 1);
	CHECK(m->object != NULL && m->object->type == OBJT_PHYS);
	CHECK((m->flags & PG_FICTITIOUS) == 0 && vm_page_all_valid(m));
	CHECK(memcmp((void *)PHYS_TO_DMAP(pa), __DEVOLATILE(void *, p),
	    size) == 0);
	return (0);
}

ENTRY(t_static)
{
	vm_offset_t va;

	in_bss = 17;
	CHECK(check_static(&in_data, sizeof(in_data)) == 0);
	CHECK(check_static(&in_bss, sizeof(in_bss)) == 0);
	CHECK(check_static(&in_rodata, sizeof(in_rodata)) == 0);
	CHECK(check_static((void *)(uintptr_t)t_static, 16) == 0);
	/* A write by the frame's other address is a write to the variable. */
	*(volatile int *)PHYS_TO_DMAP(vtophys(&in_data)) = 43;
	CHECK(*(volatile int *)&in_data == 43);
	/* What is not mapped has no physical address. */
	va = kva_alloc(PAGE_SIZE);
	CHECK(pmap_extract(kernel_pmap, va) == 0);
	CHECK(pmap_change_attr(va, PAGE_SIZE, VM_MEMATTR_UNCACHEABLE) != 0);
	kva_free(va, PAGE_SIZE);
	CHECK(pmap_extract(kernel_pmap, 0x1000) == 0);
	return (0);
}

/* Holes: the array has entries for them, the segments do not. */
ENTRY(t_holes)
{
	int i, holes = 0;

	for (i = 0; i + 1 < vm_phys_nsegs; i++) {
		vm_paddr_t pa = vm_phys_segs[i].end;
		vm_page_t m;

		if (pa >= vm_phys_segs[i + 1].start)
			continue;
		holes++;
		m = PHYS_TO_VM_PAGE(pa);
		CHECK(m != NULL && m->segind == 0 && m->phys_addr == 0);
		CHECK(vm_phys_paddr_to_vm_page(pa) == NULL);
		m = PHYS_TO_VM_PAGE(vm_phys_segs[i + 1].start);
		CHECK(VM_PAGE_TO_PHYS(m) == vm_phys_segs[i + 1].start);
		CHECK(m->segind == i + 1);
	}
	CHECK(PHYS_TO_VM_PAGE(ptoa(first_page + vm_page_array_size)) == NULL);
	printf("holes %d segments %d domains %d\n", holes, vm_phys_nsegs,
	    vm_ndomains);
	return (0);
}

/* First and last page of each segment, the whole machine being lazy. */
ENTRY(t_segments)
{
	int i;

	for (i = 0; i < vm_phys_nsegs; i++) {
		struct vm_phys_seg *s = &vm_phys_segs[i];
		vm_page_t a = PHYS_TO_VM_PAGE(s->start);
		vm_page_t b = PHYS_TO_VM_PAGE(s->end - 1);

		CHECK(a == s->first_page && VM_PAGE_TO_PHYS(a) == s->start);
		CHECK(VM_PAGE_TO_PHYS(b) == s->end - PAGE_SIZE);
		CHECK(vm_phys_segs[b->segind].domain == s->domain);
		CHECK((u_long)(b - a) == atop(s->end - s->start) - 1);
	}
	return (0);
}

ENTRY(t_fictitious)
{
	vm_paddr_t s = 0x3f0000000000UL, e = s + 16 * PAGE_SIZE;
	vm_page_t m;

	CHECK(vm_phys_fictitious_to_vm_page(s) == NULL);
	CHECK(vm_phys_fictitious_reg_range(s, e, VM_MEMATTR_UNCACHEABLE) == 0);
	m = PHYS_TO_VM_PAGE(s + 3 * PAGE_SIZE);
	CHECK(m != NULL && VM_PAGE_TO_PHYS(m) == s + 3 * PAGE_SIZE);
	CHECK((m->flags & PG_FICTITIOUS) != 0);
	CHECK(m < vm_page_array || m >= vm_page_array + vm_page_array_size);
	CHECK(vm_phys_fictitious_reg_range(s, s + PAGE_SIZE, 0) == EBUSY);
	vm_phys_fictitious_unreg_range(s, e);
	CHECK(PHYS_TO_VM_PAGE(s) == NULL);
	return (0);
}

ENTRY(t_numa)
{
	vm_page_t m;
	int d;

	for (d = 0; d < vm_ndomains; d++) {
		m = vm_page_alloc_noobj_domain(d, VM_ALLOC_NORMAL);
		CHECK(m != NULL && vm_phys_segs[m->segind].domain == d);
		vm_page_free(m);
	}
	printf("domains %d\n", vm_ndomains);
	return (0);
}

MODULE_(memory, plain_event);
