// SPDX-License-Identifier: BSD-2-Clause
//! What lkpi_page.ko does for this kld, and the pages that callers hand in.

use crate::sys::PageRef;
use core::ffi::{c_char, c_int, c_uint, c_ulong, c_void, CStr};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use kpi::bindings;
use kpi::page::{Owner, Page};

// src/lkpi_page/src/capi*.rs.
#[allow(missing_docs)]
extern "C" {
    pub fn lkpirs_alloc_pages_owner(gfp: c_uint, order: c_uint, nid: c_int, high: u64, owner: c_int) -> *mut Page;
    pub fn lkpirs_alloc_pages_bulk_owner(gfp: c_uint, nid: c_int, high: u64, owner: c_int, n: c_ulong, pages: *mut Option<PageRef>) -> c_ulong;
    pub fn lkpirs_put_page(page: *const Page);
    pub fn lkpirs_free_owned_bulk(owner: c_int, n: c_ulong, pages: *mut PageRef);
    pub fn lkpirs_page_live(page: *const Page) -> c_int;
    pub fn lkpirs_pfn_to_page(pfn: usize) -> *mut Page;
    pub fn lkpirs_virt_to_page(va: *const c_void) -> *mut Page;
    pub fn lkpirs_page_misuse(what: *const c_char, object: *const c_void, caller: *const c_void);
}

/// Callers' mistakes seen.
pub static ERRORS: AtomicU64 = AtomicU64::new(0);

/// Report a caller's mistake: counted here and there, printed by lkpi_page
/// (rate-limited, a panic if its tunable says so).
#[cold]
pub fn misuse(what: &CStr, object: *const c_void) {
    ERRORS.fetch_add(1, Relaxed);
    // SAFETY: walks curthread's own stack; `what` is a C string.
    unsafe { lkpirs_page_misuse(what.as_ptr(), object, bindings::kpi_caller()) }
}

/// Whether a pointer is to where pages are, aligned as they are. What is there
/// tells whether it is a pool's page.
#[inline(always)]
pub fn points_to_page(page: *const Page) -> bool {
    // SAFETY: lkpi_page's; the range only grows while this kld is loaded.
    let (first, span) = unsafe { (bindings::lkpirs_vmemmap.first as usize, bindings::lkpirs_vmemmap.span as usize) };
    // One test for both ends and the alignment: the low bits come up on top.
    (page as usize).wrapping_sub(first).rotate_right(const { align_of::<Page>().ilog2() }) < span
}

/// The same, reported if not.
#[inline]
pub fn is_page(page: *const Page) -> bool {
    points_to_page(page) || no_page(page)
}

#[cold]
#[inline(never)]
fn no_page(page: *const Page) -> bool {
    let what = if page.is_null() { c"page_pool: NULL page" } else { c"page_pool: not a page" };
    misuse(what, page.cast());
    false
}

/// The page behind a driver's pointer; reported and `None` unless lkpi_page
/// allocated it and it is live. Slower: not for every buffer.
pub fn live_page_arg(page: *const Page) -> Option<PageRef> {
    // SAFETY: takes any pointer.
    if unsafe { lkpirs_page_live(page) } == 0 {
        no_page(page);
        return None;
    }
    // SAFETY: a shadow; shadows outlive this kld (PageRef).
    unsafe { page.as_ref() }
}

/// A contiguous block of `len` bytes at or below `high` for a driver's data,
/// never sleeping. Given back with [`put_block`].
pub fn alloc_block(len: usize, high: u64) -> Option<PageRef> {
    let pages = len.div_ceil(kpi::PAGE_SIZE).next_power_of_two();
    let nowait = bindings::KPI_M_NOWAIT;
    // SAFETY: plain numbers; NULL or a shadow, which outlives this kld.
    unsafe {
        lkpirs_alloc_pages_owner(nowait, pages.ilog2(), -1, high, Owner::Alloc as c_int).as_ref()
    }
}

/// Give such a block back.
pub fn put_block(page: PageRef) {
    // SAFETY: the one reference of alloc_block().
    unsafe { lkpirs_put_page(page) }
}

/// The first page of the block that a physical address is in, if it has a
/// shadow.
pub fn head_of_phys(pa: u64) -> Option<PageRef> {
    // SAFETY: takes any number.
    head(unsafe { lkpirs_pfn_to_page((pa >> kpi::PAGE_SHIFT) as usize) })
}

/// The first page of the block that a kernel address is in.
pub fn head_of_virt(va: *const c_void) -> Option<PageRef> {
    // SAFETY: takes any address.
    head(unsafe { lkpirs_virt_to_page(va) })
}

fn head(page: *const Page) -> Option<PageRef> {
    // SAFETY: NULL or a shadow, which outlives this kld; a tail names its head.
    unsafe { page.as_ref().and_then(|p| p.head().as_ref()) }
}
