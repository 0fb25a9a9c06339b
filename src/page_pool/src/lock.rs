// SPDX-License-Identifier: BSD-2-Clause
//! Data that belongs to a lock.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use kpi::sync::atomic::{AtomicUsize, Ordering::{AcqRel, Acquire}};

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

/// Shows that the thread stays on one CPU and that no other thread runs there
/// meanwhile (critical(9)).
pub struct Pinned {
    cpu: usize,
    _here: PhantomData<*mut ()>,
}

impl Pinned {
    /// Say so.
    ///
    /// # Safety
    /// It is so for as long as the value lives, and this is the only one of
    /// its CPU.
    pub unsafe fn new(cpu: usize) -> Pinned {
        Pinned { cpu, _here: PhantomData }
    }

    /// The CPU.
    pub fn cpu(&self) -> usize {
        self.cpu
    }
}

/// A value that the threads of one CPU reach, pinned to it.
pub struct PerCpu<T> {
    /// Whose it is, plus one; 0 is nobody's.
    owner: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by its CPU only, one thread at a time.
unsafe impl<T: Send> Sync for PerCpu<T> {}

impl<T> PerCpu<T> {
    /// A value that is nobody's yet.
    pub fn new(value: T) -> Self {
        PerCpu { owner: AtomicUsize::new(0), value: UnsafeCell::new(value) }
    }

    /// Make it a CPU's, for ever; `false` if it is another's.
    pub fn claim(&self, cpu: usize) -> bool {
        match self.owner.compare_exchange(0, cpu + 1, AcqRel, Acquire) {
            Ok(_) => true,
            Err(now) => now == cpu + 1,
        }
    }

    /// The value, for its CPU.
    #[inline]
    pub fn get<'a>(&'a self, pin: &'a mut Pinned) -> Option<&'a mut T> {
        // SAFETY: only threads pinned to the owner come here, one at a time,
        // and only one reference is made of a Pinned at a time.
        (self.owner.load(Acquire) == pin.cpu + 1).then(|| unsafe { &mut *self.value.get() })
    }
}
