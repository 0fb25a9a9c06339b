// SPDX-License-Identifier: BSD-2-Clause
//! Atomics that loom can replace (`RUSTFLAGS="--cfg loom"`) in model tests.

/// `core::sync::atomic`, or loom's.
pub mod atomic {
    #[cfg(loom)]
    pub use loom::sync::atomic::*;
    #[cfg(not(loom))]
    pub use core::sync::atomic::*;
}
