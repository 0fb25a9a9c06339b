// SPDX-License-Identifier: BSD-2-Clause
//! Pools that are looked at more closely: those whose pages are filled at rest
//! (scrubbed for a device that is not trusted, or poisoned to find who writes
//! to a page that it has put), and those that are tracked.
//!
//! None of it is on the fast paths. A put of such a pool is out of line, as it
//! is in one that syncs ([`Pool::special`]); a watched pool keeps its cache out
//! of sight ([`Consumer::shown`]), so that each allocation finds it empty. The
//! pieces of a page are with whom the page was given to first.

use crate::consumer::Consumer;
use crate::params::Flags;
use crate::pool::{special, Pool};
use crate::refs;
use crate::registry::Note;
use crate::sys::{Gfp, PageRef, Sys};
use kpi::sync::atomic::Ordering::Relaxed;

/// What a poisoned page at rest is full of.
pub const POISON: u8 = 0xa5;

impl<S: Sys> Pool<S> {
    /// Whether a page needs [`Pool::prepare`] before it comes to rest.
    #[inline(always)]
    pub(crate) fn is_prepared(&self) -> bool {
        self.special.load(Relaxed) & (special::FILL | special::WATCH) != 0
    }

    /// The last user gives a page back: of two that say so at the same time one
    /// is told off, and what was in the page is gone. Its last user; not while
    /// pinned.
    #[cold]
    #[inline(never)]
    pub(crate) fn prepare(&self, page: PageRef) -> bool {
        let special = self.special.load(Relaxed);
        if special & special::WATCH != 0 && !refs::rest_once(page) {
            self.over_put(page, true);
            return false;
        }
        if special & special::CLOSED == 0 {
            self.fill(page);
        }
        true
    }

    /// Nothing of what was in a page is left, if the pool wants that. Its only
    /// user, or before it has one; not while pinned.
    fn fill(&self, page: PageRef) {
        if self.special.load(Relaxed) & special::FILL != 0 {
            self.sys.fill(page, self.cfg.order, self.filler());
        }
    }

    fn filler(&self) -> u8 {
        if self.cfg.flags.contains(Flags::SCRUB) { 0 } else { POISON }
    }

    /// A page in the consumer's hand goes to a user again without having been
    /// at rest. Consumer.
    #[inline(always)]
    pub(crate) fn use_again(&self, page: PageRef) {
        if self.special.load(Relaxed) != 0 {
            self.use_again_special(page);
        }
    }

    #[inline(never)]
    fn use_again_special(&self, page: PageRef) {
        self.fill(page);
        self.sync_for_device(page, u32::MAX);
        self.note(page);
    }

    /// Fresh pages, before the device may look. Consumer.
    #[cold]
    #[inline(never)]
    pub(crate) fn enter_watched(&self, pages: &[Option<PageRef>]) {
        pages.iter().flatten().for_each(|page| self.fill(page));
        if self.cfg.track && !self.cfg.flags.contains(Flags::DMA_MAP) {
            self.list(pages);
        }
    }

    /// Make a consumer this pool's: before its first allocation.
    pub fn begin(&self, c: &mut Consumer) {
        c.hides = self.special.load(Relaxed) & special::WATCH != 0;
    }

    /// One page of a watched pool. Consumer; sleeps if `gfp` allows it.
    #[cold]
    #[inline(never)]
    pub(crate) fn alloc_watched(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        let page = c.shown(|c| match c.pop() {
            Some(page) => {
                self.count_fast();
                Some(page)
            }
            None => self.alloc_more(c, gfp),
        })?;
        if self.cfg.poison && !self.sys.is_filled(page, self.cfg.order, self.filler()) {
            self.sys.misuse(c"page_pool: page written to after it was put", page);
            self.fill(page);
            self.sync_for_device(page, u32::MAX);
        }
        refs::hand_out(page);
        self.note(page);
        Some(page)
    }

    /// A put of a page that needs to be prepared.
    #[cold]
    #[inline(never)]
    pub(crate) fn put_prepared<'a>(&'a self, pin: S::Pin<'a>, page: PageRef, len: u32) {
        drop(pin);
        if self.prepare(page) {
            self.put_rest(self.sys.pin(), page, len);
        }
    }

    /// Remember to whom a page goes, if the pool is tracked.
    fn note(&self, page: PageRef) {
        if !self.cfg.track {
            return;
        }
        let Some(at) = refs::place(page) else { return };
        let note = Note { caller: self.sys.caller(), at: self.sys.now() + 1 };
        self.dma.with(|dma| dma.pages.note(&self.sys, at, page, note));
    }
}
