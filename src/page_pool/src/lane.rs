// SPDX-License-Identifier: BSD-2-Clause
//! Lanes: short rings, one a CPU, that pages come back through without a lock.
//!
//! A producer that is pinned to its CPU (critical(9)) is alone there, so the
//! lane has one producer and one consumer. A lane is made when its CPU first
//! puts; what does not fit goes to the pool's ring. Destroy waits until every
//! CPU has left its pinned sections ([`crate::Sys::quiesce`]).

use crate::lock::{PerCpu, Pinned};
use crate::ring::{Head, Ring, Slots, Tail};
use crate::stats::Counter;
use crate::sys::PageRef;
use kpi::page::Page;
use spin::Once;

/// Lanes of a pool at most; a CPU's is the one of its number modulo this, and
/// belongs to the first of these CPUs that puts.
pub const LANES: usize = 8;
/// Slots of a lane at most.
const LONGEST: u32 = 64;
/// A ring with fewer slots than this is not worth lanes.
const WORTH: u32 = 64;

/// How many slots each lane of a pool has: all lanes together as many as the
/// ring the driver asked for, so that a pool keeps at most twice that.
pub fn length(ring: u32) -> u32 {
    match ring {
        WORTH.. => (ring / LANES as u32).min(LONGEST),
        _ => 0,
    }
}

/// One CPU's way back.
#[repr(align(64))]
pub struct Lane {
    ring: Once<Ring<Page>>,
    head: PerCpu<Head>,
    /// Pages that went in.
    pub stored: Counter,
}

impl Default for Lane {
    fn default() -> Self {
        Lane { ring: Once::new(), head: PerCpu::new(Head::default()), stored: Counter::default() }
    }
}

impl Lane {
    /// Whether a CPU has it.
    pub fn is_made(&self) -> bool {
        self.ring.is_completed()
    }

    /// Make it a CPU's over these free slots; they come back if it is made
    /// already. Under the ring's lock.
    pub fn make(&self, cpu: usize, slots: Slots<Page>) -> Result<(), Slots<Page>> {
        if self.is_made() {
            return Err(slots);
        }
        self.ring.call_once(|| Ring::new(slots));
        self.head.claim(cpu);
        Ok(())
    }

    /// The storage, to be given back with the pool.
    pub fn slots(&self) -> Option<Slots<Page>> {
        self.ring.get().map(Ring::slots)
    }

    /// Store a page after `prepare` has seen to it; `false`, and nothing done,
    /// if the lane is full or another CPU's.
    #[inline]
    pub fn push(&self, pin: &mut Pinned, page: PageRef, prepare: impl FnOnce()) -> bool {
        let (Some(head), Some(ring)) = (self.head.get(pin), self.ring.get()) else { return false };
        if !ring.has_room(head) {
            return false;
        }
        prepare();
        ring.push(head, page);
        self.stored.add(1);
        true
    }

    /// Take the oldest page. Consumer.
    #[inline]
    pub fn pop(&self, tail: &mut Tail) -> Option<PageRef> {
        self.ring.get()?.pop(tail)
    }
}
