// SPDX-License-Identifier: BSD-2-Clause
//! The FreeBSD kernel behind the shadow ([`Kernel`] on the KPI wrappers).

use crate::chunk::{BLOCK_PAGES, CHUNK_BYTES};
use crate::layout::{Layout, Memory, Native};
use crate::window::Windows;
use crate::{Event, Gfp, Kernel, Misuse, Shadow, Source, UNBACK};
use core::ffi::{c_char, c_int, c_ulong, c_void, CStr};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::{Acquire, Relaxed, Release}};
use kpi::bindings::{self, vm_page};
use kpi::log::RateLimit;
use kpi::malloc::MallocType;
use kpi::mutex::{Mutex, MutexGuard};
use kpi::page::{Owner, Page};
use kpi::vm::{self, Alloc, VmPage};
use kpi::{klog, Pfn};

/// Pages set aside for backing shadows when the kernel has none to give.
const RESERVE: usize = 4;
/// How often a large allocation that may sleep asks for memory to be moved.
const RECLAIM_TRIES: u32 = 3;

extern "C" {
    /// `MALLOC_DEFINE`d in kmod/lkpi_page/lkpi_page.c.
    static mut M_LKPI_PAGE: [bindings::malloc_type; 1];
    fn lkpirs_probe_alloc(page: *const Page, order: u32, owner: i32);
    fn lkpirs_probe_free(page: *const Page, order: u32, owner: i32);
    fn lkpirs_probe_populate(pfn: c_ulong);
    fn lkpirs_probe_starve(pfn: c_ulong);
    fn lkpirs_probe_misuse(what: *const c_char, object: *const c_void, caller: *const c_void);
    fn lkpirs_singles_allocated(pages: *const NonNull<Page>, n: c_ulong, owner: c_int);
    fn lkpirs_single_release(page: *const Page, m: *mut vm_page, owner: c_int);
    fn lkpirs_singles_release(pages: *const NonNull<Page>, n: c_ulong, owner: c_int);
}

/// The shadow of this machine.
pub type Machine = Shadow<Native, FreeBsd>;

/// Errors seen, and what to do about them.
pub static ERRORS: AtomicUsize = AtomicUsize::new(0);
/// `compat.lkpi_page.panic_on_misuse`.
pub static PANIC_ON_MISUSE: AtomicBool = AtomicBool::new(false);
static MACHINE: AtomicPtr<Machine> = AtomicPtr::new(ptr::null_mut());
static LOCK: Mutex = Mutex::new();
/// Only where there is no direct map.
static WINDOWS: Windows = Windows::new();
const DIRECT_MAP: bool = bindings::KPI_HAS_DMAP != 0;
static RESERVED: [AtomicPtr<vm_page>; RESERVE] = [const { AtomicPtr::new(ptr::null_mut()) }; RESERVE];
static LIMIT: RateLimit = RateLimit::new(5);

/// The running kernel.
pub struct FreeBsd;

fn malloc_type() -> MallocType {
    // SAFETY: defined by this kld's C file, registered before load() runs.
    unsafe { MallocType::new((&raw mut M_LKPI_PAGE).cast()) }
}

/// The machine's shadow; `None` before load and after unload.
#[inline]
pub fn machine() -> Option<&'static Machine> {
    // SAFETY: set once by load(); unload() runs when no kld that could call
    // is left (they depend on this one).
    unsafe { MACHINE.load(Acquire).as_ref() }
}

/// Set the shadow up. From the module's load event, once. Sleeps for memory.
pub fn load() -> Result<&'static Machine, kpi::errno::LinuxErr> {
    // SAFETY: the kernel's own tables, constant after vm_page_startup.
    let memory = unsafe {
        Memory::new(
            (&raw const bindings::vm_phys_segs).cast(),
            bindings::vm_phys_nsegs as usize,
            bindings::vm_page_array,
            bindings::vm_page_array_size as usize,
            bindings::first_page as Pfn,
        )
    };
    // SAFETY: once, before anybody can take it; statics do not move.
    unsafe { LOCK.init(c"lkpi_page backing") };
    let native = Native::new(memory);
    let addresses = DIRECT_MAP || WINDOWS.load(native.end(), malloc_type());
    let ready = Shadow::new(native, FreeBsd).filter(|_| addresses).and_then(|machine| {
        let at = malloc_type().zalloc_wait(size_of::<Machine>())?.cast::<Machine>();
        // SAFETY: fresh memory of the right size; malloc(9) aligns it to 16 or
        // more, which is all that Machine needs.
        unsafe { at.write(machine) };
        Some(at)
    });
    let Some(at) = ready else {
        WINDOWS.unload(malloc_type());
        // SAFETY: nobody saw it.
        unsafe { LOCK.destroy() };
        return Err(kpi::errno::ENOMEM);
    };
    MACHINE.store(at.as_ptr(), Release);
    refill_reserve();
    // SAFETY: just stored, never NULL.
    Ok(unsafe { at.as_ref() })
}

/// Give everything back. From the module's unload event, after it was seen
/// that no page is live.
pub fn unload() {
    let Some(at) = NonNull::new(MACHINE.swap(ptr::null_mut(), Acquire)) else { return };
    // SAFETY: allocated and written by load(); nobody else has it any more.
    unsafe {
        at.drop_in_place();
        malloc_type().free(at.cast());
        LOCK.destroy();
    }
    WINDOWS.unload(malloc_type());
    for r in &RESERVED {
        // SAFETY: only native pages of ours are stored, each released once.
        if let Some(m) = unsafe { VmPage::from_raw(r.swap(ptr::null_mut(), Acquire)) } {
            // SAFETY: mapped nowhere, the wiring is ours.
            unsafe { m.release() };
        }
    }
}

fn refill_reserve() {
    for r in &RESERVED {
        if r.load(Relaxed).is_null() {
            let Some(m) = VmPage::alloc(Alloc::NOWAIT | Alloc::ZERO) else { return };
            r.store(m.as_ptr(), Relaxed);
        }
    }
}

fn take_reserve() -> Option<VmPage> {
    // SAFETY: only native pages of ours are stored.
    RESERVED.iter().find_map(|r| unsafe { VmPage::from_raw(r.swap(ptr::null_mut(), Relaxed)) })
}

fn vm(m: NonNull<vm_page>) -> VmPage {
    // SAFETY: the shadow passes native pages that the kernel keeps.
    unsafe { VmPage::from_raw(m.as_ptr()).unwrap_unchecked() }
}

// SAFETY: malloc(9), kva and pmap_qenter(9) keep these promises.
unsafe impl Kernel for FreeBsd {
    type Guard<'a> = MutexGuard<'a>;

    fn lock(&self) -> MutexGuard<'_> {
        LOCK.lock()
    }

    fn zalloc(&self, n: usize) -> Option<NonNull<u8>> {
        malloc_type().zalloc(n)
    }

    unsafe fn free(&self, p: NonNull<u8>, _n: usize) {
        // SAFETY: the caller's contract.
        unsafe { malloc_type().free(p) }
    }

    fn reserve(&self) -> Option<NonNull<Page>> {
        let va = vm::kva_alloc_aligned(CHUNK_BYTES)?;
        crate::capi::widen(va.as_ptr() as usize, CHUNK_BYTES);
        Some(va.cast())
    }

    unsafe fn unreserve(&self, va: NonNull<Page>) {
        // SAFETY: the caller's contract.
        unsafe { vm::kva_free(va.cast(), CHUNK_BYTES) }
    }

    unsafe fn back(&self, at: NonNull<Page>) -> bool {
        let req = Alloc::NOWAIT | Alloc::INTERRUPT | Alloc::ZERO;
        let Some(m) = VmPage::alloc(req).or_else(take_reserve) else { return false };
        // SAFETY: an unbacked page of a reservation (the caller's contract).
        unsafe { vm::qenter(at.cast(), m) };
        refill_reserve();
        true
    }

    unsafe fn unback(&self, base: NonNull<Page>, blocks: &[usize]) {
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return };
        // SAFETY: inside the chunk's reservation.
        let at = |b: usize| unsafe { base.add(b * BLOCK_PAGES) };
        let mut pages = [None; UNBACK];
        for (m, b) in pages.iter_mut().zip(blocks) {
            // What back() mapped is memory, so it has a native page.
            *m = vm::va_to_pfn(at(*b).as_ptr().cast()).and_then(machine_native);
        }
        // SAFETY: nothing uses the shadows any more (the caller's contract); in
        // between is nothing or more of them. A chunk's addresses share their
        // page table, which is there once a block was mapped.
        unsafe { vm::qremove(at(*first).cast(), last - first + 1) };
        for m in pages.into_iter().flatten() {
            // SAFETY: allocated by back(), unmapped just now.
            unsafe { m.release() };
        }
    }

    fn fictitious(&self, pfn: Pfn) -> Option<NonNull<vm_page>> {
        VmPage::fictitious(pfn).and_then(|m| NonNull::new(m.as_ptr()))
    }

    unsafe fn fictitious_pfn(&self, m: NonNull<vm_page>) -> Option<Pfn> {
        let m = vm(m);
        m.is_fictitious().then(|| m.pfn())
    }

    #[inline(always)]
    fn source(&self, gfp: Gfp, nid: i32) -> Source {
        let mut gfp = gfp;
        if gfp.may_sleep() && !vm::may_sleep() {
            self.misuse(Misuse::MaySleep, ptr::null());
            gfp = gfp.nowait();
        }
        let mut request = if gfp.0 & bindings::KPI_M_USE_RESERVE != 0 { Alloc::INTERRUPT } else { Alloc::SYSTEM };
        if gfp.0 & bindings::KPI_M_ZERO != 0 {
            request |= Alloc::ZERO;
        }
        request |= if gfp.may_sleep() { Alloc::WAITOK } else { Alloc::NOWAIT };
        let nid = if nid >= 0 && nid < vm::domains() { nid } else { -1 };
        Source { gfp, nid, request: request.bits() }
    }

    #[inline(always)]
    fn alloc_one(&self, from: Source) -> Option<NonNull<vm_page>> {
        with_address(VmPage::alloc_on(domain(from.nid), Alloc::from_bits_retain(from.request))?, 0)
    }

    #[inline(always)]
    fn allocated(&self, pages: &[NonNull<Page>], owner: Owner) {
        // SAFETY: so many shadows, which live on.
        unsafe { lkpirs_singles_allocated(pages.as_ptr(), pages.len() as c_ulong, owner as c_int) }
    }

    #[inline(always)]
    unsafe fn release_single(&self, p: &Page, owner: i32) {
        let m = p.vm_page.load(Relaxed);
        // SAFETY: the caller's contract.
        unsafe { lkpirs_single_release(p, m, owner) }
    }

    #[inline(always)]
    unsafe fn release_singles(&self, pages: &[NonNull<Page>], owner: Owner) {
        // SAFETY: so many live shadows; the caller's contract.
        unsafe { lkpirs_singles_release(pages.as_ptr(), pages.len() as c_ulong, owner as c_int) }
    }

    fn alloc(&self, gfp: Gfp, order: u32, nid: i32, high: u64) -> Option<NonNull<vm_page>> {
        with_address(alloc_contig(self.source(gfp, nid), 1 << order, high)?, order)
    }

    unsafe fn release(&self, m: NonNull<vm_page>) {
        // SAFETY: the caller's contract.
        unsafe { vm(m).release() }
    }

    fn wire(&self, m: NonNull<vm_page>) -> bool {
        vm(m).wire()
    }

    fn unwire(&self, m: NonNull<vm_page>) -> bool {
        // SAFETY: that a wiring beyond the owner's is the caller's is the
        // caller's contract (a wiring has no name).
        unsafe { vm(m).unwire() }
    }

    fn wire_count(&self, m: NonNull<vm_page>) -> u32 {
        vm(m).wire_count()
    }

    fn pfn_at(&self, va: *const u8) -> Option<Pfn> {
        vm::va_to_pfn(va.cast())
    }

    const DIRECT_MAP: bool = DIRECT_MAP;

    fn address(&self, pfn: Pfn) -> Option<NonNull<u8>> {
        if DIRECT_MAP { NonNull::new(vm::pfn_to_va(pfn).cast()) } else { WINDOWS.address(pfn) }
    }

    fn misuse(&self, what: Misuse, page: *const Page) {
        report(what.text(), page.cast());
    }

    fn probe(&self, event: Event<'_>) {
        // SAFETY: the probes of this kld's C file take plain values.
        unsafe {
            match event {
                Event::Alloc { head } => lkpirs_probe_alloc(head, head.order(), head.page_type.load(Relaxed)),
                Event::Free { head } => lkpirs_probe_free(head, head.order(), head.page_type.load(Relaxed)),
                Event::Populate { pfn } => lkpirs_probe_populate(pfn as _),
                Event::Starve { pfn } => lkpirs_probe_starve(pfn as _),
            }
        }
    }
}

/// A [`Source`]'s node.
#[inline(always)]
fn domain(nid: i32) -> Option<i32> {
    (nid >= 0).then_some(nid)
}

/// A block that was just allocated, mapped where there is no direct map;
/// given back if that cannot be.
#[inline(always)]
fn with_address(m: VmPage, order: u32) -> Option<NonNull<vm_page>> {
    // SAFETY: just allocated, as blocks are.
    if !DIRECT_MAP && !unsafe { WINDOWS.map(m, 1 << order, &LOCK) } {
        for i in 0..1 << order {
            // SAFETY: a page of this allocation, not mapped.
            unsafe { m.add(i).release() };
        }
        return None;
    }
    NonNull::new(m.as_ptr())
}

fn machine_native(pfn: Pfn) -> Option<VmPage> {
    // SAFETY: a look-up in the kernel's tables; NULL for no memory.
    unsafe { VmPage::from_raw(bindings::PHYS_TO_VM_PAGE((pfn as u64) << kpi::PAGE_SHIFT)) }
}

fn alloc_contig(from: Source, pages: usize, high: u64) -> Option<VmPage> {
    let tries = match from.gfp.may_sleep() && from.gfp.0 & bindings::KPI_GFP_NORETRY == 0 {
        true => RECLAIM_TRIES,
        false => 0,
    };
    let (nid, req, align) = (domain(from.nid), Alloc::from_bits_retain(from.request), pages * kpi::PAGE_SIZE);
    for _ in 0..tries {
        if let Some(m) = VmPage::alloc_contig(nid, req, pages, high, align) {
            return Some(m);
        }
        if !vm::reclaim_contig(pages, high) {
            return None;
        }
    }
    VmPage::alloc_contig(nid, req, pages, high, align)
}

/// Count and print a mistake of the first caller outside this kld; panic if
/// the tunable says so.
pub fn report(what: &CStr, object: *const c_void) {
    // SAFETY: walks curthread's own stack by frame pointers.
    report_from(what, object, unsafe { bindings::kpi_caller() })
}

/// As [`report`], naming this caller.
pub fn report_from(what: &CStr, object: *const c_void, caller: *const c_void) {
    ERRORS.fetch_add(1, Relaxed);
    // SAFETY: a C string; the probe looks at nothing else.
    unsafe { lkpirs_probe_misuse(what.as_ptr(), object, caller) };
    let panic = PANIC_ON_MISUSE.load(Relaxed);
    if !panic && !LIMIT.pass() {
        return;
    }
    let what = what.to_str().unwrap_or("misuse");
    let mut name = [0u8; 96];
    // SAFETY: the buffer's size is passed; the name ends in a NUL.
    unsafe { bindings::kpi_symbol(caller, name.as_mut_ptr().cast::<c_char>(), name.len() as _) };
    let name = CStr::from_bytes_until_nul(&name).ok().and_then(|s| s.to_str().ok());
    let name = name.unwrap_or("?");
    if panic {
        kpi::log::panic(format_args!("lkpi_page: {what}: {object:p}, called from {name}"));
    }
    klog!("lkpi_page: {what}: {object:p}, called from {name}\n");
}

const _: () = assert!(BLOCK_PAGES * size_of::<Page>() == kpi::PAGE_SIZE);
