// SPDX-License-Identifier: BSD-2-Clause
//! Who knows devices (lkpirs/dma_provider.h): from a `struct device` to its
//! bus_dma tag and mask, without knowing what that structure looks like.

use crate::devices;
use crate::kernel::Lock;
use crate::lock::Locked;
use core::ffi::{c_char, c_int, c_uint};
use core::ptr;
use kpi::bindings::bus_dma_tag;
use kpi::errno::{LinuxErr, EBUSY, EINVAL, EIO, ENODEV, ENOMEM};

/// `struct device`, LinuxKPI's or a test's.
#[repr(C)]
pub struct Device {
    _opaque: [u8; 0],
}

/// `struct lkpirs_dma_info`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Info {
    /// The device's tag, or NULL; there as long as the provider is in use.
    pub parent: *mut bus_dma_tag,
    /// The highest address that the device reaches.
    pub mask: u64,
    /// Its memory domain, or a negative number.
    pub domain: c_int,
}

/// `struct lkpirs_dma_provider`.
#[repr(C)]
pub struct Provider {
    name: *const c_char,
    info: Option<unsafe extern "C" fn(*mut Device, *mut Info) -> c_int>,
    set_mask: Option<unsafe extern "C" fn(*mut Device, u64) -> c_int>,
    flags: c_uint,
}

/// `LKPIRS_DMA_SAYS_GONE`: the provider calls `lkpirs_dma_device_gone` before a
/// device or its parent tag goes.
const SAYS_GONE: c_uint = 1;

// SAFETY: a provider's structure is constant while it is registered.
unsafe impl Sync for Provider {}

#[derive(Clone, Copy)]
struct Place {
    provider: Option<&'static Provider>,
    users: usize,
}

const PLACES: usize = 4;

static TABLE: Locked<Lock, [Place; PLACES]> =
    Locked::new(Lock::new(), [Place { provider: None, users: 0 }; PLACES]);

/// A use of a provider, to be [`release`]d once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Use(pub(crate) usize);

/// Make the table usable. From MOD_LOAD.
///
/// # Safety
/// Once, before anything else here.
pub unsafe fn load() {
    // SAFETY: the contract; a static does not move.
    unsafe { TABLE.raw().init(c"page_pool providers") }
}

/// Undo it. From MOD_UNLOAD.
///
/// # Safety
/// Nobody is registered and nothing here is used again.
pub unsafe fn unload() {
    // SAFETY: the contract.
    unsafe { TABLE.raw().destroy() }
}

/// The device's provider and what it says; the provider stays registered until
/// the use is released. ENODEV if nobody knows the device.
pub fn acquire(dev: *mut Device) -> Result<(Use, Info), LinuxErr> {
    if dev.is_null() {
        return Err(EINVAL);
    }
    let mut info = Info { parent: ptr::null_mut(), mask: 0, domain: -1 };
    let known = TABLE.with(|t| {
        t.iter_mut().position(|p| {
            let f = p.provider.and_then(|p| p.info);
            // SAFETY: a registered provider's function; it takes any device
            // that a driver may pass and does not sleep (dma_provider.h).
            let known = f.is_some_and(|f| unsafe { f(dev, &mut info) } == 0);
            p.users += known as usize;
            known
        })
    });
    known.map(|i| (Use(i), info)).ok_or(ENODEV)
}

/// Whether what is kept for a device may stay when nothing of it is mapped:
/// its provider says when it goes.
pub fn says_gone(u: &Use) -> bool {
    TABLE.with(|t| t[u.0].provider.is_some_and(|p| p.flags & SAYS_GONE != 0))
}

/// End a use.
pub fn release(u: Use) {
    TABLE.with(|t| t[u.0].users -= 1)
}

/// Change a device's mask: EIO if nobody knows it, or its provider refuses.
pub fn set_mask(dev: *mut Device, mask: u64) -> Result<(), LinuxErr> {
    let (u, _) = acquire(dev).map_err(|_| EIO)?;
    let f = TABLE.with(|t| t[u.0].provider.and_then(|p| p.set_mask));
    // SAFETY: as in acquire(); the use keeps the provider.
    let r = f.map_or(-1, |f| unsafe { f(dev, mask) });
    release(u);
    if r == 0 { Ok(()) } else { Err(EIO) }
}

/// Register a provider: 0, EINVAL, EEXIST as EBUSY, or ENOMEM when the table
/// is full. From its MOD_LOAD.
///
/// # Safety
/// `p` stays valid and constant until it is unregistered.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_dma_provider_register(p: *const Provider) -> c_int {
    // SAFETY: the contract.
    let Some(p) = (unsafe { p.as_ref() }).filter(|p| p.info.is_some()) else {
        return EINVAL.to_bsd();
    };
    TABLE.with(|t| {
        if t.iter().any(|e| e.provider.is_some_and(|q| ptr::eq(p, q))) {
            return EBUSY.to_bsd();
        }
        match t.iter_mut().find(|e| e.provider.is_none()) {
            Some(e) => {
                *e = Place { provider: Some(p), users: 0 };
                0
            }
            None => ENOMEM.to_bsd(),
        }
    })
}

/// Unregister it: 0, or EBUSY while a pool or a mapping uses one of its
/// devices, or EINVAL if it is not registered. From its MOD_UNLOAD.
#[no_mangle]
pub extern "C" fn lkpirs_dma_provider_unregister(p: *const Provider) -> c_int {
    let at = |t: &[Place; PLACES]| t.iter().position(|e| e.provider.is_some_and(|q| ptr::eq(p, q)));
    if let Some(at) = TABLE.with(|t| at(t)) {
        devices::purge(Use(at));
    }
    TABLE.with(|t| match t.iter_mut().find(|e| e.provider.is_some_and(|q| ptr::eq(p, q))) {
        Some(e) if e.users > 0 => EBUSY.to_bsd(),
        Some(e) => {
            e.provider = None;
            0
        }
        None => EINVAL.to_bsd(),
    })
}
