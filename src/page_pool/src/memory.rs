// SPDX-License-Identifier: BSD-2-Clause
//! malloc(9) memory of this kld.

use crate::registry::Slot;
use core::ptr::NonNull;
use kpi::bindings;
use kpi::malloc::MallocType;

extern "C" {
    /// `MALLOC_DEFINE`d in kmod/page_pool/page_pool.c.
    static mut M_PAGE_POOL: [bindings::malloc_type; 1];
}

/// This kld's malloc(9) type.
pub fn malloc_type() -> MallocType {
    // SAFETY: defined by this kld's C file, registered before MOD_LOAD.
    unsafe { MallocType::new((&raw mut M_PAGE_POOL).cast()) }
}

/// Types of which all zeroes is a value.
///
/// # Safety
/// It is.
pub unsafe trait Zero {}
// SAFETY: no page, next 0.
unsafe impl Zero for Slot {}

/// `n` zeroed values; sleeps if `wait`.
pub fn alloc_slice<T: Zero>(n: usize, wait: bool) -> Option<&'static mut [T]> {
    let bytes = n.checked_mul(size_of::<T>())?;
    let t = malloc_type();
    let at = if wait { t.zalloc_wait(bytes) } else { t.zalloc(bytes) }?;
    // SAFETY: fresh zeroed memory of that size (Zero), pointer-aligned.
    Some(unsafe { core::slice::from_raw_parts_mut(at.cast().as_ptr(), n) })
}

/// Give them back.
///
/// # Safety
/// From [`alloc_slice`]; not used again.
pub unsafe fn free_slice<T>(s: *const [T]) {
    if let Some(at) = NonNull::new(s.cast::<u8>().cast_mut()) {
        // SAFETY: the contract.
        unsafe { malloc_type().free(at) }
    }
}
