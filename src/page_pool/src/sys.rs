// SPDX-License-Identifier: BSD-2-Clause
//! What a pool needs of the system around it.

use crate::lane::PageBucket;
use crate::lock::{Pinned, RawLock};
use crate::registry::{Note, Slot};
use bitflags::bitflags;
use core::ffi::{c_void, CStr};
use core::ops::DerefMut;
use core::ptr::NonNull;
use kpi::page::Page;

/// A shadow page. Shadows live as long as lkpi_page.ko, on which this kld
/// depends, and every field is atomic: a reference is always good to have.
pub type PageRef = &'static Page;

/// Memory on its way back to the system. A `&'static mut` that is an argument
/// promises that its memory stays until the function returns; this does not.
pub struct Returned<T: ?Sized>(NonNull<T>);

impl<T: ?Sized> From<&'static mut T> for Returned<T> {
    fn from(memory: &'static mut T) -> Returned<T> {
        Returned(NonNull::from(memory))
    }
}

impl<T: ?Sized> Returned<T> {
    /// Where it is: nobody else's.
    pub fn into_raw(self) -> *mut T {
        self.0.as_ptr()
    }
}

/// Allocation flags, `gfp_t` of linux/gfp.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gfp(pub u32);

impl Gfp {
    const NOWAIT: u32 = kpi::bindings::KPI_M_NOWAIT;
    const WAITOK: u32 = kpi::bindings::KPI_M_WAITOK;

    /// The same, never sleeping.
    pub fn nowait(self) -> Gfp {
        Gfp(self.0 & !Self::WAITOK | Self::NOWAIT)
    }
}

bitflags! {
    /// bus_dmamap_sync(9) operations.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SyncOp: u32 {
        /// Before the device writes.
        const PREREAD = 1;
        /// After the device has written.
        const POSTREAD = 2;
        /// Before the device reads.
        const PREWRITE = 4;
        /// After the device has read.
        const POSTWRITE = 8;
    }
}

/// `enum dma_data_direction`: seen from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Either way.
    Bidirectional,
    /// The device reads.
    ToDevice,
    /// The device writes.
    FromDevice,
}

impl Direction {
    /// The C value; `None` for `DMA_NONE` and anything unknown.
    pub fn from_raw(v: i32) -> Option<Direction> {
        match v {
            0 => Some(Direction::Bidirectional),
            1 => Some(Direction::ToDevice),
            2 => Some(Direction::FromDevice),
            _ => None,
        }
    }

    /// What hands memory to the device.
    pub fn for_device(self) -> SyncOp {
        match self {
            Direction::Bidirectional => SyncOp::PREREAD.union(SyncOp::PREWRITE),
            Direction::ToDevice => SyncOp::PREWRITE,
            Direction::FromDevice => SyncOp::PREREAD,
        }
    }

    /// What hands memory back to the CPU.
    pub fn for_cpu(self) -> SyncOp {
        match self {
            Direction::Bidirectional => SyncOp::POSTREAD.union(SyncOp::POSTWRITE),
            Direction::ToDevice => SyncOp::POSTWRITE,
            Direction::FromDevice => SyncOp::POSTREAD,
        }
    }
}

/// A DMA mapping of one page (block).
#[derive(Clone, Copy)]
pub struct Mapping {
    /// Device address of byte 0.
    pub addr: u64,
    /// `bus_dmamap_t`; NULL is a valid one.
    pub map: *mut c_void,
    /// It has to be synced at all.
    pub syncs: bool,
}

/// What a DTrace probe tells of a pool (page_pool(4), DTRACE PROBES).
#[derive(Clone, Copy)]
pub enum Event {
    /// The system was asked, and gave so many pages.
    Slow(usize),
    /// So many pages went from the ring into the cache.
    Refill(usize),
    /// So many pages leave the pool.
    Release(usize),
    /// It is destroyed, and waits for so many pages.
    Wait(i32),
    /// A page leaves it because somebody else holds it too.
    Shared(PageRef),
}

/// The system: the kernel, or a fake one in tests. One value a pool.
///
/// Unless said otherwise a method may be called wherever an ordinary mutex(9)
/// may be taken, and does not sleep.
pub trait Sys {
    /// mutex(9).
    type Lock: RawLock;

    /// Fill places, from the first, with blocks of pages, each with one
    /// reference, at or below `high`, on node `nid` if that is not negative;
    /// how many came. Sleeps for the first if `gfp` allows it.
    fn alloc_pages(&self, gfp: Gfp, order: u32, nid: i32, high: u64, places: &mut [Option<PageRef>]) -> usize;
    /// Drop one reference of the system's.
    fn put_page(&self, page: PageRef);
    /// The same for each of many blocks of this order, whose `pp` is NULL.
    /// What is in `pages` afterwards means nothing.
    fn put_pages(&self, pages: &mut [PageRef], _order: u32) {
        pages.iter().for_each(|page| self.put_page(page));
    }
    /// Keeps the thread on its CPU, alone there, until it is dropped. Its
    /// holder takes no lock and does not sleep.
    type Pin<'a>: DerefMut<Target = Pinned>
    where
        Self: 'a;

    /// Pin the thread.
    fn pin(&self) -> Self::Pin<'_>;
    /// Wait until every pin that there was is dropped, and what was done under
    /// it is seen. Sleeps.
    fn quiesce(&self);
    /// How many nodes there are.
    fn nodes(&self) -> i32;
    /// The node that curcpu is near.
    fn this_node(&self) -> i32;
    /// The node that a page is on.
    fn node_of(&self, page: PageRef) -> i32;

    /// Map a block for the pool's device. Under the pool's DMA lock.
    fn map(&self, page: PageRef, order: u32) -> Option<Mapping>;
    /// Undo it. Under the pool's DMA lock.
    fn unmap(&self, page: PageRef);
    /// Synchronise a mapped block.
    fn sync(&self, page: PageRef, op: SyncOp);
    /// The device is not used any more: give its tag back. May sleep.
    fn close_dma(&self);
    /// Say, rate-limited, that there is no memory that the device reaches.
    fn no_reach(&self, mask: u64);

    /// Free places for the registry.
    fn alloc_slots(&self, n: usize) -> Option<&'static mut [Slot]>;
    /// An empty bucket.
    fn alloc_bucket(&self) -> Option<PageBucket>;
    /// Give it back.
    fn free_bucket(&self, bucket: PageBucket);
    /// Give the registry's back.
    fn free_slots(&self, slots: Returned<[Slot]>);
    /// Empty notes for the registry of a tracked pool.
    fn alloc_notes(&self, n: usize) -> Option<&'static mut [Note]>;
    /// Give them back.
    fn free_notes(&self, notes: Returned<[Note]>);

    /// Fill a block with a byte, if there is a way to do so. Not while pinned.
    fn fill(&self, page: PageRef, order: u32, byte: u8);
    /// Whether a block still is as `fill` left it; `true` where that cannot be
    /// seen.
    fn is_filled(&self, page: PageRef, order: u32, byte: u8) -> bool;
    /// Milliseconds of uptime.
    fn now(&self) -> u64;
    /// Where the driver called that is being served, or 0.
    fn caller(&self) -> usize;

    /// Tell DTrace of the pool that `owner` stands for. Pinned or not.
    fn probe(&self, _owner: *const c_void, _event: Event) {}

    /// A page has entered the pool (`init_callback`).
    fn entered(&self, page: PageRef);
    /// The last page of a destroyed pool is back: release the pool soon, from
    /// a thread. Under the ring's lock.
    fn schedule_release(&self);
    /// Report a caller's mistake.
    fn misuse(&self, what: &'static CStr, page: *const Page);
}
