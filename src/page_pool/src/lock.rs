// SPDX-License-Identifier: BSD-2-Clause
//! Data that belongs to a lock.

use core::cell::UnsafeCell;

/// Mutual exclusion: mutex(9) in the kernel, the host's own in tests.
///
/// # Safety
/// Two calls of `with` on one lock never run their closures at the same time,
/// and what one closure wrote the next one sees.
pub unsafe trait RawLock: Sync {
    /// Run `f` with the lock held. Not recursive; `f` does not sleep.
    fn with<R>(&self, f: impl FnOnce() -> R) -> R;
}

/// A value that is reached only with its lock held.
pub struct Locked<L, T> {
    lock: L,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only inside RawLock::with, one thread at a time.
unsafe impl<L: RawLock, T: Send> Sync for Locked<L, T> {}

impl<L: RawLock, T> Locked<L, T> {
    /// The value behind a lock.
    pub const fn new(lock: L, value: T) -> Self {
        Locked { lock, value: UnsafeCell::new(value) }
    }

    /// The lock itself, to be initialised or destroyed.
    pub fn raw(&self) -> &L {
        &self.lock
    }

    /// Run `f` on the value. Any context that may take the lock.
    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the lock is held inside the closure and is not recursive, so
        // this is the only reference (RawLock's contract).
        self.lock.with(|| f(unsafe { &mut *self.value.get() }))
    }
}
