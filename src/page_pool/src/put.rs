// SPDX-License-Identifier: BSD-2-Clause
//! The way back: into the cache, into the ring, or out of the pool.

use crate::bucket::Producer;
use crate::lane::{PageBucket, Way, LANES};
use crate::consumer::Consumer;
use crate::pool::{Pool, State, REFILL};
use crate::refs;
use crate::sys::{Event, PageRef, Sys};
use core::ffi::CStr;
use kpi::page::Page;
use kpi::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// What became of a page that was to lie in wait.
enum Stored {
    Done,
    /// As many as the driver asked for lie in wait.
    Full,
    /// It takes an empty bucket.
    NoBucket,
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
            self.over_put(page, rested);
        }
        left
    }

    #[cold]
    pub(crate) fn over_put(&self, page: PageRef, rested: bool) {
        let what = if rested { c"page_pool: page put twice" } else { c"page_pool: more references put than there were" };
        self.refuse(what, page);
    }

    /// The usual put of the consumer: the last pool reference of a page of ours
    /// that nobody else holds, into the cache. `false`, and nothing done, if
    /// there is more to it.
    #[inline(always)]
    pub fn put_cached(&self, c: &mut Consumer, page: PageRef) -> bool {
        let done = c.push(page);
        if done {
            self.stats.cached.add(1);
        }
        done
    }

    /// The usual put of anybody else: the same into this CPU's lane. If there
    /// is more to it, [`Pool::put_elsewhere`] goes on with the pin.
    #[inline(always)]
    pub fn put_in_lane(&self, pin: &mut S::Pin<'_>, page: PageRef) -> bool {
        let lane = &self.lanes[pin.cpu() % LANES];
        self.special.load(Acquire) == 0 && lane.push(pin, page, || refs::rest(page))
    }

    /// Let a page lie in wait that has come to its last user, or release it.
    #[inline(never)]
    pub fn put_elsewhere<'a>(&'a self, pin: S::Pin<'a>, page: PageRef, len: u32) {
        match self.is_prepared() {
            false => self.put_rest(pin, page, len),
            true => self.put_prepared(pin, page, len),
        }
    }

    #[inline(always)]
    pub(crate) fn put_rest<'a>(&'a self, pin: S::Pin<'a>, page: PageRef, len: u32) {
        if !self.keep(pin, page, len) {
            self.release(page);
        }
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
    pub fn put_ours(&self, mut direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if refs::has_one_user(page) {
            return self.put_last(direct, page, len);
        }
        // A piece of the page being cut: the consumer's own count will do.
        if direct.as_deref_mut().is_some_and(|c| c.frag.take_back(page)) {
            return;
        }
        self.put_one_of_many(direct, page, len)
    }

    /// The same for a page that several users have.
    pub fn put_one_of_many(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        match refs::unref(page, 1) {
            1.. => {}
            0 => self.put_last(direct, page, len),
            _ => self.over_put(page, refs::is_at_rest(page)),
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

    fn put_last(&self, direct: Option<&mut Consumer>, page: PageRef, len: u32) {
        if page.refcount.load(Acquire) != 1 {
            return self.put_shared(page);
        }
        let Some(c) = direct else { return self.put_away(page, len) };
        if !c.push(page) {
            return self.put_special(c, page, len);
        }
        self.stats.cached.add(1);
    }

    /// Into the cache of a pool that syncs, or whose cache is full, or that is
    /// destroyed.
    #[inline(never)]
    fn put_special(&self, c: &mut Consumer, page: PageRef, len: u32) {
        if self.is_closed() {
            return self.put_away(page, len);
        }
        if c.is_full() {
            self.stats.cache_full.add(1);
            return self.put_away(page, len);
        }
        if self.is_prepared() && !self.prepare(page) {
            return;
        }
        // Nobody but the consumer sees the page before it is synced.
        c.shown(|c| c.push_special(page));
        self.sync_for_device(page, len);
        self.stats.cached.add(1);
    }

    /// From anywhere: to lie in wait, or out of the pool.
    fn put_away(&self, page: PageRef, len: u32) {
        self.put_elsewhere(self.sys.pin(), page, len)
    }

    /// Let a page lie in wait, wherever there is room: `false` if there is
    /// none, or the pool is destroyed.
    fn keep<'a>(&'a self, mut pin: S::Pin<'a>, page: PageRef, len: u32) -> bool {
        let mut bucket = None;
        let kept = loop {
            if self.is_closed() {
                break false;
            }
            let cpu = pin.cpu();
            let lane = &self.lanes[cpu % LANES];
            let stored = match lane.producer(&mut pin) {
                Some(p) => self.store(p, &lane.way, page, len, &mut bucket),
                None if lane.is_claimed() => {
                    drop(pin);
                    return self.keep_shared(bucket, page, len);
                }
                None => {
                    if let Some(b) = bucket.take() {
                        bucket = lane.claim(cpu, b).err();
                        continue;
                    }
                    Stored::NoBucket
                }
            };
            match stored {
                Stored::Done => break true,
                Stored::Full => break false,
                Stored::NoBucket => {}
            }
            // Not while pinned; and the thread may come back on another CPU.
            drop(pin);
            bucket = self.sys.alloc_bucket();
            if bucket.is_none() {
                return false;
            }
            pin = self.sys.pin();
        };
        drop(pin);
        self.free_bucket(bucket);
        kept
    }

    /// The same for a CPU whose lane another one has.
    fn keep_shared(&self, mut bucket: Option<PageBucket>, page: PageRef, len: u32) -> bool {
        let kept = loop {
            let stored = self.producers.with(|p| {
                if p.state != State::Open {
                    return Stored::Full;
                }
                if let (None, Some(b)) = (&p.shared, bucket) {
                    p.shared = Some(Producer::new(b, 0));
                    self.shared.open(b);
                    bucket = None;
                }
                match &mut p.shared {
                    Some(p) => self.store(p, &self.shared, page, len, &mut bucket),
                    None => Stored::NoBucket,
                }
            });
            match stored {
                Stored::Done => break true,
                Stored::Full => break false,
                Stored::NoBucket => bucket = self.sys.alloc_bucket(),
            }
            if bucket.is_none() {
                return false;
            }
        };
        self.free_bucket(bucket);
        kept
    }

    fn free_bucket(&self, bucket: Option<PageBucket>) {
        if let Some(b) = bucket {
            self.sys.free_bucket(b);
        }
    }

    /// Put a page to rest at a producer's end, which the caller has for
    /// itself: pinned, or under the pool's lock. Destroy waits for either, so
    /// that it knows that no sync is under way any more.
    fn store(&self, p: &mut Producer<Page>, way: &Way, page: PageRef, len: u32, bucket: &mut Option<PageBucket>) -> Stored {
        if !p.has_room() {
            let room = self.room();
            if room == 0 {
                self.stats.ring_full.add_shared(1);
                return Stored::Full;
            }
            if p.is_at_end() {
                match bucket.take().or_else(|| way.spare()) {
                    Some(b) => p.go_on(b),
                    None => return Stored::NoBucket,
                }
            }
            p.allow(room);
        }
        p.push(page, || {
            self.sync_for_device(page, len);
            refs::rest(page);
        });
        way.stored.add(1);
        Stored::Done
    }

    /// Somebody else holds the page: it leaves the pool, and lives on.
    #[cold]
    #[inline(never)]
    fn put_shared(&self, page: PageRef) {
        self.stats.released_refcnt.add_shared(1);
        self.probe(Event::Shared(page));
        self.leave(page);
    }

    /// Put many pages. Once one finds no room, that and all behind it are
    /// released. The places become `None`.
    pub fn put_bulk(&self, pages: &mut [Option<PageRef>]) {
        let mut pages = pages.iter_mut().filter_map(Option::take);
        while let Some(page) = pages.next() {
            if self.is_last(page) && !self.keep(self.sys.pin(), page, u32::MAX) {
                return self.release_last(page, &mut pages);
            }
        }
    }

    /// Give one reference of a page up that is put with others; whether nobody
    /// has it now. One that somebody else holds is released.
    fn is_last(&self, page: PageRef) -> bool {
        if !(self.is_ours(page) || self.owns(page)) || self.unref(page, 1) != 0 {
            return false;
        }
        if page.refcount.load(Acquire) != 1 {
            self.put_shared(page);
            return false;
        }
        !self.is_prepared() || self.prepare(page)
    }

    /// The end of a bulk put: a page that found no room, and all behind it.
    #[cold]
    #[inline(never)]
    fn release_last(&self, first: PageRef, rest: &mut dyn Iterator<Item = PageRef>) {
        let (mut gone, mut n) = ([first; REFILL], 1);
        for page in rest.filter(|page| self.is_last(page)) {
            if n == REFILL {
                self.release_many(&mut gone);
                n = 0;
            }
            gone[n] = page;
            n += 1;
        }
        self.release_many(&mut gone[..n]);
    }

    /// A page leaves the pool. It counts as in flight until it has left, so
    /// that a pool with nothing in flight has really given everything back;
    /// the count is the last thing, as the pool may go with it.
    #[cold]
    pub(crate) fn release(&self, page: PageRef) {
        self.probe(Event::Release(1));
        self.leave(page);
    }

    #[inline(always)]
    fn leave(&self, page: PageRef) {
        self.unmap(page);
        refs::leave(page);
        self.sys.put_page(page);
        self.count_released(1);
    }

    /// The same for many. What is in `pages` afterwards means nothing.
    #[cold]
    pub(crate) fn release_many(&self, pages: &mut [PageRef]) {
        self.probe(Event::Release(pages.len()));
        self.unmap_many(pages);
        pages.iter().for_each(|page| refs::leave(page));
        self.sys.put_pages(pages, self.cfg.order);
        self.count_released(pages.len() as u32);
    }

    #[inline(always)]
    fn count_released(&self, n: u32) {
        // While the pool is open nobody frees it; destroy waits for us here.
        let pin = self.sys.pin();
        let open = !self.is_closed();
        if open {
            self.released.fetch_add(n, Release);
        }
        drop(pin);
        if !open {
            self.count_last(n);
        }
    }

    /// The same for a destroyed pool, which may go with its last page.
    #[inline(never)]
    fn count_last(&self, n: u32) {
        self.producers.with(|p| {
            self.released.fetch_add(n, Release);
            if p.state == State::Waiting && self.inflight() <= 0 {
                p.state = State::Empty;
                self.sys.schedule_release();
            }
        });
    }
}
