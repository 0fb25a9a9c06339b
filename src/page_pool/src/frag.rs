// SPDX-License-Identifier: BSD-2-Clause
//! Fragments: a page cut into pieces for one user each.
//!
//! A page being cut starts with [`BIAS`] references, so that handing a piece
//! out needs no atomic operation: the consumer counts its users privately, and
//! when it is done with the page gives back what it did not hand out.

use crate::pool::{Consumer, Pool};
use crate::refs::{self, BIAS};
use crate::sys::{Gfp, PageRef, Sys};
use kpi::sync::atomic::Ordering::Acquire;

/// Pieces begin at multiples of this: what the data behind a packet needs, and
/// where caches are not coherent with DMA, a cache line.
pub const ALIGN: u32 = if cfg!(any(target_arch = "x86_64", target_arch = "x86")) { 8 } else { 128 };

impl Consumer {
    /// Whether the consumer may take back a piece that it handed out itself.
    #[inline]
    pub(crate) fn has_piece_of(&self, page: PageRef) -> bool {
        self.frag_users > 0 && self.frag_page.is_some_and(|p| core::ptr::eq(p, page))
    }
}

impl<S: Sys> Pool<S> {
    /// Bytes in one page (block) of this pool.
    pub fn page_bytes(&self) -> u32 {
        u32::try_from((kpi::PAGE_SIZE as u64) << self.cfg.order.min(20)).unwrap_or(u32::MAX)
    }

    /// A piece of `size` bytes; its page and where in the page it begins.
    /// Consumer; sleeps if `gfp` allows it.
    pub fn alloc_frag(&self, c: &mut Consumer, size: u32, gfp: Gfp) -> Option<(PageRef, u32)> {
        let max = self.page_bytes();
        if size > max {
            self.sys.misuse(c"page_pool: fragment larger than a page", core::ptr::null());
            return None;
        }
        let size = size.next_multiple_of(ALIGN).min(max);
        let offset = c.frag_offset;
        if let Some(page) = c.frag_page {
            if size <= max.saturating_sub(offset) {
                c.frag_users += 1;
                c.frag_offset = offset + size;
                self.count_fast();
                return Some((page, offset));
            }
        }
        let page = match c.frag_page.take().and_then(|page| self.drain_frag(c, page)) {
            Some(page) => {
                self.count_fast();
                page
            }
            None => self.alloc(c, gfp)?,
        };
        c.frag_page = Some(page);
        c.frag_users = 1;
        c.frag_offset = size;
        refs::fragment(page, BIAS);
        Some((page, 0))
    }

    /// A piece, or a whole page if two pieces of that size do not fit; the
    /// last piece gets what is left. Its page, beginning and true size.
    /// Consumer; sleeps if `gfp` allows it.
    pub fn alloc_sized(&self, c: &mut Consumer, size: u32, gfp: Gfp) -> Option<(PageRef, u32, u32)> {
        let max = self.page_bytes();
        if u64::from(size) * 2 > u64::from(max) {
            return self.alloc(c, gfp).map(|page| (page, 0, max));
        }
        let (page, offset) = self.alloc_frag(c, size, gfp)?;
        if u64::from(c.frag_offset) + u64::from(size) > u64::from(max) {
            c.frag_offset = max;
            return Some((page, offset, max - offset));
        }
        Some((page, offset, size))
    }

    /// Give back what was not handed out of a page; the page itself if nobody
    /// else uses it and it can be cut again.
    fn drain_frag(&self, c: &Consumer, page: PageRef) -> Option<PageRef> {
        // Some are with users still: the last of them puts the page.
        if self.unref(page, BIAS - c.frag_users) != 0 {
            return None;
        }
        if page.refcount.load(Acquire) == 1 {
            self.sync_for_device(page, u32::MAX);
            return Some(page);
        }
        self.release(page);
        None
    }

    /// Let go of the page being cut. Consumer.
    pub(crate) fn free_frag(&self, c: &mut Consumer) {
        let Some(page) = c.frag_page.take() else { return };
        c.frag_offset = 0;
        if self.unref(page, BIAS - c.frag_users) == 0 {
            self.release(page);
        }
    }
}
