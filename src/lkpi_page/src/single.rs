// SPDX-License-Identifier: BSD-2-Clause
//! The usual block: one page. What [`crate::block`] does for any page and any
//! order is done here for a page that is allocated, or is owned and the first
//! of its block, in as few steps as there are checks; whatever looks
//! different goes there, and is judged and reported there.

use crate::block::{clear, in_pool, native, Gfp};
use crate::layout::Layout;
use crate::{Event, Kernel, Shadow, Source};
use core::ptr::NonNull;
use kpi::bindings::vm_page;
use kpi::page::{Owner, Page, PFN_SHIFT, PG_HEAD, PG_ORDER, PG_OWNED, PG_TAIL};
use kpi::sync::atomic::{AtomicI32, Ordering::{AcqRel, Relaxed}};
use kpi::{Pfn, PAGE_SHIFT};

/// Take one reference more if that needs no second try.
#[inline(always)]
pub fn ref_inc(count: &AtomicI32) -> bool {
    let c = count.load(Relaxed);
    // From 1 to MAX - 1.
    (c as u32).wrapping_sub(1) < i32::MAX as u32 - 1
        && count.compare_exchange(c, c + 1, Relaxed, Relaxed).is_ok()
}

/// Give one of `seen` references back, if there are still so many: of all who
/// give the last one back exactly one gets `true`.
#[inline(always)]
pub fn ref_dec(count: &AtomicI32, seen: i32) -> bool {
    count.compare_exchange(seen, seen - 1, AcqRel, Relaxed).is_ok()
}

impl<L: Layout, K: Kernel> Shadow<L, K> {
    /// Allocate single pages for an owner, each with one reference, at or
    /// below `high`; the number of places filled from the first on. Only the
    /// first is worth a sleep, if `gfp` allows it.
    pub fn alloc_bulk(&self, gfp: Gfp, nid: i32, high: u64, owner: Owner, places: &mut [Option<NonNull<Page>>]) -> usize {
        let high = high.min(gfp.high());
        let first = gfp.may_sleep() as usize;
        if first != 0 {
            match places.first_mut() {
                None => return 0,
                Some(place) => *place = self.alloc_single(gfp, nid, high, owner),
            }
            if places[0].is_none() {
                return 0;
            }
        }
        let from = self.kernel.source(gfp.nowait(), nid);
        let mut n = first;
        while n < places.len() {
            let Some(page) = self.alloc_from(from, end_of(high), owner) else { break };
            places[n] = Some(page);
            n += 1;
        }
        if n < places.len() && high != u64::MAX {
            n += self.alloc_low(from, high, owner, &mut places[n..]);
        }
        // SAFETY: these places are filled, and an Option<NonNull> that is Some
        // is the pointer.
        let new = unsafe { core::slice::from_raw_parts(places.as_ptr().add(first).cast::<NonNull<Page>>(), n - first) };
        self.kernel.allocated(new, owner);
        n
    }

    /// One page for an owner (Linux `alloc_page`); as [`Shadow::alloc`].
    #[inline(always)]
    pub fn alloc_page(&self, gfp: Gfp, nid: i32, owner: Owner) -> Option<NonNull<Page>> {
        match gfp.high() {
            u64::MAX => self.told(self.alloc_from(self.kernel.source(gfp, nid), u64::MAX, owner)),
            high => self.alloc_single(gfp, nid, high, owner),
        }
    }

    /// One page at or below `high`.
    #[cold]
    #[inline(never)]
    pub(crate) fn alloc_single(&self, gfp: Gfp, nid: i32, high: u64, owner: Owner) -> Option<NonNull<Page>> {
        let from = self.kernel.source(gfp, nid);
        let mut place = [self.alloc_from(from, end_of(high), owner)];
        if place[0].is_none() && high != u64::MAX {
            self.alloc_low(from, high, owner, &mut place);
        }
        self.told(place[0])
    }

    #[inline(always)]
    fn told(&self, page: Option<NonNull<Page>>) -> Option<NonNull<Page>> {
        // SAFETY: a live shadow.
        self.kernel.probe(Event::Alloc { head: unsafe { page?.as_ref() } });
        page
    }

    /// The next free page, if its frame is below `end` and has a shadow.
    #[inline(always)]
    fn alloc_from(&self, from: Source, end: u64, owner: Owner) -> Option<NonNull<Page>> {
        let m = self.kernel.alloc_one(from)?;
        // SAFETY: just allocated.
        let pfn = unsafe { self.layout.pfn_of_memory(m) };
        if pfn as u64 >= end {
            return self.refuse(m);
        }
        self.dress(m, pfn, owner)
    }

    /// Where pages below `high` are rare: ask for such, one by one.
    #[cold]
    #[inline(never)]
    fn alloc_low(&self, from: Source, high: u64, owner: Owner, places: &mut [Option<NonNull<Page>>]) -> usize {
        for (i, place) in places.iter_mut().enumerate() {
            let page = self.kernel.alloc(from.gfp, 0, from.nid, high).and_then(|m| {
                // SAFETY: just allocated.
                self.dress(m, unsafe { self.layout.pfn_of_memory(m) }, owner)
            });
            if page.is_none() {
                return i;
            }
            *place = page;
        }
        places.len()
    }

    /// Fill the shadow of a native page of ours in; without one it is given
    /// back. A frame that the kernel allocates is memory: a backed block has
    /// its shadow, holes or not.
    #[inline(always)]
    fn dress(&self, m: NonNull<vm_page>, pfn: Pfn, owner: Owner) -> Option<NonNull<Page>> {
        // SAFETY: the directory covers memory (Shadow's invariant).
        let backed = unsafe { self.dir.backed_below(pfn) };
        let Some(page) = backed.or_else(|| self.miss(pfn)) else { return self.refuse(m) };
        // SAFETY: a live shadow.
        let p = unsafe { page.as_ref() };
        debug_assert_eq!(native(p), m);
        clear(p, owner, 1);
        p.flags.store(pfn << PFN_SHIFT | PG_OWNED, Relaxed);
        Some(page)
    }

    #[cold]
    #[inline(never)]
    fn refuse(&self, m: NonNull<vm_page>) -> Option<NonNull<Page>> {
        // SAFETY: allocated by the caller, known to nobody else.
        unsafe { self.kernel.release(m) };
        None
    }

    /// The page, if the pointer surely is to one that we allocated, with none
    /// of these flags; PG_TAIL always is one: a tail counts in its head.
    #[inline(always)]
    pub(crate) fn owned(&self, p: *const Page, without: usize) -> Option<&Page> {
        if !self.by_address.is_hit(p as usize) {
            return None;
        }
        // SAFETY: a shadow of a backed block; one that is owned is of memory.
        let p = unsafe { &*p };
        (p.low_flags() & (PG_OWNED | PG_TAIL | without) == PG_OWNED).then_some(p)
    }

    /// Take a reference (Linux `get_page`). Any context.
    #[inline(always)]
    pub fn get(&self, p: *const Page) {
        match self.owned(p, 0) {
            Some(p) if ref_inc(&p.refcount) => (),
            _ => self.get_any(p),
        }
    }

    /// Drop a reference (Linux `put_page`); the last one frees the block.
    /// Wherever vm_page_free(9) may be called.
    #[inline(always)]
    pub fn put(&self, p: *const Page) {
        let Some(page) = self.owned(p, 0) else { return self.put_many(p, 1) };
        let refs = page.refcount.load(Relaxed);
        // The last of a larger block or of one that a pool has, and mistakes.
        let odd = if refs == 1 { page.low_flags() & LARGER != 0 || in_pool(page) } else { refs < 1 };
        if odd || !ref_dec(&page.refcount, refs) {
            return self.put_many(p, 1);
        }
        if refs == 1 {
            self.free_single(page)
        }
    }

    /// Linux `__free_pages`: drop the allocation's own reference. The order
    /// must be that of the allocation.
    #[inline(always)]
    pub fn free(&self, p: *const Page, order: u32) {
        match self.owned(p, LARGER) {
            Some(page) if order == 0 && !in_pool(page) && ref_dec(&page.refcount, 1) => self.free_single(page),
            _ => self.free_any(p, order),
        }
    }

    /// Free a block of one page whose last reference was given back.
    #[inline(always)]
    fn free_single(&self, p: &Page) {
        let owner = p.page_type.load(Relaxed);
        p.set_low_flags(0);
        // SAFETY: the one wiring of an owned page, whose last reference was
        // given back just now, by one.
        unsafe { self.kernel.release_single(p, owner) };
    }

    /// Drop one reference of each of these pages of an owner, as
    /// [`Shadow::put`] does. What is in the slice afterwards means nothing.
    pub fn put_bulk(&self, owner: Owner, pages: &mut [*const Page]) {
        let mut last = 0;
        for i in 0..pages.len() {
            let page = pages[i];
            match self.owned(page, LARGER) {
                Some(p)
                    if p.is_owned_with(owner, 1) && p.pp.load(Relaxed).is_null() && ref_dec(&p.refcount, 1) =>
                {
                    p.set_low_flags(0);
                    // SAFETY: at most one more a turn, so last <= i.
                    unsafe { *pages.get_unchecked_mut(last) = page };
                    last += 1;
                }
                _ => self.put_many(page, 1),
            }
        }
        // SAFETY: the first `last` are shadows, not NULL, and owned until their
        // last references were given back just now.
        unsafe {
            let pages = core::slice::from_raw_parts(pages.as_ptr().cast::<NonNull<Page>>(), last);
            self.kernel.release_singles(pages, owner)
        }
    }
}

/// What a block of one page has none of.
const LARGER: usize = PG_HEAD | PG_ORDER;

/// The first frame that is not wholly at or below an address.
#[inline(always)]
fn end_of(high: u64) -> u64 {
    high.saturating_add(1) >> PAGE_SHIFT
}
