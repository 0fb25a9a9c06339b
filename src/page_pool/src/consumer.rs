// SPDX-License-Identifier: BSD-2-Clause
//! The consumer's side of a pool. Whoever has it mutably is the consumer: the
//! driver sees to it that there is one at a time (NAPI, or a lock of its own).

use crate::bucket::Taker;
use crate::frag::Frag;
use crate::lane::LANES;
use crate::refs;
use crate::sys::PageRef;
use core::ptr::NonNull;
use kpi::page::Page;

/// Pages that the cache holds at most.
pub const CACHE: usize = 128;

/// Cache, where it is filled from, the page being cut.
pub struct Consumer {
    /// Pages in the cache: its first places; the others mean nothing.
    pub(crate) count: usize,
    /// `CACHE`, or 0 as long as a put is more than storing the page.
    pub(crate) limit: usize,
    pub(crate) cache: [PageRef; CACHE],
    /// Pages in the cache of a watched pool, whose `count` is 0, so that each
    /// allocation goes the long way (watch.rs).
    pub(crate) hidden: usize,
    pub(crate) hides: bool,
    /// The page being cut.
    pub(crate) frag: Frag,
    pub(crate) takers: [Taker<Page>; LANES + 1],
    /// The way that gave the last page.
    pub(crate) source: usize,
    /// Memory without a limit was beyond the device's mask: ask below it.
    pub(crate) low: bool,
    /// The preferred node had no page to give (say, none that the device
    /// reaches): pages of other nodes are as good then.
    pub(crate) remote: bool,
}

impl Default for Consumer {
    fn default() -> Self {
        Consumer {
            count: 0,
            limit: CACHE,
            cache: [refs::nil(); CACHE],
            hidden: 0,
            hides: false,
            frag: Frag::default(),
            takers: Default::default(),
            source: 0,
            low: false,
            remote: false,
        }
    }
}

impl Consumer {
    /// A consumer where it stays: it is large for a kernel stack.
    ///
    /// # Safety
    /// `at` may be written.
    pub unsafe fn write(at: NonNull<Consumer>) {
        let c = at.as_ptr();
        // SAFETY: the contract; every field is written.
        unsafe {
            (&raw mut (*c).count).write(0);
            (&raw mut (*c).limit).write(CACHE);
            for i in 0..CACHE {
                (&raw mut (*c).cache[i]).write(refs::nil());
            }
            (&raw mut (*c).hidden).write(0);
            (&raw mut (*c).hides).write(false);
            (&raw mut (*c).frag).write(Frag::default());
            for i in 0..=LANES {
                (&raw mut (*c).takers[i]).write(Taker::default());
            }
            (&raw mut (*c).source).write(0);
            (&raw mut (*c).low).write(false);
            (&raw mut (*c).remote).write(false);
        }
    }

    /// Put a page to rest in the cache; `false`, and nothing done, if there is
    /// no room or more to do.
    #[inline(always)]
    pub(crate) fn push(&mut self, page: PageRef) -> bool {
        let done = self.count < self.limit;
        if done {
            self.store(page);
        }
        done
    }

    /// The same, whatever there is to do.
    #[inline(always)]
    pub(crate) fn push_special(&mut self, page: PageRef) -> bool {
        let full = self.count >= CACHE;
        if !full {
            self.store(page);
        }
        !full
    }

    /// Run `f` with all pages of the cache in sight.
    pub(crate) fn shown<R>(&mut self, f: impl FnOnce(&mut Consumer) -> R) -> R {
        let hides = core::mem::take(&mut self.hides);
        self.count += core::mem::take(&mut self.hidden);
        let r = f(self);
        if hides {
            self.hidden = core::mem::take(&mut self.count);
            self.hides = true;
        }
        r
    }

    /// Whether the cache has no place.
    pub(crate) fn is_full(&self) -> bool {
        self.count + self.hidden >= CACHE
    }

    #[inline(always)]
    fn store(&mut self, page: PageRef) {
        refs::rest(page);
        self.cache[self.count % CACHE] = page;
        self.count += 1;
    }

    /// A piece of the page being cut comes back; `false`, and nothing done, if
    /// it is of another page.
    #[inline(always)]
    pub fn take_back(&mut self, page: PageRef) -> bool {
        self.frag.take_back(page)
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Option<PageRef> {
        let last = self.count.wrapping_sub(1);
        let page = *self.cache.get(last)?;
        self.count = last;
        Some(page)
    }
}
