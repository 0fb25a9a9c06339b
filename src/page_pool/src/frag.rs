// SPDX-License-Identifier: BSD-2-Clause
//! Fragments: a page cut into pieces for one user each.
//!
//! A page being cut starts with [`BIAS`] references, so that handing a piece
//! out needs no atomic operation: the consumer counts its users privately, and
//! when it is done with the page gives back what it did not hand out.

use crate::consumer::Consumer;
use crate::pool::Pool;
use crate::refs::{self, BIAS};
use crate::sys::{Gfp, PageRef, Sys};
use kpi::sync::atomic::Ordering::Acquire;

/// Pieces begin at multiples of this: what the data behind a packet needs, and
/// where caches are not coherent with DMA, a cache line.
pub const ALIGN: u32 = if cfg!(any(target_arch = "x86_64", target_arch = "x86")) { 8 } else { 128 };

/// The page being cut.
#[derive(Default)]
pub struct Frag {
    pub(crate) page: Option<PageRef>,
    /// Where the next piece begins.
    offset: u32,
    /// Pieces that are with users and do not show in the page's own count.
    users: isize,
}

impl Frag {
    /// The next piece, if the page has so much left.
    #[inline(always)]
    fn cut(&mut self, size: u64, max: u32) -> Option<(PageRef, u32)> {
        let at = self.offset;
        let end = u64::from(at) + size;
        let page = self.page.filter(|_| end <= u64::from(max))?;
        self.offset = end as u32;
        self.users += 1;
        Some((page, at))
    }

    /// A piece comes back to the consumer, which handed it out: its own count
    /// will do. `false`, and nothing done, if it is of another page.
    #[inline(always)]
    pub(crate) fn take_back(&mut self, page: PageRef) -> bool {
        let mine = self.users > 0 && self.page.is_some_and(|p| core::ptr::eq(p, page));
        self.users -= isize::from(mine);
        mine
    }
}

impl<S: Sys> Pool<S> {
    /// Bytes in one page (block) of this pool.
    pub fn page_bytes(&self) -> u32 {
        self.bytes
    }

    /// A piece of `size` bytes; its page and where in the page it begins.
    /// Consumer; sleeps if `gfp` allows it.
    pub fn alloc_frag(&self, c: &mut Consumer, size: u32, gfp: Gfp) -> Option<(PageRef, u32)> {
        self.cut_frag(c, size).or_else(|| self.alloc_frag_slow(c, size, gfp))
    }

    /// A piece of the page being cut, if it has so much left. Consumer.
    #[inline(always)]
    pub fn cut_frag(&self, c: &mut Consumer, size: u32) -> Option<(PageRef, u32)> {
        // Beyond any page, a size is left to the slow path, which tells.
        let size = u64::from(size).wrapping_add(u64::from(ALIGN - 1)) & !u64::from(ALIGN - 1);
        let piece = c.frag.cut(size, self.bytes)?;
        self.count_fast();
        Some(piece)
    }

    /// A piece of another page. Consumer; sleeps if `gfp` allows it.
    #[inline(never)]
    pub fn alloc_frag_slow(&self, c: &mut Consumer, size: u32, gfp: Gfp) -> Option<(PageRef, u32)> {
        let max = self.bytes;
        if size > max {
            self.sys.misuse(c"page_pool: fragment larger than a page", core::ptr::null());
            return None;
        }
        let size = size.next_multiple_of(ALIGN).min(max);
        let page = match c.frag.page.take().and_then(|page| self.drain_frag(c, page)) {
            Some(page) => {
                self.count_fast();
                page
            }
            None => self.alloc(c, gfp)?,
        };
        c.frag = Frag { page: Some(page), offset: size, users: 1 };
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
        if u64::from(c.frag.offset) + u64::from(size) > u64::from(max) {
            c.frag.offset = max;
            return Some((page, offset, max - offset));
        }
        Some((page, offset, size))
    }

    /// Give back what was not handed out of a page; the page itself if nobody
    /// else uses it and it can be cut again.
    fn drain_frag(&self, c: &Consumer, page: PageRef) -> Option<PageRef> {
        // Some are with users still: the last of them puts the page.
        if self.unref(page, BIAS - c.frag.users) != 0 {
            return None;
        }
        if page.refcount.load(Acquire) == 1 {
            self.use_again(page);
            return Some(page);
        }
        self.release(page);
        None
    }

    /// Let go of the page being cut. Consumer.
    pub(crate) fn free_frag(&self, c: &mut Consumer) {
        let Frag { page: Some(page), users, .. } = core::mem::take(&mut c.frag) else { return };
        if self.unref(page, BIAS - users) == 0 {
            self.release(page);
        }
    }
}
