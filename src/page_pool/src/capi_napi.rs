// SPDX-License-Identifier: BSD-2-Clause
//! Whether the caller is a pool's consumer: the thread that polls its NAPI.
//! Who knows NAPIs (LinuxKPI's are mt76.ko's to look into) registers one
//! function: lkpirs/napi.h.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use kpi::critical;
use kpi::errno::EBUSY;

type PolledHere = unsafe extern "C" fn(*const c_void) -> bool;

/// A [`PolledHere`], or NULL.
static POLLED_HERE: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Whether this thread excludes the poll of `napi` until it leaves its critical
/// section: with `true`, it is the consumer of the NAPI's pool. NULL is never
/// polled.
///
/// # Safety
/// In a critical section; `napi` is NULL or alive.
#[inline]
pub unsafe fn polled_here(napi: *const c_void) -> bool {
    if napi.is_null() {
        return false;
    }
    let f = POLLED_HERE.load(Acquire);
    if f.is_null() {
        return false;
    }
    // SAFETY: only register() stores here, a PolledHere; unregister() waits
    // for the critical section that the caller is in.
    unsafe { transmute::<*mut c_void, PolledHere>(f)(napi) }
}

/// Whether curthread is the one that polls a pool's NAPI: then it is the pool's
/// consumer, until it returns to its caller. Any context.
#[inline]
pub fn polls(napi: &AtomicPtr<c_void>) -> bool {
    if napi.load(Relaxed).is_null() || POLLED_HERE.load(Relaxed).is_null() {
        return false;
    }
    let _section = critical::Critical::enter();
    // SAFETY: in the section; who forgets the NAPI waits for it before the NAPI
    // may go.
    unsafe { polled_here(napi.load(Relaxed)) }
}

/// A pool's NAPI is off, and may go when this returns. Sleeps.
pub fn forget(napi: &AtomicPtr<c_void>) {
    if !napi.swap(ptr::null_mut(), Relaxed).is_null() {
        critical::quiesce();
    }
}

/// `EBUSY`: another one is registered.
///
/// # Safety
/// `f` may be called in critical sections until it is unregistered.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_napi_register(f: PolledHere) -> c_int {
    match POLLED_HERE.compare_exchange(ptr::null_mut(), f as *mut c_void, Release, Acquire) {
        Ok(_) => 0,
        Err(_) => EBUSY.to_bsd(),
    }
}

/// What another one registered stays. May sleep.
#[no_mangle]
pub extern "C" fn lkpirs_page_pool_napi_unregister(f: PolledHere) {
    if POLLED_HERE.compare_exchange(f as *mut c_void, ptr::null_mut(), Release, Acquire).is_ok() {
        critical::quiesce();
    }
}

/// [`polled_here`] for any context; what it says may be over when it returns,
/// but for the polling thread itself.
///
/// # Safety
/// `napi` is NULL or alive.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_pool_napi_polled_here(napi: *const c_void) -> bool {
    let _section = critical::Critical::enter();
    // SAFETY: the contract.
    unsafe { polled_here(napi) }
}
