// SPDX-License-Identifier: BSD-2-Clause
//! What the shadow needs of a kernel, on a host: memory, and nothing else.

use kpi::bindings::vm_page;
use kpi::page::Page;
use kpi::Pfn;
use lkpi_page::chunk::CHUNK_BYTES;
use lkpi_page::{Event, Gfp, Kernel, Misuse};
use memmap2::{MmapMut, MmapOptions};
use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Addresses of which only what is touched becomes memory. `huge`: in 2 MiB
/// pages where the system has them, as kernels map their page arrays.
pub fn reserve(bytes: usize, huge: bool) -> std::io::Result<MmapMut> {
    let map = MmapOptions::new().len(bytes).no_reserve_swap().map_anon()?;
    #[cfg(target_os = "linux")]
    {
        let advice = if huge { memmap2::Advice::HugePage } else { memmap2::Advice::NoHugePage };
        // A system without huge pages refuses; then everything has small ones.
        let _ = map.advise(advice);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = huge;
    Ok(map)
}

/// Gives out host memory.
#[derive(Default)]
pub struct Host {
    lock: Mutex<()>,
    /// Each chunk's mapping, by the aligned address that was given out.
    chunks: Mutex<BTreeMap<usize, MmapMut>>,
}

fn mem(n: usize) -> Layout {
    Layout::from_size_align(n, 64).expect("64 is a power of two")
}

// SAFETY: `zalloc` and `reserve` give zeroed memory of the promised size and
// alignment, which stays until it is given back. Nothing is ever allocated,
// wired or fictitious.
unsafe impl Kernel for Host {
    type Guard<'a> = MutexGuard<'a, ()>;

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn zalloc(&self, n: usize) -> Option<NonNull<u8>> {
        // SAFETY: the shadow never asks for nothing.
        NonNull::new(unsafe { alloc_zeroed(mem(n)) })
    }
    unsafe fn free(&self, p: NonNull<u8>, n: usize) {
        // SAFETY: from `zalloc(n)` (the caller's promise).
        unsafe { dealloc(p.as_ptr(), mem(n)) }
    }
    fn reserve(&self) -> Option<NonNull<Page>> {
        // A kernel backs shadows by single pages: so does this one.
        let mut map = reserve(2 * CHUNK_BYTES, false).ok()?;
        let raw = map.as_mut_ptr();
        let at = raw.wrapping_add(raw.align_offset(CHUNK_BYTES));
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner).insert(at as usize, map);
        NonNull::new(at.cast())
    }
    unsafe fn unreserve(&self, va: NonNull<Page>) {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner).remove(&(va.as_ptr() as usize));
    }
    unsafe fn back(&self, _at: NonNull<Page>) -> bool {
        true
    }
    unsafe fn unback(&self, _base: NonNull<Page>, _blocks: &[usize]) {}

    fn fictitious(&self, _pfn: Pfn) -> Option<NonNull<vm_page>> {
        None
    }
    unsafe fn fictitious_pfn(&self, _m: NonNull<vm_page>) -> Option<Pfn> {
        None
    }
    fn alloc(&self, _gfp: Gfp, _order: u32, _nid: i32, _high: u64) -> Option<NonNull<vm_page>> {
        None
    }
    unsafe fn release(&self, _m: NonNull<vm_page>) {}
    fn wire(&self, _m: NonNull<vm_page>) -> bool {
        false
    }
    fn unwire(&self, _m: NonNull<vm_page>) -> bool {
        false
    }
    fn wire_count(&self, _m: NonNull<vm_page>) -> u32 {
        0
    }
    fn pfn_at(&self, _va: *const u8) -> Option<Pfn> {
        None
    }
    fn address(&self, _pfn: Pfn) -> Option<NonNull<u8>> {
        None
    }
    fn misuse(&self, what: Misuse, _page: *const Page) {
        panic!("the benchmark misuses a page: {}", what.text());
    }
    fn probe(&self, _event: Event<'_>) {}
}
