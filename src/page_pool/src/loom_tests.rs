// SPDX-License-Identifier: BSD-2-Clause
//! Destroy against puts that are under way, in every order of their steps.

use crate::lane::PageBucket;
use crate::lock::{HostPin, Pinned, RawLock};
use crate::params::Params;
use crate::consumer::Consumer;
use crate::pool::{Pool, State};
use crate::registry::{Note, Slot};
use crate::sys::{Gfp, Mapping, PageRef, Returned, Sys, SyncOp};
use crate::Destroyed;
use core::ffi::CStr;
use kpi::page::{Owner, Page};
use loom::sync::atomic::Ordering::Relaxed;
use loom::sync::{Arc, Mutex};
use std::ptr;

struct LoomLock(Mutex<()>);

// SAFETY: loom's Mutex excludes and orders.
unsafe impl RawLock for LoomLock {
    fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        let _held = self.0.lock().unwrap();
        f()
    }
}

/// Two CPUs; a thread is on the one that `CPU` says.
struct Machine {
    cpus: [Mutex<()>; 2],
    /// What no thread of the model looks at.
    books: std::sync::Mutex<Books>,
}

#[derive(Default)]
struct Books {
    live: usize,
    scheduled: usize,
    closed: bool,
    /// Mistakes that the test makes.
    allowed: Option<&'static CStr>,
    mistakes: usize,
}

loom::thread_local! {
    static CPU: std::cell::Cell<usize> = std::cell::Cell::new(0);
}

fn page() -> PageRef {
    let page = Page::none();
    page.page_type.store(Owner::Pool as i32, Relaxed);
    page.refcount.store(1, Relaxed);
    Box::leak(Box::new(page))
}

impl Sys for Machine {
    type Lock = LoomLock;

    fn alloc_pages(&self, _: Gfp, _: u32, _: i32, _: u64, places: &mut [Option<PageRef>]) -> usize {
        // Few, to keep the model small.
        places[..2].fill_with(|| Some(page()));
        self.books.lock().unwrap().live += 2;
        2
    }
    fn put_page(&self, page: PageRef) {
        assert!(page.pp.load(Relaxed).is_null(), "a pool's page was freed");
        self.books.lock().unwrap().live -= 1;
    }
    type Pin<'a> = HostPin<loom::sync::MutexGuard<'a, ()>>;

    fn pin(&self) -> Self::Pin<'_> {
        let cpu = CPU.with(|c| c.get());
        let alone = self.cpus[cpu].lock().unwrap();
        // SAFETY: the CPU's mutex is held.
        HostPin(unsafe { Pinned::new(cpu) }, alone)
    }
    fn quiesce(&self) {
        self.cpus.iter().for_each(|c| drop(c.lock().unwrap()));
    }
    fn nodes(&self) -> i32 {
        1
    }
    fn this_node(&self) -> i32 {
        0
    }
    fn node_of(&self, _: PageRef) -> i32 {
        0
    }
    fn map(&self, page: PageRef, _: u32) -> Option<Mapping> {
        Some(Mapping { addr: ptr::from_ref(page).addr() as u64, map: ptr::null_mut(), syncs: true })
    }
    fn unmap(&self, _: PageRef) {
        assert!(!self.books.lock().unwrap().closed, "unmapped after destroy");
    }
    fn sync(&self, _: PageRef, _: SyncOp) {
        assert!(!self.books.lock().unwrap().closed, "synced after destroy");
    }
    fn close_dma(&self) {
        self.books.lock().unwrap().closed = true;
    }
    fn no_reach(&self, _: u64) {}
    fn alloc_slots(&self, n: usize) -> Option<&'static mut [Slot]> {
        Some(Box::leak(vec![Slot::FREE; n].into_boxed_slice()))
    }
    fn free_slots(&self, _: Returned<[Slot]>) {}
    fn alloc_bucket(&self) -> Option<PageBucket> {
        Some(Box::leak(Box::default()))
    }
    fn free_bucket(&self, _: PageBucket) {}
    fn alloc_notes(&self, n: usize) -> Option<&'static mut [Note]> {
        Some(Box::leak(vec![Note::NONE; n].into_boxed_slice()))
    }
    fn free_notes(&self, _: Returned<[Note]>) {}
    fn fill(&self, _: PageRef, _: u32, _: u8) {}
    fn is_filled(&self, _: PageRef, _: u32, _: u8) -> bool {
        true
    }
    fn now(&self) -> u64 {
        0
    }
    fn caller(&self) -> usize {
        0
    }
    fn entered(&self, _: PageRef) {}
    fn schedule_release(&self) {
        self.books.lock().unwrap().scheduled += 1;
    }
    fn misuse(&self, what: &'static CStr, _: *const Page) {
        let mut books = self.books.lock().unwrap();
        assert_eq!(books.allowed, Some(what));
        books.mistakes += 1;
    }
}

/// A pool with lanes, one page of it out; CPU 1's lane is made if `lane`.
fn rig(lane: bool) -> (Arc<Pool<Machine>>, Consumer, PageRef) {
    rig_of(lane, false)
}

/// The same, tracked or not.
fn rig_of(lane: bool, track: bool) -> (Arc<Pool<Machine>>, Consumer, PageRef) {
    let p = Params { flags: 3, order: 0, pool_size: 64, nid: -1, dma_dir: 2, max_len: 4096, offset: 0 };
    let mut cfg = p.check(u64::MAX).unwrap();
    cfg.track = track;
    let sys = Machine { cpus: [Mutex::new(()), Mutex::new(())], books: Default::default() };
    let owner = Box::leak(Box::new(0u64)) as *mut u64;
    let locks = [LoomLock(Mutex::new(())), LoomLock(Mutex::new(()))];
    let pool = Pool::new(sys, cfg, owner.cast(), locks);
    let mut c = Consumer::default();
    pool.begin(&mut c);
    let (a, b) = (pool.alloc(&mut c, Gfp(0)).unwrap(), pool.alloc(&mut c, Gfp(0)).unwrap());
    CPU.with(|c| c.set(1));
    if lane {
        pool.put(None, a, 1);
    } else {
        pool.put(Some(&mut c), a, 1);
    }
    CPU.with(|c| c.set(0));
    (Arc::new(pool), c, b)
}

fn check(pool: &Pool<Machine>, how: Destroyed) {
    let b = pool.sys().books.lock().unwrap();
    assert_eq!((b.live, pool.inflight()), (0, 0));
    // Exactly one of the two is told to free the pool.
    assert_eq!(b.scheduled, (how == Destroyed::Later) as usize);
    drop(b);
    assert_eq!(pool.state() == State::Empty, how == Destroyed::Later);
}

fn put_and_destroy(lane: bool) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let (pool, mut c, page) = rig(lane);
        let putter = {
            let pool = pool.clone();
            loom::thread::spawn(move || {
                CPU.with(|c| c.set(1));
                pool.put(None, page, 1);
            })
        };
        let how = pool.destroy(&mut c);
        putter.join().unwrap();
        check(&pool, how);
    });
}

#[test]
fn loom_destroy_against_a_put_into_a_lane() {
    put_and_destroy(true);
}

#[test]
fn loom_destroy_against_a_put_into_the_ring() {
    put_and_destroy(false);
}

/// What comes through a lane is taken once, and its last user's writes are
/// seen.
#[test]
fn loom_lane_hands_pages_over() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (pool, mut c, page) = rig(true);
        let putter = {
            let pool = pool.clone();
            loom::thread::spawn(move || {
                CPU.with(|c| c.set(1));
                page.flags.store(1 << 8, Relaxed);
                pool.put(None, page, 1);
            })
        };
        let got = pool.alloc(&mut c, Gfp(0)).unwrap();
        let again = pool.alloc(&mut c, Gfp(0)).unwrap();
        assert!(!ptr::eq(got, again));
        for p in [got, again] {
            assert!(!ptr::eq(p, page) || p.flags.load(Relaxed) == 1 << 8);
        }
        putter.join().unwrap();
    });
}

/// Of two who put a page of a watched pool at the same time, one of them
/// directly, one is told off, and the page comes to rest once.
#[test]
fn loom_a_page_put_twice_at_the_same_time() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (pool, mut c, page) = rig_of(true, true);
        pool.sys().books.lock().unwrap().allowed = Some(c"page_pool: page put twice");
        let putter = {
            let pool = pool.clone();
            loom::thread::spawn(move || {
                CPU.with(|c| c.set(1));
                pool.put(None, page, 1);
            })
        };
        pool.put(Some(&mut c), page, 1);
        putter.join().unwrap();
        assert_eq!((pool.sys().books.lock().unwrap().mistakes, pool.inflight()), (1, 2));
        let how = pool.destroy(&mut c);
        check(&pool, how);
    });
}

/// A report while the last page of a destroyed pool comes back.
#[test]
fn loom_report_against_the_last_put() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (pool, mut c, page) = rig_of(true, true);
        assert_eq!(pool.destroy(&mut c), Destroyed::Later);
        let putter = {
            let pool = pool.clone();
            loom::thread::spawn(move || {
                CPU.with(|c| c.set(1));
                pool.put(None, page, 1);
            })
        };
        let report = pool.report();
        assert!(report.all.pages as i32 <= report.in_flight && report.in_flight <= 1);
        putter.join().unwrap();
        check(&pool, Destroyed::Later);
    });
}
