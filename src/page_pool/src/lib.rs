// SPDX-License-Identifier: BSD-2-Clause
//! Linux's page_pool: pages for a driver's receive buffers that keep their DMA
//! mapping and come back to be used again.
//!
//! A pool has one *consumer*, the thread that fills a receive queue. It takes
//! pages from a private **cache**; when that is empty it moves over what lies in
//! wait in the **lanes**, and when they are empty too, asks the system for 64 at
//! once. Anybody may put a page back: the consumer straight into the cache, all
//! others into the lane of the CPU they run on, which takes no lock. A lane is a
//! queue of **buckets** that grow with what lies in wait, up to what the driver
//! asked for (Linux's ring size); the rest goes back to the system.
//!
//! - Life of a page: enters (mapped once, synced for the device) - handed out -
//!   put (synced again) - handed out ... - leaves (unmapped, freed). [`refs`]
//!   has what the page itself records of that.
//! - Which call: a whole page with [`Pool::alloc`], a piece with
//!   [`Pool::alloc_frag`], either by size with [`Pool::alloc_sized`]; back with
//!   [`Pool::put`], once a piece.
//! - [`Pool::destroy`] returns at once; the pool stays until its last page is
//!   back, but the device is not needed any more.
//!
//! The logic is safe and generic over [`Sys`]; `kernel.rs` is FreeBSD,
//! `capi*.rs` are the C interface, page_pool(9) the manual.
#![cfg_attr(not(any(test, feature = "testing")), no_std)]

pub mod bucket;
pub mod by_addr;
pub mod consumer;
pub mod destroy;
pub mod dma;
pub mod frag;
pub mod grow;
pub mod holders;
pub mod lane;
pub mod loan;
pub mod lock;
pub mod params;
pub mod pool;
pub mod put;
pub mod refs;
pub mod registry;
pub mod stats;
pub mod streaming;
pub mod sys;
pub mod watch;

#[cfg(target_os = "none")]
pub mod bounce;
#[cfg(target_os = "none")]
pub mod capi;
#[cfg(target_os = "none")]
pub mod capi_dma;
#[cfg(target_os = "none")]
pub mod capi_life;
#[cfg(target_os = "none")]
pub mod capi_list;
#[cfg(target_os = "none")]
pub mod capi_mbuf;
#[cfg(target_os = "none")]
pub mod capi_mem;
#[cfg(target_os = "none")]
pub mod capi_napi;
#[cfg(target_os = "none")]
pub mod capi_sg;
#[cfg(target_os = "none")]
pub mod capi_wait;
#[cfg(target_os = "none")]
pub mod devices;
#[cfg(target_os = "none")]
pub mod kernel;
#[cfg(target_os = "none")]
pub mod memory;
#[cfg(target_os = "none")]
pub mod need_sync;
#[cfg(target_os = "none")]
pub mod pin;
#[cfg(target_os = "none")]
pub mod provider;
#[cfg(target_os = "none")]
pub mod shadow;
#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(any(test, feature = "testing"), not(loom)))]
#[allow(missing_docs)]
pub mod model;
#[cfg(all(any(test, feature = "testing"), not(loom)))]
#[allow(missing_docs)]
pub mod testing;
#[cfg(all(test, not(loom)))]
mod tests;
#[cfg(all(test, not(loom)))]
mod tests_lanes;
#[cfg(all(test, not(loom)))]
mod tests_loan;
#[cfg(all(test, not(loom)))]
mod tests_threads;
#[cfg(all(test, not(loom)))]
mod tests_watch;

pub use destroy::Destroyed;
pub use consumer::Consumer;
pub use pool::Pool;
pub use sys::Sys;
