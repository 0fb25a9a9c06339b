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
#[derive(Default)]
#[repr(align(64))]
pub struct Lane {
    producer: PerCpu<Producer>,
    /// Pages that went in.
    pub stored: Counter,
    /// For the consumer.
    ring: Once<Ring<Page>>,
}

/// What the lane's CPU has.
struct Producer {
    head: Head,
    ring: Ring<Page>,
}

impl Lane {
    /// Whether a CPU has it.
    pub fn is_made(&self) -> bool {
        self.producer.is_claimed()
    }

    /// Make it a CPU's over these free slots; they come back if it is made
    /// already. Under the ring's lock.
    pub fn make(&self, cpu: usize, slots: Slots<Page>) -> Result<(), Slots<Page>> {
        if self.is_made() {
            return Err(slots);
        }
        // The consumer first: it finds a lane empty rather than not there.
        self.ring.call_once(|| Ring::new(slots));
        self.producer.claim(cpu, Producer { head: Head::default(), ring: Ring::new(slots) }).map_err(|p| p.ring.slots())
    }

    /// The storage, to be given back with the pool.
    pub fn slots(&self) -> Option<Slots<Page>> {
        self.ring.get().map(Ring::slots)
    }

    /// Store a page after `prepare` has seen to it; `false`, and nothing done,
    /// if the lane is full or another CPU's.
    #[inline(always)]
    pub fn push(&self, pin: &mut Pinned, page: PageRef, prepare: impl FnOnce()) -> bool {
        let Some(p) = self.producer.get(pin) else { return false };
        let stored = p.ring.push_with(&mut p.head, page, prepare);
        if stored {
            self.stored.add(1);
        }
        stored
    }

    /// Take the oldest page. Consumer.
    pub fn pop(&self, tail: &mut Tail) -> Option<PageRef> {
        self.ring.get()?.pop(tail)
    }

    /// Take many; how many. Consumer.
    pub fn pop_into(&self, tail: &mut Tail, places: &mut [Option<PageRef>]) -> usize {
        self.ring.get().map_or(0, |ring| ring.pop_into(tail, places))
    }
}
