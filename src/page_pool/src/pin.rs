// SPDX-License-Identifier: BSD-2-Clause
//! A thread pinned to its CPU: a critical section, and what it shows.

use crate::lock::Pinned;
use core::ops::{Deref, DerefMut};
use kpi::critical::Critical;

/// Pinned until it is dropped; nothing that sleeps or locks meanwhile.
pub struct Pin {
    pinned: Pinned,
    _section: Critical,
}

impl Pin {
    /// Pin the thread.
    #[inline(always)]
    pub fn new() -> Pin {
        let (section, cpu) = Critical::enter();
        // SAFETY: on this CPU, alone, until the section ends, with the Pin.
        Pin { pinned: unsafe { Pinned::new(cpu) }, _section: section }
    }
}

impl Default for Pin {
    fn default() -> Self {
        Pin::new()
    }
}

impl Deref for Pin {
    type Target = Pinned;
    #[inline(always)]
    fn deref(&self) -> &Pinned {
        &self.pinned
    }
}

impl DerefMut for Pin {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Pinned {
        &mut self.pinned
    }
}
