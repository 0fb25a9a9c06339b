// SPDX-License-Identifier: BSD-2-Clause
//! A machine for tests: pages on the heap, a device that notes what is mapped.

use crate::lock::{HostPin, Pinned, RawLock};
use crate::bucket::Taker;
use crate::lane::{PageBucket, LANES};
use crate::params::{Config, Params};
use crate::consumer::Consumer;
use crate::pool::Pool;
use crate::registry::{Note, Slot};
use crate::sys::{Gfp, Mapping, PageRef, Returned, Sys, SyncOp};
use crate::Destroyed;
use core::ffi::{c_void, CStr};
use kpi::page::{Owner, Page, PFN_SHIFT};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard};

pub const GFP: Gfp = Gfp(0);

/// mutex(9) on the host.
#[derive(Default)]
pub struct HostLock(Mutex<()>);

// SAFETY: a Mutex excludes and orders.
unsafe impl RawLock for HostLock {
    fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        let _held = self.0.lock().unwrap_or_else(|e| e.into_inner());
        f()
    }
}

/// The CPUs of all machines; more of them than a pool has lanes.
static CPUS: [Mutex<()>; LANES + 2] = [const { Mutex::new(()) }; LANES + 2];

thread_local! {
    /// The one that this thread runs on.
    pub static CPU: Cell<usize> = const { Cell::new(0) };
}

/// What the machine knows; shared by its pools.
#[derive(Default)]
pub struct State {
    pub next_pfn: u64,
    pub live: usize,
    pub maps: BTreeMap<usize, u64>,
    pub mapped_ever: usize,
    pub filled_when_mapped: usize,
    pub syncs: usize,
    pub slots: usize,
    pub buckets: usize,
    pub misuse: Vec<String>,
    pub scheduled: usize,
    pub closed: usize,
    pub entered: usize,
    pub node: i32,
    /// Pages come from this node.
    pub page_node: i32,
    /// Allocations and mappings left before one fails.
    pub fail_alloc: Option<usize>,
    pub fail_map: Option<usize>,
    pub fail_slots: bool,
    pub fail_notes: bool,
    /// What a page is full of, if anybody filled it.
    pub bytes: BTreeMap<usize, u8>,
    /// Milliseconds of uptime.
    pub now: u64,
    /// Where allocations come from.
    pub caller: usize,
    pub last_sync: Option<SyncOp>,
    /// The device was closed: nothing may reach it.
    pub gone: bool,
    /// All pages that there were: they go with the machine.
    pages: Vec<PageRef>,
    owners: Vec<Box<u64>>,
}

impl Drop for State {
    fn drop(&mut self) {
        for page in self.pages.drain(..) {
            // SAFETY: page() leaked it; the machine's pools went before.
            drop(unsafe { Box::from_raw(ptr::from_ref(page).cast_mut()) })
        }
    }
}

fn due(left: &mut Option<usize>) -> bool {
    match left {
        Some(0) => {
            *left = None;
            true
        }
        Some(n) => {
            *n -= 1;
            false
        }
        None => false,
    }
}

#[derive(Clone, Default)]
pub struct Machine(pub Arc<Mutex<State>>);

impl Machine {
    pub fn with<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.0.lock().unwrap())
    }

    pub fn misuse(&self) -> Vec<String> {
        self.with(|s| core::mem::take(&mut s.misuse))
    }
}

fn page(pfn: u64, node: i32) -> PageRef {
    // SAFETY: a Page is atomics and pointers, of which zeroes are values.
    let p: &'static Page = Box::leak(Box::new(unsafe { core::mem::zeroed::<Page>() }));
    p.flags.store((pfn as usize) << PFN_SHIFT, Relaxed);
    p.page_type.store(Owner::Pool as i32, Relaxed);
    p.refcount.store(1, Relaxed);
    // The fake keeps a page's node where nobody looks.
    p.vm_page.store(ptr::without_provenance_mut(node as usize + 1), Relaxed);
    p
}

impl Sys for Machine {
    type Lock = HostLock;

    fn alloc_pages(&self, _gfp: Gfp, order: u32, _nid: i32, high: u64, places: &mut [Option<PageRef>]) -> usize {
        self.with(|s| {
            for (i, place) in places.iter_mut().enumerate() {
                if due(&mut s.fail_alloc) || order > 10 {
                    return i;
                }
                // From the top down if there is no limit, as kernels do.
                s.next_pfn += 1 << order;
                let pfn = if high == u64::MAX { (1 << 21) + s.next_pfn } else { s.next_pfn };
                s.live += 1;
                let page = page(pfn, s.page_node);
                s.pages.push(page);
                *place = Some(page);
            }
            places.len()
        })
    }

    type Pin<'a> = HostPin<MutexGuard<'static, ()>>;

    fn pin(&self) -> Self::Pin<'_> {
        let cpu = CPU.get();
        let alone = CPUS[cpu].lock().unwrap_or_else(|e| e.into_inner());
        // SAFETY: the CPU's mutex is held.
        HostPin(unsafe { Pinned::new(cpu) }, alone)
    }

    fn quiesce(&self) {
        CPUS.iter().for_each(|cpu| drop(cpu.lock().unwrap_or_else(|e| e.into_inner())));
    }

    fn nodes(&self) -> i32 {
        2
    }

    fn alloc_bucket(&self) -> Option<PageBucket> {
        self.with(|s| {
            (!s.fail_slots).then(|| {
                s.buckets += 1;
                &*Box::leak(Box::default())
            })
        })
    }

    fn free_bucket(&self, bucket: PageBucket) {
        let mut rest = [crate::refs::nil(); 1];
        let mut taker = Taker::default();
        taker.begin(bucket);
        assert_eq!(taker.take_into(&mut rest, |_| panic!("linked")), 0, "a bucket with pages was freed");
        self.with(|s| s.buckets -= 1);
        // SAFETY: alloc_bucket() leaked it; it is empty and nobody's.
        drop(unsafe { Box::from_raw(ptr::from_ref(bucket).cast_mut()) })
    }

    fn put_page(&self, page: PageRef) {
        self.with(|s| {
            assert!(page.pp.load(Relaxed).is_null(), "a pool's page was freed");
            if page.refcount.fetch_sub(1, Relaxed) == 1 {
                page.page_type.store(0, Relaxed);
                s.live -= 1;
            }
        })
    }

    fn this_node(&self) -> i32 {
        self.with(|s| s.node)
    }

    fn node_of(&self, page: PageRef) -> i32 {
        page.vm_page.load(Relaxed).addr() as i32 - 1
    }

    fn map(&self, page: PageRef, _order: u32) -> Option<Mapping> {
        self.with(|s| {
            assert!(!s.gone, "mapped for a device that is gone");
            if due(&mut s.fail_map) {
                return None;
            }
            let addr = 0x1_0000_0000 + ((page.pfn() as u64) << kpi::PAGE_SHIFT);
            assert!(s.maps.insert(ptr::from_ref(page).addr(), addr).is_none(), "mapped twice");
            s.filled_when_mapped += usize::from(s.bytes.contains_key(&ptr::from_ref(page).addr()));
            s.mapped_ever += 1;
            Some(Mapping { addr, map: ptr::null_mut(), syncs: true })
        })
    }

    fn unmap(&self, page: PageRef) {
        self.with(|s| {
            assert!(!s.gone, "unmapped after destroy");
            let addr = s.maps.remove(&ptr::from_ref(page).addr());
            assert_eq!(addr, Some(page.dma_addr.load(Relaxed) as u64), "unmapped what is not mapped");
        })
    }

    fn sync(&self, page: PageRef, op: SyncOp) {
        self.with(|s| {
            assert!(s.maps.contains_key(&ptr::from_ref(page).addr()), "synced what is not mapped");
            s.syncs += 1;
            s.last_sync = Some(op);
        })
    }

    fn close_dma(&self) {
        self.with(|s| {
            s.closed += 1;
            s.gone = true;
        })
    }

    fn no_reach(&self, _mask: u64) {}

    fn alloc_slots(&self, n: usize) -> Option<&'static mut [Slot]> {
        self.with(|s| {
            if s.fail_slots {
                return None;
            }
            s.slots += n;
            Some(Box::leak(vec![Slot::FREE; n].into_boxed_slice()))
        })
    }

    fn free_slots(&self, slots: Returned<[Slot]>) {
        // SAFETY: alloc_slots() leaked it; it comes back for good.
        let slots = unsafe { Box::from_raw(slots.into_raw()) };
        self.with(|s| s.slots -= slots.len())
    }

    fn alloc_notes(&self, n: usize) -> Option<&'static mut [Note]> {
        self.with(|s| {
            if s.fail_notes {
                return None;
            }
            s.slots += n;
            Some(Box::leak(vec![Note::NONE; n].into_boxed_slice()))
        })
    }

    fn free_notes(&self, notes: Returned<[Note]>) {
        // SAFETY: as in free_slots().
        let notes = unsafe { Box::from_raw(notes.into_raw()) };
        self.with(|s| s.slots -= notes.len())
    }

    fn fill(&self, page: PageRef, _order: u32, byte: u8) {
        self.with(|s| s.bytes.insert(ptr::from_ref(page).addr(), byte));
    }

    fn is_filled(&self, page: PageRef, _order: u32, byte: u8) -> bool {
        self.with(|s| s.bytes.get(&ptr::from_ref(page).addr()) == Some(&byte))
    }

    fn now(&self) -> u64 {
        self.with(|s| s.now)
    }

    fn caller(&self) -> usize {
        self.with(|s| s.caller)
    }

    fn entered(&self, page: PageRef) {
        assert_eq!(page.pp_ref_count.load(Relaxed), 1);
        self.with(|s| s.entered += 1)
    }

    fn schedule_release(&self) {
        self.with(|s| s.scheduled += 1)
    }

    fn misuse(&self, what: &'static CStr, _page: *const Page) {
        self.with(|s| s.misuse.push(what.to_str().unwrap().to_owned()))
    }
}

/// Parameters as mt76's, with a small ring.
pub fn params() -> Params {
    Params { flags: 3, order: 0, pool_size: 16, nid: -1, dma_dir: 2, max_len: 4096, offset: 0 }
}

/// A pool and its consumer.
pub struct Rig {
    pub m: Machine,
    pub pool: Arc<Pool<Machine>>,
    pub c: Consumer,
}

impl Rig {
    pub fn new(p: Params) -> Rig {
        Rig::masked(p, u64::MAX)
    }

    pub fn masked(p: Params, mask: u64) -> Rig {
        Rig::on(Machine::default(), p, mask)
    }

    pub fn on(m: Machine, p: Params, mask: u64) -> Rig {
        Rig::with(m, p.check(mask).unwrap())
    }

    pub fn with(m: Machine, cfg: Config) -> Rig {
        let mut owner = Box::new(0u64);
        let at: *mut c_void = (&raw mut *owner).cast();
        m.with(|s| s.owners.push(owner));
        let pool = Arc::new(Pool::new(m.clone(), cfg, at, Default::default()));
        let mut c = Consumer::default();
        pool.begin(&mut c);
        Rig { m, pool, c }
    }

    pub fn alloc(&mut self) -> PageRef {
        self.pool.alloc(&mut self.c, GFP).unwrap()
    }

    pub fn frag(&mut self, size: u32) -> (PageRef, u32) {
        self.pool.alloc_frag(&mut self.c, size, GFP).unwrap()
    }

    pub fn put(&self, page: PageRef) {
        self.pool.put(None, page, u32::MAX)
    }

    pub fn put_direct(&mut self, page: PageRef) {
        self.pool.put(Some(&mut self.c), page, u32::MAX)
    }

    pub fn destroy(&mut self) -> Destroyed {
        self.pool.destroy(&mut self.c)
    }

    /// Nothing is left of the pool's pages, maps and tables.
    pub fn assert_empty(&self) {
        self.m.with(|s| {
            assert_eq!((s.live, s.maps.len(), s.slots, s.buckets), (0, 0, 0, 0));
            assert!(s.misuse.is_empty(), "{:?}", s.misuse);
        });
        assert_eq!(self.pool.inflight(), 0);
    }
}
