// SPDX-License-Identifier: BSD-2-Clause
//! The C interface: create, destroy, load, unload, numbers.

use crate::kernel::{self, misuse, InitCallback, Kernel, Lock};
use crate::memory::{malloc_type};
use crate::lock::Locked;
use crate::params::{Flags, Params};
use crate::consumer::Consumer;
use crate::pool::{Pool, State};
use crate::provider::{self, Device};
use crate::capi_wait::{self, Life};
use crate::{capi_dma, capi_mbuf, capi_napi, need_sync, Destroyed};
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int, c_uint, c_void, CStr};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering::{Acquire, Relaxed, Release}};
use kpi::errno::{LinuxErr, EBUSY, EINVAL};
use kpi::klog;

// In kmod/page_pool/probes.c.
extern "C" {
    fn lkpirs_probe_pool_create(pool: *const c_void, id: u32);
    fn lkpirs_probe_pool_destroy(pool: *const c_void, id: u32, in_flight: c_int);
    fn lkpirs_probe_pool_free(pool: *const c_void, id: u32);
}

/// `struct page_pool_params_fast`.
#[repr(C)]
pub(crate) struct ParamsFast {
    order: c_uint,
    pool_size: c_uint,
    pub(crate) nid: AtomicI32,
    dev: *mut Device,
    pub(crate) napi: AtomicPtr<c_void>,
    dma_dir: c_int,
    max_len: c_uint,
    offset: c_uint,
}

/// `struct page_pool_params`.
#[repr(C)]
pub struct PagePoolParams {
    fast: ParamsFast,
    netdev: *mut c_void,
    queue_idx: c_uint,
    flags: c_uint,
    init_callback: Option<InitCallback>,
    init_arg: *mut c_void,
}

// The same numbers are asserted in kmod/page_pool/page_pool.c.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(
    size_of::<ParamsFast>() == 48
        && size_of::<PagePoolParams>() == 80
        && core::mem::offset_of!(PagePoolParams, flags) == 60
        && core::mem::offset_of!(PagePoolParams, init_callback) == 64
        && core::mem::offset_of!(ParamsFast, dma_dir) == 32
);

/// `struct page_pool`: its first member is C's to read.
///
/// # Invariants
/// In [`POOLS`] from create until it is freed; `next` and `prev` are the
/// list's. `consumer` is reached from consumer context only.
#[repr(C)]
pub struct PagePool {
    pub(crate) p: ParamsFast,
    pub(crate) core: Pool<Kernel>,
    pub(crate) consumer: UnsafeCell<Consumer>,
    pub(crate) life: Life,
    destroyed: AtomicBool,
    next: AtomicPtr<PagePool>,
}

/// Every pool there is.
pub(crate) static POOLS: Locked<Lock, AtomicPtr<PagePool>> =
    Locked::new(Lock::new(), AtomicPtr::new(ptr::null_mut()));

pub(crate) fn each(head: &AtomicPtr<PagePool>, mut f: impl FnMut(&PagePool)) {
    // SAFETY: the list's lock is held; pools in it are alive.
    let mut at = unsafe { head.load(Relaxed).as_ref() };
    while let Some(p) = at {
        f(p);
        // SAFETY: as above.
        at = unsafe { p.next.load(Relaxed).as_ref() };
    }
}

/// What `f` has of the pool with the lowest id above `id`. Under the list's lock.
pub(crate) fn after<R>(id: u32, f: impl FnOnce(&PagePool) -> R) -> Option<R> {
    POOLS.with(|head| {
        let mut first: Option<&PagePool> = None;
        each(head, |p| {
            if p.life.id() > id && first.is_none_or(|q| p.life.id() < q.life.id()) {
                // SAFETY: pools in the list are alive while its lock is held,
                // and the reference goes no further.
                first = Some(unsafe { &*ptr::from_ref(p) });
            }
        });
        first.map(f)
    })
}

/// Take the first pool that `f` accepts out of the list.
fn unlink(f: impl Fn(&PagePool) -> bool) -> Option<NonNull<PagePool>> {
    POOLS.with(|head| {
        let mut link: &AtomicPtr<PagePool> = head;
        loop {
            // SAFETY: as in each().
            let p = unsafe { link.load(Relaxed).as_ref() }?;
            if f(p) {
                link.store(p.next.load(Relaxed), Relaxed);
                return Some(NonNull::from(p));
            }
            link = &p.next;
        }
    })
}

/// MOD_LOAD.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_load() {
    // SAFETY: once, before any driver that depends on this kld runs.
    unsafe {
        POOLS.raw().init(c"page_pool list");
        provider::load();
        capi_dma::load();
    }
}

/// MOD_UNLOAD, after pending releases have run: EBUSY, saying what is still
/// there, or 0 and everything is given back.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_unload() -> c_int {
    let (mut pools, mut pages) = (0, 0);
    POOLS.with(|head| each(head, |p| {
        pools += 1;
        pages += i64::from(p.core.inflight());
    }));
    let maps = capi_dma::mappings();
    if pools > 0 || maps > 0 {
        klog!("page_pool: busy: {pools} pools with {pages} pages in flight, {maps} mappings of drivers\n");
        return EBUSY.to_bsd();
    }
    // SAFETY: no pool, no mapping, and no kld left that could call.
    unsafe {
        capi_dma::unload();
        provider::unload();
        POOLS.raw().destroy();
    }
    0
}

/// A number of `compat.page_pool`, by its name there; 0 for another name.
///
/// # Safety
/// `name` is a C string.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_pool_stat(name: *const c_char) -> u64 {
    // SAFETY: the contract.
    let name = unsafe { CStr::from_ptr(name) };
    let sum = |f: fn(&PagePool) -> i64| {
        let mut n = 0;
        POOLS.with(|head| each(head, |p| n += f(p)));
        n.max(0) as u64
    };
    match name.to_bytes() {
        b"pools" => sum(|_| 1),
        b"waiting" => sum(|p| p.destroyed.load(Relaxed) as i64),
        b"in_flight" => sum(|p| i64::from(p.core.inflight())),
        b"dma_maps" => kernel::DMA_MAPS.load(Relaxed).max(0) as u64 + capi_dma::maps() as u64,
        b"mappings" => capi_dma::mappings() as u64,
        b"need_sync" => need_sync::count() as u64,
        b"recycled" => {
            let fast = sum(|p| p.core.stats().fast.get() as i64);
            let slow = sum(|p| p.core.stats().slow.get() as i64);
            fast.saturating_mul(1000) / (fast + slow).max(1)
        }
        b"mbufs" => sum(|p| i64::from(p.core.loans().out())),
        b"mbufs_lent" => sum(|p| p.core.loans().made() as i64) + capi_mbuf::PAST.load(Relaxed),
        b"mbufs_refused" => capi_mbuf::REFUSED.load(Relaxed),
        b"stalls" => capi_wait::STALLS.load(Relaxed),
        b"errors" => kernel::ERRORS.load(Relaxed),
        _ => 0,
    }
}

/// Linux `page_pool_create`: a pool, or an error pointer. Sleeps.
///
/// # Safety
/// `params` is NULL or the driver's structure.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_create(params: *const PagePoolParams) -> *mut PagePool {
    // SAFETY: the contract.
    let r = unsafe { params.as_ref() }.ok_or(EINVAL).and_then(create);
    r.unwrap_or_else(|e: LinuxErr| {
        klog!("page_pool: create gave up with errno {}\n", e.to_bsd());
        e.to_err_ptr()
    })
}

fn create(params: &PagePoolParams) -> Result<*mut PagePool, LinuxErr> {
    let f = &params.fast;
    let wish = Params {
        flags: params.flags,
        order: f.order,
        pool_size: f.pool_size,
        nid: f.nid.load(Relaxed),
        dma_dir: f.dma_dir,
        max_len: f.max_len,
        offset: f.offset,
    };
    let dma = wish.check(u64::MAX)?.flags.contains(Flags::DMA_MAP);
    let sys = Kernel::new(f.dev, dma, f.order, params.init_callback, params.init_arg)?;
    let mut cfg = wish.check(sys.mask())?;
    capi_wait::watch(&mut cfg);
    // M_WAITOK: this does not fail.
    let at = kernel::or_enomem(malloc_type().zalloc_wait(size_of::<PagePool>()))?.cast::<PagePool>();
    let pool = at.as_ptr();
    // SAFETY: fresh zeroed memory of the right size; zeroes are AtomicBool and
    // AtomicPtr. The locks are where they stay.
    unsafe {
        (&raw mut (*pool).p).write(ParamsFast {
            order: f.order,
            pool_size: f.pool_size,
            nid: AtomicI32::new(cfg.nid),
            dev: f.dev,
            napi: AtomicPtr::new(f.napi.load(Relaxed)),
            dma_dir: f.dma_dir,
            max_len: f.max_len,
            offset: f.offset,
        });
        (&raw mut (*pool).core).write(Pool::new(sys, cfg, pool.cast(), [Lock::new(), Lock::new()]));
        (&raw mut (*pool).life).write(Life::new());
        Consumer::write(NonNull::new_unchecked(UnsafeCell::raw_get(&raw const (*pool).consumer)));
        (*pool).core.begin(&mut *(*pool).consumer.get());
        let [ring, dma] = (*pool).core.locks();
        ring.init(c"page_pool ring");
        dma.init(c"page_pool dma");
        POOLS.with(|head| {
            (*pool).next.store(head.load(Relaxed), Relaxed);
            head.store(pool, Release);
        });
        lkpirs_probe_pool_create(pool.cast(), (*pool).life.id());
    }
    Ok(pool)
}

/// Linux `page_pool_destroy`: NULL is allowed. Sleeps. No consumer runs any
/// more; producers may.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_destroy(pool: *mut PagePool) {
    if pool.is_null() {
        return;
    }
    let mut found = false;
    POOLS.with(|head| each(head, |p| {
        found |= ptr::eq(p, pool) && !p.destroyed.swap(true, Acquire);
    }));
    if !found {
        return misuse(c"page_pool: destroy of a pool that does not exist (any more)", pool.cast());
    }
    // SAFETY: found in the list, and this is its one destroy: alive until
    // free() below or the reaper, which waits for `Empty`.
    let p = unsafe { &*pool };
    p.life.end();
    // SAFETY: a probe of this kld's C file takes plain values.
    unsafe { lkpirs_probe_pool_destroy(pool.cast(), p.life.id(), p.core.inflight()) }
    capi_napi::forget(&p.p.napi);
    // SAFETY: no consumer runs any more (the contract).
    match p.core.destroy(unsafe { &mut *p.consumer.get() }) {
        Destroyed::Now => {
            unlink(|q| ptr::eq(q, p));
            // SAFETY: out of the list, every page back.
            unsafe { free(NonNull::from(p)) }
        }
        Destroyed::Later => capi_wait::waits(),
    }
}

/// Pools that a driver left behind when its device went: mt76 makes one for each
/// TX queue and destroys those of its RX queues. The number is returned. After
/// the driver's last call with any of them; sleeps.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_device_left(dev: *mut Device) -> c_uint {
    let mut n = 0;
    loop {
        let mut left: *const PagePool = ptr::null();
        POOLS.with(|head| each(head, |p| {
            if ptr::eq(p.p.dev, dev) && !p.destroyed.load(Relaxed) {
                left = p;
            }
        }));
        if left.is_null() {
            return n;
        }
        lkpirs_page_pool_destroy(left.cast_mut());
        n += 1;
    }
}

/// Release the pools whose last page came back. From a task; sleeps.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_reap() {
    while let Some(p) = unlink(|p| p.destroyed.load(Acquire) && p.core.state() == State::Empty) {
        // SAFETY: as above; destroy() returned `Later`, so it is done with it.
        unsafe { free(p) }
    }
}

/// # Safety
/// The pool is out of the list, has no pages, and nobody calls with it.
unsafe fn free(pool: NonNull<PagePool>) {
    // SAFETY: the contract; written by create(), freed once.
    unsafe {
        let core = &raw mut (*pool.as_ptr()).core;
        lkpirs_probe_pool_free(pool.as_ptr().cast(), pool.as_ref().life.id());
        (*core).last_producer_left();
        capi_mbuf::PAST.fetch_add((*core).loans().made(), Relaxed);
        for lock in (*core).locks() {
            lock.destroy();
        }
        core.drop_in_place();
        malloc_type().free(pool.cast());
    }
}
