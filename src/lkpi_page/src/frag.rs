// SPDX-License-Identifier: BSD-2-Clause
//! Page fragments (Linux `page_frag_alloc`): pieces of a block, each holding a
//! reference to it.
//!
//! The cache takes a large number of references (the bias) at once and hands
//! one out with each fragment by a plain subtraction; what is left of the bias
//! goes back when the block is used up.

use crate::block::Gfp;
use crate::layout::Layout;
use crate::{Kernel, Misuse, Shadow};
use core::ffi::c_int;
use core::ptr::{self, NonNull};
use kpi::bindings::{KPI_GFP_COMP, KPI_GFP_NORETRY};
use kpi::page::Owner;
use kpi::sync::atomic::Ordering::{Acquire, Relaxed};
use kpi::PAGE_SIZE;

/// Fragments come from blocks of this order where memory allows it.
const ORDER: u32 = 3;
/// The largest fragment.
pub const MAX_FRAG: usize = PAGE_SIZE << ORDER;
/// References taken at once: more than a block has fragments.
const BIAS: c_int = MAX_FRAG as c_int + 1;
/// Fragments begin on cache lines: two devices never share one.
const ALIGN: usize = 64;

/// `struct page_frag_cache` of linux/gfp.h; zeroed when new. One user at a
/// time, whoever owns it sees to that.
#[repr(C)]
pub struct PageFragCache {
    /// The block's address; NULL if there is none.
    pub va: *mut u8,
    /// References to the block that the cache still has.
    pub pagecnt_bias: c_int,
    /// Where the next fragment begins.
    pub offset: u32,
    /// Bytes in the block.
    pub size: u32,
}

impl<L: Layout, K: Kernel> Shadow<L, K> {
    /// A fragment of at least `size` bytes, aligned to a cache line. `None`:
    /// no memory, or a size that no block has. Sleeps only if `gfp` allows it.
    pub fn frag_alloc(&self, cache: &mut PageFragCache, size: usize, gfp: Gfp) -> Option<NonNull<u8>> {
        if size == 0 || size > MAX_FRAG {
            self.kernel.misuse(Misuse::TooLarge, ptr::null());
            return None;
        }
        let size = size.next_multiple_of(ALIGN);
        if cache.va.is_null() || cache.offset as usize + size > cache.size as usize {
            self.frag_refill(cache, size, gfp)?;
        }
        let at = cache.va.wrapping_add(cache.offset as usize);
        cache.offset += size as u32;
        cache.pagecnt_bias -= 1;
        NonNull::new(at)
    }

    /// Get a block that has room for `size`: the present one if every fragment
    /// came back, else a new one.
    #[cold]
    fn frag_refill(&self, cache: &mut PageFragCache, size: usize, gfp: Gfp) -> Option<()> {
        if let Some(va) = NonNull::new(cache.va) {
            let page = self.page_at(va)?;
            // SAFETY: the cache's references keep the block live.
            let head = self.head(unsafe { page.as_ref() });
            if head.refcount.load(Acquire) == cache.pagecnt_bias && size <= cache.size as usize {
                head.refcount.store(BIAS, Relaxed);
                cache.pagecnt_bias = BIAS;
                cache.offset = 0;
                return Some(());
            }
            self.put_many(head, cache.pagecnt_bias);
            cache.va = ptr::null_mut();
        }
        let large = Gfp(gfp.nowait().0 | KPI_GFP_COMP | KPI_GFP_NORETRY);
        let high = u64::MAX;
        let (page, order) = match self.alloc(large, ORDER, -1, high, Owner::Frag) {
            Some(p) => (p, ORDER),
            None if size <= PAGE_SIZE => (self.alloc(gfp, 0, -1, high, Owner::Frag)?, 0),
            None => return None,
        };
        // SAFETY: just allocated.
        let head = unsafe { page.as_ref() };
        let Some(va) = self.kernel.address(head.pfn()) else {
            self.put(head);
            return None;
        };
        head.refcount.store(BIAS, Relaxed);
        *cache = PageFragCache {
            va: va.as_ptr(),
            pagecnt_bias: BIAS,
            offset: 0,
            size: (PAGE_SIZE << order) as u32,
        };
        Some(())
    }

    /// Give a cache's block back (Linux `page_frag_cache_drain`); fragments
    /// that are out keep it until they are freed.
    pub fn frag_drain(&self, cache: &mut PageFragCache) {
        if let Some(page) = NonNull::new(cache.va).and_then(|va| self.page_at(va)) {
            self.put_many(page.as_ptr(), cache.pagecnt_bias);
        }
        *cache = PageFragCache { va: ptr::null_mut(), pagecnt_bias: 0, offset: 0, size: 0 };
    }

    fn page_at(&self, va: NonNull<u8>) -> Option<NonNull<kpi::page::Page>> {
        self.page(self.kernel.pfn_at(va.as_ptr())?)
    }
}

// The bias is only ever returned as a whole or counted down by fragments.
const _: () = assert!(BIAS as usize > MAX_FRAG / ALIGN);
