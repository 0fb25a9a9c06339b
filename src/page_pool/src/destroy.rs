// SPDX-License-Identifier: BSD-2-Clause
//! The end of a pool: at once if every page is in, else when the last one
//! comes back. Pages that are out are unmapped now, while there is a device.

use crate::consumer::Consumer;
use crate::pool::{special, Pool, State};
use crate::sys::{Event, Sys};
use kpi::sync::atomic::Ordering::AcqRel;

/// How destroy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// Everything is back: the caller frees the pool.
    Now,
    /// Pages are out: [`Sys::schedule_release`] says when they are back.
    Later,
}

impl<S: Sys> Pool<S> {
    /// Destroy the pool: once, when no consumer runs any more. Sleeps.
    pub fn destroy(&self, c: &mut Consumer) -> Destroyed {
        self.special.fetch_or(special::CLOSED, AcqRel);
        // From here on a producer neither syncs nor stores; one that was at it
        // has left when every CPU has left its lane and the lock is ours.
        self.sys.quiesce();
        self.producers.with(|p| p.state = State::Draining);
        // A late direct put does not end in the cache either.
        c.limit = 0;
        self.free_frag(c);
        self.empty_cache(c);
        self.empty_ways(c);
        self.close_dma();
        self.producers.with(|p| {
            if self.inflight() <= 0 {
                // Not `Empty`: that would hand the pool to the reaper too.
                return Destroyed::Now;
            }
            p.state = State::Waiting;
            self.probe(Event::Wait(self.inflight()));
            Destroyed::Later
        })
    }

    /// Wait for the producer that returned the last page to leave the lock;
    /// the pool may be freed afterwards.
    pub fn last_producer_left(&self) {
        self.producers.with(|_| ());
    }

    /// Where the pool is in its life.
    pub fn state(&self) -> State {
        self.producers.with(|p| p.state)
    }
}
