// SPDX-License-Identifier: BSD-2-Clause
//! mutex(9): ordinary (sleepable-thread) mutexes, known to WITNESS by name.

use crate::bindings;
use core::cell::UnsafeCell;
use core::ffi::CStr;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// An `MTX_DEF` mutex at a fixed address.
///
/// # Invariants
/// Between [`Mutex::init`] and [`Mutex::destroy`] the inner `struct mtx` is
/// initialised and does not move; only the kernel touches it.
pub struct Mutex {
    raw: UnsafeCell<MaybeUninit<bindings::mtx>>,
}

// SAFETY: a struct mtx is made to be used from any CPU; the kernel orders it.
unsafe impl Send for Mutex {}
// SAFETY: as above; the bytes are only reached through mutex(9).
unsafe impl Sync for Mutex {}

impl Mutex {
    /// A mutex that still has to be [`Mutex::init`]ialised.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Mutex { raw: UnsafeCell::new(MaybeUninit::zeroed()) }
    }

    /// Initialise in place. Any context; `name` is what WITNESS prints.
    ///
    /// # Safety
    /// Called once before any other use, and `self` never moves until
    /// [`Mutex::destroy`].
    pub unsafe fn init(&self, name: &'static CStr) {
        // SAFETY: the storage is ours and, by the contract, not yet a mutex.
        unsafe { bindings::kpi_mtx_init(self.raw.get().cast(), name.as_ptr()) }
    }

    /// Forget the mutex. Nobody holds or waits for it.
    ///
    /// # Safety
    /// `init` was called and no other use follows.
    pub unsafe fn destroy(&self) {
        // SAFETY: initialised by the contract, and idle.
        unsafe { bindings::kpi_mtx_destroy(self.raw.get().cast()) }
    }

    /// Lock until the guard is dropped. May block on the owner, never sleeps;
    /// not in critical sections, filters or under spin mutexes.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_> {
        // SAFETY: initialised (type invariant).
        unsafe { bindings::kpi_mtx_lock(self.raw.get().cast()) };
        MutexGuard { mutex: self, _not_send: PhantomData }
    }
}

/// Holds a [`Mutex`]; the thread that locked unlocks.
pub struct MutexGuard<'a> {
    mutex: &'a Mutex,
    _not_send: PhantomData<*mut ()>,
}

impl Drop for MutexGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this guard's existence shows that curthread holds it.
        unsafe { bindings::kpi_mtx_unlock(self.mutex.raw.get().cast()) }
    }
}
