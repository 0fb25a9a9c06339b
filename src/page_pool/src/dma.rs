// SPDX-License-Identifier: BSD-2-Clause
//! A page's mapping: made when it enters the pool, undone when it leaves, or
//! by destroy for the pages that are out.

use crate::params::Flags;
use crate::pool::{special, Dma, Pool, REFILL};
use crate::refs;
use crate::sys::{PageRef, Sys, SyncOp};
use kpi::sync::atomic::Ordering::Relaxed;

impl<S: Sys> Pool<S> {
    fn seconds(&self) -> u32 {
        (self.sys.now() / 1000) as u32
    }

    /// Register pages that are entering a pool that does not map them. Without
    /// memory they are not registered.
    pub(crate) fn list(&self, pages: &[Option<PageRef>]) {
        let now = self.seconds();
        self.dma.with(|dma| {
            for page in pages.iter().flatten() {
                if let Some(index) = dma.pages.insert(&self.sys, page, now) {
                    refs::set_listed(page, index);
                }
            }
        })
    }

    /// Map pages that are entering; those that cannot be go back.
    pub(crate) fn map(&self, pages: &mut [Option<PageRef>]) {
        let mut refused = [None; REFILL];
        let now = self.seconds();
        self.dma.with(|dma| {
            for (place, back) in pages.iter_mut().zip(&mut refused) {
                if place.is_some_and(|page| !self.map_one(dma, page, now)) {
                    *back = place.take();
                }
            }
        });
        for page in refused.into_iter().flatten() {
            refs::leave(page);
            self.sys.put_page(page);
        }
    }

    fn map_one(&self, dma: &mut Dma, page: PageRef, now: u32) -> bool {
        if dma.closed {
            return false;
        }
        let Some(m) = self.sys.map(page, self.cfg.order) else { return false };
        page.dma_addr.store(m.addr as usize, Relaxed);
        page.pp_dma_map.store(m.map, Relaxed);
        let wanted = self.cfg.flags.contains(Flags::DMA_SYNC_DEV) && self.cfg.max_len > 0;
        if m.syncs && (wanted || self.special.load(Relaxed) & special::FILL != 0) {
            self.special.fetch_or(special::SYNC, Relaxed);
        }
        match dma.pages.insert(&self.sys, page, now) {
            Some(index) => refs::set_mapped(page, index),
            None => {
                self.sys.unmap(page);
                clear(page);
                return false;
            }
        }
        true
    }

    /// Forget a page that is leaving, and unmap it unless destroy already has.
    pub(crate) fn unmap(&self, page: PageRef) {
        if refs::place(page).is_some() {
            self.dma.with(|dma| self.unmap_one(dma, page));
        }
    }

    /// The same for many pages.
    pub(crate) fn unmap_many(&self, pages: &[PageRef]) {
        if self.cfg.track || self.cfg.flags.contains(Flags::DMA_MAP) {
            self.dma.with(|dma| pages.iter().for_each(|page| self.unmap_one(dma, page)));
        }
    }

    fn unmap_one(&self, dma: &mut Dma, page: PageRef) {
        let Some(index) = refs::place(page) else { return };
        let mapped = refs::mapped(page).is_some();
        if dma.pages.remove(index, page) && mapped && !dma.closed {
            self.sys.unmap(page);
        }
        if dma.closed {
            dma.pages.free_if_empty(&self.sys);
        }
        if mapped {
            clear(page);
        }
    }

    /// Unmap every page that is still mapped, for good. The fields of pages
    /// that are out stay as they are, and the registry knows them until they
    /// are back. Destroy; may sleep.
    pub(crate) fn close_dma(&self) {
        self.dma.with(|dma| {
            dma.closed = true;
            if self.cfg.flags.contains(Flags::DMA_MAP) {
                dma.pages.each(|e| self.sys.unmap(e.page));
            }
            dma.pages.free_if_empty(&self.sys);
        });
        if self.cfg.flags.contains(Flags::DMA_MAP) {
            self.sys.close_dma();
        }
    }

    /// How many pages are mapped. Takes the DMA lock.
    pub fn mapped(&self) -> u32 {
        self.dma.with(|dma| if dma.closed { 0 } else { dma.pages.len() })
    }

    /// Hand a page to the device. bus_dma(9) has no ranges: `len` only says
    /// whether there is anything to do.
    #[inline(always)]
    pub(crate) fn sync_for_device(&self, page: PageRef, len: u32) {
        let special = self.special.load(Relaxed);
        if special & special::SYNC != 0 && (len > 0 || special & special::FILL != 0) {
            self.sync_now(page);
        }
    }

    #[inline(never)]
    fn sync_now(&self, page: PageRef) {
        let mut op = self.cfg.dir.for_device();
        // What was filled in has to be in memory, not in a cache.
        if self.special.load(Relaxed) & special::FILL != 0 {
            op |= SyncOp::PREWRITE;
        }
        self.sys.sync(page, op);
    }

    /// Synchronise a page that the caller holds; `false` if it is not mapped
    /// (the pool is destroyed). Any context.
    #[inline]
    pub fn sync_page(&self, page: PageRef, op: SyncOp) -> bool {
        let mapped = refs::mapped(page).is_some() && !self.is_closed();
        if mapped {
            self.sys.sync(page, op);
        }
        mapped
    }
}

fn clear(page: PageRef) {
    page.dma_addr.store(0, Relaxed);
    page.pp_dma_map.store(core::ptr::null_mut(), Relaxed);
}
