// SPDX-License-Identifier: BSD-2-Clause
//! The C interface of `dma_map_*`, `dma_sync_*` and `dma_alloc_coherent`.
//!
//! Everything comes down to physical addresses: a mapping is of `len` bytes at
//! one. A sync through a bounced mapping copies all of it, whatever range is
//! asked for: bus_dma(9) has no ranges.

use crate::capi::sync_pool_page;
use crate::bounce;
use crate::kernel::{alloc_slice, free_slice, head_of_phys, misuse, Lock, DMA_MAPS};
use crate::lock::Locked;
use crate::provider::{self, Device, Use};
use crate::streaming::{Entry, Kind, Store, Table};
use crate::sys::{Direction, SyncOp};
use core::ffi::{c_int, c_ulong, c_void};
use core::ptr;
use core::sync::atomic::Ordering::Relaxed;
use kpi::bindings::{self, bus_dma_tag};
use kpi::dma::Tag;
use kpi::klog;
use kpi::log::RateLimit;
use kpi::page::Page;

/// `DMA_MAPPING_ERROR`.
const FAILED: u64 = u64::MAX;
/// `DMA_ATTR_SKIP_CPU_SYNC`.
const SKIP_CPU_SYNC: c_ulong = 1 << 5;
/// The longest streaming mapping: what the page allocator gives at most.
const LARGEST: usize = kpi::PAGE_SIZE << bindings::KPI_MAX_PAGE_ORDER;
/// Devices that can have streaming mappings at one time.
const DEVICES: usize = 64;

/// A device with streaming mappings: its tag lives as long as they do.
#[derive(Clone, Copy)]
struct Streamer {
    dev: usize,
    tag: usize,
    provider: Option<Use>,
    mask: u64,
    maps: usize,
}

struct State {
    table: Table,
    devs: [Streamer; DEVICES],
}

static STATE: Locked<Lock, State> = Locked::new(
    Lock::new(),
    State {
        table: Table::new(),
        devs: [const { Streamer { dev: 0, tag: 0, provider: None, mask: 0, maps: 0 } }; DEVICES],
    },
);

struct Malloc;

impl Store for Malloc {
    fn alloc(&self, n: usize) -> Option<&'static mut [Entry]> {
        alloc_slice(n, false)
    }
    fn free(&self, entries: &'static mut [Entry]) {
        // SAFETY: from alloc(), handed over.
        unsafe { free_slice(entries) }
    }
}

/// # Safety
/// Once, before anything else here.
pub unsafe fn load() {
    // SAFETY: the contract; a static does not move.
    unsafe { STATE.raw().init(c"page_pool mappings") }
}

/// # Safety
/// There is no mapping and nothing here is used again.
pub unsafe fn unload() {
    // SAFETY: the contract.
    unsafe { STATE.raw().destroy() }
}

/// How many mappings are found by address.
pub fn mappings() -> usize {
    STATE.with(|s| s.table.len())
}

/// A pool's page has an address that is not its physical one.
pub fn remember(e: Entry) -> bool {
    STATE.with(|s| s.table.insert(&Malloc, e))
}

/// It has no longer.
pub fn forget(dev: *mut Device, addr: u64, len: u64) {
    STATE.with(|s| s.table.take(&Malloc, dev as usize, addr, Some(len), Kind::Pool));
}

/// Use the tag of an entry or a streamer.
fn with_tag<R>(tag: usize, f: impl FnOnce(&Tag) -> R) -> Option<R> {
    // SAFETY: only tags that exist are stored, and leave before they end.
    unsafe { Tag::borrow(tag as *mut bus_dma_tag, f) }
}

/// Synchronise a mapping, all of it.
fn sync_entry(e: &Entry, op: SyncOp) {
    let pre = SyncOp::PREWRITE | SyncOp::PREREAD;
    bounce::copy(e, op & pre);
    // SAFETY: the table's lock is held, so the map stays loaded meanwhile.
    with_tag(e.tag, |t| unsafe { t.sync(e.map as *mut c_void, op.bits()) });
    bounce::copy(e, op - pre);
}

fn unmap_entry(e: &Entry) {
    // SAFETY: made by State::map() with this tag; nobody else has it.
    with_tag(e.tag, |t| unsafe { t.unmap(e.map as *mut c_void) });
    bounce::put(e);
}

impl State {
    /// The place of a device that has, or will have, streaming mappings.
    fn streamer(&mut self, dev: *mut Device) -> Option<&mut Streamer> {
        static LIMIT: RateLimit = RateLimit::new(1);
        if let Some(i) = self.devs.iter().position(|d| d.maps > 0 && d.dev == dev as usize) {
            return Some(&mut self.devs[i]);
        }
        let Some(d) = self.devs.iter_mut().find(|d| d.maps == 0) else {
            if LIMIT.pass() {
                klog!("page_pool: more than {DEVICES} devices have mappings\n");
            }
            return None;
        };
        let (provider, info) = provider::acquire(dev).ok()?;
        // SAFETY: the provider keeps the parent while it is in use.
        match unsafe { Tag::create(info.parent, info.mask, LARGEST) } {
            Ok(tag) => {
                tag.set_domain(info.domain);
                *d = Streamer { dev: dev as usize, tag: tag.into_raw() as usize, provider: Some(provider), mask: info.mask, maps: 0 };
                Some(d)
            }
            Err(_) => {
                provider::release(provider);
                None
            }
        }
    }

    /// After a map went or was not made: the last one takes the tag along.
    fn settle(&mut self, dev: usize) {
        if let Some(d) = self.devs.iter_mut().find(|d| d.dev == dev && d.tag != 0 && d.maps == 0) {
            // SAFETY: into_raw() of streamer(), taken once; no map is left.
            drop(unsafe { Tag::from_raw(d.tag as *mut bus_dma_tag) });
            if let Some(u) = d.provider.take() {
                provider::release(u);
            }
            *d = Streamer { dev: 0, tag: 0, provider: None, mask: 0, maps: 0 };
        }
    }

    fn map(&mut self, dev: *mut Device, pa: u64, len: usize, op: SyncOp) -> Option<u64> {
        static LIMIT: RateLimit = RateLimit::new(1);
        let d = self.streamer(dev)?;
        let (tag, mask) = (d.tag, d.mask);
        let mut e = Entry { addr: 0, len: len as u64, dev: dev as usize, tag, map: 0, va: 0,
            provider: 0, bounce: 0, pa: 0, kind: Kind::Streaming };
        let map = |pa| with_tag(tag, |t| t.map_phys(pa, len)).flatten();
        let (addr, m) = map(pa).or_else(|| map(bounce::get(&mut e, pa, mask)?)).or_else(|| {
            bounce::put(&e);
            None
        })?;
        (e.addr, e.map) = (addr, m as usize);
        let reached = addr.checked_add(len as u64 - 1).is_some_and(|end| end <= mask);
        if !reached && LIMIT.pass() {
            klog!("page_pool: address {addr:#x} is beyond the device's mask {mask:#x}\n");
        }
        if !reached || !self.table.insert(&Malloc, e) {
            unmap_entry(&e);
            return None;
        }
        if let Some(d) = self.devs.iter_mut().find(|d| d.tag == tag) {
            d.maps += 1;
        }
        DMA_MAPS.fetch_add(1, Relaxed);
        sync_entry(&e, op);
        Some(addr)
    }
}

fn direction(dir: c_int) -> Option<Direction> {
    let d = Direction::from_raw(dir);
    if d.is_none() {
        misuse(c"dma: no direction", ptr::null());
    }
    d
}

fn op(skip: bool, op: SyncOp) -> SyncOp {
    if skip { SyncOp::empty() } else { op }
}

/// Map physical memory (`dma_map_resource`, and what the others come down to):
/// the device's address or `DMA_MAPPING_ERROR`. Does not sleep.
#[no_mangle]
pub extern "C" fn lkpirs_dma_map_phys(dev: *mut Device, pa: u64, len: usize, dir: c_int, attrs: c_ulong) -> u64 {
    let Some(dir) = direction(dir) else { return FAILED };
    if len == 0 {
        misuse(c"dma: mapping of nothing", dev.cast());
        return FAILED;
    }
    STATE.with(|s| {
        let addr = s.map(dev, pa, len, op(attrs & SKIP_CPU_SYNC != 0, dir.for_device()));
        s.settle(dev as usize);
        addr.unwrap_or(FAILED)
    })
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

/// Linux `dma_map_single_attrs`: fails for memory that is not contiguous.
#[no_mangle]
pub extern "C" fn lkpirs_dma_map_single(dev: *mut Device, va: *const c_void, len: usize, dir: c_int, attrs: c_ulong) -> u64 {
    static LIMIT: RateLimit = RateLimit::new(1);
    // SAFETY: reads page tables, for any kernel address.
    let phys = |va: usize| unsafe { bindings::kpi_va_to_phys(va as _) } as u64;
    let (start, page) = (va as usize, kpi::PAGE_SIZE);
    let pa = phys(start);
    let Some(end) = start.checked_add(len).filter(|_| pa != 0) else {
        misuse(c"dma: mapping of no memory", va);
        return FAILED;
    };
    let mut pages = (start / page + 1..end.div_ceil(page)).map(|p| p * page);
    if !pages.all(|at| phys(at) == pa + (at - start) as u64) {
        if LIMIT.pass() {
            klog!("page_pool: {len} bytes at {va:p} are not contiguous in memory\n");
        }
        return FAILED;
    }
    lkpirs_dma_map_phys(dev, pa, len, dir, attrs)
}

/// Linux `dma_unmap_page_attrs`, `_single_attrs`, `_resource`.
#[no_mangle]
pub extern "C" fn lkpirs_dma_unmap(dev: *mut Device, addr: u64, len: usize, dir: c_int, attrs: c_ulong) {
    let Some(dir) = direction(dir) else { return };
    let known = STATE.with(|s| {
        let len = Some(len as u64);
        let Some(e) = s.table.take(&Malloc, dev as usize, addr, len, Kind::Streaming) else { return false };
        let op = op(attrs & SKIP_CPU_SYNC != 0, dir.for_cpu());
        sync_entry(&e, op);
        unmap_entry(&e);
        DMA_MAPS.fetch_sub(1, Relaxed);
        if let Some(d) = s.devs.iter_mut().find(|d| d.tag == e.tag) {
            d.maps -= 1;
        }
        s.settle(dev as usize);
        true
    });
    if !known {
        misuse(c"dma: unmap of what is not mapped", addr as *const c_void);
    }
}

/// Linux `dma_sync_single(_range)_for_{cpu,device}`: any address inside a
/// mapping. A pool's page is found through its shadow, without a lock.
#[no_mangle]
pub extern "C" fn lkpirs_dma_sync(dev: *mut Device, addr: u64, len: usize, dir: c_int, for_device: bool) {
    let Some(dir) = direction(dir) else { return };
    let op = if for_device { dir.for_device() } else { dir.for_cpu() };
    if len == 0 || head_of_phys(addr).is_some_and(|page| sync_pool_page(page, dev, addr, op)) {
        return;
    }
    let known = STATE.with(|s| s.table.find(dev as usize, addr).map(|e| sync_entry(&e, op)));
    if known.is_none() {
        misuse(c"dma: sync of what is not mapped", addr as *const c_void);
    }
}

/// Linux `dma_alloc_coherent`: zeroed memory that the device shares, or NULL.
/// Sleeps unless `nowait`.
///
/// # Safety
/// `addr` may be written.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_dma_alloc_coherent(dev: *mut Device, len: usize, addr: *mut u64, nowait: bool) -> *mut c_void {
    if len == 0 {
        return ptr::null_mut();
    }
    let Ok((provider, info)) = provider::acquire(dev) else { return ptr::null_mut() };
    let size = len.next_multiple_of(kpi::PAGE_SIZE);
    // SAFETY: the provider keeps the parent while it is in use.
    let made = unsafe { Tag::create(info.parent, info.mask, size) }.ok().and_then(|tag| {
        tag.set_domain(info.domain);
        let (va, map, at) = tag.mem_alloc(size, !nowait)?;
        let tag = tag.into_raw();
        let e = Entry { addr: at, len: size as u64, dev: dev as usize, tag: tag as usize,
            map: map as usize, va: va.as_ptr() as usize, provider: provider.0, bounce: 0, pa: 0, kind: Kind::Coherent };
        if STATE.with(|s| s.table.insert(&Malloc, e)) {
            return Some((va.as_ptr(), at));
        }
        free_coherent(&e);
        None
    });
    match made {
        Some((va, at)) => {
            DMA_MAPS.fetch_add(1, Relaxed);
            // SAFETY: the contract.
            unsafe { *addr = at };
            va
        }
        None => {
            provider::release(provider);
            ptr::null_mut()
        }
    }
}

fn free_coherent(e: &Entry) {
    // SAFETY: the entry's own tag, memory and map, out of the table: used no
    // more. The tag goes last.
    unsafe {
        if let Some(tag) = Tag::from_raw(e.tag as *mut bus_dma_tag) {
            tag.mem_free(e.va as *mut c_void, e.map as *mut c_void);
        }
    }
}

/// Linux `dma_free_coherent`. May sleep.
#[no_mangle]
pub extern "C" fn lkpirs_dma_free_coherent(dev: *mut Device, _len: usize, va: *mut c_void, addr: u64) {
    let e = STATE.with(|s| s.table.take(&Malloc, dev as usize, addr, None, Kind::Coherent));
    let Some(e) = e else {
        return misuse(c"dma: free of memory that is not coherent memory", va);
    };
    free_coherent(&e);
    DMA_MAPS.fetch_sub(1, Relaxed);
    provider::release(Use(e.provider));
}

/// Linux `dma_set_mask` and `dma_set_coherent_mask`: 0 or a negative errno.
/// Pools and mappings that exist keep the mask they began with.
#[no_mangle]
pub extern "C" fn lkpirs_dma_set_mask(dev: *mut Device, mask: u64) -> c_int {
    match provider::set_mask(dev, mask) {
        Ok(()) => 0,
        Err(e) => e.to_linux(),
    }
}

/// Linux `dma_get_mask`; 0 for a device that nobody knows.
#[no_mangle]
pub extern "C" fn lkpirs_dma_get_mask(dev: *mut Device) -> u64 {
    provider::acquire(dev).map_or(0, |(u, info)| {
        provider::release(u);
        info.mask
    })
}

