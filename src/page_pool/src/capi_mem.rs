// SPDX-License-Identifier: BSD-2-Clause
//! The C interface of `dma_alloc_*`, of masks and limits, and of devices that
//! go (linux/dma-mapping.h, lkpirs/dma_provider.h).
//!
//! Memory that a device shares comes from bus_dma(9), zeroed, coherent, with a
//! tag of its own; the device sees it in one piece, below the mask. Behind an
//! IOMMU its pages may be any: for Linux's attribute FORCE_CONTIGUOUS a block
//! of our own takes the place of what is not one piece. WRITE_COMBINE,
//! WEAK_ORDERING, NO_KERNEL_MAPPING and ALLOC_SINGLE_PAGES are hints that bus_dma(9) has no
//! word for: the memory is ordinary cached (where the device snoops) and
//! mapped, which is right if not as fast.

use crate::bounce;
use crate::capi_dma::{finish, unmap_entry};
use crate::devices::{self, Malloc, LARGEST};
use crate::kernel::{alloc_block, misuse, phys, put_block};
use crate::provider::{self, Device, Info};
use crate::streaming::{Entry, Kind};
use crate::sys::SyncOp;
use core::ffi::{c_int, c_ulong, c_void};
use core::ptr;
use kpi::bindings::{self, bus_dma_tag};
use kpi::dma::Tag;
use kpi::errno::EIO;
use kpi::klog;
use kpi::log::RateLimit;
use kpi::vm::pfn_to_va;

/// The smallest mask that memory can be had for, Linux's ZONE_DMA.
const SMALLEST_MASK: u64 = 0xff_ffff;
/// `LKPIRS_DMA_MANAGED`, with Linux's attributes: freed when the device goes.
const MANAGED: c_ulong = 1 << 31;
/// `DMA_ATTR_NO_WARN`.
const NO_WARN: c_ulong = 1 << 8;
/// `DMA_ATTR_FORCE_CONTIGUOUS`.
const CONTIGUOUS: c_ulong = 1 << 6;

/// Memory of bus_dma(9)'s.
fn of_tag(tag: &Tag, size: usize, wait: bool) -> Option<Entry> {
    let (va, map, addr) = tag.mem_alloc(size, wait)?;
    Some(Entry { map: map as usize, va: va.as_ptr() as usize, ..Entry::streaming(addr, size as u64) })
}

fn one_piece(e: &Entry) -> bool {
    // SAFETY: addresses of the entry's own memory.
    let pa = |at| unsafe { bindings::kpi_va_to_phys((e.va + at) as _) };
    (0..e.len as usize).step_by(kpi::PAGE_SIZE).all(|at| pa(at) == pa(0) + at as u64)
}

/// A block of ours, that the tag maps.
fn of_block(tag: &Tag, size: usize) -> Option<Entry> {
    let page = alloc_block(size, u64::MAX)?;
    let va = pfn_to_va(page.pfn());
    let e = (!va.is_null()).then(|| {
        // SAFETY: a fresh block of at least that size, in the direct map.
        unsafe { ptr::write_bytes(va.cast::<u8>(), 0, size) };
        let (addr, map) = tag.map_phys(phys(page), size)?;
        Some(Entry { map: map as usize, va: va as usize, bounce: ptr::from_ref(page) as usize,
            ..Entry::streaming(addr, size as u64) })
    }).flatten();
    if e.is_none() {
        put_block(page);
    }
    e
}

fn alloc(info: &Info, mask: u64, len: usize, wait: bool, kind: Kind, contiguous: bool) -> Option<Entry> {
    let size = len.checked_next_multiple_of(kpi::PAGE_SIZE)?;
    // SAFETY: the provider keeps the parent while it is in use: the device's
    // context uses it as long as it has this mapping.
    let tag = unsafe { Tag::create(info.parent, mask, size, info.domain) }.ok()?;
    let mut e = of_tag(&tag, size, wait)?;
    if contiguous && !one_piece(&e) {
        give_back(&tag, &e);
        e = of_block(&tag, size)?;
    }
    let (e, addr) = (Entry { tag: tag.into_raw() as usize, kind, ..e }, e.addr);
    if addr.checked_add(size as u64 - 1).is_some_and(|end| end <= mask) {
        return Some(e);
    }
    free(&e);
    None
}

fn give_back(tag: &Tag, e: &Entry) {
    let map = e.map as *mut c_void;
    // SAFETY: memory and map are this tag's, used no more.
    unsafe {
        if e.bounce != 0 { tag.unmap(map) } else { tag.mem_free(e.va as *mut c_void, map) }
    }
    bounce::put(e);
}

/// Give memory back that is not, or no longer, in a table. May sleep.
fn free(e: &Entry) {
    // SAFETY: the entry's own tag, which nobody else takes. It goes last.
    if let Some(tag) = unsafe { Tag::from_raw(e.tag as *mut bus_dma_tag) } {
        give_back(&tag, e);
    }
}

/// Linux `dma_alloc_attrs` and its kin: zeroed memory that the device shares,
/// or NULL. Sleeps unless `nowait`.
///
/// # Safety
/// `addr` may be written.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_dma_alloc(dev: *mut Device, len: usize, addr: *mut u64, nowait: bool, attrs: c_ulong) -> *mut c_void {
    static LIMIT: RateLimit = RateLimit::new(1);
    let kind = if attrs & MANAGED != 0 { Kind::Managed } else { Kind::Coherent };
    if len == 0 {
        return ptr::null_mut();
    }
    let made = provider::acquire(dev).ok().and_then(|(u, info)| {
        let mask = devices::with(dev, |c| c.coherent).flatten().unwrap_or(info.mask).min(info.mask);
        let e = alloc(&info, mask, len, !nowait, kind, attrs & CONTIGUOUS != 0);
        let added = e.filter(|&e| devices::with_new(dev, |c| c.table.insert(&Malloc, e)) == Ok(true));
        if let (Some(e), None) = (&e, &added) {
            free(e);
        }
        provider::release(u);
        added
    });
    match made {
        Some(e) => {
            // SAFETY: the contract.
            unsafe { *addr = e.addr };
            e.va as *mut c_void
        }
        None => {
            if attrs & NO_WARN == 0 && LIMIT.pass() {
                klog!("page_pool: no {len} bytes of memory to share with a device\n");
            }
            ptr::null_mut()
        }
    }
}

/// Linux `dma_free_attrs` and its kin. May sleep.
#[no_mangle]
pub extern "C" fn lkpirs_dma_free(dev: *mut Device, _len: usize, va: *mut c_void, addr: u64, attrs: c_ulong) {
    let kind = if attrs & MANAGED != 0 { Kind::Managed } else { Kind::Coherent };
    match devices::with(dev, |c| c.table.take(addr, None, kind)).flatten() {
        Some(e) => free(&e),
        None => misuse(c"dma: free of memory that is not coherent memory", va),
    }
}

/// A provider's device goes (dma_provider.h): managed memory is given back,
/// what the driver left mapped is unmapped and reported. Pools and coherent
/// memory that is not managed have their own end. Sleeps.
#[no_mangle]
pub extern "C" fn lkpirs_dma_device_gone(dev: *mut Device) {
    let mut left = 0;
    let next = || devices::with(dev, |c| {
        let e = c.table.take_any(|e| e.kind != Kind::Coherent)?;
        if e.kind == Kind::Streaming {
            unmap_entry(c, &e, SyncOp::empty());
        }
        Some(e)
    });
    while let Some(e) = next().flatten() {
        if e.kind == Kind::Managed {
            free(&e);
        } else {
            finish(&e, SyncOp::empty());
            left += 1;
        }
    }
    devices::let_go(dev);
    if left > 0 {
        klog!("page_pool: a device goes with {left} mappings, which are undone\n");
        misuse(c"dma: mappings left when the device goes", dev.cast());
    }
}

/// Linux `dma_set_mask` and `dma_set_mask_and_coherent`: 0, or -EIO for a mask
/// below 24 bits, a device that nobody knows, or one that cannot. Mappings that
/// exist keep what they have, pools the mask they began with. Sleeps: makes
/// ready what mapping needs later.
#[no_mangle]
pub extern "C" fn lkpirs_dma_set_mask(dev: *mut Device, mask: u64) -> c_int {
    if mask < SMALLEST_MASK {
        return EIO.to_linux();
    }
    match provider::set_mask(dev, mask) {
        Ok(()) => {
            devices::prepare(dev);
            0
        }
        Err(e) => e.to_linux(),
    }
}

/// Linux `dma_set_coherent_mask`: the same for memory that the device shares;
/// never beyond the mask of `dma_set_mask`. For a device whose provider does
/// not say when it goes a smaller one becomes the mask of everything.
#[no_mangle]
pub extern "C" fn lkpirs_dma_set_coherent_mask(dev: *mut Device, mask: u64) -> c_int {
    let Ok((u, info)) = provider::acquire(dev).map_err(|_| EIO) else { return EIO.to_linux() };
    let stays = provider::says_gone(&u);
    provider::release(u);
    if mask < SMALLEST_MASK {
        EIO.to_linux()
    } else if stays {
        match devices::with_new(dev, |c| c.coherent = Some(mask)) {
            Ok(()) => 0,
            Err(_) => EIO.to_linux(),
        }
    } else if mask < info.mask {
        lkpirs_dma_set_mask(dev, mask)
    } else {
        0
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

/// Linux `dma_get_required_mask`: the bits that the last address of memory has.
#[no_mangle]
pub extern "C" fn lkpirs_dma_get_required_mask(_dev: *mut Device) -> u64 {
    // SAFETY: reads the kernel's constants.
    let last = unsafe { bindings::kpi_ram_end() }.max(1) - 1;
    u64::MAX.checked_shr(last.leading_zeros()).unwrap_or(0)
}

/// Linux `dma_max_mapping_size`: what surely has one address, bounced or not.
#[no_mangle]
pub extern "C" fn lkpirs_dma_max_mapping_size(_dev: *mut Device) -> usize {
    LARGEST
}
