// SPDX-License-Identifier: BSD-2-Clause
//! malloc(9) memory of this kld, and what is in a pool's pages.

use crate::registry::{Note, Slot};
use crate::sys::PageRef;
use core::sync::atomic::Ordering::Relaxed;
use core::ptr::NonNull;
use kpi::bindings;
use kpi::malloc::MallocType;
use kpi::vm::{pfn_to_va, VmPage};

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
// SAFETY: plain numbers.
unsafe impl Zero for Note {}

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

/// Fill a block; without a direct map (i386) only with zeroes. May take a
/// mutex(9).
pub fn fill(page: PageRef, len: usize, byte: u8) {
    let va = pfn_to_va(page.pfn()).cast::<u8>();
    if !va.is_null() {
        // SAFETY: the block is the caller's and has no other user; the direct
        // map has all of it.
        return unsafe { va.write_bytes(byte, len) };
    }
    // SAFETY: a live shadow's native page.
    if let (0, Some(first)) = (byte, unsafe { VmPage::from_raw(page.vm_page.load(Relaxed)) }) {
        // SAFETY: a block has that many.
        (0..len / kpi::PAGE_SIZE).for_each(|i| unsafe { first.add(i) }.zero());
    }
}

/// Whether a block is full of one byte; `true` without a direct map.
pub fn is_filled(page: PageRef, len: usize, byte: u8) -> bool {
    let va = pfn_to_va(page.pfn()).cast::<u64>();
    let word = u64::from_ne_bytes([byte; 8]);
    // SAFETY: the direct map has all of the block, aligned to a page. Somebody
    // may write to it meanwhile, which is what is looked for.
    va.is_null() || (0..len / size_of::<u64>()).all(|i| unsafe { va.add(i).read_volatile() } == word)
}
