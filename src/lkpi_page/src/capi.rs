// SPDX-License-Identifier: BSD-2-Clause
//! The C interface: what `linux/page.h`, `linux/gfp.h` and `linux/mm.h` name
//! `lkpirs_*`, and what the kld's own C file calls.
//!
//! Contexts: unless a function says otherwise it may be called wherever an
//! ordinary mutex(9) may be taken, and does not sleep. Pointers are checked
//! before they are used; a bad one is reported (lkpi_page(4), ERRORS) and the
//! call has no effect.

use crate::kernel::{self, machine};
use core::ffi::{c_char, c_int, c_ulong, c_void, CStr};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::{Relaxed, Release}};
use kpi::bindings::{self, vm_page};
use kpi::page::{Owner, Page};
use kpi::Pfn;

/// `struct lkpirs_vmemmap` of linux/page.h.
#[repr(C)]
pub struct Vmemmap {
    base: AtomicPtr<c_void>,
    states: AtomicPtr<c_void>,
    npfns: AtomicUsize,
    first: AtomicUsize,
    end: AtomicUsize,
    span: AtomicUsize,
}

/// A chunk's addresses will hold shadows. Under the backing lock.
pub(crate) fn widen(from: usize, bytes: usize) {
    let v = &lkpirs_vmemmap;
    let (first, end) = (v.first.load(Relaxed), v.end.load(Relaxed));
    if end == 0 || from < first {
        v.first.store(from, Relaxed);
    }
    v.end.store(end.max(from + bytes), Relaxed);
    let span = v.end.load(Relaxed) - v.first.load(Relaxed);
    v.span.store(span / size_of::<Page>(), Relaxed);
}

/// What the inlines of linux/page.h read; all zero before load.
#[no_mangle]
pub static lkpirs_vmemmap: Vmemmap = Vmemmap {
    base: AtomicPtr::new(ptr::null_mut()),
    states: AtomicPtr::new(ptr::null_mut()),
    npfns: AtomicUsize::new(0),
    first: AtomicUsize::new(0),
    end: AtomicUsize::new(0),
    span: AtomicUsize::new(0),
};

pub(crate) fn raw(p: Option<NonNull<Page>>) -> *mut Page {
    p.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// MOD_LOAD. Returns an errno(2). Sleeps.
#[no_mangle]
pub extern "C" fn lkpirs_page_load(eager: c_int, panic_on_misuse: c_int) -> c_int {
    kernel::PANIC_ON_MISUSE.store(panic_on_misuse != 0, Relaxed);
    let machine = match kernel::load() {
        Ok(m) => m,
        Err(e) => return e.to_bsd(),
    };
    if eager != 0 && !machine.back_all() {
        kernel::unload();
        return kpi::errno::ENOMEM.to_bsd();
    }
    let dir = machine.directory();
    lkpirs_vmemmap.base.store(dir.bases().cast::<c_void>().cast_mut(), Relaxed);
    lkpirs_vmemmap.states.store(dir.states(0).cast::<c_void>().cast_mut(), Relaxed);
    lkpirs_vmemmap.npfns.store(dir.npfns(), Release);
    0
}

/// MOD_UNLOAD: EBUSY, saying whose pages are live, or 0 and all is given back.
#[no_mangle]
pub extern "C" fn lkpirs_page_unload() -> c_int {
    let Some(m) = machine() else { return 0 };
    let [other, alloc, frag, pool] = m.census();
    let live = other + alloc + frag + pool;
    if live > 0 {
        kpi::klog!("lkpi_page: busy: {live} pages live (alloc_pages {alloc}, page_frag {frag}, page_pool {pool})\n");
        return kpi::errno::EBUSY.to_bsd();
    }
    lkpirs_vmemmap.npfns.store(0, Relaxed);
    lkpirs_vmemmap.base.store(ptr::null_mut(), Relaxed);
    lkpirs_vmemmap.states.store(ptr::null_mut(), Relaxed);
    lkpirs_vmemmap.end.store(0, Relaxed);
    lkpirs_vmemmap.span.store(0, Relaxed);
    kernel::unload();
    0
}

/// `compat.lkpi_page.panic_on_misuse`.
#[no_mangle]
pub extern "C" fn lkpirs_page_set_panic(on: c_int) {
    kernel::PANIC_ON_MISUSE.store(on != 0, Relaxed);
}

/// A number of `compat.lkpi_page`, by its name there; 0 for another name.
///
/// # Safety
/// `name` is a C string.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_stat(name: *const c_char) -> u64 {
    let Some(m) = machine() else { return 0 };
    // SAFETY: the contract.
    let name = unsafe { CStr::from_ptr(name) };
    let u = m.usage();
    let v = match name.to_bytes() {
        b"pages" => u.pages,
        b"chunks" => u.chunks,
        b"blocks" => u.blocks,
        b"bytes" => u.bytes,
        b"fictitious" => u.fictitious,
        b"live" => m.live_total(),
        b"live_alloc" => m.live(Owner::Alloc),
        b"live_frag" => m.live(Owner::Frag),
        b"live_pool" => m.live(Owner::Pool),
        b"starved" => m.starved(),
        b"errors" => kernel::ERRORS.load(Relaxed),
        _ => 0,
    };
    v as u64
}

/// Report a mistake that another kld found: counted, printed (rate-limited)
/// with the address in `caller`.
///
/// # Safety
/// `what` is a C string.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_page_misuse(what: *const c_char, object: *const c_void, caller: *const c_void) {
    // SAFETY: the contract.
    let what = unsafe { CStr::from_ptr(what) };
    kernel::report_from(what, object, caller);
}

/// Linux `pfn_to_page`, the part that the header does not do inline.
#[no_mangle]
pub extern "C" fn lkpirs_pfn_to_page(pfn: c_ulong) -> *mut Page {
    raw(machine().and_then(|m| m.page(pfn as Pfn)))
}

/// Linux `virt_to_page` for any kernel address; NULL if nothing is mapped.
#[no_mangle]
pub extern "C" fn lkpirs_virt_to_page(va: *const c_void) -> *mut Page {
    raw(kpi::vm::va_to_pfn(va).and_then(|pfn| machine()?.page(pfn)))
}

/// The shadow of a native page; NULL for NULL and for pages that are neither
/// memory nor registered device memory.
///
/// # Safety
/// `m` is NULL or a native page.
#[no_mangle]
pub unsafe extern "C" fn lkpirs_vm_page_to_page(m: *mut vm_page) -> *mut Page {
    // SAFETY: the contract.
    raw(NonNull::new(m).and_then(|m| unsafe { machine()?.page_of(m) }))
}

/// Linux `page_address`: NULL if the page has no address without being mapped.
#[no_mangle]
pub extern "C" fn lkpirs_page_address(page: *const Page) -> *mut c_void {
    machine().and_then(|m| m.address(page)).map_or(ptr::null_mut(), |a| a.as_ptr().cast())
}

/// 1 if this is a page that we allocated and that has references; never faults.
#[no_mangle]
pub extern "C" fn lkpirs_page_live(page: *const Page) -> c_int {
    machine().is_some_and(|m| m.is_live(page)) as c_int
}

/// The native page behind a checked pointer, for the functions below.
fn native(page: *const Page) -> Option<*mut vm_page> {
    let m = machine()?;
    match m.check(page) {
        Ok(p) => Some(p.vm_page.load(Relaxed)),
        Err(e) => {
            m.report(Err(e), page);
            None
        }
    }
}

/// Linux `set_page_dirty`: the native page's modified state.
#[no_mangle]
pub extern "C" fn lkpirs_set_page_dirty(page: *mut Page) {
    if let Some(m) = native(page) {
        // SAFETY: a live shadow's native page.
        unsafe { bindings::kpi_vm_page_dirty(m) }
    }
}

/// Linux `mark_page_accessed`.
#[no_mangle]
pub extern "C" fn lkpirs_mark_page_accessed(page: *mut Page) {
    if let Some(m) = native(page) {
        // SAFETY: as above.
        unsafe { bindings::vm_page_reference(m) }
    }
}

/// Linux `trylock_page`: 1 if the native page's exclusive busy lock was taken.
#[no_mangle]
pub extern "C" fn lkpirs_trylock_page(page: *mut Page) -> c_int {
    // SAFETY: as above.
    native(page).is_some_and(|m| unsafe { bindings::kpi_vm_page_trybusy(m) }) as c_int
}

/// Linux `lock_page`. Sleeps.
#[no_mangle]
pub extern "C" fn lkpirs_lock_page(page: *mut Page) {
    if let Some(m) = native(page) {
        // SAFETY: as above.
        unsafe { bindings::kpi_vm_page_lock(m) }
    }
}

/// Linux `unlock_page`; reported if the page is not locked.
#[no_mangle]
pub extern "C" fn lkpirs_unlock_page(page: *mut Page) {
    let Some(m) = native(page) else { return };
    // SAFETY: as above; the busy lock is exclusive when unlocked.
    unsafe {
        if bindings::kpi_vm_page_xbusied(m) {
            bindings::kpi_vm_page_unbusy(m)
        } else {
            kernel::report(c"unlock of a page that is not locked", page.cast())
        }
    }
}

/// Linux `PageLocked`.
#[no_mangle]
pub extern "C" fn lkpirs_page_locked(page: *mut Page) -> c_int {
    // SAFETY: as above.
    native(page).is_some_and(|m| unsafe { bindings::kpi_vm_page_busied(m) }) as c_int
}

/// Linux `copy_highpage`.
#[no_mangle]
pub extern "C" fn lkpirs_copy_highpage(to: *mut Page, from: *mut Page) {
    if let (Some(to), Some(from)) = (native(to), native(from)) {
        // SAFETY: as above; both pages are the callers' to read and write.
        unsafe { bindings::pmap_copy_page(from, to) }
    }
}

