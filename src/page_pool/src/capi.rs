// SPDX-License-Identifier: BSD-2-Clause
//! The C interface of pools: net/page_pool/{types,helpers}.h.
//!
//! Contexts are those of the [`Pool`] methods: what takes `&mut Consumer`
//! there wants one caller at a time here. Pages are checked before they are
//! used; a bad one is reported (page_pool(9), ERRORS) and the call has no
//! effect.

use crate::capi_life::PagePool;
use crate::kernel::{self, is_page, live_page_arg, misuse, points_to_page, Kernel};
use crate::consumer::Consumer;
use crate::pool::Pool;
use crate::provider::Device;
use crate::sys::{Gfp, PageRef, Sys, SyncOp};
use crate::{capi_napi, refs, stats};
use core::ffi::{c_int, c_long, c_uint, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering::Relaxed;
use kpi::page::Page;

/// The pool and its consumer's side.
///
/// # Safety
/// `pool` is alive; the caller is in consumer context.
unsafe fn consumer<'a>(pool: *mut PagePool) -> (&'a Pool<Kernel>, &'a mut Consumer) {
    // SAFETY: the contract.
    unsafe { (&(*pool).core, &mut *(*pool).consumer.get()) }
}

fn raw(page: Option<PageRef>) -> *mut Page {
    page.map_or(ptr::null_mut(), |p| ptr::from_ref(p).cast_mut())
}

/// Linux `page_pool_alloc_pages`.
///
/// # Safety
/// A live pool, consumer context.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_alloc_pages(pool: *mut PagePool, gfp: c_uint) -> *mut Page {
    // SAFETY: the contract.
    let (core, c) = unsafe { consumer(pool) };
    match core.alloc_cached(c) {
        Some(page) => ptr::from_ref(page).cast_mut(),
        // SAFETY: the contract.
        None => unsafe { alloc_pages_slow(pool, gfp) },
    }
}

/// # Safety
/// A live pool, consumer context.
#[cold]
#[inline(never)]
unsafe extern "C" fn alloc_pages_slow(pool: *mut PagePool, gfp: c_uint) -> *mut Page {
    // SAFETY: the contract.
    let (pool, c) = unsafe { consumer(pool) };
    raw(pool.alloc_more(c, Gfp(gfp)))
}

/// Linux `page_pool_alloc_frag`.
///
/// # Safety
/// A live pool, consumer context; `offset` may be written.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_alloc_frag(pool: *mut PagePool, offset: *mut c_uint, size: c_uint, gfp: c_uint) -> *mut Page {
    // SAFETY: the contract.
    let (core, c) = unsafe { consumer(pool) };
    match core.cut_frag(c, size) {
        Some((page, at)) => {
            // SAFETY: the contract.
            unsafe { *offset = at };
            ptr::from_ref(page).cast_mut()
        }
        // SAFETY: the contract.
        None => unsafe { alloc_frag_slow(pool, offset, size, gfp) },
    }
}

/// # Safety
/// A live pool, consumer context; `offset` may be written.
#[inline(never)]
unsafe extern "C" fn alloc_frag_slow(pool: *mut PagePool, offset: *mut c_uint, size: c_uint, gfp: c_uint) -> *mut Page {
    // SAFETY: the contract.
    let (pool, c) = unsafe { consumer(pool) };
    let r = pool.alloc_frag_slow(c, size, Gfp(gfp));
    // SAFETY: the contract.
    unsafe { *offset = r.map_or(0, |r| r.1) };
    raw(r.map(|r| r.0))
}

/// Linux `page_pool_alloc`: a page or a fragment by size, the size granted.
///
/// # Safety
/// A live pool, consumer context; both pointers may be written.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_alloc(pool: *mut PagePool, offset: *mut c_uint, size: *mut c_uint, gfp: c_uint) -> *mut Page {
    // SAFETY: the contract.
    let (pool, c) = unsafe { consumer(pool) };
    // SAFETY: the contract.
    let r = pool.alloc_sized(c, unsafe { *size }, Gfp(gfp));
    if let Some((_, at, len)) = r {
        // SAFETY: the contract.
        unsafe { (*offset, *size) = (at, len) };
    }
    raw(r.map(|r| r.0))
}

#[cold]
#[inline(never)]
fn wrong_pool(page: PageRef) -> bool {
    let what = match refs::is_pool(page) {
        true => c"page_pool: put to a pool that is not the page's",
        false => c"page_pool: put of a page that is not a pool's",
    };
    misuse(what, ptr::from_ref(page).cast());
    false
}

/// Whether a page is this pool's; reported if not. The page decides whether
/// the pool is looked at: a pool that a signed page names is alive.
#[inline(always)]
fn is_put(pool: *const PagePool, page: *const Page) -> bool {
    if !is_page(page) {
        return false;
    }
    // SAFETY: a shadow; shadows outlive this kld (PageRef).
    let page: PageRef = unsafe { &*page };
    if ptr::eq(page.pp.load(Relaxed).cast(), pool) && refs::is_signed(page) { true } else { wrong_pool(page) }
}

/// The pool to put a page into, and the page.
fn put_args<'a>(pool: *const PagePool, page: *const Page) -> Option<(&'a PagePool, PageRef)> {
    // SAFETY: a shadow, and the pool that it is in, which waits for it.
    is_put(pool, page).then(|| unsafe { (&*pool, &*page) })
}

/// Linux `page_pool_put_page` with `allow_direct`.
///
/// # Safety
/// Consumer context.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_put_direct(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    // SAFETY: a page with users names a live pool; consumer context (the
    // contract).
    unsafe {
        if points_to_page(page) {
            let users = refs::users(&*page, pool.cast());
            if users == 1 {
                let (core, c) = consumer(pool);
                if core.put_cached(c, &*page) {
                    return;
                }
            } else if users > 1 {
                if !consumer(pool).1.take_back(&*page) {
                    put_piece_direct(pool, page, len);
                }
                return;
            }
        }
        put_direct_slow(pool, page, len)
    }
}

// These have the arguments where their callers have them: nothing is moved on
// the way there.

/// # Safety
/// A page of the pool with users; consumer context.
#[inline(never)]
unsafe extern "C" fn put_piece_direct(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    // SAFETY: the contract.
    unsafe {
        let (core, c) = consumer(pool);
        core.put_one_of_many(Some(c), &*page, len)
    }
}

/// # Safety
/// Consumer context.
#[inline(never)]
unsafe extern "C" fn put_direct_slow(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    if is_put(pool, page) {
        // SAFETY: is_put() saw a page of this pool, which waits for it;
        // consumer context (the contract).
        unsafe { (*pool).core.put_ours(Some(&mut *(*pool).consumer.get()), &*page, len) }
    }
}

/// Linux `page_pool_put_page` without `allow_direct`. Any context that may
/// take a mutex.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_put(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    // SAFETY: as in lkpirs_page_pool_put_direct().
    unsafe {
        if points_to_page(page) {
            let users = refs::users(&*page, pool.cast());
            if users == 1 && (*pool).p.napi.load(Relaxed).is_null() {
                return put_last(pool, page, len);
            }
            if users > 0 {
                return put_used(pool, page, len);
            }
        }
    }
    put_slow(pool, page, len)
}

/// # Safety
/// A page of the pool with one user.
#[inline(always)]
unsafe fn put_last(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    // SAFETY: the contract.
    unsafe {
        let core = &(*pool).core;
        let mut pin = core.sys().pin();
        if !core.put_in_lane(&mut pin, &*page) {
            core.put_elsewhere(pin, &*page, len);
        }
    }
}

/// A page that others use as well, or of a pool with a NAPI, whose consumer is
/// the thread that polls that.
///
/// # Safety
/// A page of the pool with users.
#[inline(never)]
unsafe extern "C" fn put_used(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    // SAFETY: the contract; polls of one NAPI are never two at a time.
    unsafe {
        if capi_napi::polls(&(*pool).p.napi) {
            return lkpirs_page_pool_put_direct(pool, page, len);
        }
        match refs::users(&*page, pool.cast()) {
            1 => put_last(pool, page, len),
            2.. => (*pool).core.put_one_of_many(None, &*page, len),
            _ => put_slow(pool, page, len),
        }
    }
}

#[inline(never)]
extern "C" fn put_slow(pool: *mut PagePool, page: *mut Page, len: c_uint) {
    if is_put(pool, page) {
        // SAFETY: is_put() saw a page of this pool, which waits for it.
        unsafe { (*pool).core.put_ours(None, &*page, len) }
    }
}

/// Linux `page_pool_put_unrefed_page`.
///
/// # Safety
/// With `direct`, consumer context.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_put_unrefed_page(pool: *mut PagePool, page: *mut Page, len: c_uint, direct: bool) {
    if is_put(pool, page) {
        // SAFETY: as in put_direct_slow().
        unsafe { (*pool).core.put_unrefed(direct.then(|| &mut *(*pool).consumer.get()), &*page, len) }
    }
}

/// Linux `page_pool_put_page_bulk`: `data` holds addresses in pages of the
/// pool and is overwritten.
///
/// # Safety
/// `data` has `count` places.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_put_page_bulk(pool: *mut PagePool, data: *mut *mut c_void, count: c_int) {
    let (Some(data), Ok(n @ 1..)) = (NonNull::new(data), usize::try_from(count)) else { return };
    let mut alive = None;
    for i in 0..n {
        // SAFETY: the contract; Option<PageRef> is a pointer that may be NULL.
        let place = unsafe { data.add(i) };
        // SAFETY: as above.
        let page = raw(kernel::head_of_virt(unsafe { place.read() }));
        let args = put_args(pool, page);
        // SAFETY: as above.
        unsafe { place.cast::<Option<PageRef>>().write(args.map(|a| a.1)) };
        alive = args.map(|a| a.0).or(alive);
    }
    if let Some(pool) = alive {
        // SAFETY: all places were written above.
        pool.core.put_bulk(unsafe { core::slice::from_raw_parts_mut(data.cast().as_ptr(), n) });
    }
}

/// Linux `page_pool_unref_page`: how many pool references are left.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_unref_page(page: *mut Page, n: c_long) -> c_long {
    let Some(page) = live_page_arg(page) else { return -1 };
    let left = refs::unref(page, n as isize);
    if left < 0 {
        misuse(c"page_pool: more references put than there were", ptr::from_ref(page).cast());
    }
    left as c_long
}

/// Linux `page_pool_dma_sync_for_cpu`. Any context.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_dma_sync_for_cpu(pool: *const PagePool, page: *const Page, _offset: c_uint, _len: c_uint) {
    if let Some((pool, page)) = put_args(pool, page) {
        pool.core.sync_page(page, pool.core.config().dir.for_cpu());
    }
}

/// Synchronise by device address: `true` if `page` is a page of a pool of
/// `dev` that the device sees at `addr` (in it).
pub(crate) fn sync_pool_page(page: PageRef, dev: *mut Device, addr: u64, op: SyncOp) -> bool {
    if !refs::is_pool(page) || refs::mapped(page).is_none() {
        return false;
    }
    // Another device's pool may be going away: the address comes first.
    let at = addr.wrapping_sub(page.dma_addr.load(Relaxed) as u64);
    if at >= (kpi::PAGE_SIZE as u64) << page.order() {
        return false;
    }
    // SAFETY: the page is in that pool, which waits for it: the caller has the
    // buffer at that address.
    let Some(pool) = (unsafe { page.pp.load(Relaxed).cast::<PagePool>().as_ref() }) else { return false };
    ptr::eq(pool.core.sys().dev(), dev) && pool.core.sync_page(page, op)
}

/// Linux `page_pool_update_nid`.
///
/// # Safety
/// A live pool, consumer context.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_update_nid(pool: *mut PagePool, nid: c_int) {
    // SAFETY: the contract.
    unsafe { (*pool).p.nid.store(nid, Relaxed) };
    // SAFETY: the contract.
    let (pool, c) = unsafe { consumer(pool) };
    pool.update_nid(c, nid);
}

/// Linux `page_pool_disable_direct_recycling`.
///
/// # Safety
/// A live pool whose NAPI is off. Sleeps.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_disable_direct_recycling(pool: *mut PagePool) {
    // SAFETY: the contract.
    capi_napi::forget(unsafe { &(*pool).p.napi });
}

/// Linux `page_pool_inflight`, never negative unless `strict`.
///
/// # Safety
/// A live pool.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_inflight(pool: *const PagePool, strict: bool) -> c_int {
    // SAFETY: the contract.
    let n = unsafe { (*pool).core.inflight() };
    if strict { n } else { n.max(0) }
}

/// Linux `page_pool_get_stats`: adds to `stats`, eleven u64.
///
/// # Safety
/// A live pool; `stats` is NULL or has eleven places.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_get_stats(pool: *const PagePool, out: *mut u64) -> bool {
    // SAFETY: the contract.
    let (Some(pool), false) = (unsafe { pool.as_ref() }, out.is_null()) else { return false };
    for (i, v) in pool.core.snapshot().into_iter().enumerate() {
        // SAFETY: the contract.
        unsafe { *out.add(i) += v };
    }
    true
}

/// Linux `page_pool_ethtool_stats_get_strings`: eleven names of 32 bytes.
///
/// # Safety
/// `out` has room for them.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_ethtool_stats_get_strings(out: *mut u8) -> *mut u8 {
    const LEN: usize = 32;
    for (i, name) in stats::NAMES.iter().enumerate() {
        let mut s = [0u8; LEN];
        s[..name.len()].copy_from_slice(name.as_bytes());
        // SAFETY: the contract.
        unsafe { out.add(i * LEN).cast::<[u8; LEN]>().write(s) };
    }
    // SAFETY: as above: at most one past the end.
    unsafe { out.add(stats::COUNT * LEN) }
}
