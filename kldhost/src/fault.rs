// SPDX-License-Identifier: BSD-2-Clause
//! Fault injection: the Nth place that may fail does.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::symbols;

static ARMED: AtomicBool = AtomicBool::new(false);
static SEEN: AtomicU64 = AtomicU64::new(0);
static FAIL_AT: AtomicU64 = AtomicU64::new(0);
static VERBOSE: AtomicBool = AtomicBool::new(false);

/// From now on points count, and the `n`th fails (0: none).
pub fn arm(n: u64, verbose: bool) {
    FAIL_AT.store(n, Ordering::Relaxed);
    VERBOSE.store(verbose, Ordering::Relaxed);
    SEEN.store(0, Ordering::Relaxed);
    ARMED.store(true, Ordering::Relaxed);
}

/// No more points.
pub fn disarm() {
    ARMED.store(false, Ordering::Relaxed);
}

/// How many points were passed.
pub fn seen() -> u64 {
    SEEN.load(Ordering::Relaxed)
}

/// C: a point that may fail; nonzero if it must.
///
/// # Safety
/// `what` is a C string.
#[no_mangle]
pub unsafe extern "C" fn kh_host_fault_point(what: *const c_char, caller: u64) -> c_int {
    if !ARMED.load(Ordering::Relaxed) {
        return 0;
    }
    let n = SEEN.fetch_add(1, Ordering::Relaxed) + 1;
    if n != FAIL_AT.load(Ordering::Relaxed) {
        return 0;
    }
    if VERBOSE.load(Ordering::Relaxed) {
        // SAFETY: the C side passes a string literal.
        let what = unsafe { CStr::from_ptr(what) }.to_string_lossy();
        eprintln!("kldhost: fault {n}: {what} fails, called from {}", symbols::caller(caller));
    }
    1
}

/// Counting goes on after a pause.
pub fn rearm() {
    ARMED.store(true, Ordering::Relaxed);
}
