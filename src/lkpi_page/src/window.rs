// SPDX-License-Identifier: BSD-2-Clause
//! Addresses for allocated pages on machines without a direct map (i386).
//!
//! A window is 4 MiB of kernel addresses for the 4 MiB of frames of the same
//! alignment, reserved when the first of them is allocated and kept until
//! unload. A block is aligned and no larger, so its pages are neighbours there
//! as well, and a page keeps its address whatever its block is split into.
//!
//! A frame has one place, so its mapping stays when it is freed, as in a direct
//! map: taking it away would interrupt all CPUs for each page, and mapping it
//! again finds it there (pmap_qenter(9) leaves what is right alone).

use crate::block::MAX_ORDER;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::{Acquire, Relaxed, Release}};
use kpi::malloc::MallocType;
use kpi::mutex::Mutex;
use kpi::vm::{self, VmPage};
use kpi::{Pfn, PAGE_SIZE};

const WINDOW_PAGES: usize = 1 << MAX_ORDER;
const WINDOW_BYTES: usize = WINDOW_PAGES * PAGE_SIZE;

type Slot = AtomicPtr<u8>;

/// All windows, by frame.
///
/// # Invariants
/// `slots` is NULL or points to `len` slots; a slot is NULL or a reservation of
/// `WINDOW_BYTES`. Both change in `load` and `unload` only, but for a slot's
/// first value, which is stored under the caller's mutex.
pub struct Windows {
    slots: AtomicPtr<Slot>,
    len: AtomicUsize,
}

impl Windows {
    /// Without any window; [`Windows::load`] comes first.
    pub const fn new() -> Self {
        Windows { slots: AtomicPtr::new(ptr::null_mut()), len: AtomicUsize::new(0) }
    }

    /// Make room for windows over frames below `end`; `false` without memory.
    pub fn load(&self, end: Pfn, memory: MallocType) -> bool {
        let len = end.div_ceil(WINDOW_PAGES);
        let Some(slots) = memory.zalloc(len * size_of::<Slot>()) else { return false };
        self.slots.store(slots.as_ptr().cast(), Relaxed);
        self.len.store(len, Release);
        true
    }

    /// Give all addresses back, mappings included. No page is allocated any
    /// more.
    pub fn unload(&self, memory: MallocType) {
        let len = self.len.swap(0, Acquire);
        let Some(slots) = NonNull::new(self.slots.swap(ptr::null_mut(), Relaxed)) else { return };
        for i in 0..len {
            // SAFETY: the type's invariant; nobody else is left to use it.
            unsafe {
                if let Some(va) = NonNull::new(slots.add(i).as_ref().load(Relaxed)) {
                    vm::qremove(va, WINDOW_PAGES);
                    vm::kva_free(va, WINDOW_BYTES);
                }
            }
        }
        // SAFETY: allocated by load() with this type.
        unsafe { memory.free(slots.cast()) }
    }

    fn slot(&self, pfn: Pfn) -> Option<&Slot> {
        let i = pfn / WINDOW_PAGES;
        // SAFETY: i is below len (the type's invariant).
        (i < self.len.load(Acquire)).then(|| unsafe { &*self.slots.load(Relaxed).add(i) })
    }

    /// Where a frame's bytes are if it is mapped. Lock-free.
    pub fn address(&self, pfn: Pfn) -> Option<NonNull<u8>> {
        let va = NonNull::new(self.slot(pfn)?.load(Acquire))?;
        // SAFETY: inside the reservation.
        Some(unsafe { va.add(pfn % WINDOW_PAGES * PAGE_SIZE) })
    }

    /// Map a block's pages; `false` if there are no addresses. Takes `lock`.
    ///
    /// # Safety
    /// The pages were just allocated, contiguous and aligned as blocks are.
    pub unsafe fn map(&self, block: VmPage, pages: usize, lock: &Mutex) -> bool {
        let first = block.pfn();
        let Some(slot) = self.slot(first) else { return false };
        if slot.load(Acquire).is_null() {
            let _held = lock.lock();
            if slot.load(Relaxed).is_null() {
                let Some(va) = vm::kva_alloc_aligned(WINDOW_BYTES) else { return false };
                slot.store(va.as_ptr(), Release);
            }
        }
        for i in 0..pages {
            let Some(va) = self.address(first + i) else { return false };
            // SAFETY: a page of the allocation (the contract); its place in
            // the window is its own.
            unsafe { vm::qenter(va, block.add(i)) };
        }
        true
    }
}
