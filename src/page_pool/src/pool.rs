// SPDX-License-Identifier: BSD-2-Clause
//! The pool: allocation from cache, ring and system. The way back is put.rs.
//!
//! Who excludes whom: whatever wants `&mut Consumer` is called by one thread
//! at a time, which the driver sees to (NAPI, or a lock of its own). The
//! ring's lock orders producers, the state of the pool and the count of
//! released pages. The DMA lock orders maps and the registry. They do not nest.

use crate::lock::Locked;
use crate::params::{Config, Flags};
use crate::refs;
use crate::registry::Registry;
use crate::ring::{Head, Ring, Slots, Tail};
use crate::stats::Stats;
use crate::sys::{Gfp, PageRef, Sys};
use core::ffi::c_void;
use kpi::page::Page;
use kpi::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering::{Acquire, Relaxed, Release}};

/// Pages that the cache holds at most.
pub const CACHE: usize = 128;
/// Pages that a refill aims for.
pub const REFILL: usize = 64;

/// Where a pool is in its life; moves only forward, under the ring's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Open,
    /// Being emptied by destroy.
    Draining,
    /// Destroyed; waits for the pages that are out.
    Waiting,
    /// All pages are back.
    Empty,
}

/// What the ring's lock protects.
pub struct Producers {
    pub(crate) head: Head,
    pub(crate) state: State,
}

/// What the DMA lock protects.
pub struct Dma {
    pub(crate) mapped: Registry,
    /// Destroy has unmapped everything.
    pub(crate) closed: bool,
}

/// The consumer's side: cache, the ring's end, the page being cut.
pub struct Consumer {
    cache: [Option<PageRef>; CACHE],
    pub(crate) count: usize,
    tail: Tail,
    /// Memory without a limit was beyond the device's mask: ask below it.
    low: bool,
    /// The preferred node had no page to give (say, none that the device
    /// reaches): pages of other nodes are as good then.
    remote: bool,
    pub(crate) frag_page: Option<PageRef>,
    pub(crate) frag_offset: u32,
    pub(crate) frag_users: isize,
}

impl Default for Consumer {
    fn default() -> Self {
        Consumer {
            cache: [None; CACHE],
            count: 0,
            tail: Tail::default(),
            low: false,
            remote: false,
            frag_page: None,
            frag_offset: 0,
            frag_users: 0,
        }
    }
}

impl Consumer {
    #[inline]
    pub(crate) fn push(&mut self, page: PageRef) {
        self.cache[self.count] = Some(page);
        self.count += 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<PageRef> {
        self.count = self.count.checked_sub(1)?;
        self.cache[self.count].take()
    }
}

/// A pool of pages for one receive queue.
pub struct Pool<S: Sys> {
    pub(crate) sys: S,
    pub(crate) cfg: Config,
    /// What a page's `pp` says.
    pub(crate) owner: AtomicPtr<c_void>,
    nid: AtomicI32,
    /// The pool takes pages back into cache and ring.
    pub(crate) open: AtomicBool,
    pub(crate) ring: Ring<Page>,
    pub(crate) producers: Locked<S::Lock, Producers>,
    pub(crate) dma: Locked<S::Lock, Dma>,
    /// Pages that ever entered. The consumer writes.
    hold: AtomicU32,
    /// Pages that ever left. Under the ring's lock.
    pub(crate) released: AtomicU32,
    pub(crate) stats: Stats,
}

impl<S: Sys> Pool<S> {
    /// A pool over free ring slots; `owner` is what its pages' `pp` will say.
    pub fn new(sys: S, cfg: Config, owner: *mut c_void, slots: Slots<Page>, locks: [S::Lock; 2]) -> Self {
        let [ring, dma] = locks;
        Pool {
            sys,
            cfg,
            owner: AtomicPtr::new(owner),
            nid: AtomicI32::new(cfg.nid),
            open: AtomicBool::new(true),
            ring: Ring::new(slots),
            producers: Locked::new(ring, Producers { head: Head::default(), state: State::Open }),
            dma: Locked::new(dma, Dma { mapped: Registry::default(), closed: false }),
            hold: AtomicU32::new(0),
            released: AtomicU32::new(0),
            stats: Stats::default(),
        }
    }

    /// The system that was given to `new`.
    pub fn sys(&self) -> &S {
        &self.sys
    }

    /// The checked parameters.
    pub fn config(&self) -> &Config {
        &self.cfg
    }

    /// The ring's storage, to be given back with the pool.
    pub fn slots(&self) -> Slots<Page> {
        self.ring.slots()
    }

    /// The statistics.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The locks, to be initialised or destroyed.
    pub fn locks(&self) -> [&S::Lock; 2] {
        [self.producers.raw(), self.dma.raw()]
    }

    /// Start the counts near their wrap.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn start_counts(&self, at: u32) {
        self.hold.store(at, Relaxed);
        self.released.store(at, Relaxed);
    }

    /// Pages that entered and have not left, in cache and ring too. Right
    /// across a wrap of the counts. Any context.
    pub fn inflight(&self) -> i32 {
        let released = self.released.load(Acquire);
        self.hold.load(Acquire).wrapping_sub(released) as i32
    }

    /// One page, with one pool reference. Consumer; sleeps if `gfp` allows it.
    #[inline]
    pub fn alloc(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        let page = match c.pop() {
            Some(page) => {
                self.stats.fast.add(1);
                page
            }
            None => self.refill(c).or_else(|| self.slow(c, gfp))?,
        };
        refs::hand_out(page);
        Some(page)
    }

    /// Count a fragment or a page that needed no allocation. Consumer.
    pub(crate) fn count_fast(&self) {
        self.stats.fast.add(1);
    }

    fn preferred_node(&self) -> i32 {
        match self.nid.load(Relaxed) {
            n if n < 0 => self.sys.this_node(),
            n => n,
        }
    }

    /// Move pages from the ring to the cache; one of them is the answer.
    #[cold]
    fn refill(&self, c: &mut Consumer) -> Option<PageRef> {
        if self.ring.is_empty(&c.tail) {
            self.stats.empty.add(1);
            return None;
        }
        let node = self.preferred_node();
        while c.count < REFILL {
            let Some(page) = self.ring.pop(&mut c.tail) else { break };
            if !c.remote && self.sys.node_of(page) != node {
                // One a refill: the rest may be from here.
                self.release(page);
                self.stats.waive.add(1);
                break;
            }
            c.push(page);
        }
        let page = c.pop()?;
        self.stats.refill.add(1);
        Some(page)
    }

    /// Ask the system: many pages of order 0, one larger block.
    #[cold]
    fn slow(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        if !self.open.load(Acquire) {
            self.sys.misuse(c"allocation from a destroyed page_pool", core::ptr::null());
            return None;
        }
        let want = if self.cfg.order == 0 { REFILL } else { 1 };
        let node = self.preferred_node();
        let mut gfp = gfp;
        for _ in 0..want {
            let Some(page) = self.grab(c, gfp, node) else { break };
            // One is enough to go on with: only the first is worth a sleep.
            gfp = gfp.nowait();
            c.remote = self.sys.node_of(page) != node;
            if !self.enter(page) {
                self.sys.put_page(page);
                continue;
            }
            c.push(page);
        }
        let page = c.pop()?;
        match self.cfg.order {
            0 => self.stats.slow.add(1),
            _ => self.stats.slow_high_order.add(1),
        }
        Some(page)
    }

    /// A block that the device reaches: from anywhere as long as that is good
    /// enough, then below the mask.
    fn grab(&self, c: &mut Consumer, gfp: Gfp, node: i32) -> Option<PageRef> {
        let from = |high| {
            let alloc = |nid| self.sys.alloc_pages(gfp, self.cfg.order, nid, high);
            alloc(node).or_else(|| alloc(-1))
        };
        if !c.low {
            let page = from(u64::MAX)?;
            if self.reaches(page) {
                return Some(page);
            }
            self.sys.put_page(page);
            c.low = true;
        }
        let page = from(self.cfg.mask);
        if page.is_none() {
            self.sys.no_reach(self.cfg.mask);
        }
        page
    }

    fn reaches(&self, page: PageRef) -> bool {
        let end = (page.pfn() as u64 + (1u64 << self.cfg.order)) << kpi::PAGE_SHIFT;
        end - 1 <= self.cfg.mask
    }

    /// A fresh page becomes the pool's; `false` if it could not be mapped.
    fn enter(&self, page: PageRef) -> bool {
        refs::enter(page, self.owner.load(Relaxed));
        if self.cfg.flags.contains(Flags::DMA_MAP) && !self.map(page) {
            refs::leave(page);
            return false;
        }
        self.sync_for_device(page, u32::MAX);
        self.hold.store(self.hold.load(Relaxed).wrapping_add(1), Release);
        self.sys.entered(page);
        true
    }

    /// Change the preferred node; the cache goes back to the system. Consumer.
    pub fn update_nid(&self, c: &mut Consumer, nid: i32) {
        self.nid.store(nid, Relaxed);
        c.remote = false;
        self.empty_cache(c);
    }

    /// The preferred node as last set.
    pub fn nid(&self) -> i32 {
        self.nid.load(Relaxed)
    }

    pub(crate) fn empty_cache(&self, c: &mut Consumer) {
        while let Some(page) = c.pop() {
            self.release(page);
        }
    }

    pub(crate) fn empty_ring(&self, c: &mut Consumer) {
        while let Some(page) = self.ring.pop(&mut c.tail) {
            self.release(page);
        }
    }
}
