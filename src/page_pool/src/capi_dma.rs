// SPDX-License-Identifier: BSD-2-Clause
//! The C interface of `dma_map_*` and `dma_sync_*` (linux/dma-mapping.h), and
//! pools' pages by their device address.
//!
//! Everything comes down to physical addresses: a mapping is of `len` bytes at
//! one ([`lkpirs_dma_map_phys`]). Maps and unmaps of a device cost the same
//! however many there are, and devices do not wait for each other. None of
//! these functions sleeps (but see [`devices::with_new`]); they may be called
//! wherever a mutex(9) may be taken.

use crate::bounce;
use crate::by_addr::{Array, ByAddr, Key, Slot, Store, Writer};
use crate::capi::sync_pool_page;
use crate::devices::{self, Context, Malloc};
use crate::kernel::{head_of_phys, misuse, Lock};
use crate::memory::{alloc_slice, free_slice, Zero};
use crate::lock::Locked;
use crate::need_sync;
use crate::provider::Device;
use crate::streaming::{Entry, Kind};
use crate::sys::{Direction, PageRef, SyncOp};
use core::ffi::{c_int, c_ulong, c_void};
use core::ptr;
use kpi::bindings;
use kpi::klog;
use kpi::log::RateLimit;
use kpi::page::Page;

/// `DMA_MAPPING_ERROR`.
pub const FAILED: u64 = u64::MAX;
/// `DMA_ATTR_SKIP_CPU_SYNC`.
const SKIP_CPU_SYNC: c_ulong = 1 << 5;
/// `DMA_ATTR_NO_WARN`.
const NO_WARN: c_ulong = 1 << 8;
/// `DMA_ATTR_MMIO`: not memory, so nothing is ever copied.
const MMIO: c_ulong = 1 << 10;

// --- pools' pages by address -----------------------------------------------

static PAGES: ByAddr<Page> = ByAddr::new();
static WRITER: Locked<Lock, Writer<Page>> = Locked::new(Lock::new(), Writer::new());

struct Arrays;

// SAFETY: a free place.
unsafe impl Zero for Slot<Page> {}
/// An [`Array`] that is not there yet: NULL, 0.
struct Header(Option<Array<Page>>);
// SAFETY: a slice reference's NULL is None.
unsafe impl Zero for Header {}

impl Store<Page> for Arrays {
    fn alloc(&self, n: usize) -> Option<&'static Array<Page>> {
        let slots: &'static mut [Slot<Page>] = alloc_slice(n, false)?;
        let Some([header]) = alloc_slice::<Header>(1, false) else {
            // SAFETY: from above, unused.
            unsafe { free_slice(slots) };
            return None;
        };
        Some(header.0.insert(Array::new(slots)))
    }
    fn free(&self, a: &'static Array<Page>) {
        // SAFETY: both from alloc(); Header is an Option that the reference
        // fills, at its address.
        unsafe {
            free_slice(a.slots());
            free_slice(ptr::slice_from_raw_parts(ptr::from_ref(a).cast::<Header>(), 1));
        }
    }
}

fn key(dev: *mut Device, addr: u64, order: u32) -> Key {
    Key { owner: dev as usize, pfn: addr >> kpi::PAGE_SHIFT, order }
}

/// A pool's page has an address that is not its physical one: by that it is
/// found from now on. `false` without memory. Does not sleep.
pub fn remember(page: PageRef, dev: *mut Device, addr: u64, order: u32) -> bool {
    WRITER.with(|w| PAGES.insert(w, &Arrays, key(dev, addr, order), page))
}

/// It has no longer.
pub fn forget(page: PageRef, dev: *mut Device, addr: u64, order: u32) {
    WRITER.with(|w| PAGES.remove(w, key(dev, addr, order), page));
}

fn sync_by_addr(dev: *mut Device, addr: u64, op: SyncOp) -> bool {
    // The page and its pool say whether it still is where the table has it.
    let ours = |page| sync_pool_page(page, dev, addr, op).then_some(());
    PAGES.find(dev as usize, addr >> kpi::PAGE_SHIFT, ours).is_some()
}

/// # Safety
/// Once, before anything else here.
pub unsafe fn load() {
    // SAFETY: the contract; statics do not move.
    unsafe {
        WRITER.raw().init(c"page_pool pages by address");
        devices::load();
    }
}

/// # Safety
/// There is no mapping, and nothing here is used again.
pub unsafe fn unload() {
    // SAFETY: the contract.
    unsafe {
        devices::unload();
        WRITER.with(|w| PAGES.clear(w, &Arrays));
        WRITER.raw().destroy();
    }
}

/// How many mappings are found by address: drivers' and pools'.
pub fn mappings() -> usize {
    devices::mappings() + WRITER.with(|w| w.len())
}

/// How many mappings drivers have.
pub fn maps() -> usize {
    devices::mappings()
}

// --- streaming mappings ------------------------------------------------------

/// Synchronise some of a mapping, from `offset` on: of a bus_dma map, all of
/// it (bus_dma(9) has no ranges). The device's lock.
fn sync_entry(c: &Context, e: &Entry, offset: u64, len: u64, op: SyncOp) {
    if e.kind == Kind::Streaming {
        // The device's view of a block lies between the block and the device.
        bounce::copy(e, offset, len, op & SyncOp::PREWRITE);
        // SAFETY: made with this tag; in the table, so it stays loaded.
        unsafe { c.tag().sync(e.map as *mut c_void, op.bits()) }
        bounce::copy(e, offset, len, op & SyncOp::POSTREAD);
    }
}

/// Undo a mapping that has left the table: the driver gets its bytes, and only
/// then is the block given back. The bus_dma map is gone already.
pub fn finish(e: &Entry, op: SyncOp) {
    bounce::copy(e, 0, e.len, op);
    bounce::put(e);
    if needs_sync(e) {
        need_sync::sub();
    }
}

/// Whether a mapping of the driver's memory needs syncs.
fn needs_sync(e: &Entry) -> bool {
    e.bounce != 0 || need_sync::by(e.map as *const c_void)
}

/// Take the bus_dma map of a mapping that has left the table down. The
/// device's lock.
pub fn unmap_entry(c: &Context, e: &Entry, op: SyncOp) {
    // SAFETY: made with this tag; out of the table, so nobody else has it.
    unsafe {
        c.tag().sync(e.map as *mut c_void, op.bits());
        c.tag().unmap(e.map as *mut c_void);
    }
}

/// What a first look at a mapping comes to.
enum Step {
    Done(u64),
    /// Out of reach: a block at or below this has to take its place.
    Bounce(u64),
}

/// Put a mapping into the table, from where [`finish`] gets it.
fn add(c: &mut Context, e: Entry) -> Option<u64> {
    if needs_sync(&e) {
        need_sync::add();
    }
    let added = c.table.insert(&Malloc, e);
    if !added && needs_sync(&e) {
        need_sync::sub();
    }
    added.then_some(e.addr)
}

/// Map memory as it is, or say what else is wanted. The device's lock.
fn map_here(c: &mut Context, pa: u64, len: usize, op: SyncOp) -> Option<Step> {
    let e = Entry::streaming(pa, len as u64);
    if c.reaches(pa, len) {
        return add(c, e).map(Step::Done);
    }
    if c.limit > 0 {
        return Some(Step::Bounce(c.limit));
    }
    // bus_dma(9) bounces page by page: more than one page is then in pieces.
    let Some((addr, map)) = c.tag().map_phys(pa, len) else { return Some(Step::Bounce(c.mask)) };
    let e = Entry { addr, map: map as usize, ..e };
    if !c.is_within_mask(addr, len) {
        unmap_entry(c, &e, SyncOp::empty());
        return Some(Step::Bounce(c.mask));
    }
    add_loaded(c, e, op).map(Step::Done)
}

/// Keep a mapping that bus_dma(9) has a map of.
fn add_loaded(c: &mut Context, e: Entry, op: SyncOp) -> Option<u64> {
    if !c.is_within_mask(e.addr, e.len as usize) || add(c, e).is_none() {
        unmap_entry(c, &e, SyncOp::empty());
        return None;
    }
    // SAFETY: just made with this tag.
    unsafe { c.tag().sync(e.map as *mut c_void, op.bits()) }
    Some(e.addr)
}

/// Keep the mapping of a block that took the memory's place. The block is
/// mapped in whole pages: bus_dma(9) bounces parts of cache lines as well.
fn map_block(c: &mut Context, e: Entry, op: SyncOp) -> Option<u64> {
    let len = e.len as usize;
    if c.reaches(e.addr, len) {
        return add(c, e);
    }
    if c.limit > 0 {
        return None; // the limit is another one by now
    }
    let (addr, map) = c.tag().map_phys(e.addr, len.next_multiple_of(kpi::PAGE_SIZE))?;
    add_loaded(c, Entry { addr, map: map as usize, ..e }, op)
}

fn map(dev: *mut Device, pa: u64, len: usize, op: SyncOp, attrs: c_ulong) -> Option<u64> {
    let limit = match devices::with_new(dev, |c| map_here(c, pa, len, op)).ok()?? {
        Step::Done(addr) => return Some(addr),
        Step::Bounce(limit) => limit,
    };
    if attrs & MMIO != 0 {
        return None;
    }
    map_copy(dev, bounce::get(pa, len, limit)?, op)
}

/// Keep a mapping of a block that took the memory's place.
fn map_copy(dev: *mut Device, e: Entry, op: SyncOp) -> Option<u64> {
    let addr = devices::with_new(dev, |c| map_block(c, e, op)).ok().flatten();
    if addr.is_none() {
        bounce::put(&e);
    }
    addr
}

fn direction(dir: c_int) -> Option<Direction> {
    let d = Direction::from_raw(dir);
    if d.is_none() {
        misuse(c"dma: no direction", ptr::null());
    }
    d
}

fn unless_skipped(attrs: c_ulong, op: SyncOp) -> SyncOp {
    if attrs & (SKIP_CPU_SYNC | MMIO) != 0 { SyncOp::empty() } else { op }
}

/// Linux `dma_map_phys`, and what the others come down to: the device's
/// address, or `DMA_MAPPING_ERROR` if the device cannot reach the memory and
/// nothing can take its place, or without memory. With `DMA_ATTR_MMIO` it is a
/// resource, not memory: never copied.
#[no_mangle]
pub extern "C" fn lkpirs_dma_map_phys(dev: *mut Device, pa: u64, len: usize, dir: c_int, attrs: c_ulong) -> u64 {
    static LIMIT: RateLimit = RateLimit::new(1);
    let Some(dir) = direction(dir) else { return FAILED };
    if len == 0 {
        misuse(c"dma: mapping of nothing", dev.cast());
        return FAILED;
    }
    let addr = map(dev, pa, len, unless_skipped(attrs, dir.for_device()), attrs);
    if addr.is_none() && attrs & NO_WARN == 0 && LIMIT.pass() {
        klog!("page_pool: cannot map {len} bytes at {pa:#x} for a device\n");
    }
    addr.unwrap_or(FAILED)
}

/// Linux `dma_map_page_attrs`.
#[no_mangle]
pub extern "C" fn lkpirs_dma_map_page(dev: *mut Device, page: *const Page, offset: usize, len: usize, dir: c_int, attrs: c_ulong) -> u64 {
    // SAFETY: NULL or a shadow, as the driver's type says.
    match unsafe { page.as_ref() } {
        Some(p) => lkpirs_dma_map_phys(dev, ((p.pfn() as u64) << kpi::PAGE_SHIFT) + offset as u64, len, dir, attrs),
        None => {
            misuse(c"dma: mapping of a NULL page", dev.cast());
            FAILED
        }
    }
}

/// Whether kernel memory is one piece of physical memory, from `pa` on.
fn contiguous(va: usize, pa: u64, end: usize) -> bool {
    // SAFETY: arithmetic on an address, which reads page tables at most.
    let phys = |va: usize| unsafe { bindings::kpi_va_to_phys(va as _) } as u64;
    // SAFETY: arithmetic on an address.
    let direct = |va: usize| unsafe { bindings::kpi_va_in_dmap(va as _) };
    let mut pages = (va / kpi::PAGE_SIZE + 1..end.div_ceil(kpi::PAGE_SIZE)).map(|p| p * kpi::PAGE_SIZE);
    direct(va) && direct(end - 1) || pages.all(|at| phys(at) == pa + (at - va) as u64)
}

/// Kernel memory that is in pieces, as malloc(9) may give it: mapped as one by a
/// copy. There is a direct map, or it is refused.
fn map_scattered(dev: *mut Device, at: *const c_void, len: usize, op: SyncOp) -> Option<u64> {
    let limit = devices::with_new(dev, |c| if c.limit > 0 { c.limit } else { c.mask }).ok()?;
    map_copy(dev, bounce::get_scattered(at, len, limit)?, op)
}

/// Linux `dma_map_single_attrs`; memory that is not contiguous is copied, as
/// LinuxKPI's kmalloc() promises what malloc(9) does not keep.
#[no_mangle]
pub extern "C" fn lkpirs_dma_map_single(dev: *mut Device, va: *const c_void, len: usize, dir: c_int, attrs: c_ulong) -> u64 {
    static LIMIT: RateLimit = RateLimit::new(1);
    let start = va as usize;
    // SAFETY: reads page tables, for any kernel address.
    let pa = unsafe { bindings::kpi_va_to_phys(start as _) } as u64;
    let Some(end) = start.checked_add(len).filter(|_| pa != 0 && len != 0) else {
        misuse(c"dma: mapping of no memory", va);
        return FAILED;
    };
    if contiguous(start, pa, end) {
        return lkpirs_dma_map_phys(dev, pa, len, dir, attrs);
    }
    let Some(dir) = direction(dir) else { return FAILED };
    let addr = map_scattered(dev, va, len, unless_skipped(attrs, dir.for_device()));
    if addr.is_none() && attrs & NO_WARN == 0 && LIMIT.pass() {
        klog!("page_pool: cannot map {len} bytes at {va:p}, which are not contiguous in memory\n");
    }
    addr.unwrap_or(FAILED)
}

/// Linux `dma_unmap_phys`, `_page_attrs`, `_single_attrs`, `_resource`.
#[no_mangle]
pub extern "C" fn lkpirs_dma_unmap(dev: *mut Device, addr: u64, len: usize, dir: c_int, attrs: c_ulong) {
    let Some(dir) = direction(dir) else { return };
    let op = unless_skipped(attrs, dir.for_cpu());
    let taken = devices::with(dev, |c| {
        let e = c.table.take(addr, Some(len as u64), Kind::Streaming)?;
        unmap_entry(c, &e, op);
        Some(e)
    });
    match taken.flatten() {
        Some(e) => finish(&e, op),
        None => misuse(c"dma: unmap of what is not mapped", addr as *const c_void),
    }
}

/// Linux `dma_sync_single(_range)_for_{cpu,device}`: any address inside a
/// mapping. A pool's page is found without a lock, through its shadow or by
/// its address; a driver's mapping under its device's lock.
#[no_mangle]
pub extern "C" fn lkpirs_dma_sync(dev: *mut Device, addr: u64, len: usize, dir: c_int, for_device: bool) {
    let Some(dir) = direction(dir) else { return };
    let op = if for_device { dir.for_device() } else { dir.for_cpu() };
    let by_shadow = || head_of_phys(addr).is_some_and(|page| sync_pool_page(page, dev, addr, op));
    let by_driver = || devices::with(dev, |c| {
        let e = c.table.find(addr)?;
        sync_entry(c, &e, addr - e.addr, len as u64, op);
        Some(())
    });
    let known = len == 0 || by_shadow() || sync_by_addr(dev, addr, op) || by_driver().flatten().is_some()
        // A page that a writer was just moving is not missed with its lock.
        || WRITER.with(|w| !w.is_empty() && sync_by_addr(dev, addr, op));
    if !known {
        misuse(c"dma: sync of what is not mapped", addr as *const c_void);
    }
}
