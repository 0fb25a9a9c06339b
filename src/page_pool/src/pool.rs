// SPDX-License-Identifier: BSD-2-Clause
//! The pool: allocation from cache, ring and system. The way back is put.rs.
//!
//! Who excludes whom: whatever wants `&mut Consumer` is called by one thread
//! at a time, which the driver sees to (NAPI, or a lock of its own). A CPU's
//! lane has one producer, pinned to it. The ring's lock orders the producers
//! of the ring and the state of the pool; the DMA lock, maps and the registry.
//! They do not nest.

use crate::lane::{Lane, LANES};
use crate::lock::Locked;
use crate::params::{Config, Flags};
use crate::refs;
use crate::registry::Registry;
use crate::ring::{Head, Ring, Slots, Tail};
use crate::stats::{self, Stats};
use crate::sys::{Gfp, PageRef, Sys};
use core::ffi::c_void;
use kpi::page::Page;
use kpi::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering::{Acquire, Relaxed, Release}};

/// Pages that the cache holds at most.
pub const CACHE: usize = 128;
/// Pages that a refill aims for.
pub const REFILL: usize = 64;

/// What makes a put more than storing the page: see [`Pool::special`].
pub(crate) mod special {
    /// Destroyed: nothing is stored or synced any more.
    pub const CLOSED: u32 = 1;
    /// Pages are synced for the device, and that is not nothing.
    pub const SYNC: u32 = 2;
}

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

/// The consumer's side: cache, where it takes from, the page being cut.
pub struct Consumer {
    pub(crate) count: usize,
    /// The first `count` are pages.
    cache: [Option<PageRef>; CACHE],
    pub(crate) frag_page: Option<PageRef>,
    pub(crate) frag_offset: u32,
    pub(crate) frag_users: isize,
    tail: Tail,
    lane_tails: [Tail; LANES],
    /// The lane, or with `LANES` the ring, that gave the last page.
    source: usize,
    /// Memory without a limit was beyond the device's mask: ask below it.
    low: bool,
    /// The preferred node had no page to give (say, none that the device
    /// reaches): pages of other nodes are as good then.
    remote: bool,
}

impl Default for Consumer {
    fn default() -> Self {
        Consumer {
            count: 0,
            cache: [None; CACHE],
            frag_page: None,
            frag_offset: 0,
            frag_users: 0,
            tail: Tail::default(),
            lane_tails: Default::default(),
            source: 0,
            low: false,
            remote: false,
        }
    }
}

impl Consumer {
    /// Put a page to rest in the cache; `false`, and nothing done, if it is
    /// full.
    #[inline(always)]
    pub(crate) fn push(&mut self, page: PageRef) -> bool {
        let Some(place) = self.cache.get_mut(self.count) else { return false };
        refs::rest(page);
        *place = Some(page);
        self.count += 1;
        true
    }

    #[inline]
    fn pop(&mut self) -> Option<PageRef> {
        let last = self.count.wrapping_sub(1);
        let page = *self.cache.get(last)?;
        self.count = last;
        page
    }
}

/// A pool of pages for one receive queue.
pub struct Pool<S: Sys> {
    /// [`special`]: 0 if a put is nothing but checks and a store.
    pub(crate) special: AtomicU32,
    nid: AtomicI32,
    /// What a page's `pp` says.
    pub(crate) owner: AtomicPtr<c_void>,
    pub(crate) sys: S,
    pub(crate) cfg: Config,
    /// No page is on another node than the preferred one.
    one_node: bool,
    pub(crate) ring: Ring<Page>,
    pub(crate) lanes: [Lane; LANES],
    pub(crate) producers: Locked<S::Lock, Producers>,
    pub(crate) dma: Locked<S::Lock, Dma>,
    /// Pages that ever entered. The consumer writes.
    hold: AtomicU32,
    /// Pages that ever left.
    pub(crate) released: AtomicU32,
    pub(crate) stats: Stats,
}

impl<S: Sys> Pool<S> {
    /// A pool over free ring slots, [`Config::ring_slots`] of them; `owner` is
    /// what its pages' `pp` will say.
    pub fn new(sys: S, cfg: Config, owner: *mut c_void, slots: Slots<Page>, locks: [S::Lock; 2]) -> Self {
        let [ring, dma] = locks;
        Pool {
            special: AtomicU32::new(0),
            nid: AtomicI32::new(cfg.nid),
            owner: AtomicPtr::new(owner),
            one_node: sys.nodes() == 1,
            sys,
            cfg,
            ring: Ring::new(slots),
            lanes: Default::default(),
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

    /// The storage of ring and lanes, to be given back with the pool.
    pub fn slots(&self) -> impl Iterator<Item = Slots<Page>> + '_ {
        self.lanes.iter().filter_map(Lane::slots).chain([self.ring.slots()])
    }

    /// Whether destroy has begun.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.special.load(Acquire) & special::CLOSED != 0
    }

    /// The statistics in the order of [`crate::stats::NAMES`], the lanes'
    /// included. Any context; a racy snapshot.
    pub fn snapshot(&self) -> [u64; stats::COUNT] {
        let mut all = self.stats.snapshot();
        all[stats::RING] += self.lanes.iter().map(|l| l.stored.get()).sum::<u64>();
        all
    }

    /// The statistics without the lanes'.
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
        let Some(page) = c.pop() else { return self.alloc_more(c, gfp) };
        self.stats.fast.add(1);
        refs::hand_out(page);
        Some(page)
    }

    #[cold]
    #[inline(never)]
    fn alloc_more(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        let page = self.refill(c).or_else(|| self.slow(c, gfp))?;
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

    /// Move pages that came back to the cache; one of them is the answer.
    fn refill(&self, c: &mut Consumer) -> Option<PageRef> {
        let found = match self.one_node || c.remote {
            true => self.refill_any(c),
            false => self.refill_near(c),
        };
        if !found {
            self.stats.empty.add(1);
        }
        let page = c.pop()?;
        self.stats.refill.add(1);
        Some(page)
    }

    /// Whatever came back, from the last source as long as it has some.
    fn refill_any(&self, c: &mut Consumer) -> bool {
        for _ in 0..=LANES {
            let places = &mut c.cache[c.count..REFILL];
            c.count += match self.lanes.get(c.source) {
                Some(lane) => lane.pop_into(&mut c.lane_tails[c.source], places),
                None => self.ring.pop_into(&mut c.tail, places),
            };
            if c.count >= REFILL {
                break;
            }
            c.source = if c.source < LANES { c.source + 1 } else { 0 };
        }
        c.count > 0
    }

    /// Pages of the preferred node; one of another goes back to the system,
    /// and ends the refill: the rest may be from here.
    fn refill_near(&self, c: &mut Consumer) -> bool {
        let node = self.preferred_node();
        let mut found = false;
        while c.count < REFILL {
            let Some(page) = self.returned(c) else { break };
            found = true;
            if self.sys.node_of(page) != node {
                self.release(page);
                self.stats.waive.add(1);
                break;
            }
            c.push(page);
        }
        found
    }

    /// A page from the lanes or the ring, from the last source as long as it
    /// has some.
    fn returned(&self, c: &mut Consumer) -> Option<PageRef> {
        for _ in 0..=LANES {
            let page = match self.lanes.get(c.source) {
                Some(lane) => lane.pop(&mut c.lane_tails[c.source]),
                None => self.ring.pop(&mut c.tail),
            };
            if page.is_some() {
                return page;
            }
            c.source = if c.source < LANES { c.source + 1 } else { 0 };
        }
        None
    }

    /// Ask the system: many pages of order 0, one larger block.
    fn slow(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        if self.is_closed() {
            self.sys.misuse(c"allocation from a destroyed page_pool", core::ptr::null());
            return None;
        }
        let mut room = [None; REFILL];
        let fresh = &mut room[..if self.cfg.order == 0 { REFILL } else { 1 }];
        self.grab(c, gfp, fresh);
        self.enter(fresh);
        for page in fresh.iter().flatten() {
            c.push(page);
        }
        let page = c.pop()?;
        match self.cfg.order {
            0 => self.stats.slow.add(1),
            _ => self.stats.slow_high_order.add(1),
        }
        Some(page)
    }

    /// Fill the places with blocks that the device reaches: from anywhere as
    /// long as that is good enough, then below the mask.
    fn grab(&self, c: &mut Consumer, gfp: Gfp, places: &mut [Option<PageRef>]) {
        let node = self.preferred_node();
        let alloc = |gfp, high, places: &mut [Option<PageRef>]| {
            let nid = if self.one_node { -1 } else { node };
            let n = self.sys.alloc_pages(gfp, self.cfg.order, nid, high, places);
            if n > 0 || nid < 0 { n } else { self.sys.alloc_pages(gfp, self.cfg.order, -1, high, places) }
        };
        let mut have = 0;
        if !c.low {
            let n = alloc(gfp, u64::MAX, places);
            for i in 0..n {
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
    }

    fn reaches(&self, page: PageRef) -> bool {
        let end = (page.pfn() as u64 + (1u64 << self.cfg.order)) << kpi::PAGE_SHIFT;
        end - 1 <= self.cfg.mask
    }

    /// Fresh pages become the pool's; those that cannot be mapped go back.
    fn enter(&self, pages: &mut [Option<PageRef>]) {
        let owner = self.owner.load(Relaxed);
        pages.iter().flatten().for_each(|page| refs::enter(page, owner));
        if self.cfg.flags.contains(Flags::DMA_MAP) {
            self.map(pages);
        }
        let mut n = 0;
        for page in pages.iter().flatten() {
            self.sync_for_device(page, u32::MAX);
            self.sys.entered(page);
            n += 1;
        }
        self.hold.store(self.hold.load(Relaxed).wrapping_add(n), Release);
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
        while let Some(page) = self.returned(c) {
            self.release(page);
        }
    }
}
