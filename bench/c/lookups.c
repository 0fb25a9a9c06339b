/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The look-ups of linux/page.h as drivers get them, and beside each Linux's
 * formula for a flat vmemmap of the same struct page, compiled alike.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <vm/vm.h>
#include <vm/pmap.h>
#include <vm/vm_page.h>

#include <linux/page.h>

#include "lookups.h"

/*
 * What a caller does next.  Who holds a page, or just found one, reads a word
 * of it: neither of the two words that the look-ups themselves read.  Who
 * asked for a frame number has both; who asked for the native page holds a
 * page and reads the native one.
 */
#define	READ_FOUND(in, out)	((out)->pp_magic)
#define	READ_HELD(in, out)	((in)->pp_magic + (out))
#define	READ_NATIVE(in, out)	((in)->pp_magic + *(const u_long *)(out))

/* The page whose reference count a caller then raises. */
#define	PAGE_FOUND(in, out)	(out)
#define	PAGE_HELD(in, out)	(in)
#define	PAGE_NATIVE(in, out)	(in)

#define	WAY(way, arg_t, result_t, lookup, what)				\
static u_long								\
way##_used(const u_long *in, size_t n)					\
{									\
	u_long sum = 0;							\
									\
	for (size_t i = 0; i < n; i++) {				\
		arg_t arg = (arg_t)in[i];				\
		result_t out = lookup(arg);				\
		sum += READ_##what(arg, out);				\
	}								\
	return (sum);							\
}									\
									\
static u_long								\
way##_wait(const u_long *in, size_t n)					\
{									\
	const u_long zero = bench_zero;					\
	u_long last = 0;						\
									\
	for (size_t i = 0; i < n; i++) {				\
		arg_t arg = (arg_t)(in[i] + (last & zero));		\
		result_t out = lookup(arg);				\
		last = READ_##what(arg, out);				\
	}								\
	return (last);							\
}									\
									\
static u_long								\
way##_ref(const u_long *in, size_t n)					\
{									\
	u_long sum = 0;							\
									\
	for (size_t i = 0; i < n; i++) {				\
		arg_t arg = (arg_t)in[i];				\
		result_t out = lookup(arg);				\
		sum += READ_##what(arg, out);				\
		atomic_add_int(__DECONST(u_int *,			\
		    &PAGE_##what(arg, out)->_refcount), 1);		\
	}								\
	return (sum);							\
}									\
									\
static u_long								\
way##_bare(const u_long *in, size_t n)					\
{									\
	u_long sum = 0;							\
									\
	for (size_t i = 0; i < n; i++)					\
		sum += (u_long)lookup((arg_t)in[i]);			\
	return (sum);							\
}									\
									\
static u_long								\
way##_chain(const u_long *in, size_t n)					\
{									\
	const u_long zero = bench_zero;					\
	u_long last = 0;						\
									\
	for (size_t i = 0; i < n; i++)					\
		last = (u_long)lookup((arg_t)(in[i] + (last & zero)));	\
	return (last);							\
}

static inline struct page *
peer_pfn_to_page(u_long pfn)
{
	return (bench_vmemmap + pfn);
}

static inline u_long
peer_page_to_pfn(const struct page *page)
{
	return (page - bench_vmemmap);
}

static inline struct page *
peer_virt_to_page(const void *va)
{
	return (bench_vmemmap + (((u_long)va - bench_dmap_base) >> PAGE_SHIFT));
}

static inline struct page *
peer_vm_page_to_page(struct vm_page *m)
{
	return (bench_vmemmap + (m - vm_page_array) + first_page);
}

static inline struct vm_page *
peer_page_to_vm_page(const struct page *page)
{
	return (vm_page_array + (page - bench_vmemmap) - first_page);
}

#define	LOOKUP(name, arg_t, result_t, what)				\
	WAY(ours_##name, arg_t, result_t, name, what)			\
	WAY(peer_##name, arg_t, result_t, peer_##name, what)

LOOKUP(vm_page_to_page, struct vm_page *, struct page *, FOUND)
LOOKUP(page_to_vm_page, const struct page *, struct vm_page *, NATIVE)
LOOKUP(page_to_pfn, const struct page *, u_long, HELD)
LOOKUP(pfn_to_page, u_long, struct page *, FOUND)
LOOKUP(virt_to_page, const void *, struct page *, FOUND)

#define	LOOPS(way) {							\
	way##_used, way##_ref, way##_wait, way##_bare, way##_chain	\
}
#define	ENTRY(name)	{ #name, LOOPS(ours_##name), LOOPS(peer_##name) }

const struct bench_lookup bench_lookups[] = {
	ENTRY(vm_page_to_page),
	ENTRY(page_to_vm_page),
	ENTRY(page_to_pfn),
	ENTRY(pfn_to_page),
	ENTRY(virt_to_page),
};
const size_t bench_nlookups = nitems(bench_lookups);
