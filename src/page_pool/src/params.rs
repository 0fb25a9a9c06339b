// SPDX-License-Identifier: BSD-2-Clause
//! What a driver asks for, checked.

use crate::sys::Direction;
use bitflags::bitflags;
use kpi::errno::{LinuxErr, EINVAL};

/// Ring size when the driver names none.
pub const RING_DEFAULT: u32 = 1024;
/// Ring size at most; larger wishes are cut down to it.
pub const RING_MAX: u32 = 16384;

bitflags! {
    /// `PP_FLAG_*` of net/page_pool/types.h.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Flags: u32 {
        /// The pool maps its pages.
        const DMA_MAP = 1;
        /// Pages handed out have been synced for the device.
        const DMA_SYNC_DEV = 2;
        /// Linux's per-CPU system pools; no difference here.
        const SYSTEM_POOL = 4;
        /// The driver tolerates device memory; pools here never have any.
        const ALLOW_UNREADABLE_NETMEM = 8;
        /// `LKPIRS_PP_FLAG_SCRUB`, not Linux's: no old byte is in a page that
        /// the device may reach or that a user gets.
        const SCRUB = 1 << 31;
    }
}

/// The parameters that the logic uses, as the driver gave them.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    /// `PP_FLAG_*`.
    pub flags: u32,
    /// Pages of `1 << order`.
    pub order: u32,
    /// Ring size.
    pub pool_size: u32,
    /// Preferred node, or a negative number.
    pub nid: i32,
    /// `enum dma_data_direction`.
    pub dma_dir: i32,
    /// How much of a page the device may write; 0 is nothing.
    pub max_len: u32,
    /// Where in a page that begins.
    pub offset: u32,
}

/// The parameters, checked.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `PP_FLAG_*`.
    pub flags: Flags,
    /// Pages of `1 << order`.
    pub order: u32,
    /// Pages that may come back and lie in wait; 63 more for every CPU but one
    /// that puts at the same time.
    pub ring: u32,
    /// Preferred node; negative is the one that the refilling CPU is near.
    pub nid: i32,
    /// Which way DMA goes.
    pub dir: Direction,
    /// How much of a page is synced.
    pub max_len: u32,
    /// The highest physical address that the device reaches.
    pub mask: u64,
    /// Remember who has each page, and since when. Not the driver's choice:
    /// whoever makes the pool sets it, and the next one.
    pub track: bool,
    /// Fill pages at rest, and look whether somebody wrote to them.
    pub poison: bool,
}

impl Params {
    /// Check them as Linux does. `mask` is the device's.
    ///
    /// # Errors
    /// EINVAL: unknown flags; DMA_MAP with a direction that does not write
    /// memory; DMA_SYNC_DEV without DMA_MAP or with `max_len` 0.
    pub fn check(&self, mask: u64) -> Result<Config, LinuxErr> {
        let flags = Flags::from_bits(self.flags).ok_or(EINVAL)?;
        let dir = Direction::from_raw(self.dma_dir);
        if flags.contains(Flags::DMA_MAP)
            && !matches!(dir, Some(Direction::FromDevice | Direction::Bidirectional))
        {
            return Err(EINVAL);
        }
        if flags.contains(Flags::DMA_SYNC_DEV)
            && (!flags.contains(Flags::DMA_MAP) || self.max_len == 0)
        {
            return Err(EINVAL);
        }
        Ok(Config {
            flags,
            order: self.order,
            ring: if self.pool_size == 0 { RING_DEFAULT } else { self.pool_size.min(RING_MAX) },
            nid: self.nid,
            dir: dir.unwrap_or(Direction::Bidirectional),
            max_len: self.max_len,
            mask: if flags.contains(Flags::DMA_MAP) { mask } else { u64::MAX },
            track: false,
            poison: false,
        })
    }
}
