// SPDX-License-Identifier: BSD-2-Clause
//! Buffers that the network stack has: fragments and pages that are mbufs'
//! external storage. The stack gives them back when it likes, so that a pool
//! lends only as many as fill a share of the pages that its ring has room for:
//! what comes back beyond those all at once would leave the pool. Nor does it lend
//! while it is out of memory: the driver needs the pages itself.

use crate::pool::Pool;
use crate::refs;
use crate::stats::Counter;
use crate::sys::{PageRef, Sys};
use kpi::sync::atomic::{AtomicBool, AtomicU32, Ordering::{AcqRel, Relaxed}};

/// A share that no product of it overflows.
const MOST: u32 = 10_000;

/// Why a buffer is not lent; it stays the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody has the page, or it is not this pool's. Reported.
    NotLent,
    /// Somebody else holds the page, and sees what is written to it.
    Shared,
    /// Enough are out, or the system has no pages for the driver.
    Short,
    /// The pool was destroyed.
    Closed,
}

/// What a pool knows of them. On a line of its own: other CPUs give back.
#[derive(Default)]
#[repr(align(64))]
pub struct Loans {
    out: AtomicU32,
    /// The system had no page for the last allocation, and none has come back.
    short: AtomicBool,
    /// Lent so far. The consumer writes.
    made: Counter,
}

impl Loans {
    /// Buffers that are out. Any context.
    pub fn out(&self) -> u32 {
        self.out.load(Relaxed)
    }

    /// Buffers that were ever lent. Any context.
    pub fn made(&self) -> u64 {
        self.made.get()
    }

    pub(crate) fn set_short(&self, short: bool) {
        if self.short.load(Relaxed) != short {
            self.short.store(short, Relaxed);
        }
    }
}

impl<S: Sys> Pool<S> {
    /// Count a buffer of `len` bytes in a page, of which the caller has one pool
    /// reference, as lent, if so many of them as are out fill less than `percent`
    /// of the pages that the ring has room for. Consumer.
    #[inline]
    pub fn lend(&self, page: PageRef, len: u32, percent: u32) -> Result<(), Refusal> {
        if refs::users(page, self.owner.load(Relaxed)) <= 0 {
            return Err(self.why_not(page));
        }
        let loans = &self.loans;
        let most = u64::from(self.cfg.ring) * u64::from(self.bytes) * u64::from(percent.min(MOST));
        if u64::from(loans.out()) * u64::from(len) * 100 >= most || loans.short.load(Relaxed) {
            return Err(Refusal::Short);
        }
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        loans.out.fetch_add(1, Relaxed);
        loans.made.add(1);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn why_not(&self, page: PageRef) -> Refusal {
        if refs::is_pool(page) && !refs::is_at_rest(page) && page.pp.load(Relaxed) == self.owner.load(Relaxed) {
            return Refusal::Shared;
        }
        self.sys.misuse(c"page_pool: loan of a page that nobody has", page);
        Refusal::NotLent
    }

    /// One of them comes back: before its put, with which the pool may go. Any
    /// context.
    #[inline]
    pub fn returned(&self) {
        self.loans.out.fetch_sub(1, AcqRel);
    }

    /// What the pool has lent.
    pub fn loans(&self) -> &Loans {
        &self.loans
    }
}
