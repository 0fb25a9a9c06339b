// SPDX-License-Identifier: BSD-2-Clause
//! A page's mapping: made when it enters the pool, undone when it leaves, or
//! by destroy for the pages that are out.

use crate::params::Flags;
use crate::pool::{special, Dma, Pool, REFILL};
use crate::refs;
use crate::sys::{PageRef, Sys, SyncOp};
use kpi::sync::atomic::Ordering::Relaxed;

impl<S: Sys> Pool<S> {
    /// Map pages that are entering; those that cannot be go back.
    pub(crate) fn map(&self, pages: &mut [Option<PageRef>]) {
        let mut refused = [None; REFILL];
        self.dma.with(|dma| {
            for (place, back) in pages.iter_mut().zip(&mut refused) {
                if place.is_some_and(|page| !self.map_one(dma, page)) {
                    *back = place.take();
                }
            }
        });
        for page in refused.into_iter().flatten() {
            refs::leave(page);
            self.sys.put_page(page);
        }
    }

    fn map_one(&self, dma: &mut Dma, page: PageRef) -> bool {
        if dma.closed {
            return false;
        }
        let Some(m) = self.sys.map(page, self.cfg.order) else { return false };
        page.dma_addr.store(m.addr as usize, Relaxed);
        page.pp_dma_map.store(m.map, Relaxed);
        if m.syncs && self.cfg.flags.contains(Flags::DMA_SYNC_DEV) && self.cfg.max_len > 0 {
            self.special.fetch_or(special::SYNC, Relaxed);
        }
        match dma.mapped.insert(&self.sys, page) {
            Some(index) => refs::set_mapped(page, index),
            None => {
                self.sys.unmap(page);
                clear(page);
                return false;
            }
        }
        true
    }

    /// Unmap a page that is leaving, unless destroy already has.
    pub(crate) fn unmap(&self, page: PageRef) {
        let Some(index) = refs::mapped(page) else { return };
        self.dma.with(|dma| self.unmap_one(dma, index, page));
        clear(page);
    }

    /// The same for many pages.
    pub(crate) fn unmap_many(&self, pages: &[PageRef]) {
        if !self.cfg.flags.contains(Flags::DMA_MAP) {
            return;
        }
        self.dma.with(|dma| {
            for page in pages {
                if let Some(index) = refs::mapped(page) {
                    self.unmap_one(dma, index, page);
                    clear(page);
                }
            }
        });
    }

    fn unmap_one(&self, dma: &mut Dma, index: u32, page: PageRef) {
        if !dma.closed && dma.mapped.remove(index, page) {
            self.sys.unmap(page);
        }
    }

    /// Unmap every page that is still mapped, for good. The fields of pages
    /// that are out stay as they are. Destroy; may sleep.
    pub(crate) fn close_dma(&self) {
        self.dma.with(|dma| {
            dma.closed = true;
            dma.mapped.drain(&self.sys, |page| self.sys.unmap(page));
        });
        if self.cfg.flags.contains(Flags::DMA_MAP) {
            self.sys.close_dma();
        }
    }

    /// How many pages are mapped. Takes the DMA lock.
    pub fn mapped(&self) -> u32 {
        self.dma.with(|dma| dma.mapped.len())
    }

    /// Hand a page to the device. bus_dma(9) has no ranges: `len` only says
    /// whether there is anything to do.
    #[inline(always)]
    pub(crate) fn sync_for_device(&self, page: PageRef, len: u32) {
        if self.special.load(Relaxed) & special::SYNC != 0 && len > 0 {
            self.sync_now(page);
        }
    }

    #[inline(never)]
    fn sync_now(&self, page: PageRef) {
        self.sys.sync(page, self.cfg.dir.for_device());
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
