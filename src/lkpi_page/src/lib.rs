// SPDX-License-Identifier: BSD-2-Clause
//! A Linux `struct page` for every physical page, kept beside `vm_page_array`.
//!
//! Which frame a native page has, and which native page a frame has, depends
//! on how FreeBSD lays `vm_page_array` out: [`layout`] has the three ways. The
//! shadows themselves are one sparse array indexed by page frame number:
//! [`chunk`] is the directory that a look-up reads, [`shadow`] makes shadows
//! when they are first asked for. Device memory has shadows of its own in
//! [`fictitious`]. On top, [`block`] allocates and counts references as
//! Linux's page allocator does, [`single`] does that for the usual block of one
//! page, and [`frag`] cuts pages into fragments.
//!
//! Everything is generic over [`Kernel`], so that it runs on a host in tests;
//! the kernel's side is in `kernel.rs`, the C interface in `capi.rs`.
#![cfg_attr(not(test), no_std)]

pub mod block;
pub mod chunk;
pub mod fictitious;
pub mod frag;
pub mod layout;
pub mod shadow;
pub mod single;

#[cfg(target_os = "none")]
pub mod capi;
#[cfg(target_os = "none")]
pub mod capi_alloc;
#[cfg(target_os = "none")]
pub mod kernel;
#[cfg(target_os = "none")]
mod window;
#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod testing;
#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(all(test, not(loom)))]
mod tests_single;

pub use block::Gfp;
pub use shadow::Shadow;

use core::ffi::CStr;
use core::ptr::NonNull;
use kpi::bindings::vm_page;
use kpi::page::{Owner, Page};
use kpi::sync::atomic::Ordering::Relaxed;
use kpi::Pfn;

/// A mistake of a caller that was caught and had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// NULL where a page is wanted.
    Null,
    /// The pointer is no shadow page.
    NotAPage,
    /// The page is not allocated (a second free, or never ours).
    NotAllocated,
    /// Not the order that the block was allocated with.
    WrongOrder,
    /// Not the first page of its block.
    NotHead,
    /// A reference was dropped that nobody held, or taken on a free page.
    NoReference,
    /// The last reference went while a page_pool still has the page.
    InPool,
    /// A compound block cannot be split.
    Compound,
    /// M_WAITOK where the thread may not sleep.
    MaySleep,
    /// An order or a size that no allocation can have.
    TooLarge,
}

impl Misuse {
    /// What the message says.
    pub fn text(self) -> &'static CStr {
        match self {
            Misuse::Null => c"NULL page",
            Misuse::NotAPage => c"pointer is no struct page",
            Misuse::NotAllocated => c"page is not allocated (double free?)",
            Misuse::WrongOrder => c"wrong order",
            Misuse::NotHead => c"not the first page of its block",
            Misuse::NoReference => c"reference count would go below zero",
            Misuse::InPool => c"page is still in a page_pool",
            Misuse::Compound => c"compound block cannot be split",
            Misuse::MaySleep => c"M_WAITOK in a context that may not sleep",
            Misuse::TooLarge => c"order or size too large",
        }
    }
}

/// What a DTrace probe tells (lkpi_page(4), DTRACE PROBES).
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// A block was allocated.
    Alloc {
        /// Its first page.
        head: &'a Page,
    },
    /// A block is about to be freed.
    Free {
        /// Its first page.
        head: &'a Page,
    },
    /// There was no memory for the shadow of this frame.
    Starve {
        /// The frame that was asked for.
        pfn: Pfn,
    },
    /// A page of shadows was backed for this frame.
    Populate {
        /// The frame that was asked for.
        pfn: Pfn,
    },
}

/// How single pages are to be allocated: what is the same for each of many.
#[derive(Clone, Copy)]
pub struct Source {
    /// The flags, as far as the thread may do what they say.
    pub gfp: Gfp,
    /// The node, negative for any.
    pub nid: i32,
    /// What the kernel has made of the flags.
    pub request: u32,
}

/// Blocks that are unmapped at once at most: their list is on the stack.
pub const UNBACK: usize = 64;

/// What the shadow needs of the kernel.
///
/// # Safety
/// Memory handed out is what each method says, and stays so until it is given
/// back: the shadow reads and writes it through raw pointers.
pub unsafe trait Kernel: Sync {
    /// Holds the backing lock.
    type Guard<'a>
    where
        Self: 'a;

    /// Take the backing lock: an ordinary mutex(9), not recursive.
    fn lock(&self) -> Self::Guard<'_>;
    /// `n` zeroed bytes, aligned to 64; never sleeps.
    fn zalloc(&self, n: usize) -> Option<NonNull<u8>>;
    /// Give `zalloc`'s memory back.
    ///
    /// # Safety
    /// `p` came from `zalloc(n)` and is not used again.
    unsafe fn free(&self, p: NonNull<u8>, n: usize);
    /// Reserve the addresses of one chunk, aligned to their size.
    fn reserve(&self) -> Option<NonNull<Page>>;
    /// Give a chunk's addresses back.
    ///
    /// # Safety
    /// `va` came from `reserve`; nothing in it is backed or used any more.
    unsafe fn unreserve(&self, va: NonNull<Page>);
    /// Map one page of zeroes at a block's address; `false` if there is no
    /// page, the reserve included. Never sleeps.
    ///
    /// # Safety
    /// `at` is an unbacked block of a reserved chunk.
    unsafe fn back(&self, at: NonNull<Page>) -> bool;
    /// Unmap and free the pages of these blocks of the chunk at `base`, at
    /// most [`UNBACK`], lowest first. Other CPUs are interrupted once for all.
    ///
    /// # Safety
    /// They were backed; no shadow between the first and the last of them is
    /// used any more.
    unsafe fn unback(&self, base: NonNull<Page>, blocks: &[usize]);

    /// The fictitious native page registered for a frame now.
    fn fictitious(&self, pfn: Pfn) -> Option<NonNull<vm_page>>;
    /// The frame of a fictitious native page; `None` for any other.
    ///
    /// # Safety
    /// `m` points to a `struct vm_page`.
    unsafe fn fictitious_pfn(&self, m: NonNull<vm_page>) -> Option<Pfn>;

    /// Allocate `1 << order` wired, contiguous native pages, aligned to their
    /// size, at or below `high`, on node `nid` if that is not negative.
    fn alloc(&self, gfp: Gfp, order: u32, nid: i32, high: u64) -> Option<NonNull<vm_page>>;
    /// Drop the wiring of one page of such an allocation and free it.
    ///
    /// # Safety
    /// The page came from `alloc` and is released once.
    unsafe fn release(&self, m: NonNull<vm_page>);
    /// Wire a page that something else owns; `false` if it is being freed.
    fn wire(&self, m: NonNull<vm_page>) -> bool;
    /// Drop a wiring; `false` (and nothing done) if there is none but the
    /// owner's.
    fn unwire(&self, m: NonNull<vm_page>) -> bool;
    /// How many wirings a page has.
    fn wire_count(&self, m: NonNull<vm_page>) -> u32;
    /// The frame behind a kernel address, mapped any way.
    fn pfn_at(&self, va: *const u8) -> Option<Pfn>;
    /// Whether memory has an address without being allocated.
    const DIRECT_MAP: bool = true;
    /// The address of a frame's bytes, if it has one. Without a direct map the
    /// frame is of a page that `alloc` gave.
    fn address(&self, pfn: Pfn) -> Option<NonNull<u8>>;

    /// Report a caller's mistake: count it, print it (rate-limited).
    fn misuse(&self, what: Misuse, page: *const Page);
    /// Tell DTrace.
    fn probe(&self, event: Event<'_>);

    /// What [`Kernel::alloc_one`] is to be asked for. M_WAITOK where the thread
    /// may not sleep is reported, and taken out.
    fn source(&self, gfp: Gfp, nid: i32) -> Source {
        Source { gfp, nid, request: 0 }
    }
    /// As `alloc`, one page anywhere.
    fn alloc_one(&self, from: Source) -> Option<NonNull<vm_page>> {
        self.alloc(from.gfp, 0, from.nid, u64::MAX)
    }
    /// Tell DTrace of new blocks of one page.
    fn allocated(&self, pages: &[NonNull<Page>], _owner: Owner) {
        for p in pages {
            // SAFETY: live shadows, as whoever has a NonNull<Page> knows.
            self.probe(Event::Alloc { head: unsafe { p.as_ref() } });
        }
    }
    /// Tell DTrace of a block of one page that is about to be freed, then
    /// release its native page. `owner` is a page_type.
    ///
    /// # Safety
    /// As `release`, for the page's native page.
    unsafe fn release_single(&self, p: &Page, _owner: i32) {
        self.probe(Event::Free { head: p });
        // SAFETY: vm_page is never NULL in a live page; the contract.
        unsafe { self.release(NonNull::new_unchecked(p.vm_page.load(Relaxed))) };
    }
    /// The same for many.
    ///
    /// # Safety
    /// As `release_single`, for each of these shadows.
    unsafe fn release_singles(&self, pages: &[NonNull<Page>], owner: Owner) {
        for p in pages {
            // SAFETY: the contract.
            unsafe { self.release_single(p.as_ref(), owner as i32) };
        }
    }
}
