// SPDX-License-Identifier: BSD-2-Clause
//! The way back: into the cache, into the ring, or out of the pool.

use crate::pool::{Consumer, Pool, Producers, State, CACHE};
use crate::refs;
use crate::sys::{PageRef, Sys};
use core::ffi::CStr;
use kpi::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// What became of a page offered to the ring.
enum Offer {
    Stored,
    Refused,
    Twice,
}

impl<S: Sys> Pool<S> {
    /// Whether a page is this pool's and may be put; reported if not.
    #[inline]
    pub(crate) fn owns(&self, page: PageRef) -> bool {
        if !refs::is_pool(page) {
            return self.refuse(c"page_pool: put of a page that is not a pool's", page);
        }
        if page.pp.load(Relaxed) != self.owner.load(Relaxed) {
            return self.refuse(c"page_pool: put to the wrong pool", page);
        }
        true
    }

    #[cold]
    fn refuse(&self, what: &'static CStr, page: PageRef) -> bool {
        self.sys.misuse(what, page);
        false
    }

    /// Give `n` pool references back; how many are left. Any context that may
    /// take a mutex.
    pub fn unref(&self, page: PageRef, n: isize) -> isize {
        let left = refs::unref(page, n);
        if left < 0 {
            self.refuse(c"page_pool: more references put than there were", page);
        }
        left
    }

    /// Give one pool reference up; with the last one the page goes back to the
    /// cache (`direct`: only in the consumer's context) or to the ring.
    /// `len` bytes may have been written to. Any context that may take a mutex.
    #[inline]
    pub fn put(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if self.owns(page) && self.unref(page, 1) == 0 {
            self.put_last(direct, page, len);
        }
    }

    /// The same for a caller that holds the last pool reference.
    #[inline]
    pub fn put_unrefed(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if self.owns(page) {
            self.put_last(direct, page, len);
        }
    }

    #[inline]
    fn put_last(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if page.refcount.load(Acquire) != 1 {
            return self.put_shared(page);
        }
        if let Some(c) = direct.filter(|_| self.open.load(Acquire)) {
            if c.count < CACHE {
                if !refs::take_back(page) {
                    self.refuse(c"page_pool: page put twice", page);
                    return;
                }
                self.sync_for_device(page, len);
                c.push(page);
                return self.stats.cached.add(1);
            }
            self.stats.cache_full.add(1);
        }
        match self.producers.with(|p| self.offer(p, page, len)) {
            Offer::Stored => {}
            Offer::Refused => self.release(page),
            Offer::Twice => {
                self.refuse(c"page_pool: page put twice", page);
            }
        }
    }

    /// Put a page into the ring. Under the ring's lock, so that destroy, which
    /// takes it, knows that no sync is under way any more.
    #[inline]
    fn offer(&self, p: &mut Producers, page: PageRef, len: u32) -> Offer {
        if !refs::take_back(page) {
            return Offer::Twice;
        }
        if p.state != State::Open {
            return Offer::Refused;
        }
        if !self.ring.has_room(&p.head) {
            self.stats.ring_full.add(1);
            return Offer::Refused;
        }
        self.sync_for_device(page, len);
        self.ring.push(&mut p.head, page);
        self.stats.ring.add(1);
        Offer::Stored
    }

    /// Somebody else holds the page: it leaves the pool, and lives on.
    #[cold]
    fn put_shared(&self, page: PageRef) {
        let ours = self.producers.with(|_| {
            self.stats.released_refcnt.add(1);
            refs::take_back(page)
        });
        match ours {
            true => self.release(page),
            false => {
                self.refuse(c"page_pool: page put twice", page);
            }
        }
    }

    /// Put many pages under one lock. Those that the ring did not take are
    /// released. The places become `None`.
    pub fn put_bulk(&self, pages: &mut [Option<PageRef>]) {
        for place in pages.iter_mut() {
            let Some(page) = *place else { continue };
            if !self.owns(page) || self.unref(page, 1) != 0 {
                *place = None;
            } else if page.refcount.load(Acquire) != 1 {
                *place = None;
                self.put_shared(page);
            }
        }
        let mut twice = None;
        self.producers.with(|p| {
            let mut refused = p.state != State::Open;
            for place in pages.iter_mut() {
                let Some(page) = *place else { continue };
                if !refs::take_back(page) {
                    twice = place.take();
                } else if !refused {
                    if self.ring.has_room(&p.head) {
                        self.sync_for_device(page, u32::MAX);
                        self.ring.push(&mut p.head, page);
                        self.stats.ring.add(1);
                        *place = None;
                    } else {
                        self.stats.ring_full.add(1);
                        refused = true;
                    }
                }
            }
        });
        pages.iter_mut().filter_map(Option::take).for_each(|page| self.release(page));
        if let Some(page) = twice {
            self.refuse(c"page_pool: page put twice", page);
        }
    }

    /// A page leaves the pool. It counts as in flight until it has left, so
    /// that a pool with nothing in flight has really given everything back;
    /// the count is the last thing, as the pool may go with it.
    #[cold]
    pub(crate) fn release(&self, page: PageRef) {
        self.unmap(page);
        refs::leave(page);
        self.sys.put_page(page);
        self.producers.with(|p| {
            self.released.store(self.released.load(Relaxed).wrapping_add(1), Release);
            if p.state == State::Waiting && self.inflight() <= 0 {
                p.state = State::Empty;
                self.sys.schedule_release();
            }
        });
    }
}
