// SPDX-License-Identifier: BSD-2-Clause
//! The C interface to blocks of pages, their references and fragments:
//! `linux/gfp.h` and the first half of `linux/mm.h`. Contexts: as `capi.rs`.

use crate::block::Gfp;
use crate::capi::{lkpirs_page_address, lkpirs_virt_to_page, raw};
use crate::frag::PageFragCache;
use crate::kernel::machine;
use core::ffi::{c_int, c_uint, c_ulong, c_void};
use core::ptr::{self, NonNull};
use kpi::bindings;
use kpi::page::{Owner, Page};

/// Allocate for one of the owners of linux/page.h, at or below `high`.
/// Compound for order > 0. Sleeps if `gfp` allows it.
#[no_mangle]
pub extern "C" fn lkpirs_alloc_pages_owner(gfp: c_uint, order: c_uint, nid: c_int, high: u64, owner: c_int) -> *mut Page {
    let gfp = Gfp(gfp | bindings::KPI_GFP_COMP);
    raw(machine().and_then(|m| m.alloc(gfp, order, nid, high, Owner::from_raw(owner))))
}

/// Linux `alloc_pages`. Sleeps if `gfp` allows it.
#[no_mangle]
pub extern "C" fn lkpirs_alloc_pages(gfp: c_uint, order: c_uint) -> *mut Page {
    lkpirs_alloc_pages_node(-1, gfp, order)
}

/// Linux `alloc_pages_node`. Sleeps if `gfp` allows it.
#[no_mangle]
pub extern "C" fn lkpirs_alloc_pages_node(nid: c_int, gfp: c_uint, order: c_uint) -> *mut Page {
    raw(machine().and_then(|m| match order {
        0 => m.alloc_page(Gfp(gfp), nid, Owner::Alloc),
        _ => m.alloc(Gfp(gfp), order, nid, u64::MAX, Owner::Alloc),
    }))
}

/// Linux `alloc_pages_bulk`: fill the NULL places; returns how many places
/// from the first hold a page now. Sleeps if `gfp` allows it.
///
/// # Safety
/// `pages` has `n` places.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_alloc_pages_bulk(gfp: c_uint, nid: c_int, n: c_ulong, pages: *mut *mut Page) -> c_ulong {
    // SAFETY: the contract.
    let places = unsafe { core::slice::from_raw_parts_mut(pages, n as usize) };
    for (i, p) in places.iter_mut().enumerate() {
        if p.is_null() {
            *p = lkpirs_alloc_pages_node(nid, gfp, 0);
            if p.is_null() {
                return i as c_ulong;
            }
        }
    }
    n
}

/// Allocate `n` pages for one of the owners of linux/page.h, each at or below
/// `high`; returns how many came. Only the first is worth a sleep, if `gfp`
/// allows it.
///
/// # Safety
/// `pages` has `n` places, of any contents.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_alloc_pages_bulk_owner(gfp: c_uint, nid: c_int, high: u64, owner: c_int, n: c_ulong, pages: *mut *mut Page) -> c_ulong {
    let Some(m) = machine() else { return 0 };
    // SAFETY: the contract; an Option<NonNull> is any pointer.
    let places = unsafe { core::slice::from_raw_parts_mut(pages.cast::<Option<NonNull<Page>>>(), n as usize) };
    m.alloc_bulk(Gfp(gfp), nid, high, Owner::from_raw(owner), places) as c_ulong
}

/// Drop one reference of each of `n` pages of an owner, as [`lkpirs_put_page`]
/// does, and as fast as can be for the last references of single pages.
/// Pointers are checked; what is in `pages` afterwards means nothing.
///
/// # Safety
/// `pages` has `n` places, which nobody else uses meanwhile.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_free_owned_bulk(owner: c_int, n: c_ulong, pages: *mut *const Page) {
    if let Some(m) = machine() {
        // SAFETY: the contract.
        let pages = unsafe { core::slice::from_raw_parts_mut(pages, n as usize) };
        m.put_bulk(Owner::from_raw(owner), pages)
    }
}

/// Linux `__free_pages`.
#[no_mangle]
pub extern "C" fn lkpirs_free_pages(page: *mut Page, order: c_uint) {
    if let Some(m) = machine() {
        m.free(page, order)
    }
}

/// Linux `__get_free_pages`: the address of such a block, 0 if there is none.
#[no_mangle]
pub extern "C" fn lkpirs_alloc_kmem(gfp: c_uint, order: c_uint) -> usize {
    let page = lkpirs_alloc_pages(gfp, order);
    if page.is_null() {
        return 0;
    }
    let va = lkpirs_page_address(page) as usize;
    if va == 0 {
        lkpirs_free_pages(page, order);
    }
    va
}

/// Linux `free_pages`.
#[no_mangle]
pub extern "C" fn lkpirs_free_kmem(va: usize, order: c_uint) {
    lkpirs_free_pages(lkpirs_virt_to_page(va as *const c_void), order)
}

/// Linux `split_page`.
#[no_mangle]
pub extern "C" fn lkpirs_split_page(page: *mut Page, order: c_uint) {
    if let Some(m) = machine() {
        m.split(page, order)
    }
}

/// Linux `get_page`.
#[no_mangle]
pub extern "C" fn lkpirs_get_page(page: *mut Page) {
    if let Some(m) = machine() {
        m.get(page)
    }
}

/// Linux `put_page`.
#[no_mangle]
pub extern "C" fn lkpirs_put_page(page: *mut Page) {
    if let Some(m) = machine() {
        m.put(page)
    }
}

/// Linux `page_count`.
#[no_mangle]
pub extern "C" fn lkpirs_page_count(page: *mut Page) -> c_int {
    machine().map_or(0, |m| m.count(page))
}

/// Linux `page_frag_alloc`: NULL without memory. Sleeps if `gfp` allows it.
///
/// # Safety
/// `cache` is a page_frag_cache that nobody else uses meanwhile.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_frag_alloc(cache: *mut PageFragCache, size: usize, gfp: c_uint) -> *mut c_void {
    let (Some(m), Some(mut cache)) = (machine(), NonNull::new(cache)) else { return ptr::null_mut() };
    // SAFETY: the contract.
    let cache = unsafe { cache.as_mut() };
    m.frag_alloc(cache, size, Gfp(gfp)).map_or(ptr::null_mut(), |p| p.as_ptr().cast())
}

/// Linux `page_frag_free`.
#[no_mangle]
pub extern "C" fn lkpirs_page_frag_free(va: *mut c_void) {
    lkpirs_put_page(lkpirs_virt_to_page(va))
}

/// Linux `__page_frag_cache_drain`: drop `count` references of the block.
#[no_mangle]
pub extern "C" fn lkpirs_page_frag_cache_drain(page: *mut Page, count: usize) {
    if let Some(m) = machine() {
        m.put_many(page, count.min(c_int::MAX as usize) as c_int)
    }
}

/// Linux `page_frag_cache_drain`: give the cache's block back and reset it.
///
/// # Safety
/// `cache` is a page_frag_cache that nobody else uses meanwhile.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_frag_cache_destroy(cache: *mut PageFragCache) {
    if let (Some(m), Some(mut cache)) = (machine(), NonNull::new(cache)) {
        // SAFETY: the contract.
        m.frag_drain(unsafe { cache.as_mut() })
    }
}
