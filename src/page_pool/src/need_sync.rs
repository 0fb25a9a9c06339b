// SPDX-License-Identifier: BSD-2-Clause
//! How many mappings need syncs, of all devices and pools. With none, which is
//! usual where devices reach all memory and snoop caches, the inlines of
//! linux/dma-mapping.h call nobody.
//!
//! A mapping is counted before its address is known to anybody, and until it is
//! gone: who has an address, by whatever way it came from the thread that
//! mapped, finds the count at 1 or more if there is anything to do for it.

use core::ffi::c_void;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// `lkpirs_dma_need_sync`: drivers read it for every frame, so that nothing
/// else that changes is on its cache line.
#[repr(C, align(128))]
pub struct Count(AtomicUsize);

/// The mappings that need syncs, and one more while syncs are checked.
#[no_mangle]
#[allow(non_upper_case_globals)]
pub static lkpirs_dma_need_sync: Count = Count(AtomicUsize::new(0));

static CHECKED: AtomicBool = AtomicBool::new(false);

/// Whether a bus_dma map needs syncs. x86 makes none where nothing bounces;
/// elsewhere bus_dma(9) does not tell whether the device snoops.
pub fn by(map: *const c_void) -> bool {
    !(cfg!(any(target_arch = "x86", target_arch = "x86_64")) && map.is_null())
}

/// There will be one more.
pub fn add() {
    lkpirs_dma_need_sync.0.fetch_add(1, Relaxed);
}

/// One is gone.
pub fn sub() {
    lkpirs_dma_need_sync.0.fetch_sub(1, Relaxed);
}

/// How many there are.
pub fn count() -> usize {
    lkpirs_dma_need_sync.0.load(Relaxed).saturating_sub(CHECKED.load(Relaxed) as usize)
}

/// `compat.page_pool.check_syncs`: whether every sync is looked at, so that
/// those of what is not mapped are always reported; whether it was so before.
/// Any context.
#[no_mangle]
pub extern "C" fn lkpirs_dma_check_syncs(on: bool) -> bool {
    let was = CHECKED.swap(on, Relaxed);
    match (was, on) {
        (false, true) => add(),
        (true, false) => sub(),
        _ => {}
    }
    was
}
