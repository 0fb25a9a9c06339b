// SPDX-License-Identifier: BSD-2-Clause
//! Data that belongs to a lock.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use kpi::sync::atomic::{AtomicUsize, Ordering::{Acquire, Relaxed, Release}};

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

/// A CPU of a test, and the guard that keeps it.
#[cfg(any(test, feature = "testing"))]
pub struct HostPin<G>(pub Pinned, pub G);

#[cfg(any(test, feature = "testing"))]
impl<G> core::ops::Deref for HostPin<G> {
    type Target = Pinned;
    fn deref(&self) -> &Pinned {
        &self.0
    }
}

#[cfg(any(test, feature = "testing"))]
impl<G> core::ops::DerefMut for HostPin<G> {
    fn deref_mut(&mut self) -> &mut Pinned {
        &mut self.0
    }
}

/// A value that the threads of one CPU reach, pinned to it.
///
/// # Invariants
/// `owner` is `NOBODY`, or `BUSY` while [`PerCpu::claim`] writes the value, or
/// the CPU for ever, and then the value is there.
pub struct PerCpu<T> {
    owner: AtomicUsize,
    value: UnsafeCell<Option<T>>,
}

const NOBODY: usize = usize::MAX;
const BUSY: usize = usize::MAX - 1;

// SAFETY: the value is reached by its CPU only, one thread at a time.
unsafe impl<T: Send> Sync for PerCpu<T> {}

impl<T> Default for PerCpu<T> {
    fn default() -> Self {
        PerCpu { owner: AtomicUsize::new(NOBODY), value: UnsafeCell::new(None) }
    }
}

impl<T> PerCpu<T> {
    /// Whether a CPU has it, or is about to.
    pub fn is_claimed(&self) -> bool {
        self.owner.load(Relaxed) != NOBODY
    }

    /// Make it a CPU's with this value, which comes back if it is claimed.
    pub fn claim(&self, cpu: usize, value: T) -> Result<(), T> {
        if self.owner.compare_exchange(NOBODY, BUSY, Acquire, Relaxed).is_err() {
            return Err(value);
        }
        // SAFETY: BUSY is nobody's CPU, and only one caller sets it.
        unsafe { *self.value.get() = Some(value) };
        self.owner.store(cpu, Release);
        Ok(())
    }

    /// The value, for its CPU.
    #[inline(always)]
    pub fn get<'a>(&'a self, pin: &'a mut Pinned) -> Option<&'a mut T> {
        if self.owner.load(Acquire) != pin.cpu {
            return None;
        }
        // SAFETY: only threads pinned to the owner come here, one at a time,
        // and only one reference is made of a Pinned at a time. The value is
        // there (the type's invariant).
        Some(unsafe { (*self.value.get()).as_mut().unwrap_unchecked() })
    }
}
