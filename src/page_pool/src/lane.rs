// SPDX-License-Identifier: BSD-2-Clause
//! Lanes: the ways back, one a CPU, without a lock.
//!
//! A producer that is pinned to its CPU (critical(9)) is alone there, so a lane
//! has one producer and one consumer. Destroy waits until every CPU has left
//! its pinned sections ([`crate::Sys::quiesce`]). CPUs whose lane another one
//! has share one behind the pool's lock.

use crate::bucket::{Bucket, Producer, Taker};
use crate::lock::{PerCpu, Pinned};
use crate::stats::Counter;
use crate::sys::PageRef;
use core::ptr;
use kpi::page::Page;
use kpi::sync::atomic::{AtomicPtr, Ordering::{AcqRel, Acquire, Release}};

/// Lanes of a pool; a CPU's is the one of its number modulo this, and belongs
/// to the first of these CPUs that puts.
pub const LANES: usize = 8;

/// A bucket of pages on its way between producer and consumer.
pub type PageBucket = &'static Bucket<Page>;

/// What both ends of a lane share.
///
/// # Invariants
/// `first` and `spare` are NULL or made from a [`PageBucket`].
#[derive(Default)]
pub struct Way {
    /// Pages that went in. The producer writes.
    pub stored: Counter,
    first: AtomicPtr<Bucket<Page>>,
    spare: AtomicPtr<Bucket<Page>>,
}

impl Way {
    /// Show the consumer where the way begins.
    pub fn open(&self, bucket: PageBucket) {
        self.first.store(ptr::from_ref(bucket).cast_mut(), Release);
    }

    /// An empty bucket that came back, if one lies there.
    pub fn spare(&self) -> Option<PageBucket> {
        // SAFETY: made from a PageBucket, and taken once (the invariant).
        unsafe { self.spare.swap(ptr::null_mut(), AcqRel).as_ref() }
    }

    /// Leave an empty bucket for the producer; the one that lay there.
    pub fn leave(&self, bucket: PageBucket) -> Option<PageBucket> {
        // SAFETY: as in spare().
        unsafe { self.spare.swap(ptr::from_ref(bucket).cast_mut(), AcqRel).as_ref() }
    }

    /// Fill places with the oldest pages; how many. Buckets that are not needed
    /// any more go to `free`. Consumer.
    #[inline]
    pub fn take_into(&self, taker: &mut Taker<Page>, places: &mut [PageRef], mut free: impl FnMut(PageBucket)) -> usize {
        if !taker.has_begun() {
            // SAFETY: NULL or made from a PageBucket (the invariant).
            let Some(first) = (unsafe { self.first.load(Acquire).as_ref() }) else { return 0 };
            taker.begin(first);
        }
        taker.take_into(places, |bucket| {
            if let Some(other) = self.leave(bucket) {
                free(other);
            }
        })
    }

    /// The buckets that are left when all pages are out. Nobody uses the way
    /// any more.
    pub fn close(&self, taker: &mut Taker<Page>, mut free: impl FnMut(PageBucket)) {
        let first = self.first.swap(ptr::null_mut(), AcqRel);
        // A way that the consumer never took from is in its first bucket, which
        // is gone by now if it did.
        // SAFETY: NULL or made from a PageBucket (the invariant).
        let last = taker.end().or_else(|| unsafe { first.as_ref() });
        last.into_iter().chain(self.spare()).for_each(&mut free);
    }
}

/// One CPU's way back.
#[derive(Default)]
#[repr(align(64))]
pub struct Lane {
    producer: PerCpu<Producer<Page>>,
    /// What the consumer sees of it.
    pub way: Way,
}

impl Lane {
    /// Whether a CPU has it, or is about to.
    pub fn is_claimed(&self) -> bool {
        self.producer.is_claimed()
    }

    /// Make it a CPU's, from an empty bucket on, which comes back if it is
    /// claimed already.
    pub fn claim(&self, cpu: usize, bucket: PageBucket) -> Result<(), PageBucket> {
        self.producer.claim(cpu, Producer::new(bucket, 0)).map_err(|_| bucket)?;
        self.way.open(bucket);
        Ok(())
    }

    /// The producer's end, for the lane's CPU; `None` for others.
    #[inline(always)]
    pub fn producer<'a>(&'a self, pin: &'a mut Pinned) -> Option<&'a mut Producer<Page>> {
        self.producer.get(pin)
    }

    /// Store a page; `false`, and nothing done, if there is no room or the lane
    /// is another CPU's.
    #[inline(always)]
    pub fn push(&self, pin: &mut Pinned, page: PageRef, prepare: impl FnOnce()) -> bool {
        let Some(p) = self.producer.get(pin) else { return false };
        let stored = p.push(page, prepare);
        if stored {
            self.way.stored.add(1);
        }
        stored
    }
}
