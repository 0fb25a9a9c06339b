// SPDX-License-Identifier: BSD-2-Clause
//! Memory that a device does not reach, where we bounce ourselves (amd64
//! without an IOMMU), and kernel memory that is not one piece: a block below the
//! device's limit takes its place, and syncs copy. bus_dma(9) would do so too, but page by page, into pages that
//! are not neighbours (a mapping has one address), always all of a mapping, and
//! it sleeps for its first bounce zone.

use crate::kernel::{alloc_block, phys, put_block};
use crate::streaming::Entry;
use crate::sys::{PageRef, SyncOp};
use core::ffi::c_void;
use kpi::page::Page;
use kpi::vm::pfn_to_va;

fn block(e: &Entry) -> Option<PageRef> {
    // SAFETY: 0 or what get() stored: a shadow, which outlives this kld.
    unsafe { (e.bounce as *const Page).as_ref() }
}

/// Where the direct map has an address, or NULL.
fn va(pa: u64) -> *mut u8 {
    let page = pfn_to_va((pa >> kpi::PAGE_SHIFT) as usize).cast::<u8>();
    if page.is_null() { page } else { page.wrapping_add(pa as usize & (kpi::PAGE_SIZE - 1)) }
}

/// A mapping of a block at or below `limit` in place of memory at `pa`, with
/// the memory's bytes: a device that writes less than it could leaves the rest
/// as it was. `None` without a block, or if `pa` is not memory that the direct
/// map has. Does not sleep; no lock needed.
pub fn get(pa: u64, len: usize, limit: u64) -> Option<Entry> {
    if va(pa).is_null() || va(pa.checked_add(len as u64 - 1)?).is_null() {
        return None;
    }
    take(Entry { pa, ..Entry::streaming(0, len as u64) }, limit)
}

/// The same for kernel memory at `at`, whose pages are anywhere; it stays where
/// it is as long as it is mapped (the driver sees to that).
pub fn get_scattered(at: *const c_void, len: usize, limit: u64) -> Option<Entry> {
    take(Entry { va: at as usize, ..Entry::streaming(0, len as u64) }, limit)
}

fn take(e: Entry, limit: u64) -> Option<Entry> {
    let page = alloc_block(e.len as usize, limit)?;
    if va(phys(page)).is_null() {
        put_block(page);
        return None;
    }
    let e = Entry { addr: phys(page), bounce: core::ptr::from_ref(page) as usize, ..e };
    copy(&e, 0, e.len, SyncOp::PREWRITE);
    Some(e)
}

/// Give the block back, if there is one.
pub fn put(e: &Entry) {
    if let Some(page) = block(e) {
        put_block(page)
    }
}

/// Copy some of a mapping's bytes one way or the other, if there is a block.
pub fn copy(e: &Entry, offset: u64, len: u64, op: SyncOp) {
    let Some(page) = block(e) else { return };
    let len = len.min(e.len.saturating_sub(offset)) as usize;
    let theirs = if e.va != 0 { (e.va + offset as usize) as *mut u8 } else { va(e.pa + offset) };
    let ours = va(phys(page) + offset);
    // SAFETY: inside the mapping's memory and its block (`len` is cut), which
    // have addresses (get(), take()) and which do not overlap. The device and
    // the driver write them as the DMA interface says.
    unsafe {
        if op.contains(SyncOp::PREWRITE) {
            core::ptr::copy_nonoverlapping(theirs, ours, len);
        }
        if op.contains(SyncOp::POSTREAD) {
            core::ptr::copy_nonoverlapping(ours, theirs, len);
        }
    }
}
