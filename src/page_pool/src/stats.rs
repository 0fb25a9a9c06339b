// SPDX-License-Identifier: BSD-2-Clause
//! A pool's statistics, in the order of Linux's ethtool strings.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many counters there are.
pub const COUNT: usize = 11;

/// Where `ring` is among them.
pub const RING: usize = 8;

/// Name of each counter as ethtool shows it.
pub const NAMES: [&str; COUNT] = [
    "rx_pp_alloc_fast",
    "rx_pp_alloc_slow",
    "rx_pp_alloc_slow_ho",
    "rx_pp_alloc_empty",
    "rx_pp_alloc_refill",
    "rx_pp_alloc_waive",
    "rx_pp_recycle_cached",
    "rx_pp_recycle_cache_full",
    "rx_pp_recycle_ring",
    "rx_pp_recycle_ring_full",
    "rx_pp_recycle_released_ref",
];

/// A number that one thread at a time changes and any reads.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Add to it. The one writer.
    #[inline]
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(n), Relaxed);
    }

    /// Add to it where others may too.
    pub fn add_shared(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// Read it. Any context.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The counters. Who writes: the consumer, but for the last two; `ring` is
/// counted where the pages lie in wait.
#[derive(Default)]
pub struct Stats {
    /// Pages from the cache, further fragments of a page, pages reused whole.
    pub fast: Counter,
    /// Allocations that had to ask the system.
    pub slow: Counter,
    /// Of these, of order > 0.
    pub slow_high_order: Counter,
    /// Refills that found the ring empty.
    pub empty: Counter,
    /// Refills that found at least one page.
    pub refill: Counter,
    /// Ring pages given back because they were of another node.
    pub waive: Counter,
    /// Puts into the cache.
    pub cached: Counter,
    /// Direct puts that found the cache full.
    pub cache_full: Counter,
    /// Puts that found the ring full.
    pub ring_full: Counter,
    /// Puts of pages that somebody else holds too.
    pub released_refcnt: Counter,
}

impl Stats {
    /// All of them, in the order of [`NAMES`]. Any context; a racy snapshot.
    pub fn snapshot(&self) -> [u64; COUNT] {
        [
            &self.fast, &self.slow, &self.slow_high_order, &self.empty, &self.refill, &self.waive,
            &self.cached, &self.cache_full, &Counter::default(), &self.ring_full, &self.released_refcnt,
        ]
        .map(Counter::get)
    }
}
