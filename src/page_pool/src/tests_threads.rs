// SPDX-License-Identifier: BSD-2-Clause
//! Threads on pools that come and go, made for sanitizers (tools/sanitize.sh):
//! what a page holds, a device and a bucket are plain memory, so that two who
//! have it at once are a data race, and a pool is really freed.
//!
//! Nothing here orders threads but what orders them in a kernel as well: the
//! pool's locks, CPUs, the driver's lock, and the hand-over of a buffer.

use crate::bucket::Taker;
use crate::consumer::Consumer;
use crate::lane::{PageBucket, LANES};
use crate::lock::{HostPin, Pinned};
use crate::params::Params;
use crate::pool::{Pool, State};
use crate::registry::{Note, Slot};
use crate::sys::{Gfp, Mapping, PageRef, Returned, Sys, SyncOp};
use crate::testing::HostLock;
use crate::Destroyed;
use core::ffi::CStr;
use kpi::page::{Owner, Page, PFN_SHIFT};
use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicI64, AtomicPtr, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard};

const THREADS: usize = 8;
const POOLS: usize = 6;
/// A page's bytes, one word in 64.
const WORDS: usize = 64;
type Memory = [UnsafeCell<u32>; WORDS];

static CPUS: [Mutex<()>; LANES + 2] = [const { Mutex::new(()) }; LANES + 2];
thread_local!(static ON: Cell<usize> = const { Cell::new(0) });

/// What all pools share.
#[derive(Default)]
struct World {
    free: Mutex<Vec<PageRef>>,
    /// Pools whose last page is back.
    empty: Mutex<Vec<usize>>,
    live: AtomicI64,
    maps: AtomicI64,
    pools: AtomicI64,
    taken: AtomicUsize,
    want: usize,
}

impl World {
    fn put_page(&self, page: PageRef) {
        if page.refcount.fetch_sub(1, AcqRel) == 1 {
            assert!(page.pp.load(Relaxed).is_null(), "a pool's page was freed");
            // The next owner's bytes.
            fill(page, 0, 4096, 0xdead);
            self.live.fetch_sub(1, Relaxed);
            self.free.lock().unwrap().push(page);
        }
    }
}

/// The system of one pool.
struct Host {
    world: Arc<World>,
    me: AtomicPtr<Pool<Host>>,
    /// Read by who uses the device, written when it goes.
    device: UnsafeCell<bool>,
}
// SAFETY: the device's cell is what is under test: the pool keeps those apart.
unsafe impl Sync for Host {}

fn memory(page: PageRef) -> &'static Memory {
    // SAFETY: new_page() put it there; never freed.
    unsafe { &*page.vm_page.load(Relaxed).cast() }
}

/// Write a buffer's words, or look whether they are still so.
fn words(page: PageRef, at: u32, len: u32, mut f: impl FnMut(*mut u32)) {
    (at.div_ceil(64)..(at + len) / 64).for_each(|i| f(memory(page)[i as usize].get()));
}

fn fill(page: PageRef, at: u32, len: u32, tag: u32) {
    // SAFETY: the buffer is the caller's, or a sanitizer says so.
    words(page, at, len, |w| unsafe { *w = tag });
}

fn check(b: &Buf) {
    // SAFETY: as above.
    words(b.page, b.at, b.len, |w| assert_eq!(unsafe { *w }, b.tag, "another's bytes"));
}

fn new_page(n: i64) -> PageRef {
    // SAFETY: a Page is atomics and pointers, of which zeroes are values.
    let page: Page = unsafe { core::mem::zeroed() };
    page.flags.store((n as usize) << PFN_SHIFT, Relaxed);
    let m: &'static Memory = Box::leak(Box::new([const { UnsafeCell::new(0) }; WORDS]));
    page.vm_page.store(ptr::from_ref(m).cast_mut().cast(), Relaxed);
    Box::leak(Box::new(page))
}

impl Sys for Host {
    type Lock = HostLock;

    fn alloc_pages(&self, _: Gfp, _: u32, _: i32, _: u64, places: &mut [Option<PageRef>]) -> usize {
        let mut free = self.world.free.lock().unwrap();
        for place in places.iter_mut() {
            let n = self.world.live.fetch_add(1, Relaxed);
            let page = free.pop().unwrap_or_else(|| new_page(n));
            page.page_type.store(Owner::Pool as i32, Relaxed);
            page.refcount.store(1, Relaxed);
            *place = Some(page);
        }
        places.len()
    }
    fn put_page(&self, page: PageRef) {
        self.world.put_page(page)
    }
    type Pin<'a> = HostPin<MutexGuard<'static, ()>>;
    fn pin(&self) -> Self::Pin<'_> {
        let alone = CPUS[ON.get()].lock().unwrap();
        // SAFETY: the CPU's mutex is held.
        HostPin(unsafe { Pinned::new(ON.get()) }, alone)
    }
    fn quiesce(&self) {
        CPUS.iter().for_each(|cpu| drop(cpu.lock().unwrap()));
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
        self.sync(page, SyncOp::empty());
        self.world.maps.fetch_add(1, Relaxed);
        Some(Mapping { addr: 1 << 32 | (page.pfn() as u64) << kpi::PAGE_SHIFT, map: ptr::null_mut(), syncs: true })
    }
    fn unmap(&self, page: PageRef) {
        self.sync(page, SyncOp::empty());
        self.world.maps.fetch_sub(1, Relaxed);
    }
    fn sync(&self, _: PageRef, _: SyncOp) {
        // SAFETY: nobody uses the device when it is gone, or a sanitizer says so.
        assert!(unsafe { *self.device.get() }, "the device is gone");
    }
    fn close_dma(&self) {
        // SAFETY: as above.
        unsafe { *self.device.get() = false }
    }
    fn no_reach(&self, _: u64) {}
    fn alloc_slots(&self, n: usize) -> Option<&'static mut [Slot]> {
        Some(Box::leak(vec![Slot::FREE; n].into_boxed_slice()))
    }
    fn free_slots(&self, slots: Returned<[Slot]>) {
        // SAFETY: from alloc_slots(), and back for good.
        drop(unsafe { Box::from_raw(slots.into_raw()) })
    }
    fn alloc_bucket(&self) -> Option<PageBucket> {
        Some(Box::leak(Box::default()))
    }
    fn free_bucket(&self, bucket: PageBucket) {
        Taker::default().begin(bucket);
        // SAFETY: from alloc_bucket(), and back for good.
        drop(unsafe { Box::from_raw(ptr::from_ref(bucket).cast_mut()) })
    }
    fn alloc_notes(&self, n: usize) -> Option<&'static mut [Note]> {
        Some(Box::leak(vec![Note::NONE; n].into_boxed_slice()))
    }
    fn free_notes(&self, notes: Returned<[Note]>) {
        // SAFETY: from alloc_notes(), and back for good.
        drop(unsafe { Box::from_raw(notes.into_raw()) })
    }
    fn fill(&self, page: PageRef, _: u32, byte: u8) {
        fill(page, 0, 4096, u32::from_ne_bytes([byte; 4]));
    }
    fn is_filled(&self, page: PageRef, _: u32, byte: u8) -> bool {
        let mut same = true;
        // SAFETY: the page is the pool's, or a sanitizer says so.
        words(page, 0, 4096, |w| same &= unsafe { *w } == u32::from_ne_bytes([byte; 4]));
        same
    }
    fn now(&self) -> u64 {
        1000
    }
    fn caller(&self) -> usize {
        1
    }
    fn entered(&self, _: PageRef) {}
    fn schedule_release(&self) {
        self.world.empty.lock().unwrap().push(self.me.load(Relaxed).expose_provenance());
    }
    fn misuse(&self, what: &'static CStr, _: *const Page) {
        panic!("{what:?}");
    }
}

#[derive(Clone, Copy)]
struct Buf {
    pool: *mut Pool<Host>,
    page: PageRef,
    at: u32,
    len: u32,
    tag: u32,
}
// SAFETY: a pool is anybody's as long as a buffer of it is out.
unsafe impl Send for Buf {}

/// A pool and its driver's side; whoever holds the lock is the driver.
struct Driver {
    pool: *mut Pool<Host>,
    c: Consumer,
}
// SAFETY: as above.
unsafe impl Send for Driver {}

fn create(world: &Arc<World>, r: &mut Random) -> Driver {
    let p = Params { flags: [0, 1, 3][r.below(3)], order: 0, pool_size: 1 + r.below(200) as u32, nid: -1, dma_dir: 2, max_len: 4096, offset: 0 };
    let mut cfg = p.check(u64::MAX).unwrap();
    (cfg.track, cfg.poison) = (r.below(4) == 0, r.below(4) == 0);
    let sys = Host { world: world.clone(), me: AtomicPtr::default(), device: UnsafeCell::new(true) };
    let at = Box::into_raw(Box::<Pool<Host>>::new_uninit()).cast::<Pool<Host>>();
    sys.me.store(at, Relaxed);
    // SAFETY: fresh memory.
    unsafe { at.write(Pool::new(sys, cfg, at.cast(), Default::default())) };
    world.pools.fetch_add(1, Relaxed);
    let mut c = Consumer::default();
    // SAFETY: written just now.
    unsafe { (*at).begin(&mut c) };
    Driver { pool: at, c }
}

/// As the kernel's free(): every page is back, the pool's memory goes.
fn free(world: &World, pool: *mut Pool<Host>) {
    // SAFETY: from create(), freed by whoever was told to.
    unsafe {
        (*pool).last_producer_left();
        drop(Box::from_raw(pool));
    }
    world.pools.fetch_sub(1, Relaxed);
}

fn reap(world: &World) {
    let empty = std::mem::take(&mut *world.empty.lock().unwrap());
    for pool in empty {
        let pool = ptr::with_exposed_provenance_mut::<Pool<Host>>(pool);
        // SAFETY: told by schedule_release(): ours to free.
        assert!(unsafe { (*pool).state() } == State::Empty);
        free(world, pool);
    }
}

impl Driver {
    fn destroy(&mut self, world: &World) {
        // SAFETY: ours until destroy says otherwise.
        if unsafe { (*self.pool).destroy(&mut self.c) } == Destroyed::Now {
            free(world, self.pool);
        }
    }

    fn take(&mut self, r: &mut Random, out: &mut Vec<Buf>) {
        // SAFETY: the driver's pool is alive.
        let pool = unsafe { &*self.pool };
        let size = 64 + r.below(2000) as u32;
        let (tag, g) = (r.next() as u32, Gfp(0));
        let (page, at, len) = match r.below(6) {
            0 => (pool.alloc(&mut self.c, g).unwrap(), 0, 4096),
            1 => pool.alloc_sized(&mut self.c, size, g).unwrap(),
            2 => {
                // Cut by hand.
                let page = pool.alloc(&mut self.c, g).unwrap();
                crate::refs::fragment(page, 4);
                for i in 0..3 {
                    fill(page, i * 1024, 1024, tag);
                    out.push(Buf { pool: self.pool, page, at: i * 1024, len: 1024, tag });
                }
                (page, 3072, 1024)
            }
            _ => {
                let (page, at) = pool.alloc_frag(&mut self.c, size, g).unwrap();
                (page, at, size)
            }
        };
        fill(page, at, len, tag);
        out.push(Buf { pool: self.pool, page, at, len, tag });
    }
}

struct Random(u64);
impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 32
    }
    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }
}

fn put(world: &World, b: Buf, direct: Option<&mut Consumer>, r: &mut Random) {
    check(&b);
    // SAFETY: alive as long as the buffer is out.
    let pool = unsafe { &*b.pool };
    if r.below(32) > 0 {
        return pool.put(direct, b.page, b.len);
    }
    // Somebody else holds the page meanwhile: it leaves the pool.
    b.page.refcount.fetch_add(1, Relaxed);
    pool.put(direct, b.page, b.len);
    world.put_page(b.page);
}

fn worker(world: &Arc<World>, drivers: &[Mutex<Driver>], mail: &[Mutex<Vec<Buf>>], over: &AtomicUsize, id: usize) {
    let mut r = Random(0x9e37_79b9_7f4a_7c15 ^ (id as u64 + 1) << 20);
    while world.taken.load(Relaxed) < world.want {
        ON.set(r.below(CPUS.len()));
        let mut out = Vec::new();
        if let Ok(mut d) = drivers[r.below(drivers.len())].try_lock() {
            for _ in 0..r.below(40) {
                d.take(&mut r, &mut out);
            }
            world.taken.fetch_add(out.len(), Relaxed);
            for b in out.split_off(out.len() - out.len() / 4) {
                put(world, b, Some(&mut d.c), &mut r);
            }
            if r.below(40) == 0 {
                d.destroy(world);
                *d = create(world, &mut r);
            }
        }
        mail[r.below(mail.len())].lock().unwrap().append(&mut out);
        let mut mine = std::mem::take(&mut *mail[id].lock().unwrap());
        while let Some(b) = (!mine.is_empty()).then(|| mine.swap_remove(r.below(mine.len()))) {
            put(world, b, None, &mut r);
        }
        reap(world);
    }
    // When nobody sends any more, all goes back.
    over.fetch_add(1, AcqRel);
    while over.load(Acquire) < THREADS {
        std::thread::yield_now();
    }
    // Its pools are destroyed with buffers out.
    drivers.iter().skip(id).step_by(THREADS).for_each(|d| d.lock().unwrap().destroy(world));
    for b in std::mem::take(&mut *mail[id].lock().unwrap()) {
        put(world, b, None, &mut r);
    }
}

/// `BUFFERS` says how many.
#[test]
fn threads_share_pools() {
    let want = std::env::var("BUFFERS").ok().and_then(|n| n.parse().ok()).unwrap_or(50_000);
    let world = Arc::new(World { want, ..World::default() });
    let mut r = Random(0x1234_5678_9abc_def1);
    let drivers: Vec<_> = (0..POOLS).map(|_| Mutex::new(create(&world, &mut r))).collect();
    let mail: Vec<_> = (0..THREADS).map(|_| Mutex::new(Vec::new())).collect();
    let over = AtomicUsize::new(0);
    std::thread::scope(|s| {
        for id in 0..THREADS {
            let (world, drivers, mail, over) = (&world, &drivers, &mail, &over);
            s.spawn(move || worker(world, drivers, mail, over, id));
        }
    });
    reap(&world);
    let left = [&world.live, &world.maps, &world.pools].map(|n| n.load(Relaxed));
    assert_eq!(left, [0, 0, 0]);
    println!("{} buffers", world.taken.load(Relaxed));
}
