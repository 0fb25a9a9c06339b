// SPDX-License-Identifier: BSD-2-Clause
//! Physical pages and kernel virtual addresses: vm_page_alloc(9),
//! vm_page_wire(9), kva and pmap_qenter(9), the direct map.

use crate::bindings::{self, vm_page};
use crate::{Pfn, PAGE_SHIFT};
use bitflags::bitflags;
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

bitflags! {
    /// How a page is allocated (vm_page_alloc(9)).
    #[derive(Clone, Copy)]
    pub struct Alloc: u32 {
        /// Sleep until there is a page.
        const WAITOK = bindings::VM_ALLOC_WAITOK;
        /// Never sleep.
        const NOWAIT = bindings::VM_ALLOC_NOWAIT;
        /// May dip into the reserve.
        const SYSTEM = bindings::VM_ALLOC_SYSTEM;
        /// May take the very last page.
        const INTERRUPT = bindings::VM_ALLOC_INTERRUPT;
        /// Fill with zeroes.
        const ZERO = bindings::VM_ALLOC_ZERO;
    }
}

extern "C" {
    // vm/vm_page.h: functions, so the kernel's are called without glue.
    fn vm_page_alloc_noobj(req: c_int) -> *mut vm_page;
    fn vm_page_alloc_noobj_domain(domain: c_int, req: c_int) -> *mut vm_page;
}

/// A native page. Equality is identity; holding one keeps nothing alive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VmPage(NonNull<vm_page>);

impl VmPage {
    /// Name a native page.
    ///
    /// # Safety
    /// `m` points to a `struct vm_page` of the kernel that stays valid.
    pub unsafe fn from_raw(m: *mut vm_page) -> Option<VmPage> {
        NonNull::new(m).map(VmPage)
    }

    /// The pointer for C.
    pub fn as_ptr(self) -> *mut vm_page {
        self.0.as_ptr()
    }

    /// Allocate one wired page without an object. May sleep with
    /// [`Alloc::WAITOK`].
    pub fn alloc(req: Alloc) -> Option<VmPage> {
        VmPage::alloc_on(None, req)
    }

    /// As [`VmPage::alloc`], on a domain below [`domains`] if one is named.
    #[inline(always)]
    pub fn alloc_on(domain: Option<i32>, req: Alloc) -> Option<VmPage> {
        let req = (req.bits() | bindings::VM_ALLOC_WIRED) as c_int;
        // SAFETY: a valid request and domain; the result is the kernel's or
        // NULL.
        unsafe {
            VmPage::from_raw(match domain {
                None => vm_page_alloc_noobj(req),
                Some(d) => vm_page_alloc_noobj_domain(d, req),
            })
        }
    }

    /// Allocate `npages` wired pages, contiguous, aligned to `align` bytes and
    /// below `high`, on `domain` if there is one. Never sleeps; the caller
    /// retries after [`reclaim_contig`] where it may.
    pub fn alloc_contig(domain: Option<i32>, req: Alloc, npages: usize, high: u64, align: usize) -> Option<VmPage> {
        let req = (req.difference(Alloc::WAITOK) | Alloc::NOWAIT).bits() | bindings::VM_ALLOC_WIRED;
        // SAFETY: as in alloc().
        unsafe {
            VmPage::from_raw(bindings::kpi_vm_page_alloc_contig(
                domain.unwrap_or(-1), req as i32, npages as _, high as _, align as _))
        }
    }

    /// The page `i` places on, in the same contiguous allocation.
    ///
    /// # Safety
    /// The allocation has more than `i` pages.
    pub unsafe fn add(self, i: usize) -> VmPage {
        // SAFETY: contiguous pages have contiguous vm_pages in every layout.
        VmPage(unsafe { NonNull::new_unchecked(self.0.as_ptr().add(i)) })
    }

    /// Drop the wiring that `alloc` gave and free the page.
    ///
    /// # Safety
    /// The caller owns that wiring and the page is mapped nowhere.
    pub unsafe fn release(self) {
        // SAFETY: the contract.
        unsafe { bindings::kpi_vm_page_release(self.as_ptr()) }
    }

    /// Wire once more: a reference to a page that something else owns. Needs
    /// no lock; `false` if the page is free or the VM is just taking it away.
    pub fn wire(self) -> bool {
        // SAFETY: a live native page (constructor's contract).
        unsafe { bindings::kpi_vm_page_wire(self.as_ptr()) }
    }

    /// Drop a wiring that [`VmPage::wire`] or the VM gave; a managed page that
    /// loses its last one goes to the active queue. `false`, and nothing done,
    /// if there is none but the owner's.
    ///
    /// # Safety
    /// The caller holds such a wiring, or there is none to hold.
    pub unsafe fn unwire(self) -> bool {
        // SAFETY: the contract.
        unsafe { bindings::kpi_vm_page_unwire(self.as_ptr()) }
    }

    /// How many wirings the page has at this moment.
    pub fn wire_count(self) -> u32 {
        // SAFETY: a live native page.
        unsafe { bindings::kpi_vm_page_wire_count(self.as_ptr()) }
    }

    /// The page's frame number.
    pub fn pfn(self) -> Pfn {
        // SAFETY: a live native page; phys_addr is constant.
        (unsafe { bindings::kpi_vm_page_to_phys(self.as_ptr()) } >> PAGE_SHIFT) as Pfn
    }

    /// Whether this is device memory (vm_phys_fictitious_reg_range(9)) or a
    /// page that a pager made up.
    pub fn is_fictitious(self) -> bool {
        // SAFETY: a live native page.
        unsafe { bindings::kpi_vm_page_fictitious(self.as_ptr()) }
    }

    /// The fictitious page registered for this frame now. Takes a lock.
    ///
    /// A range inside a dense `vm_page_array` (a hole below the end of RAM)
    /// uses the array's own entries, which the kernel wires and never gives
    /// back; it cannot be told from one that went. Holes that were never
    /// registered are fictitious there too, but not wired.
    pub fn fictitious(pfn: Pfn) -> Option<VmPage> {
        let pa = u64::try_from(pfn).ok().filter(|p| p >> (u64::BITS - PAGE_SHIFT) == 0)? << PAGE_SHIFT;
        // SAFETY: look-ups in the kernel's own tables; NULL where there is none.
        let (tree, array) = unsafe {
            (VmPage::from_raw(bindings::vm_phys_fictitious_to_vm_page(pa)), VmPage::from_raw(bindings::PHYS_TO_VM_PAGE(pa)))
        };
        tree.or(array.filter(|m| m.is_fictitious() && m.pfn() == pfn && m.wire_count() > 0))
    }

    /// Fill with zeroes.
    pub fn zero(self) {
        // SAFETY: the caller owns the page's contents as any writer does.
        unsafe { bindings::pmap_zero_page(self.as_ptr()) }
    }
}

/// Move pages so that `npages` contiguous ones below `high` come free; `false`
/// if that could not be had. Sleeps.
pub fn reclaim_contig(npages: usize, high: u64) -> bool {
    // SAFETY: plain numbers.
    unsafe { bindings::kpi_vm_page_reclaim_contig(npages as _, high as _) }
}

/// Reserve `size` bytes of kernel virtual addresses, aligned to `size` (a
/// power of two); never sleeps for memory.
pub fn kva_alloc_aligned(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: plain numbers; 0 means none.
    NonNull::new(unsafe { bindings::kpi_kva_alloc_aligned(size as _) } as *mut u8)
}

/// Give a reservation back.
///
/// # Safety
/// `va` came from [`kva_alloc_aligned`] with this size; nothing is mapped.
pub unsafe fn kva_free(va: NonNull<u8>, size: usize) {
    // SAFETY: the contract.
    unsafe { bindings::kpi_kva_free(va.as_ptr() as _, size as _) }
}

/// Map a page read-write at `va`.
///
/// # Safety
/// `va` is a page of a reservation of ours that has no mapping.
pub unsafe fn qenter(va: NonNull<u8>, m: VmPage) {
    let mut ma = m.as_ptr();
    // SAFETY: the contract; pmap_qenter reads one pointer.
    unsafe { bindings::kpi_pmap_qenter(va.as_ptr() as _, &mut ma, 1) }
}

/// Remove the mappings of `n` pages from `va` on, on every CPU; some may have
/// none.
///
/// # Safety
/// They are ours and nothing uses them any more; there is a page table for
/// each.
pub unsafe fn qremove(va: NonNull<u8>, n: usize) {
    // SAFETY: the contract.
    unsafe { bindings::kpi_pmap_qremove(va.as_ptr() as _, n as c_int) }
}

/// The frame behind a kernel address, through the direct map or the page
/// tables; takes the kernel pmap's mutex(9) for the latter.
pub fn va_to_pfn(va: *const c_void) -> Option<Pfn> {
    // SAFETY: pmap_extract reads page tables, for any address.
    match unsafe { bindings::kpi_va_to_phys(va as _) } {
        0 => None,
        pa => Some((pa >> PAGE_SHIFT) as Pfn),
    }
}

/// The direct-map address of a frame; NULL on machines without one.
pub fn pfn_to_va(pfn: Pfn) -> *mut c_void {
    // SAFETY: arithmetic on the kernel's constants.
    unsafe { bindings::kpi_phys_to_va((pfn as u64) << PAGE_SHIFT) }
}

/// How many memory domains (numa(4)) the machine has.
pub fn domains() -> i32 {
    // SAFETY: reads a constant of the kernel.
    unsafe { bindings::kpi_vm_ndomains() }
}

/// Whether curthread may sleep now.
pub fn may_sleep() -> bool {
    // SAFETY: reads curthread's own fields.
    unsafe { bindings::kpi_may_sleep() }
}
