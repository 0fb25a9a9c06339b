// SPDX-License-Identifier: BSD-2-Clause
//! The slow path: pages from the system.

use crate::consumer::{Consumer, CACHE};
use crate::params::Flags;
use crate::pool::{special, Pool, REFILL};
use crate::refs;
use crate::sys::{Event, Gfp, PageRef, Sys};
use kpi::sync::atomic::Ordering::{Relaxed, Release};

impl<S: Sys> Pool<S> {
    /// Ask the system: many pages of order 0, one larger block.
    pub(crate) fn slow(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        if self.is_closed() {
            self.sys.misuse(c"allocation from a destroyed page_pool", core::ptr::null());
            return None;
        }
        let mut room = [None; REFILL];
        let fresh = &mut room[..if self.cfg.order == 0 { REFILL } else { 1 }];
        let n = self.grab(c, gfp, fresh);
        self.probe(Event::Slow(n));
        self.enter(c, fresh);
        c.limit = if self.special.load(Relaxed) == 0 { CACHE } else { 0 };
        let page = c.pop();
        self.loans.set_short(page.is_none());
        let page = page?;
        match self.cfg.order {
            0 => self.stats.slow.add(1),
            _ => self.stats.slow_high_order.add(1),
        }
        Some(page)
    }

    /// Fill the places with blocks that the device reaches: from anywhere as
    /// long as that is good enough, then below the mask; how many came.
    fn grab(&self, c: &mut Consumer, gfp: Gfp, places: &mut [Option<PageRef>]) -> usize {
        let node = self.preferred_node();
        let alloc = |gfp, high, places: &mut [Option<PageRef>]| {
            let nid = if self.one_node { -1 } else { node };
            let n = self.sys.alloc_pages(gfp, self.cfg.order, nid, high, places);
            if n > 0 || nid < 0 { n } else { self.sys.alloc_pages(gfp, self.cfg.order, -1, high, places) }
        };
        let mut have = 0;
        if !c.low {
            let n = alloc(gfp, u64::MAX, places);
            have = if self.cfg.mask == u64::MAX { n } else { 0 };
            for i in have..n {
                match places[i].take() {
                    Some(page) if self.reaches(page) => {
                        places[have] = Some(page);
                        have += 1;
                    }
                    Some(page) => {
                        self.sys.put_page(page);
                        c.low = true;
                    }
                    None => {}
                }
            }
        }
        if c.low {
            // With some in hand the rest is not worth a sleep.
            let gfp = if have > 0 { gfp.nowait() } else { gfp };
            have += alloc(gfp, self.cfg.mask, &mut places[have..]);
            if have == 0 {
                self.sys.no_reach(self.cfg.mask);
            }
        }
        let last = have.checked_sub(1).and_then(|i| places[i]);
        if let Some(page) = last.filter(|_| !self.one_node) {
            c.remote = self.sys.node_of(page) != node;
        }
        have
    }

    fn reaches(&self, page: PageRef) -> bool {
        let end = (page.pfn() as u64 + (1u64 << self.cfg.order)) << kpi::PAGE_SHIFT;
        end - 1 <= self.cfg.mask
    }

    /// Fresh pages become the pool's, in its cache, where there is room; those
    /// that cannot be mapped go back.
    fn enter(&self, c: &mut Consumer, pages: &mut [Option<PageRef>]) {
        let owner = self.owner.load(Relaxed);
        pages.iter().flatten().for_each(|page| refs::enter(page, owner));
        if self.is_prepared() {
            self.enter_watched(pages);
        }
        if self.cfg.flags.contains(Flags::DMA_MAP) {
            self.map(pages);
        }
        let syncs = self.special.load(Relaxed) & special::SYNC != 0;
        let mut n = 0;
        for page in pages.iter().flatten() {
            if syncs {
                self.sync_for_device(page, u32::MAX);
            }
            self.sys.entered(page);
            c.push_special(page);
            n += 1;
        }
        self.hold.store(self.hold.load(Relaxed).wrapping_add(n), Release);
    }
}
