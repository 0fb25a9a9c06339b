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
use crate::sys::{Event, Gfp, Mapping, PageRef, Returned, Sys, SyncOp};
use crate::{capi_dma, need_sync, shadow};
use core::ffi::{c_int, c_uint, c_ulong, c_void, CStr};
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicI64, AtomicPtr, Ordering::{Acquire, Relaxed}};
use kpi::bindings::{self, bus_dma_tag};
use kpi::critical;
use kpi::dma::Tag;
use kpi::errno::{LinuxErr, ENOMEM};
use kpi::klog;
use kpi::log::RateLimit;
use kpi::mutex::Mutex;
use kpi::page::{Owner, Page};

pub use crate::shadow::{
    alloc_block, head_of_phys, head_of_virt, is_page, live_page_arg, misuse, points_to_page, put_block, ERRORS,
};

extern "C" {
    /// In kmod/page_pool/page_pool.c: run `lkpirs_page_pool_reap` from a thread soon.
    fn lkpirs_page_pool_schedule_reap();
    // In probes.c there.
    fn lkpirs_probe_pool_slow(pool: *const c_void, pages: c_uint);
    fn lkpirs_probe_pool_refill(pool: *const c_void, pages: c_uint);
    fn lkpirs_probe_pool_release(pool: *const c_void, pages: c_uint);
    fn lkpirs_probe_pool_wait(pool: *const c_void, in_flight: c_int);
    fn lkpirs_probe_pool_shared(pool: *const c_void, page: *const Page);
}

/// DMA maps in existence, of pools and of drivers.
pub static DMA_MAPS: AtomicI64 = AtomicI64::new(0);

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

    fn free_slots(&self, slots: Returned<[Slot]>) {
        // SAFETY: from alloc_slots(), handed over.
        unsafe { free_slice(slots.into_raw()) }
    }

    fn alloc_notes(&self, n: usize) -> Option<&'static mut [Note]> {
        alloc_slice(n, false)
    }

    fn free_notes(&self, notes: Returned<[Note]>) {
        // SAFETY: from alloc_notes(), handed over.
        unsafe { free_slice(notes.into_raw()) }
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

    #[inline]
    fn probe(&self, pool: *const c_void, event: Event) {
        // SAFETY: the probes of this kld's C file take plain values.
        unsafe {
            match event {
                Event::Slow(n) => lkpirs_probe_pool_slow(pool, n as c_uint),
                Event::Refill(n) => lkpirs_probe_pool_refill(pool, n as c_uint),
                Event::Release(n) => lkpirs_probe_pool_release(pool, n as c_uint),
                Event::Wait(n) => lkpirs_probe_pool_wait(pool, n),
                Event::Shared(page) => lkpirs_probe_pool_shared(pool, page),
            }
        }
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
