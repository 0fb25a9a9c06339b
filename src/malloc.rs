// SPDX-License-Identifier: BSD-2-Clause
//! malloc(9). Types are defined in a kld's C file (`MALLOC_DEFINE`), because
//! their registration is a SYSINIT.

use crate::bindings::{self, malloc_type};
use core::ptr::NonNull;

/// A malloc(9) type that lives as long as the kld.
#[derive(Clone, Copy)]
pub struct MallocType(*mut malloc_type);

// SAFETY: a malloc type is a static of the kld, used through malloc(9) only.
unsafe impl Send for MallocType {}
// SAFETY: as above.
unsafe impl Sync for MallocType {}

impl MallocType {
    /// Name a type.
    ///
    /// # Safety
    /// `t` is a `MALLOC_DEFINE`d type of this kld.
    pub const unsafe fn new(t: *mut malloc_type) -> Self {
        MallocType(t)
    }

    /// `n` zeroed bytes with M_NOWAIT, at least pointer-aligned; `None` when
    /// there is no memory. Any context where a mutex(9) may be taken.
    pub fn zalloc(self, n: usize) -> Option<NonNull<u8>> {
        self.alloc(n, bindings::KPI_M_NOWAIT)
    }

    /// `n` zeroed bytes with M_WAITOK: sleeps for memory, never fails.
    pub fn zalloc_wait(self, n: usize) -> Option<NonNull<u8>> {
        self.alloc(n, bindings::KPI_M_WAITOK)
    }

    fn alloc(self, n: usize, wait: u32) -> Option<NonNull<u8>> {
        // SAFETY: the type is registered (constructor's contract).
        let p = unsafe { bindings::kpi_malloc(n as _, self.0, (wait | bindings::KPI_M_ZERO) as i32) };
        NonNull::new(p.cast())
    }

    /// Give memory back.
    ///
    /// # Safety
    /// `p` came from an allocation of this type and is not used again.
    pub unsafe fn free(self, p: NonNull<u8>) {
        // SAFETY: the contract is free(9)'s.
        unsafe { bindings::kpi_free(p.as_ptr().cast(), self.0) }
    }
}
