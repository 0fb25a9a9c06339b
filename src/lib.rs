// SPDX-License-Identifier: BSD-2-Clause
//! The FreeBSD kernel as the lkpi-rs crates see it.
//!
//! [`bindings`] is what bindgen makes of the kernel's own headers; the other
//! modules are the safe layer over it, one a subsystem, named after the manual
//! page they wrap. `unsafe` lives here and in each crate's `capi.rs`.
//!
//! On a host target (`cargo test`) only the types exist: a crate's logic is
//! generic over small traits and is tested there against its own fakes.
#![cfg_attr(not(test), no_std)]

/// Raw bindings: layouts, constants and functions of the kernel's headers.
#[allow(missing_docs, non_camel_case_types, non_snake_case, non_upper_case_globals)]
#[allow(clippy::all, unused_imports, unsafe_op_in_unsafe_fn, dead_code)]
#[allow(clippy::undocumented_unsafe_blocks, clippy::missing_safety_doc, unnecessary_transmutes)]
pub mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub mod errno;
pub mod page;
pub mod sync;

#[cfg(target_os = "none")]
pub mod critical;
#[cfg(target_os = "none")]
pub mod dma;
#[cfg(target_os = "none")]
pub mod log;
#[cfg(target_os = "none")]
pub mod malloc;
#[cfg(target_os = "none")]
pub mod mutex;
#[cfg(target_os = "none")]
pub mod time;
#[cfg(target_os = "none")]
pub mod vm;

/// Bits of an address inside a page.
pub const PAGE_SHIFT: u32 = bindings::KPI_PAGE_SHIFT;
/// Bytes in a page.
pub const PAGE_SIZE: usize = 1 << PAGE_SHIFT;

/// A physical page frame number.
pub type Pfn = usize;
