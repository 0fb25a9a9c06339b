// SPDX-License-Identifier: BSD-2-Clause
//! What FreeBSD's mt76 drivers (mt76_core, if_mt7915, if_mt7921, if_mt7996)
//! call and LinuxKPI has only as a place holder.
//!
//! - [`seq`], [`frame`]: numbers and headers of received frames, for reordering
//!   and for the protection of management frames.
//! - [`rate`]: the rate of a PPDU and its time on the air, as IEEE Std 802.11
//!   computes them.
//! - [`chandef`]: which channels may be used together.
//! - [`element`]: information elements by their identifier.
//! - [`absent`]: what cannot be had, with the errno that says so.
//!
//! The logic knows no structure of LinuxKPI's: sys/.../include/lkpirs/wlan.h
//! takes those apart. `capi.rs` is the C interface; docs/mt76-names.md lists
//! every name. All of it runs in any context: nothing sleeps or takes a lock.
#![cfg_attr(not(test), no_std)]

pub mod absent;
pub mod chandef;
pub mod element;
pub mod frame;
pub mod phy;
pub mod rate;
pub mod seq;
pub mod wire;

#[cfg(target_os = "none")]
pub mod capi;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_rate;
