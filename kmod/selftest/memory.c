/* SPDX-License-Identifier: BSD-2-Clause */
/* Look-ups: every page of memory both ways, and what is no memory. */
#define	SELFTEST_PAGE
#include "selftest.h"

#define	ALL		65536	/* frames: more are sampled */
#define	EDGE		4096	/* frames at either end of a segment */
#define	SAMPLES		2048	/* between them */
#ifdef __LP64__
#define	NO_FRAME	(1UL << 52)	/* a bit that ptoa() loses */
#define	FAR		(1UL << 40)
#else
#define	NO_FRAME	(1UL << 31)	/* a bit beyond any PAE address */
#define	FAR		(1UL << 30)
#endif

static u_long
seg_first(int i)
{
	return (atop(vm_phys_segs[i].start));
}

static u_long
seg_end(int i)
{
	return (atop(vm_phys_segs[i].end));
}

bool
is_memory(u_long pfn)
{
	for (int i = 0; i < vm_phys_nsegs; i++)
		if (pfn >= seg_first(i) && pfn < seg_end(i))
			return (true);
	return (false);
}

u_long
memory_end(void)
{
	u_long end = 0;

	for (int i = 0; i < vm_phys_nsegs; i++)
		end = MAX(end, seg_end(i));
	return (end);
}

static bool
has_chunk(u_long pfn)
{
	return (lkpirs_vmemmap.base[pfn / LKPIRS_CHUNK_PAGES] != NULL);
}

bool
is_backed(u_long pfn)
{
	return (has_chunk(pfn) && lkpirs_vmemmap.states[pfn / LKPIRS_CHUNK_PAGES]
	    [pfn / LKPIRS_BLOCK_PAGES] != 0);
}

u_long
untouched_block(bool in_known_chunk)
{
	u_long pfn, first, next;

	for (int i = vm_phys_nsegs - 1; i >= 0; i--) {
		first = roundup2(seg_first(i), LKPIRS_BLOCK_PAGES);
		for (pfn = rounddown2(seg_end(i), LKPIRS_BLOCK_PAGES); pfn > first;
		    pfn = next) {
			next = pfn - LKPIRS_BLOCK_PAGES;
			if (!has_chunk(next) && in_known_chunk)
				next = MAX(rounddown2(next, LKPIRS_CHUNK_PAGES), first);
			else if (!is_backed(next) && next >= first)
				return (next);
		}
	}
	return (0);
}

static bool
check_page(struct test *t, u_long pfn)
{
	struct page *p = pfn_to_page(pfn);
	vm_page_t m = PHYS_TO_VM_PAGE(ptoa(pfn));

	return (EXPECT(p != NULL) && EXPECT(pfn_valid(pfn)) &&
	    EXPECT(page_to_pfn(p) == pfn) &&
	    EXPECT(p->vm_page == m) && EXPECT(page_to_vm_page(p) == m) &&
	    EXPECT(page_to_phys(p) == ptoa(pfn)) &&
	    EXPECT(VM_PAGE_TO_PHYS(m) == page_to_phys(p)) &&
	    EXPECT(vm_page_to_page(m) == p) &&
	    EXPECT(lkpirs_vm_page_to_page(m) == p) &&
	    EXPECT(lkpirs_pfn_to_page(pfn) == p) &&
	    EXPECT(phys_to_page(ptoa(pfn)) == p) &&
	    EXPECT(nth_page(p, 0) == p));
}

/* In one 128 MiB the shadows lie as the frames do. */
static bool
check_next(struct test *t, u_long pfn)
{
	if ((pfn + 1) % LKPIRS_CHUNK_PAGES == 0 || !is_memory(pfn + 1))
		return (true);
	return (EXPECT(pfn_to_page(pfn) + 1 == pfn_to_page(pfn + 1)));
}

static bool
check_range(struct test *t, u_long first, u_long end, u_long step)
{
	for (u_long pfn = first; pfn < end; pfn += step)
		if (!check_page(t, pfn) || !check_next(t, pfn))
			return (false);
	return (true);
}

/* Twice: what the second round of look-ups sees, all frames together wrote:
 * two frames with one shadow would have one page_to_pfn() between them. */
void
test_every_page(struct test *t)
{
	u_long total = 0, first, end;
	int round, i;

	for (i = 0; i < vm_phys_nsegs; i++)
		total += seg_end(i) - seg_first(i);
	for (round = 0; round < 2; round++)
		for (i = 0; i < vm_phys_nsegs; i++) {
			first = seg_first(i);
			end = seg_end(i);
			if (total <= ALL || end - first <= 2 * EDGE) {
				if (!check_range(t, first, end, 1))
					return;
				continue;
			}
			if (!check_range(t, first, first + EDGE, 1) ||
			    !check_range(t, end - EDGE, end, 1) ||
			    !check_range(t, first + EDGE, end - EDGE,
			    MAX((end - first) / SAMPLES, 1)))
				return;
		}
}

/* A hole has an entry in a dense array, and still no page. */
static void
check_hole(struct test *t, u_long pfn)
{
	vm_page_t m;

	if (is_memory(pfn) || vm_phys_fictitious_to_vm_page(ptoa(pfn)) != NULL)
		return;
	EXPECT(pfn_to_page(pfn) == NULL);
	EXPECT(!pfn_valid(pfn));
	EXPECT(phys_to_page(ptoa(pfn)) == NULL);
	m = pfn > memory_end() ? NULL : PHYS_TO_VM_PAGE(ptoa(pfn));
	if (m != NULL)
		EXPECT(vm_page_to_page(m) == NULL);
#if PMAP_HAS_DMAP
	if (PHYS_IN_DMAP(ptoa(pfn)))
		EXPECT(virt_to_page(PHYS_TO_DMAP(ptoa(pfn))) == NULL);
#endif
}

void
test_holes(struct test *t)
{
	u_long end = memory_end(), first, next;
	int i, j;

	for (i = 0; i < vm_phys_nsegs; i++) {
		first = seg_end(i);
		next = end;
		for (j = 0; j < vm_phys_nsegs; j++)
			if (seg_first(j) >= first)
				next = MIN(next, seg_first(j));
		check_hole(t, first);
		check_hole(t, first + (next - first) / 2);
		check_hole(t, next - 1);
		check_hole(t, seg_first(i) - 1);
	}
	check_hole(t, 0);
	check_hole(t, end);
	check_hole(t, end + 1);
	check_hole(t, roundup2(end, LKPIRS_CHUNK_PAGES));
	check_hole(t, roundup2(end, LKPIRS_CHUNK_PAGES) + 1);
	/* Beyond any address; what ptoa() would make of them is none either. */
	EXPECT(pfn_to_page(~0UL) == NULL);
	EXPECT(pfn_to_page(NO_FRAME) == NULL);
	EXPECT(pfn_to_page(NO_FRAME + seg_first(0)) == NULL);
	EXPECT(vm_page_to_page(NULL) == NULL);
}

/* The attempt that counts from each segment's start maps two pages to one
 * shadow. */
void
test_identity(struct test *t)
{
	u_long covered = 0, pages = 0;
	int i, j;

	for (i = 0; i < vm_phys_nsegs; i++) {
		for (j = 0; j < i; j++)
			if (seg_first(i) != seg_first(j))
				EXPECT(pfn_to_page(seg_first(i)) !=
				    pfn_to_page(seg_first(j)));
		if (seg_end(i) > MAX(covered, seg_first(i)))
			pages += seg_end(i) - MAX(covered, seg_first(i));
		covered = MAX(covered, seg_end(i));
	}
	EXPECT(lkpirs_stat("pages") == pages);
	if (vm_phys_nsegs == 1)
		t->skip = "one segment";
}

void
test_overlaps(struct test *t)
{
	u_long pfn, found = 0;
	int i, j;

	for (i = 0; i < vm_phys_nsegs; i++)
		for (j = 0; j < i; j++)
			for (pfn = MAX(seg_first(i), seg_first(j));
			    pfn < MIN(seg_end(i), seg_end(j)); pfn++) {
				found++;
				if (!check_page(t, pfn) || !check_next(t, pfn))
					return;
			}
	if (found == 0)
		t->skip = "no segments overlap";
}

/* An address of the kernel's, as seen through its page. */
static void
check_virt(struct test *t, const void *va)
{
	vm_paddr_t pa = pmap_kextract((vm_offset_t)va);
	struct page *p = virt_to_page(va);
	const char *alias;

	if (!is_memory(atop(pa))) {	/* a preloaded kld, on some kernels */
		EXPECT(p == NULL);
		return;
	}
	if (!EXPECT(p != NULL) || !EXPECT(page_to_phys(p) == (pa & ~(vm_paddr_t)(PAGE_SIZE - 1))))
		return;
	EXPECT(p->vm_page == PHYS_TO_VM_PAGE(pa));
	EXPECT(vmalloc_to_page(va) == p);
	alias = page_address(p);
	if (alias == NULL)
		return;
	EXPECT(alias[offset_in_page(va)] == *(const char *)va);
	EXPECT(virt_to_page(alias) == p);
	EXPECT(virt_to_page(alias + PAGE_SIZE - 1) == p);
	EXPECT(virt_to_head_page(alias) == compound_head(p));
}

static int in_data = 42, in_bss;
static const int in_rodata = 7;

void
test_virt(struct test *t)
{
	char on_stack = 's', *small, *large;

	small = malloc(100, M_SELFTEST, M_WAITOK | M_ZERO);
	large = malloc(1024 * 1024, M_SELFTEST, M_WAITOK | M_ZERO);
	small[99] = 'x';
	check_virt(t, small);
	check_virt(t, small + 99);
	for (size_t i = 0; i < 1024 * 1024; i += PAGE_SIZE - 1) {
		large[i] = i;
		check_virt(t, large + i);
	}
	check_virt(t, (const void *)(uintptr_t)test_virt);
	check_virt(t, &in_data);
	check_virt(t, &in_bss);
	check_virt(t, &in_rodata);
	/* kldhost's stacks are not of simulated memory, nor in kernel KVA. */
	if ((vm_offset_t)&on_stack < VM_MAX_KERNEL_ADDRESS)
		check_virt(t, &on_stack);
	free(large, M_SELFTEST);
	free(small, M_SELFTEST);
	EXPECT(virt_to_page(NULL) == NULL);
	EXPECT(virt_to_page(0x1000UL) == NULL);
}

static void
check_device(struct test *t, vm_paddr_t start, u_long pages)
{
	u_long pfn = atop(start), i;
	uint64_t shadows = lkpirs_stat("fictitious");
	struct page *p;
	vm_page_t m;

	/* Above RAM no page exists before its range does. */
	EXPECT(pfn_to_page(pfn) == NULL);
	if (!EXPECT(vm_phys_fictitious_reg_range(start, start + ptoa(pages),
	    VM_MEMATTR_UNCACHEABLE) == 0))
		return;
	for (i = 0; i < pages; i++) {
		p = pfn_to_page(pfn + i);
		m = vm_phys_fictitious_to_vm_page(start + ptoa(i));
		if (!EXPECT(p != NULL))
			break;
		EXPECT(p->vm_page == m);
		EXPECT(page_to_pfn(p) == pfn + i);
		EXPECT(page_to_phys(p) == VM_PAGE_TO_PHYS(m));
		EXPECT(vm_page_to_page(m) == p);
		EXPECT(pfn_to_page(pfn + i) == p);
		EXPECT(pfn_valid(pfn + i));
		EXPECT(page_address(p) == NULL);
		EXPECT(compound_head(p) == p && compound_order(p) == 0);
		get_page(p);
		put_page(p);
		if (i == 0)
			MISTAKE(put_page(p));	/* the native wiring stays */
	}
	EXPECT(lkpirs_stat("fictitious") == shadows + i);
	EXPECT(pfn_to_page(pfn - 1) == NULL);
	EXPECT(pfn_to_page(pfn + pages) == NULL);
	/* The same address in a number that no frame has. */
	EXPECT(pfn_to_page(pfn | NO_FRAME) == NULL);
	if (i == pages && i > 1)
		EXPECT(pfn_to_page(pfn) != pfn_to_page(pfn + 1));
	vm_phys_fictitious_unreg_range(start, start + ptoa(pages));
	for (i = 0; i < pages; i++)
		EXPECT(pfn_to_page(pfn + i) == NULL);
	EXPECT(lkpirs_stat("fictitious") == shadows);
}

/* Device memory comes and goes without a word. */
void
test_fictitious(struct test *t)
{
	vm_paddr_t at = roundup2(ptoa(memory_end()), 1UL << 30) + (1UL << 30);

	check_device(t, at, 64);
	check_device(t, at, 64);
	check_device(t, at - ptoa(16), 48);	/* other pages, there again */
	check_device(t, at + ptoa(100), 1);
	check_device(t, at + FAR, 130);	/* far above RAM */
}
