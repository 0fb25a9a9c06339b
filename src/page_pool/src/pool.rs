// SPDX-License-Identifier: BSD-2-Clause
//! The pool: allocation from cache and ring. From the system: grow.rs; the way back: put.rs.
//!
//! Who excludes whom: whatever wants `&mut Consumer` is called by one thread
//! at a time (see [`crate::consumer`]). A CPU's lane has one producer, pinned to it. The pool's lock orders the producers
//! that share a way and the state of the pool; the DMA lock, maps and the
//! registry. They do not nest.

use crate::bucket::Producer;
use crate::consumer::Consumer;
use crate::lane::{Lane, Way, LANES};
use crate::loan::Loans;
use crate::lock::Locked;
use crate::params::{Config, Flags};
use crate::refs;
use crate::registry::Registry;
use crate::stats::{self, Counter, Stats};
use crate::sys::{Event, Gfp, PageRef, Sys};
use core::ffi::c_void;
use kpi::page::Page;
use kpi::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering::{Acquire, Relaxed}};

/// Pages that a refill aims for.
pub const REFILL: usize = 64;

/// What makes a put more than storing the page: see [`Pool::special`].
pub(crate) mod special {
    /// Destroyed: nothing is stored or synced any more.
    pub const CLOSED: u32 = 1;
    /// Pages are synced for the device, and that is not nothing.
    pub const SYNC: u32 = 2;
    /// Pages at rest are filled (scrubbed or poisoned).
    pub const FILL: u32 = 4;
    /// Every page handed out goes the long way (watch.rs).
    pub const WATCH: u32 = 8;
}

/// Where a pool is in its life; moves only forward, under the pool's lock.
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

/// What the pool's lock protects.
pub struct Producers {
    /// For the CPUs that have no lane.
    pub(crate) shared: Option<Producer<Page>>,
    pub(crate) state: State,
}

/// What the DMA lock protects.
pub struct Dma {
    /// The pages, if the pool maps or tracks them.
    pub(crate) pages: Registry,
    /// Destroy has unmapped everything.
    pub(crate) closed: bool,
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
    /// Bytes of a page (block).
    pub(crate) bytes: u32,
    /// No page is on another node than the preferred one.
    pub(crate) one_node: bool,
    pub(crate) lanes: [Lane; LANES],
    /// The way back that CPUs without a lane share.
    pub(crate) shared: Way,
    /// Pages that came out of lanes and the shared way. The consumer writes.
    taken: Counter,
    pub(crate) producers: Locked<S::Lock, Producers>,
    pub(crate) dma: Locked<S::Lock, Dma>,
    /// Pages that ever entered. The consumer writes.
    pub(crate) hold: AtomicU32,
    /// Pages that ever left.
    pub(crate) released: AtomicU32,
    pub(crate) stats: Stats,
    pub(crate) loans: Loans,
}

impl<S: Sys> Pool<S> {
    /// An empty pool; `owner` is what its pages' `pp` will say.
    pub fn new(sys: S, cfg: Config, owner: *mut c_void, locks: [S::Lock; 2]) -> Self {
        let [ring, dma] = locks;
        let mut special = 0;
        if cfg.poison || cfg.flags.contains(Flags::SCRUB) {
            special |= special::FILL;
        }
        if cfg.poison || cfg.track {
            special |= special::WATCH;
        }
        Pool {
            special: AtomicU32::new(special),
            nid: AtomicI32::new(cfg.nid),
            owner: AtomicPtr::new(owner),
            bytes: u32::try_from((kpi::PAGE_SIZE as u64) << cfg.order.min(20)).unwrap_or(u32::MAX),
            one_node: sys.nodes() == 1,
            sys,
            cfg,
            lanes: Default::default(),
            shared: Way::default(),
            taken: Counter::default(),
            producers: Locked::new(ring, Producers { shared: None, state: State::Open }),
            dma: Locked::new(dma, Dma { pages: Registry::default(), closed: false }),
            hold: AtomicU32::new(0),
            released: AtomicU32::new(0),
            stats: Stats::default(),
            loans: Loans::default(),
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

    /// Whether destroy has begun.
    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.special.load(Acquire) & special::CLOSED != 0
    }

    /// The statistics in the order of [`crate::stats::NAMES`], the lanes'
    /// included. Any context; a racy snapshot.
    pub fn snapshot(&self) -> [u64; stats::COUNT] {
        let mut all = self.stats.snapshot();
        all[stats::RING] = self.stored();
        all
    }

    /// Pages that were put into lanes and the shared way.
    fn stored(&self) -> u64 {
        self.lanes.iter().map(|l| l.way.stored.get()).sum::<u64>() + self.shared.stored.get()
    }

    /// How many more pages may lie in wait.
    #[cold]
    pub(crate) fn room(&self) -> usize {
        (self.cfg.ring as usize).saturating_sub(self.in_ring() as usize)
    }

    /// Pages that lie in wait in lanes and the shared way. Any context; a racy
    /// snapshot.
    pub fn in_ring(&self) -> u64 {
        self.stored().saturating_sub(self.taken.get())
    }

    /// The statistics, but for the pages that lie in wait.
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
        match self.alloc_cached(c) {
            Some(page) => Some(page),
            None => self.alloc_more(c, gfp),
        }
    }

    /// One page of the cache. Consumer.
    #[inline(always)]
    pub fn alloc_cached(&self, c: &mut Consumer) -> Option<PageRef> {
        let page = c.pop()?;
        self.stats.fast.add(1);
        refs::hand_out(page);
        Some(page)
    }

    /// One page when the cache is empty. Consumer; sleeps if `gfp` allows it.
    #[cold]
    #[inline(never)]
    pub fn alloc_more(&self, c: &mut Consumer, gfp: Gfp) -> Option<PageRef> {
        if c.hides {
            return self.alloc_watched(c, gfp);
        }
        let page = self.refill(c).or_else(|| self.slow(c, gfp))?;
        refs::hand_out(page);
        Some(page)
    }

    /// Count a fragment or a page that needed no allocation. Consumer.
    pub(crate) fn count_fast(&self) {
        self.stats.fast.add(1);
    }

    pub(crate) fn preferred_node(&self) -> i32 {
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
        if c.count > 0 {
            self.probe(Event::Refill(c.count));
            self.loans.set_short(false);
        }
        let page = c.pop()?;
        self.stats.refill.add(1);
        Some(page)
    }

    /// Whatever came back, from the last way as long as it has some.
    fn refill_any(&self, c: &mut Consumer) -> bool {
        let mut all = [refs::nil(); REFILL];
        let n = self.take_into(c, &mut all);
        c.cache[..n].copy_from_slice(&all[..n]);
        c.count = n;
        n > 0
    }

    /// Pages of the preferred node; one of another goes back to the system,
    /// and ends the refill: the rest may be from here.
    fn refill_near(&self, c: &mut Consumer) -> bool {
        let node = self.preferred_node();
        let mut found = false;
        let mut page = [refs::nil()];
        while c.count < REFILL && self.take_into(c, &mut page) > 0 {
            found = true;
            if self.sys.node_of(page[0]) != node {
                self.release(page[0]);
                self.stats.waive.add(1);
                break;
            }
            c.push_special(page[0]);
        }
        found
    }

    /// Pages from lanes and the shared way; how many.
    fn take_into(&self, c: &mut Consumer, places: &mut [PageRef]) -> usize {
        let mut n = 0;
        for _ in 0..=LANES {
            let way = self.lanes.get(c.source).map_or(&self.shared, |lane| &lane.way);
            n += way.take_into(&mut c.takers[c.source], &mut places[n..], |b| self.sys.free_bucket(b));
            if n == places.len() {
                break;
            }
            c.source = if c.source < LANES { c.source + 1 } else { 0 };
        }
        self.taken.add(n as u64);
        n
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
        c.shown(|c| {
            let n = core::mem::take(&mut c.count);
            if n > 0 {
                self.release_many(&mut c.cache[..n]);
            }
        })
    }

    /// Tell DTrace.
    pub(crate) fn probe(&self, event: Event) {
        self.sys.probe(self.owner.load(Relaxed), event)
    }

    /// Everything in lanes and the shared way goes back to the system, and
    /// their buckets. Nobody stores any more.
    pub(crate) fn empty_ways(&self, c: &mut Consumer) {
        let mut pages = [refs::nil(); REFILL];
        loop {
            match self.take_into(c, &mut pages) {
                0 => break,
                n => self.release_many(&mut pages[..n]),
            }
        }
        for (i, taker) in c.takers.iter_mut().enumerate() {
            let way = self.lanes.get(i).map_or(&self.shared, |lane| &lane.way);
            way.close(taker, |b| self.sys.free_bucket(b));
        }
    }
}
