// SPDX-License-Identifier: BSD-2-Clause
//! Shadows of fictitious pages: device memory registered with
//! vm_phys_fictitious_reg_range(9), anywhere in the address space.
//!
//! Ranges appear and disappear without an event, so each look-up asks the
//! kernel and drops a shadow whose native page went. All under the backing
//! lock: device memory is outside the lock-free promise.

use crate::Kernel;
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use kpi::page::{Page, PFN_SHIFT, PG_FICTITIOUS};
use kpi::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use kpi::Pfn;

const BUCKETS: usize = 64;

#[repr(C)]
struct Node {
    page: Page,
    next: *mut Node,
}

/// Bytes that one shadow of device memory costs.
pub const NODE_BYTES: usize = size_of::<Node>();

/// What a stale shadow is filled with before it is freed.
const POISON: usize = usize::MAX / 0xff * 0xde;

/// The shadows of device memory, hashed by frame.
///
/// # Invariants
/// The chains are touched under the kernel's backing lock only.
pub struct Fictitious {
    heads: UnsafeCell<[*mut Node; BUCKETS]>,
    count: AtomicUsize,
}

impl Fictitious {
    pub(crate) fn new() -> Self {
        Fictitious { heads: UnsafeCell::new([ptr::null_mut(); BUCKETS]), count: AtomicUsize::new(0) }
    }

    /// How many shadows there are.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Relaxed)
    }

    /// The shadow of a fictitious frame, made if need be; `None` if no range
    /// has it now, or without memory. Takes the backing lock.
    pub(crate) fn page<K: Kernel>(&self, kernel: &K, pfn: Pfn) -> Option<NonNull<Page>> {
        if pfn > usize::MAX >> PFN_SHIFT {
            return None; // `flags` has no room for it
        }
        let native = kernel.fictitious(pfn);
        if native.is_none() && self.count() == 0 {
            return None;
        }
        let _guard = kernel.lock();
        // SAFETY: the lock is held (type invariant).
        let head = unsafe { &mut (*self.heads.get())[pfn % BUCKETS] };
        let mut link: *mut *mut Node = head;
        // SAFETY: links of a chain under the lock; a node is freed only after
        // it is unlinked.
        unsafe {
            while let Some(node) = NonNull::new(*link) {
                let page = &node.as_ref().page;
                if page.pfn() == pfn {
                    if native.is_some_and(|m| page.vm_page.load(Relaxed) == m.as_ptr()) {
                        return Some(NonNull::from(page));
                    }
                    *link = node.as_ref().next;
                    self.drop_node(kernel, node);
                    break;
                }
                link = &raw mut (*node.as_ptr()).next;
            }
        }
        let m = native?;
        let node = kernel.zalloc(NODE_BYTES)?.cast::<Node>();
        // SAFETY: zeroed memory of ours; a zeroed Page is a valid one.
        unsafe {
            (*node.as_ptr()).next = *head;
            let page = &node.as_ref().page;
            page.flags.store(pfn << PFN_SHIFT | PG_FICTITIOUS, Relaxed);
            page.vm_page.store(m.as_ptr(), Relaxed);
            *head = node.as_ptr();
            self.count.fetch_add(1, Relaxed);
            Some(NonNull::from(page))
        }
    }

    /// Whether a pointer is one of these shadows. Takes the backing lock.
    pub(crate) fn contains<K: Kernel>(&self, kernel: &K, p: NonNull<Page>) -> bool {
        if self.count() == 0 {
            return false;
        }
        let _guard = kernel.lock();
        // SAFETY: the lock is held; chains hold whole nodes.
        unsafe {
            (*self.heads.get()).iter().any(|&head| {
                let mut n = head;
                while !n.is_null() && n.cast::<Page>() != p.as_ptr() {
                    n = (*n).next;
                }
                !n.is_null()
            })
        }
    }

    /// Free a node that is in no chain.
    ///
    /// # Safety
    /// The node came from `zalloc` and nothing reads it.
    unsafe fn drop_node<K: Kernel>(&self, kernel: &K, node: NonNull<Node>) {
        // SAFETY: the contract; the poison makes a stale pointer's page
        // recognisable: no frame number and no native page look like it.
        unsafe {
            node.as_ref().page.flags.store(POISON, Relaxed);
            node.as_ref().page.vm_page.store(ptr::null_mut(), Relaxed);
            kernel.free(node.cast(), NODE_BYTES);
        }
        self.count.fetch_sub(1, Relaxed);
    }

    /// Free everything: nobody uses the shadow any more.
    pub(crate) fn clear<K: Kernel>(&mut self, kernel: &K) {
        for i in 0..BUCKETS {
            let mut n = core::mem::replace(&mut self.heads.get_mut()[i], ptr::null_mut());
            while let Some(node) = NonNull::new(n) {
                // SAFETY: exclusive; each node is taken out of its chain once.
                unsafe {
                    n = node.as_ref().next;
                    self.drop_node(kernel, node);
                }
            }
        }
    }
}
