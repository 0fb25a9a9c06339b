// SPDX-License-Identifier: BSD-2-Clause
//! The way back: into the cache, into the ring, or out of the pool.

use crate::lane::LANES;
use crate::pool::{Consumer, Pool, Producers, State};
use crate::refs;
use crate::sys::{PageRef, Sys};
use core::ffi::CStr;
use kpi::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// What became of a page offered to the ring.
enum Offer {
    Stored,
    Refused,
}

impl<S: Sys> Pool<S> {
    /// Whether a page is this pool's and may be put; reported if not.
    #[cold]
    fn owns(&self, page: PageRef) -> bool {
        if !refs::is_pool(page) {
            return self.refuse(c"page_pool: put of a page that is not a pool's", page);
        }
        if page.pp.load(Relaxed) != self.owner.load(Relaxed) {
            return self.refuse(c"page_pool: put to the wrong pool", page);
        }
        true
    }

    #[inline]
    fn is_ours(&self, page: PageRef) -> bool {
        refs::is_signed(page) && page.pp.load(Relaxed) == self.owner.load(Relaxed)
    }

    #[cold]
    fn refuse(&self, what: &'static CStr, page: PageRef) -> bool {
        self.sys.misuse(what, page);
        false
    }

    /// Give `n` pool references back; how many are left. Any context that may
    /// take a mutex.
    pub fn unref(&self, page: PageRef, n: isize) -> isize {
        let rested = refs::is_at_rest(page);
        let left = refs::unref(page, n);
        if left < 0 {
            let what = if rested { c"page_pool: page put twice" } else { c"page_pool: more references put than there were" };
            self.refuse(what, page);
        }
        left
    }

    /// Give one pool reference up; with the last one the page goes back to the
    /// cache (`direct`: only in the consumer's context), to this CPU's lane or
    /// to the ring. `len` bytes may have been written to. Any context that may
    /// take a mutex.
    #[inline]
    pub fn put(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if self.is_ours(page) || self.owns(page) {
            self.put_ours(direct, page, len);
        }
    }

    /// The same for a page that was seen to be this pool's.
    #[inline(always)]
    pub fn put_ours(&self, mut direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if refs::has_one_user(page) {
            return self.put_last(direct, page, len);
        }
        // A piece of the page being cut: the consumer's own count will do.
        match direct.as_deref_mut().filter(|c| c.has_piece_of(page)) {
            Some(c) => c.frag_users -= 1,
            None => self.put_one_of_many(direct, page, len),
        }
    }

    #[inline(never)]
    fn put_one_of_many(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if self.unref(page, 1) == 0 {
            self.put_last(direct, page, len);
        }
    }

    /// As [`Pool::put_ours`] for a caller that holds the last pool reference.
    #[inline]
    pub fn put_unrefed(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if refs::has_one_user(page) {
            return self.put_last(direct, page, len);
        }
        let what = if refs::is_at_rest(page) { c"page_pool: page put twice" } else { c"page_pool: page has other users" };
        self.refuse(what, page);
    }

    #[inline(always)]
    fn put_last(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if page.refcount.load(Acquire) != 1 {
            return self.put_shared(page);
        }
        let Some(c) = direct else { return self.put_away(page, len) };
        let special = self.special.load(Acquire);
        if special != 0 {
            return self.put_special(c, page, len);
        }
        if c.push(page) { self.stats.cached.add(1) } else { self.put_beside(page, len) }
    }

    /// Into the cache of a pool that syncs, or that is destroyed.
    #[inline(never)]
    fn put_special(&self, c: &mut Consumer, page: PageRef, len: u32) {
        if self.is_closed() {
            return self.put_away(page, len);
        }
        // Nobody but the consumer sees the page before it is synced.
        if c.push(page) {
            self.sync_for_device(page, len);
            self.stats.cached.add(1);
        } else {
            self.put_beside(page, len);
        }
    }

    /// From anywhere: into this CPU's lane if it has room.
    #[inline(never)]
    fn put_away(&self, page: PageRef, len: u32) {
        let mut pin = self.sys.pin();
        let lane = &self.lanes[pin.cpu() % LANES];
        let plain = self.special.load(Acquire) == 0;
        if !plain || !lane.push(&mut pin, page, || refs::rest(page)) {
            self.put_elsewhere(pin, page, len);
        }
    }

    /// The lane is full or not this CPU's, or the page has to be synced.
    #[inline(never)]
    fn put_elsewhere(&self, mut pin: S::Pin<'_>, page: PageRef, len: u32) {
        let lane = &self.lanes[pin.cpu() % LANES];
        let stored = !self.is_closed() && lane.push(&mut pin, page, || {
            self.sync_for_device(page, len);
            refs::rest(page);
        });
        drop(pin);
        if !stored {
            self.put_ring(page, len);
        }
    }

    /// The consumer's cache is full.
    #[cold]
    #[inline(never)]
    fn put_beside(&self, page: PageRef, len: u32) {
        self.stats.cache_full.add(1);
        self.put_away(page, len);
    }

    /// Into the ring, or out of the pool.
    #[cold]
    #[inline(never)]
    fn put_ring(&self, page: PageRef, len: u32) {
        match self.producers.with(|p| self.offer(p, page, len)) {
            Offer::Stored => self.make_lane(),
            Offer::Refused => self.release(page),
        }
    }

    /// The next put of this CPU finds a lane, if its place is free.
    fn make_lane(&self) {
        let n = self.cfg.lane_slots() as usize;
        let cpu = self.sys.pin().cpu();
        let lane = &self.lanes[cpu % LANES];
        if n == 0 || lane.is_made() {
            return;
        }
        let Some(slots) = self.sys.alloc_lane(n) else { return };
        let unused = self.producers.with(|p| match p.state {
            State::Open => lane.make(cpu, slots).err(),
            _ => Some(slots),
        });
        if let Some(slots) = unused {
            self.sys.free_lane(slots);
        }
    }

    /// Put a page into the ring. Under the ring's lock, so that destroy, which
    /// takes it, knows that no sync is under way any more.
    #[inline]
    fn offer(&self, p: &mut Producers, page: PageRef, len: u32) -> Offer {
        if p.state != State::Open {
            return Offer::Refused;
        }
        if !self.ring.has_room(&p.head) {
            self.stats.ring_full.add(1);
            return Offer::Refused;
        }
        self.sync_for_device(page, len);
        refs::rest(page);
        self.ring.push(&mut p.head, page);
        self.stats.ring.add(1);
        Offer::Stored
    }

    /// Somebody else holds the page: it leaves the pool, and lives on.
    #[cold]
    #[inline(never)]
    fn put_shared(&self, page: PageRef) {
        self.producers.with(|_| self.stats.released_refcnt.add(1));
        self.release(page);
    }

    /// Put many pages, under one lock what the lane does not hold. Those that
    /// the ring did not take are released. The places become `None`.
    pub fn put_bulk(&self, pages: &mut [Option<PageRef>]) {
        for place in pages.iter_mut() {
            let Some(page) = *place else { continue };
            let ours = if self.is_ours(page) { true } else { self.owns(page) };
            if !ours || self.unref(page, 1) != 0 {
                *place = None;
            } else if page.refcount.load(Acquire) != 1 {
                *place = None;
                self.put_shared(page);
            } else {
                // At rest from here on: the same page again is put twice.
                refs::rest(page);
            }
        }
        self.producers.with(|p| {
            let mut refused = p.state != State::Open;
            for place in pages.iter_mut() {
                let Some(page) = place.filter(|_| !refused) else { continue };
                refused = matches!(self.offer(p, page, u32::MAX), Offer::Refused);
                if !refused {
                    *place = None;
                }
            }
        });
        pages.iter_mut().filter_map(Option::take).for_each(|page| self.release(page));
    }

    /// A page leaves the pool. It counts as in flight until it has left, so
    /// that a pool with nothing in flight has really given everything back;
    /// the count is the last thing, as the pool may go with it.
    #[cold]
    pub(crate) fn release(&self, page: PageRef) {
        self.unmap(page);
        refs::leave(page);
        self.sys.put_page(page);
        // While the pool is open nobody frees it; destroy waits for us here.
        let pin = self.sys.pin();
        let open = !self.is_closed();
        if open {
            self.released.fetch_add(1, Release);
        }
        drop(pin);
        if !open {
            self.producers.with(|p| {
                self.released.fetch_add(1, Release);
                if p.state == State::Waiting && self.inflight() <= 0 {
                    p.state = State::Empty;
                    self.sys.schedule_release();
                }
            });
        }
    }
}
