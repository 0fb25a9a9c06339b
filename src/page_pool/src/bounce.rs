// SPDX-License-Identifier: BSD-2-Clause
//! Mappings that bus_dma(9) cannot bounce: it does so page by page, into pages
//! that are not neighbours, and a mapping of several pages has one address. A
//! block below the device's mask takes the memory's place, and syncs copy.

use crate::kernel::{alloc_block, phys, put_block};
use crate::streaming::Entry;
use crate::sys::{PageRef, SyncOp};
use kpi::page::Page;
use kpi::vm::pfn_to_va;

fn block(e: &Entry) -> Option<PageRef> {
    // SAFETY: 0 or what get() stored: a shadow, which outlives this kld.
    unsafe { (e.bounce as *const Page).as_ref() }
}

fn va(pa: u64) -> *mut u8 {
    let base = pfn_to_va((pa >> kpi::PAGE_SHIFT) as usize).cast::<u8>();
    base.wrapping_add(pa as usize & (kpi::PAGE_SIZE - 1))
}

/// A block in place of memory at `pa` that is beyond `mask`, longer than a
/// page and reached through the direct map; where to map instead.
pub fn get(e: &mut Entry, pa: u64, mask: u64) -> Option<u64> {
    let len = e.len as usize;
    let several = (pa as usize & (kpi::PAGE_SIZE - 1)) + len > kpi::PAGE_SIZE;
    let mapped = !pfn_to_va((pa >> kpi::PAGE_SHIFT) as usize).is_null();
    if !several || !mapped || pa.checked_add(e.len - 1)? <= mask {
        return None;
    }
    let page = alloc_block(len, mask)?;
    (e.bounce, e.pa) = (core::ptr::from_ref(page) as usize, pa);
    Some(phys(page))
}

/// Give the block back, if there is one.
pub fn put(e: &Entry) {
    if let Some(page) = block(e) {
        put_block(page)
    }
}

/// Copy the mapping's bytes one way or the other, if there is a block: all of
/// them, as bus_dma(9) does where it bounces itself.
pub fn copy(e: &Entry, op: SyncOp) {
    let Some(page) = block(e) else { return };
    let (theirs, ours) = (va(e.pa), va(phys(page)));
    // SAFETY: the mapping's memory and its block, which the direct map reaches
    // and which do not overlap. The device and the driver write them as the
    // DMA interface says.
    unsafe {
        if op.contains(SyncOp::PREWRITE) {
            core::ptr::copy_nonoverlapping(theirs, ours, e.len as usize);
        }
        if op.contains(SyncOp::POSTREAD) {
            core::ptr::copy_nonoverlapping(ours, theirs, e.len as usize);
        }
    }
}
