// SPDX-License-Identifier: BSD-2-Clause
//! The C interface of `dma_map_sg` and its kin (linux/scatterlist.h). Each
//! segment is a mapping of its own; none are merged.

use crate::capi_dma::{lkpirs_dma_map_page, lkpirs_dma_sync, lkpirs_dma_unmap, FAILED};
use crate::kernel::misuse;
use crate::provider::Device;
use core::ffi::{c_int, c_uint, c_ulong};
use kpi::errno::{EINVAL, ENOMEM};
use kpi::page::Page;

/// `struct scatterlist`.
#[repr(C)]
pub struct Sg {
    /// The page, or the next list; bits [`CHAIN`] and [`END`].
    page_link: usize,
    offset: c_uint,
    length: c_uint,
    dma_address: u64,
    dma_length: c_uint,
    dma_flags: c_uint,
}

/// `page_link` leads to another list.
const CHAIN: usize = 1;
/// The last segment.
const END: usize = 2;
/// `DMA_ATTR_SKIP_CPU_SYNC`.
const SKIP_CPU_SYNC: c_ulong = 1 << 5;

// The header asserts the same.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Sg>() == 32 && core::mem::offset_of!(Sg, dma_address) == 16);

/// The first `n` segments of a list, or fewer if it ends before.
///
/// # Safety
/// `sg` is NULL or a list as linux/scatterlist.h makes it, which nobody else
/// writes.
unsafe fn segments<'a>(sg: *mut Sg, n: c_uint) -> impl Iterator<Item = &'a mut Sg> {
    let mut last: *mut Sg = core::ptr::null_mut();
    (0..n).map_while(move |_| {
        last = if last.is_null() { sg } else {
            // SAFETY: a segment that was handed out, behind which the list goes
            // on (the contract).
            unsafe { next(last) }
        };
        // SAFETY: the contract: NULL or a segment, each handed out once.
        unsafe { last.as_mut() }
    })
}

/// The segment behind another, or NULL.
///
/// # Safety
/// A segment of a list.
unsafe fn next(sg: *mut Sg) -> *mut Sg {
    // SAFETY: the contract.
    if unsafe { (*sg).page_link } & END != 0 {
        return core::ptr::null_mut();
    }
    // SAFETY: not the last: one more place follows, a segment or the way to
    // another list's first.
    let at = unsafe { sg.add(1) };
    // SAFETY: as above.
    let link = unsafe { (*at).page_link };
    if link & CHAIN != 0 { (link & !(CHAIN | END)) as *mut Sg } else { at }
}

/// Linux `dma_map_sg_attrs` and `dma_map_sgtable`: how many segments are
/// mapped, all of them, or a negative errno and none is: -EINVAL, -ENOMEM (also
/// for memory that the device does not reach). Does not sleep.
///
/// # Safety
/// A list of the driver's.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_dma_map_sg(dev: *mut Device, sg: *mut Sg, n: c_int, dir: c_int, attrs: c_ulong) -> c_int {
    let want = n.max(0) as c_uint;
    let mut done = 0;
    let mut failed = false;
    // SAFETY: the contract.
    for s in unsafe { segments(sg, want) } {
        let page = (s.page_link & !(CHAIN | END)) as *const Page;
        s.dma_address = lkpirs_dma_map_page(dev, page, s.offset as usize, s.length as usize, dir, attrs);
        if s.dma_address == FAILED {
            failed = true;
            break;
        }
        s.dma_length = s.length;
        done += 1;
    }
    if done == want && want > 0 {
        return n;
    }
    // The device has written nothing yet.
    // SAFETY: the contract; as many as were mapped.
    unsafe { unmap(dev, sg, done, dir, attrs | SKIP_CPU_SYNC) };
    if failed {
        return ENOMEM.to_linux();
    }
    misuse(c"dma: mapping of a list that is shorter than it should be", sg.cast());
    EINVAL.to_linux()
}

/// # Safety
/// A list of the driver's.
unsafe fn unmap(dev: *mut Device, sg: *mut Sg, n: c_uint, dir: c_int, attrs: c_ulong) {
    // SAFETY: the contract.
    for s in unsafe { segments(sg, n) } {
        lkpirs_dma_unmap(dev, s.dma_address, s.dma_length as usize, dir, attrs);
        s.dma_length = 0;
    }
}

/// Linux `dma_unmap_sg_attrs`: `n` as it was given to `dma_map_sg`.
///
/// # Safety
/// A list of the driver's.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_dma_unmap_sg(dev: *mut Device, sg: *mut Sg, n: c_int, dir: c_int, attrs: c_ulong) {
    // SAFETY: the contract.
    unsafe { unmap(dev, sg, n.max(0) as c_uint, dir, attrs) }
}

/// Linux `dma_sync_sg_for_{cpu,device}`: `n` as it was given to `dma_map_sg`.
///
/// # Safety
/// A list of the driver's.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_dma_sync_sg(dev: *mut Device, sg: *mut Sg, n: c_int, dir: c_int, for_device: bool) {
    // SAFETY: the contract.
    for s in unsafe { segments(sg, n.max(0) as c_uint) } {
        lkpirs_dma_sync(dev, s.dma_address, s.dma_length as usize, dir, for_device);
    }
}
