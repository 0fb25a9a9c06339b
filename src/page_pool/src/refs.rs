// SPDX-License-Identifier: BSD-2-Clause
//! What a pool keeps in its pages: the signature in `pp_magic`, and the count
//! of pool references.
//!
//! `pp_ref_count` is the references that users hold: 0 in a page at rest (in
//! the cache, a lane or the ring), which is how a page put twice is seen, 1 in
//! one that was just handed out. A user that finds exactly what it gives back
//! is the last and leaves 1 behind, without an atomic operation if it was 1.

use kpi::page::{Owner, Page};
use kpi::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// The pool's signature (Linux `PP_SIGNATURE`).
pub const SIGNATURE: usize = 0x40;
/// The page has a DMA mapping of its pool; a NULL `bus_dmamap_t` is valid.
const MAPPED: usize = 1 << 7;
/// The page is in its pool's registry, but not mapped.
const LISTED: usize = 1 << 8;
/// Where the index into the pool's registry begins.
const INDEX_SHIFT: u32 = 16;
/// The last index that has a place in the word: a pool of a 32-bit machine has
/// 65,536 mapped pages at most.
pub const LAST_INDEX: u32 = if usize::BITS == 64 { u32::MAX } else { (usize::MAX >> INDEX_SHIFT) as u32 };
/// What does not take part in the signature: bits 0 (compound tail) and 1
/// (pfmemalloc), and the state above the signature.
const LOW: usize = MAPPED - 1 - 3;

/// Initial references of a page that is cut into fragments (`BIAS_MAX`).
pub const BIAS: isize = isize::MAX >> 1;

/// A page that is no page: what a place holds that means nothing.
pub fn nil() -> &'static Page {
    #[cfg(not(loom))]
    {
        static NIL: Page = Page::NONE;
        &NIL
    }
    #[cfg(loom)]
    Box::leak(Box::new(Page::none()))
}

/// Whether the page carries a pool's signature.
#[inline]
pub fn is_signed(page: &Page) -> bool {
    page.pp_magic.load(Relaxed) & LOW == SIGNATURE
}

/// Whether the page was allocated for a pool and carries its signature.
#[inline]
pub fn is_pool(page: &Page) -> bool {
    is_signed(page) && page.page_type.load(Relaxed) == Owner::Pool as i32
}

/// The page enters a pool, in its owner's hands.
pub fn enter(page: &Page, pool: *mut core::ffi::c_void) {
    page.pp_ref_count.store(1, Relaxed);
    page.pp.store(pool, Relaxed);
    let kept = page.pp_magic.load(Relaxed) & 3;
    page.pp_magic.store(kept | SIGNATURE, Relaxed);
}

/// The page leaves its pool. Its last user.
pub fn leave(page: &Page) {
    page.pp_magic.store(0, Relaxed);
    page.pp.store(core::ptr::null_mut(), Relaxed);
    page.pp_ref_count.store(0, Relaxed);
}

/// The page goes to a user. Consumer.
#[inline]
pub fn hand_out(page: &Page) {
    page.pp_ref_count.store(1, Relaxed);
}

/// The page comes to rest. Its last user, before anybody else sees it.
#[inline]
pub fn rest(page: &Page) {
    page.pp_ref_count.store(0, Relaxed);
}

/// The page comes to rest, its last user says; `false` if it is at rest
/// already. Of two at the same time one is right.
pub fn rest_once(page: &Page) -> bool {
    page.pp_ref_count.swap(0, AcqRel) != 0
}

/// How many users a page of a registry has; a page that is being cut has one
/// more than are seen.
pub fn users_seen(page: &Page) -> usize {
    match page.pp_ref_count.load(Relaxed) {
        n if n > BIAS / 2 => 1,
        n => n.max(0) as usize,
    }
}

/// How many users' references a page of this pool has, if nobody but the pool
/// holds the page itself; 0 for any other page. Acquire: what other users
/// wrote to it, before they gave it up, comes before what the caller does next.
///
/// Only pools write `pp` of pages that are allocated for them, and a page that
/// left has no users: with one, the pool is alive and is looked at only then.
#[inline(always)]
pub fn users(page: &Page, pool: *const core::ffi::c_void) -> isize {
    match core::ptr::eq(page.pp.load(Relaxed), pool) && page.is_owned_with(Owner::Pool, 1) {
        true => page.pp_ref_count.load(Acquire),
        false => 0,
    }
}

/// Whether exactly one user has the page. Acquire: what the others wrote to
/// it, before they gave it up, comes before what the caller does next.
#[inline]
pub fn has_one_user(page: &Page) -> bool {
    page.pp_ref_count.load(Acquire) == 1
}

/// Whether nobody has the page: it is at rest.
#[inline]
pub fn is_at_rest(page: &Page) -> bool {
    page.pp_ref_count.load(Relaxed) == 0
}

/// Remember a mapping and its place in the registry. Before anybody else sees
/// the page.
pub fn set_mapped(page: &Page, index: u32) {
    let m = page.pp_magic.load(Relaxed);
    page.pp_magic.store(m | MAPPED | (index as usize) << INDEX_SHIFT, Relaxed);
}

/// Remember the place in the registry of a page that is not mapped. Before
/// anybody else sees the page.
pub fn set_listed(page: &Page, index: u32) {
    let m = page.pp_magic.load(Relaxed);
    page.pp_magic.store(m | LISTED | (index as usize) << INDEX_SHIFT, Relaxed);
}

/// The place in the registry, if the page is mapped.
#[inline]
pub fn mapped(page: &Page) -> Option<u32> {
    let m = page.pp_magic.load(Relaxed);
    (m & MAPPED != 0).then_some((m >> INDEX_SHIFT) as u32)
}

/// The place in the registry, if the page has one.
pub fn place(page: &Page) -> Option<u32> {
    let m = page.pp_magic.load(Relaxed);
    (m & (MAPPED | LISTED) != 0).then_some((m >> INDEX_SHIFT) as u32)
}

/// Give `n` references back; how many are left, and with none the page is the
/// caller's, with one. Negative means that more were given back than there
/// were, and nothing has changed.
#[inline]
pub fn unref(page: &Page, n: isize) -> isize {
    let count = &page.pp_ref_count;
    // Acquire: the other users' writes to the page come before its next use.
    match count.load(Acquire) {
        c if c == n => {
            if n != 1 {
                count.store(1, Release);
            }
            return 0;
        }
        0 => return -n,
        _ => {}
    }
    let left = count.fetch_sub(n, AcqRel) - n;
    if left == 0 {
        count.store(1, Release);
    } else if left < 0 {
        count.fetch_add(n, Relaxed);
    }
    left
}

/// Set the references of a page that has one user (`page_pool_fragment_page`).
#[inline]
pub fn fragment(page: &Page, n: isize) {
    page.pp_ref_count.store(n, Release);
}
