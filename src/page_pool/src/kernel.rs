// SPDX-License-Identifier: BSD-2-Clause
//! The FreeBSD kernel behind a pool ([`Sys`] on the KPI wrappers and on
//! lkpi_page.ko).

use crate::lock::RawLock;
use crate::memory::{self, alloc_slice, free_slice, malloc_type};
use crate::pin::Pin;
use crate::provider::{self, Device, Use};
use crate::registry::{Note, Slot};
use crate::bucket::Bucket;
use crate::lane::PageBucket;
use crate::sys::{Gfp, Mapping, PageRef, Sys, SyncOp};
use crate::{capi_dma, need_sync};
use core::ffi::{c_char, c_int, c_uint, c_ulong, c_void, CStr};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicI64, AtomicPtr, AtomicU64, Ordering::{Acquire, Relaxed}};
use kpi::bindings::{self, bus_dma_tag};
use kpi::critical;
use kpi::dma::Tag;
use kpi::errno::{LinuxErr, ENOMEM};
use kpi::klog;
use kpi::log::RateLimit;
use kpi::mutex::Mutex;
use kpi::page::{Owner, Page};

/// lkpi_page.ko.
mod shadow {
    use super::*;
    extern "C" {
        pub fn lkpirs_alloc_pages_owner(gfp: c_uint, order: c_uint, nid: c_int, high: u64, owner: c_int) -> *mut Page;
        pub fn lkpirs_alloc_pages_bulk_owner(gfp: c_uint, nid: c_int, high: u64, owner: c_int, n: c_ulong, pages: *mut Option<PageRef>) -> c_ulong;
        pub fn lkpirs_put_page(page: *const Page);
        pub fn lkpirs_free_owned_bulk(owner: c_int, n: c_ulong, pages: *mut PageRef);
        pub fn lkpirs_page_live(page: *const Page) -> c_int;
        pub fn lkpirs_pfn_to_page(pfn: usize) -> *mut Page;
        pub fn lkpirs_virt_to_page(va: *const c_void) -> *mut Page;
        pub fn lkpirs_page_misuse(what: *const c_char, object: *const c_void, caller: *const c_void);
    }
}

extern "C" {
    /// In kmod/page_pool/page_pool.c: run `lkpirs_page_pool_reap` from a thread soon.
    fn lkpirs_page_pool_schedule_reap();
}

/// Callers' mistakes seen.
pub static ERRORS: AtomicU64 = AtomicU64::new(0);
/// DMA maps in existence, of pools and of drivers.
pub static DMA_MAPS: AtomicI64 = AtomicI64::new(0);

/// Report a caller's mistake: counted here and there, printed by lkpi_page
/// (rate-limited, a panic if its tunable says so).
#[cold]
pub fn misuse(what: &CStr, object: *const c_void) {
    ERRORS.fetch_add(1, Relaxed);
    // SAFETY: walks curthread's own stack; `what` is a C string.
    unsafe { shadow::lkpirs_page_misuse(what.as_ptr(), object, bindings::kpi_caller()) }
}

/// Whether a pointer is to where pages are, aligned as they are. What is there
/// tells whether it is a pool's page.
#[inline(always)]
pub fn points_to_page(page: *const Page) -> bool {
    // SAFETY: lkpi_page's; the range only grows while this kld is loaded.
    let (first, span) = unsafe { (bindings::lkpirs_vmemmap.first as usize, bindings::lkpirs_vmemmap.span as usize) };
    // One test for both ends and the alignment: the low bits come up on top.
    (page as usize).wrapping_sub(first).rotate_right(const { align_of::<Page>().ilog2() }) < span
}

/// The same, reported if not.
#[inline]
pub fn is_page(page: *const Page) -> bool {
    points_to_page(page) || no_page(page)
}

#[cold]
#[inline(never)]
fn no_page(page: *const Page) -> bool {
    let what = if page.is_null() { c"page_pool: NULL page" } else { c"page_pool: not a page" };
    misuse(what, page.cast());
    false
}

/// The page behind a driver's pointer; reported and `None` unless lkpi_page
/// allocated it and it is live. Slower: not for every buffer.
pub fn live_page_arg(page: *const Page) -> Option<PageRef> {
    // SAFETY: takes any pointer.
    if unsafe { shadow::lkpirs_page_live(page) } == 0 {
        no_page(page);
        return None;
    }
    // SAFETY: a shadow; shadows outlive this kld (PageRef).
    unsafe { page.as_ref() }
}

/// A contiguous block of `len` bytes at or below `high` for a driver's data,
/// never sleeping. Given back with [`put_block`].
pub fn alloc_block(len: usize, high: u64) -> Option<PageRef> {
    let pages = len.div_ceil(kpi::PAGE_SIZE).next_power_of_two();
    let nowait = bindings::KPI_M_NOWAIT;
    // SAFETY: plain numbers; NULL or a shadow, which outlives this kld.
    unsafe {
        shadow::lkpirs_alloc_pages_owner(nowait, pages.ilog2(), -1, high, Owner::Alloc as c_int).as_ref()
    }
}

/// Give such a block back.
pub fn put_block(page: PageRef) {
    // SAFETY: the one reference of alloc_block().
    unsafe { shadow::lkpirs_put_page(page) }
}

/// The first page of the block that a physical address is in, if it has a
/// shadow.
pub fn head_of_phys(pa: u64) -> Option<PageRef> {
    // SAFETY: takes any number.
    head(unsafe { shadow::lkpirs_pfn_to_page((pa >> kpi::PAGE_SHIFT) as usize) })
}

/// The first page of the block that a kernel address is in.
pub fn head_of_virt(va: *const c_void) -> Option<PageRef> {
    // SAFETY: takes any address.
    head(unsafe { shadow::lkpirs_virt_to_page(va) })
}

fn head(page: *const Page) -> Option<PageRef> {
    // SAFETY: NULL or a shadow, which outlives this kld; a tail names its head.
    unsafe { page.as_ref().and_then(|p| p.head().as_ref()) }
}

/// A mutex(9) of this kld.
pub struct Lock(Mutex);

impl Lock {
    /// A lock that still has to be initialised.
    pub const fn new() -> Self {
        Lock(Mutex::new())
    }

    /// Initialise in place.
    ///
    /// # Safety
    /// Once, before any other use; the lock does not move any more.
    pub unsafe fn init(&self, name: &'static CStr) {
        // SAFETY: the contract.
        unsafe { self.0.init(name) }
    }

    /// Destroy in place.
    ///
    /// # Safety
    /// Initialised; nobody uses it any more.
    pub unsafe fn destroy(&self) {
        // SAFETY: the contract.
        unsafe { self.0.destroy() }
    }
}

// SAFETY: a mutex(9) excludes and orders.
unsafe impl RawLock for Lock {
    #[inline]
    fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        let _held = self.0.lock();
        f()
    }
}

/// The device side of a pool that maps its pages.
struct PoolDma {
    provider: Use,
    mask: u64,
}

/// One pool's system.
pub struct Kernel {
    dev: *mut Device,
    dma: Option<PoolDma>,
    /// NULL without DMA and after `close_dma`.
    tag: AtomicPtr<bus_dma_tag>,
    order: u32,
    init: Option<InitCallback>,
    init_arg: *mut c_void,
}

/// `init_callback`: gets the page as a `netmem_ref`.
pub type InitCallback = unsafe extern "C" fn(netmem: usize, arg: *mut c_void);

impl Kernel {
    /// For a pool on `dev`; with `dma` its own tag under the device's.
    ///
    /// # Errors
    /// ENODEV if no provider knows the device, ENOMEM.
    pub fn new(dev: *mut Device, dma: bool, order: u32, init: Option<InitCallback>, init_arg: *mut c_void) -> Result<Kernel, LinuxErr> {
        let mut k = Kernel { dev, dma: None, tag: AtomicPtr::new(ptr::null_mut()), order, init, init_arg };
        if !dma {
            return Ok(k);
        }
        let (provider, info) = provider::acquire(dev)?;
        let size = kpi::PAGE_SIZE << order.min(20);
        // SAFETY: the provider keeps the parent while it is in use.
        let tag = unsafe { Tag::create(info.parent, info.mask, size, info.domain) };
        match tag {
            Ok(tag) => {
                k.tag = AtomicPtr::new(tag.into_raw());
                // A page's DMA address is one word of struct page.
                let mask = info.mask.min(usize::MAX as u64);
                k.dma = Some(PoolDma { provider, mask });
                Ok(k)
            }
            Err(e) => {
                provider::release(provider);
                Err(e)
            }
        }
    }

    /// The highest address that the device reaches.
    pub fn mask(&self) -> u64 {
        self.dma.as_ref().map_or(u64::MAX, |d| d.mask)
    }

    /// The pool's device; only to be compared.
    pub fn dev(&self) -> *mut Device {
        self.dev
    }

    fn tag<R>(&self, f: impl FnOnce(&Tag) -> R) -> Option<R> {
        // SAFETY: NULL, or ours until close_dma(), which the pool calls when
        // no map is left and no sync under way.
        unsafe { Tag::borrow(self.tag.load(Acquire), f) }
    }

    fn len(&self) -> usize {
        kpi::PAGE_SIZE << self.order
    }
}

/// Where a page is.
pub fn phys(page: PageRef) -> u64 {
    (page.pfn() as u64) << kpi::PAGE_SHIFT
}

impl Sys for Kernel {
    type Lock = Lock;

    fn alloc_pages(&self, gfp: Gfp, order: u32, nid: i32, high: u64, places: &mut [Option<PageRef>]) -> usize {
        let owner = Owner::Pool as c_int;
        if order == 0 {
            let n = places.len() as c_ulong;
            // SAFETY: n places for shadows, which outlive this kld.
            return unsafe { shadow::lkpirs_alloc_pages_bulk_owner(gfp.0, nid, high, owner, n, places.as_mut_ptr()) } as usize;
        }
        let mut gfp = gfp;
        for (i, place) in places.iter_mut().enumerate() {
            if order > bindings::KPI_MAX_PAGE_ORDER {
                return 0;
            }
            // SAFETY: plain numbers; NULL or a shadow, which outlives this kld.
            *place = unsafe { shadow::lkpirs_alloc_pages_owner(gfp.0, order, nid, high, owner).as_ref() };
            if place.is_none() {
                return i;
            }
            gfp = gfp.nowait();
        }
        places.len()
    }

    type Pin<'a> = Pin;

    #[inline(always)]
    fn pin(&self) -> Pin {
        Pin::new()
    }

    fn quiesce(&self) {
        critical::quiesce()
    }

    fn nodes(&self) -> i32 {
        kpi::vm::domains()
    }

    fn put_page(&self, page: PageRef) {
        // SAFETY: the pool's own reference.
        unsafe { shadow::lkpirs_put_page(page) }
    }

    fn put_pages(&self, pages: &mut [PageRef], order: u32) {
        if order > 0 {
            return pages.iter().for_each(|page| self.put_page(page));
        }
        let n = pages.len() as c_ulong;
        // SAFETY: the pool's own reference of each; n places.
        unsafe { shadow::lkpirs_free_owned_bulk(Owner::Pool as c_int, n, pages.as_mut_ptr()) }
    }

    fn this_node(&self) -> i32 {
        // SAFETY: reads curcpu's own field.
        unsafe { bindings::kpi_curdomain() }
    }

    fn node_of(&self, page: PageRef) -> i32 {
        // SAFETY: a live shadow's native page.
        unsafe { bindings::kpi_vm_page_domain(page.vm_page.load(Relaxed)) }
    }

    fn map(&self, page: PageRef, _order: u32) -> Option<Mapping> {
        static LIMIT: RateLimit = RateLimit::new(1);
        let (pa, len) = (phys(page), self.len());
        let (addr, map) = self.tag(|t| t.map_phys(pa, len))??;
        let undo = || {
            // SAFETY: mapped above with this tag.
            self.tag(|t| unsafe { t.unmap(map) });
        };
        if addr.checked_add(len as u64 - 1).is_none_or(|end| end > self.mask()) {
            undo();
            if LIMIT.pass() {
                klog!("page_pool: address {addr:#x} is beyond the device's mask {:#x}\n", self.mask());
            }
            return None;
        }
        // Where the physical address does not lead to the page, a table does.
        if addr != pa && !capi_dma::remember(page, self.dev, addr, self.order) {
            undo();
            return None;
        }
        DMA_MAPS.fetch_add(1, Relaxed);
        let syncs = need_sync::by(map);
        if syncs {
            need_sync::add();
        }
        Some(Mapping { addr, map, syncs })
    }

    fn unmap(&self, page: PageRef) {
        let (addr, map) = (page.dma_addr.load(Relaxed) as u64, page.pp_dma_map.load(Relaxed));
        if addr != phys(page) {
            capi_dma::forget(page, self.dev, addr, self.order);
        }
        // SAFETY: made by map() with this tag; the registry knew it, once.
        self.tag(|t| unsafe { t.unmap(map) });
        if need_sync::by(map) {
            need_sync::sub();
        }
        DMA_MAPS.fetch_sub(1, Relaxed);
    }

    #[inline]
    fn sync(&self, page: PageRef, op: SyncOp) {
        let map = page.pp_dma_map.load(Relaxed);
        // SAFETY: of a mapped page of this pool, which its holder keeps so.
        self.tag(|t| unsafe { t.sync(map, op.bits()) });
    }

    fn close_dma(&self) {
        // SAFETY: into_raw() of new(), taken once.
        let tag = unsafe { Tag::from_raw(self.tag.swap(ptr::null_mut(), Acquire)) };
        if tag.is_some() {
            drop(tag);
            if let Some(d) = &self.dma {
                provider::release(d.provider);
            }
        }
    }

    fn no_reach(&self, mask: u64) {
        static LIMIT: RateLimit = RateLimit::new(1);
        if LIMIT.pass() {
            klog!("page_pool: no memory that the device reaches (mask {mask:#x})\n");
        }
    }

    fn alloc_slots(&self, n: usize) -> Option<&'static mut [Slot]> {
        alloc_slice(n, false)
    }

    fn alloc_bucket(&self) -> Option<PageBucket> {
        // SAFETY: fresh zeroed memory of that size, which zeroes make a Bucket;
        // malloc(9) aligns it as its pointers need.
        malloc_type().zalloc(size_of::<Bucket<Page>>()).map(|at| unsafe { at.cast::<Bucket<Page>>().as_ref() })
    }

    fn free_bucket(&self, bucket: PageBucket) {
        // SAFETY: from alloc_bucket(), handed back.
        unsafe { malloc_type().free(NonNull::from(bucket).cast()) }
    }

    fn free_slots(&self, slots: &'static mut [Slot]) {
        // SAFETY: from alloc_slots(), handed over.
        unsafe { free_slice(slots) }
    }

    fn alloc_notes(&self, n: usize) -> Option<&'static mut [Note]> {
        alloc_slice(n, false)
    }

    fn free_notes(&self, notes: &'static mut [Note]) {
        // SAFETY: from alloc_notes(), handed over.
        unsafe { free_slice(notes) }
    }

    fn fill(&self, page: PageRef, order: u32, byte: u8) {
        memory::fill(page, kpi::PAGE_SIZE << order, byte)
    }

    fn is_filled(&self, page: PageRef, order: u32, byte: u8) -> bool {
        memory::is_filled(page, kpi::PAGE_SIZE << order, byte)
    }

    fn now(&self) -> u64 {
        kpi::time::uptime_ms()
    }

    fn caller(&self) -> usize {
        // SAFETY: walks curthread's own stack.
        unsafe { bindings::kpi_caller() as usize }
    }

    fn entered(&self, page: PageRef) {
        if let Some(f) = self.init {
            // SAFETY: the driver's callback with its own argument, as it asked.
            unsafe { f(ptr::from_ref(page) as usize, self.init_arg) }
        }
    }

    fn schedule_release(&self) {
        // SAFETY: enqueues a static task.
        unsafe { lkpirs_page_pool_schedule_reap() }
    }

    fn misuse(&self, what: &'static CStr, page: *const Page) {
        misuse(what, page.cast())
    }
}

/// ENOMEM for what a slice allocation could not have.
pub fn or_enomem<T>(v: Option<T>) -> Result<T, LinuxErr> {
    v.ok_or(ENOMEM)
}
