// SPDX-License-Identifier: BSD-2-Clause
//! The page_pools that are measured (pool/side.h), each with a kernel around
//! it: `struct bench_side` and what belongs to it.

use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_uint, c_ulong, c_void, CStr};
use std::sync::atomic::{AtomicUsize, Ordering::Release};
use std::sync::Once;

/// `struct bench_conf`: how a pool is made.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Conf {
    /// Entries of the ring.
    pub size: c_uint,
    /// Mapped for DMA and synced.
    pub dma: c_uint,
    /// With a NAPI.
    pub napi: c_uint,
}

#[repr(C, align(128))]
struct Word(AtomicUsize);

/// `struct bench_queue`: pages on the way to a thread that puts them.
#[repr(C, align(128))]
pub struct Queue {
    head: Word,
    tail: Word,
    stop: Word,
    /// The consumer's own.
    _seen: Word,
    slot: UnsafeCell<[*mut c_void; 256]>,
}

// SAFETY: one thread feeds and one empties; the words order them.
unsafe impl Send for Queue {}
// SAFETY: as above.
unsafe impl Sync for Queue {}

impl Queue {
    /// An empty queue.
    pub fn new() -> Queue {
        let zero = || Word(AtomicUsize::new(0));
        Queue { head: zero(), tail: zero(), stop: zero(), _seen: zero(), slot: UnsafeCell::new([std::ptr::null_mut(); 256]) }
    }

    /// Nothing will be added any more.
    pub fn stop(&self) {
        self.stop.0.store(1, Release);
    }
}

#[repr(C)]
struct Args {
    pools: *const *mut c_void,
    npools: c_ulong,
    n: c_ulong,
    burst: c_ulong,
    queues: *const *const Queue,
    nqueues: c_ulong,
}

type Run = unsafe extern "C" fn(*const Args);

#[repr(C)]
struct RawLoop {
    name: *const c_char,
    run: Option<Run>,
}

#[repr(C)]
struct RawSide {
    name: *const c_char,
    boot: unsafe extern "C" fn(),
    enter: unsafe extern "C" fn(c_ulong, c_int),
    create: unsafe extern "C" fn(*const Conf) -> *mut c_void,
    destroy: unsafe extern "C" fn(*mut c_void),
    put_all: Option<unsafe extern "C" fn(*mut c_void, *const Queue)>,
    loops: *const RawLoop,
}

// SAFETY: constant data of pool/*.c.
unsafe impl Sync for RawSide {}

extern "C" {
    static fb_bench_ours: RawSide;
    static fb_bench_stub: RawSide;
    static fb_bench_null: RawSide;
    #[cfg(linux)]
    static lx_bench_side: RawSide;
    #[cfg(linux)]
    static lxs_bench_side: RawSide;
}

/// One of them.
#[derive(Clone, Copy)]
pub struct Side(&'static RawSide);

/// Who the calling thread is to a kernel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// In a NAPI poll.
    Poll,
    /// Anything else that may take a mutex.
    Thread,
}

impl Side {
    /// Ours.
    pub fn ours() -> Side {
        // SAFETY: constant data, here and below.
        Side(unsafe { &fb_bench_ours })
    }

    /// FreeBSD's design without recycling.
    pub fn stub() -> Side {
        // SAFETY: as above.
        Side(unsafe { &fb_bench_stub })
    }

    /// No pool.
    pub fn null() -> Side {
        // SAFETY: as above.
        Side(unsafe { &fb_bench_null })
    }

    /// Linux's.
    #[cfg(linux)]
    pub fn linux() -> Option<Side> {
        // SAFETY: as above.
        Some(Side(unsafe { &lx_bench_side }))
    }

    /// Linux's with its statistics.
    #[cfg(linux)]
    pub fn linux_stats() -> Option<Side> {
        // SAFETY: as above.
        Some(Side(unsafe { &lxs_bench_side }))
    }

    /// Linux's.
    #[cfg(not(linux))]
    pub fn linux() -> Option<Side> {
        None
    }

    /// Linux's with its statistics.
    #[cfg(not(linux))]
    pub fn linux_stats() -> Option<Side> {
        None
    }

    /// Start the kernels, once.
    pub fn boot() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // Linux with statistics runs on the kernel without: not twice.
            for side in [Some(Side::ours()), Some(Side::stub()), Side::linux()].into_iter().flatten() {
                // SAFETY: once, before anything else, in this order.
                unsafe { (side.0.boot)() }
            }
        });
    }

    /// The calling thread is a CPU of this side's kernel from now on.
    pub fn enter(self, cpu: usize, context: Context) {
        // SAFETY: each thread has a CPU of its own; the kernels have booted.
        unsafe { (self.0.enter)(cpu as c_ulong, c_int::from(context == Context::Poll)) }
    }

    /// A new pool. The thread has entered.
    pub fn create(self, conf: &Conf) -> Pool {
        // SAFETY: the kernels have booted.
        Pool { side: self, raw: unsafe { (self.0.create)(conf) } }
    }

    fn find(self, name: &str) -> Option<Run> {
        let mut at = self.0.loops;
        loop {
            // SAFETY: an array that ends with an entry without a name.
            let l = unsafe { &*at };
            // SAFETY: a string of its own.
            if unsafe { CStr::from_ptr(l.name.as_ref()?) }.to_bytes() == name.as_bytes() {
                return l.run;
            }
            at = at.wrapping_add(1);
        }
    }

    /// Run a loop. The thread has entered, and is the pools' one consumer.
    pub fn run(self, name: &str, pools: &[Pool], n: usize, burst: usize, queues: &[&Queue]) {
        let pools: Vec<*mut c_void> = pools.iter().map(|p| p.raw).collect();
        let args = Args {
            pools: pools.as_ptr(),
            npools: pools.len() as c_ulong,
            n: n as c_ulong,
            burst: burst as c_ulong,
            queues: queues.as_ptr().cast(),
            nqueues: queues.len() as c_ulong,
        };
        let run = self.find(name).unwrap_or_else(|| panic!("no loop {name}"));
        // SAFETY: pools and queues live until the loop ends.
        unsafe { run(&args) }
    }
}

/// A pool of one side.
pub struct Pool {
    side: Side,
    raw: *mut c_void,
}

// SAFETY: putting is for any thread; `Side::run` asks for one consumer.
unsafe impl Sync for Pool {}

impl Pool {
    /// Put what comes out of a queue until it is stopped.
    pub fn put_all(&self, q: &Queue) {
        if let Some(f) = self.side.0.put_all {
            // SAFETY: a live pool; this thread is the queue's only reader.
            unsafe { f(self.raw, q) }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: a live pool, not used again.
        unsafe { (self.side.0.destroy)(self.raw) }
    }
}
