// SPDX-License-Identifier: BSD-2-Clause
//! Blocks of pages and their references, as Linux's page allocator has them.
//!
//! One truth for references: a block that we allocated counts in its first
//! page's `_refcount`, and each of its native pages carries exactly one
//! wiring, dropped when the count reaches zero. Any other page (shmem,
//! get_user_pages, kernel memory) is counted by its native wirings alone.
//! A mistaken call has no effect but a report.

use crate::layout::Layout;
use crate::{Event, Kernel, Misuse, Shadow};
use core::ptr::{self, NonNull};
use kpi::bindings::{KPI_GFP_COMP, KPI_GFP_DMA32, KPI_M_NOWAIT, KPI_M_WAITOK};
use kpi::page::{Owner, Page, PG_FICTITIOUS, PG_HEAD, PG_ORDER, PG_OWNED, PG_TAIL};
use kpi::sync::atomic::{AtomicI32, Ordering::{AcqRel, Relaxed}};

/// The largest order: 4 MiB with 4 KiB pages (Linux `MAX_PAGE_ORDER`).
pub const MAX_ORDER: u32 = 10;

/// `pp_magic` of a page in a page_pool, apart from [`PP_MAGIC_IGNORE`].
pub const PP_SIGNATURE: usize = 0x40;
/// Bits that are not part of the signature: compound tail, pfmemalloc, and the
/// pool's own above it.
pub const PP_MAGIC_IGNORE: usize = !0x7c;

/// How to allocate: LinuxKPI's `gfp_t`, which is malloc(9)'s flags and some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gfp(pub u32);

impl Gfp {
    /// Whether the caller allows sleeping: M_WAITOK and not M_NOWAIT.
    pub fn may_sleep(self) -> bool {
        self.0 & (KPI_M_WAITOK | KPI_M_NOWAIT) == KPI_M_WAITOK
    }

    /// The same, never sleeping.
    pub fn nowait(self) -> Gfp {
        Gfp(self.0 & !KPI_M_WAITOK | KPI_M_NOWAIT)
    }

    /// The highest address allowed by `__GFP_DMA32`.
    pub fn high(self) -> u64 {
        if self.0 & KPI_GFP_DMA32 != 0 { u32::MAX as u64 } else { u64::MAX }
    }

    fn compound(self) -> bool {
        self.0 & KPI_GFP_COMP != 0
    }
}

/// Add `n` to a count that is not zero; `false` if it is, or would overflow.
pub fn ref_add(count: &AtomicI32, n: i32) -> bool {
    let mut c = count.load(Relaxed);
    while c > 0 && c <= i32::MAX - n {
        match count.compare_exchange_weak(c, c + n, Relaxed, Relaxed) {
            Ok(_) => return true,
            Err(now) => c = now,
        }
    }
    false
}

/// Take `n` from a count; `None` if it has not that much, else what is left.
pub fn ref_sub(count: &AtomicI32, n: i32) -> Option<i32> {
    let mut c = count.load(Relaxed);
    while n > 0 && c >= n {
        match count.compare_exchange_weak(c, c - n, AcqRel, Relaxed) {
            Ok(_) => return Some(c - n),
            Err(now) => c = now,
        }
    }
    None
}

/// The shadow `i` places after another. Shadows are memory of the system's, any of
/// whose addresses is good; a reference would be good for its own page only.
///
/// # Safety
/// It is in a backed block.
unsafe fn nth(first: &Page, i: usize) -> &Page {
    let at = ptr::from_ref(first).expose_provenance() + i * size_of::<Page>();
    // SAFETY: the contract; shadows outlive every reference to them.
    unsafe { &*ptr::with_exposed_provenance(at) }
}

impl<L: Layout, K: Kernel> Shadow<L, K> {
    /// Allocate `1 << order` contiguous pages for an owner, with one
    /// reference. Sleeps only if `gfp` allows it. `None`: no memory, or an
    /// order that cannot be had.
    pub fn alloc(&self, gfp: Gfp, order: u32, nid: i32, high: u64, owner: Owner) -> Option<NonNull<Page>> {
        if order == 0 {
            return self.alloc_single(gfp, nid, high.min(gfp.high()), owner);
        }
        if order > MAX_ORDER {
            self.kernel.misuse(Misuse::TooLarge, ptr::null());
            return None;
        }
        let m = self.kernel.alloc(gfp, order, nid, high.min(gfp.high()))?;
        let pages = 1usize << order;
        // SAFETY: the kernel's page, just allocated.
        let head = (unsafe { self.page_of(m) }).filter(|h| {
            // SAFETY: a live shadow.
            let pfn = unsafe { h.as_ref() }.pfn();
            (1..pages).all(|i| self.page(pfn + i).is_some())
        });
        let Some(head) = head else {
            for i in 0..pages {
                // SAFETY: contiguous pages of the block; released once.
                unsafe { self.kernel.release(m.add(i)) };
            }
            return None;
        };
        self.prepare(head, order, gfp.compound(), owner);
        // SAFETY: a live shadow.
        self.kernel.probe(Event::Alloc { head: unsafe { head.as_ref() } });
        Some(head)
    }

    /// Fill in the shadows of a new block; the first page goes last.
    fn prepare(&self, head: NonNull<Page>, order: u32, compound: bool, owner: Owner) {
        for i in (0..1usize << order).rev() {
            // SAFETY: all shadows of the block are backed and contiguous: the
            // block is aligned to its size, which divides a chunk's.
            let p = unsafe { head.add(i).as_ref() };
            match i {
                0 => clear(p, owner, 1),
                _ => clear(p, Owner::None, 0),
            }
            match i {
                0 => p.set_low_flags(PG_OWNED | order as usize | if compound { PG_HEAD } else { 0 }),
                _ if compound => {
                    p.pp_magic.store(head.as_ptr() as usize | 1, Relaxed);
                    p.set_low_flags(PG_OWNED | PG_TAIL);
                }
                _ => p.set_low_flags(PG_OWNED),
            }
        }
    }

    /// The last reference is gone: give the native pages back. What the owner
    /// left in its words stays: it means nothing in a page that is not owned,
    /// and `alloc` clears it.
    fn release(&self, head: &Page) {
        self.kernel.probe(Event::Free { head });
        let order = head.order();
        for i in (0..1usize << order).rev() {
            // SAFETY: a page of this block, which is live until released.
            let p = unsafe { nth(head, i) };
            p.set_low_flags(0);
            // SAFETY: vm_page is never NULL in a live page; the one wiring is
            // dropped here and nowhere else.
            unsafe { self.kernel.release(NonNull::new_unchecked(p.vm_page.load(Relaxed))) };
        }
    }

    /// Take a reference to any page; see [`Shadow::get`].
    #[cold]
    #[inline(never)]
    pub(crate) fn get_any(&self, p: *const Page) {
        let r = self.check(p).and_then(|p| {
            let head = self.head(p);
            match head.is_owned() {
                true if !ref_add(&head.refcount, 1) => Err(Misuse::NoReference),
                false if !self.kernel.wire(native(head)) => Err(Misuse::NotAllocated),
                _ => Ok(()),
            }
        });
        self.report(r, p);
    }

    /// Drop `n` references at once.
    #[cold]
    #[inline(never)]
    pub fn put_many(&self, p: *const Page, n: i32) {
        let r = self.check(p).and_then(|p| {
            let head = self.head(p);
            if !head.is_owned() {
                return self.put_foreign(head);
            }
            self.put_owned(head, n)
        });
        self.report(r, p);
    }

    fn put_owned(&self, head: &Page, n: i32) -> Result<(), Misuse> {
        let magic = head.pp_magic.load(Relaxed) & !PP_MAGIC_IGNORE;
        if magic == PP_SIGNATURE && head.refcount.load(Relaxed) == n && in_pool(head) {
            return Err(Misuse::InPool);
        }
        match ref_sub(&head.refcount, n) {
            None => Err(Misuse::NoReference),
            Some(0) => {
                self.release(head);
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    fn put_foreign(&self, p: &Page) -> Result<(), Misuse> {
        if self.kernel.unwire(native(p)) { Ok(()) } else { Err(Misuse::NotAllocated) }
    }

    /// `__free_pages` of any block; see [`Shadow::free`].
    #[cold]
    #[inline(never)]
    pub(crate) fn free_any(&self, p: *const Page, order: u32) {
        let r = self.check(p).and_then(|p| match p.low_flags() {
            f if f & PG_OWNED == 0 => Err(Misuse::NotAllocated),
            f if f & PG_TAIL != 0 => Err(Misuse::NotHead),
            _ if p.refcount.load(Relaxed) <= 0 => Err(Misuse::NotHead),
            f if (f & PG_ORDER) as u32 != order => Err(Misuse::WrongOrder),
            _ => self.put_owned(p, 1),
        });
        self.report(r, p);
    }

    /// Linux `split_page`: make a block of `1 << order` pages that many blocks
    /// of one page, each with a reference. Not for compound blocks.
    pub fn split(&self, p: *const Page, order: u32) {
        let r = self.check(p).and_then(|head| {
            let f = head.low_flags();
            if f & PG_OWNED == 0 {
                return Err(Misuse::NotAllocated);
            }
            if f & (PG_HEAD | PG_TAIL) != 0 {
                return Err(Misuse::Compound);
            }
            if head.refcount.load(Relaxed) <= 0 {
                return Err(Misuse::NotHead);
            }
            if head.order() != order {
                return Err(Misuse::WrongOrder);
            }
            let owner = head.page_type.load(Relaxed);
            for i in (0..1usize << order).rev() {
                // SAFETY: a page of this live block.
                let p = unsafe { nth(head, i) };
                p.page_type.store(owner, Relaxed);
                p.set_low_flags(PG_OWNED);
                if i > 0 {
                    p.refcount.store(1, Relaxed);
                }
            }
            Ok(())
        });
        self.report(r, p);
    }

    /// Linux `page_count`: references at this moment; 0 for a bad pointer.
    pub fn count(&self, p: *const Page) -> i32 {
        match self.check(p) {
            Err(e) => {
                self.report(Err(e), p);
                0
            }
            Ok(p) => {
                let head = self.head(p);
                if head.is_owned() {
                    head.refcount.load(Relaxed)
                } else {
                    self.kernel.wire_count(native(head)) as i32
                }
            }
        }
    }

    /// Whether the pointer is a page of a block that we allocated and that
    /// still has references. Any context; never faults.
    pub fn is_live(&self, p: *const Page) -> bool {
        self.check(p).is_ok_and(|p| {
            let head = self.head(p);
            head.is_owned() && head.refcount.load(Relaxed) > 0
        })
    }

    /// The first page of a page's compound block.
    pub fn head<'a>(&'a self, p: &'a Page) -> &'a Page {
        // SAFETY: a tail names its head as long as it is one; both are shadows
        // that live as long as self.
        unsafe { &*p.head() }
    }

    /// The address of a page's bytes (Linux `page_address`); `None` if it has
    /// none without being mapped.
    #[inline]
    pub fn address(&self, p: *const Page) -> Option<NonNull<u8>> {
        match self.owned(p, 0) {
            Some(p) => self.kernel.address(p.pfn()),
            None => self.address_of_any(p),
        }
    }

    /// The same for a page that is not ours, or the tail of a block.
    #[inline(never)]
    fn address_of_any(&self, p: *const Page) -> Option<NonNull<u8>> {
        match self.check(p) {
            Ok(p) if p.low_flags() & PG_FICTITIOUS != 0 => None,
            Ok(p) if !K::DIRECT_MAP && !p.is_owned() => None,
            Ok(p) => self.kernel.address(p.pfn()),
            Err(e) => {
                self.report(Err(e), p);
                None
            }
        }
    }

    pub(crate) fn report(&self, r: Result<(), Misuse>, p: *const Page) {
        if let Err(e) = r {
            self.kernel.misuse(e, p);
        }
    }
}

pub(crate) fn in_pool(p: &Page) -> bool {
    !p.pp.load(Relaxed).is_null()
        && p.page_type.load(Relaxed) == Owner::Pool as i32
}

pub(crate) fn native(p: &Page) -> NonNull<kpi::bindings::vm_page> {
    // SAFETY: vm_page is never NULL in a live page (Page's invariant), and
    // check() only passes live ones.
    unsafe { NonNull::new_unchecked(p.vm_page.load(Relaxed)) }
}

/// Set every word but the flags and the native page, as in a new block. Only the words of an
/// owned page are known to be somebody's: those of any other hold what its
/// last owner, or a user of a foreign page, has left.
#[inline(always)]
pub(crate) fn clear(p: &Page, owner: Owner, refs: i32) {
    p.pp_magic.store(0, Relaxed);
    p.pp.store(ptr::null_mut(), Relaxed);
    p.pp_dma_map.store(ptr::null_mut(), Relaxed);
    p.dma_addr.store(0, Relaxed);
    p.pp_ref_count.store(0, Relaxed);
    p.page_type.store(owner as i32, Relaxed);
    p.refcount.store(refs, Relaxed);
}
