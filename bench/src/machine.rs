// SPDX-License-Identifier: BSD-2-Clause
//! A simulated machine: the kernel's tables, our shadow and the peer's array
//! over them, and the buffers that a driver uses.

use crate::host::{reserve, Host};
use crate::lookups::{Globals, Lookup};
use anyhow::{ensure, Context, Result};
use kpi::bindings::{vm_page, vm_phys_seg};
use kpi::page::Page;
use kpi::{Pfn, PAGE_SHIFT};
use lkpi_page::layout::{Layout, Memory, PageArray};
use lkpi_page::Shadow;
use memmap2::MmapMut;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;

/// Buffers in use: clusters spread over memory, 32 MiB together.
const CLUSTERS: usize = 32;
/// Pages of a cluster: 1 MiB.
const CLUSTER_PAGES: usize = 256;
/// Pages in use.
pub const SET_PAGES: usize = CLUSTERS * CLUSTER_PAGES;
/// Frame of the first native page, as on amd64.
const FIRST_PAGE: Pfn = 1;
/// Where memory begins, and the hole before each further segment.
const HOLE_PAGES: Pfn = 256;
/// Where the direct map begins: with room for every machine, as amd64 has with
/// five-level paging. Nothing is ever read there.
const DMAP_LOW: u64 = 0xff00_0000_0000_0000;

/// Arguments of a look-up for every page in use, in random order.
pub struct Args {
    /// For our look-up.
    pub ours: Vec<u64>,
    /// For the peer's.
    pub peer: Vec<u64>,
}

/// See the module.
pub struct Machine {
    shadow: Shadow<PageArray, Host>,
    set: Vec<Pfn>,
    frames: Pfn,
    array: MmapMut,
    vmemmap: MmapMut,
    /// The shadow reads it as long as it lives.
    _segs: Vec<vm_phys_seg>,
}

impl Machine {
    /// A machine with this much RAM in so many segments, and a driver on it.
    pub fn new(ram: u64, nsegs: usize) -> Result<Machine> {
        let frames = (ram >> PAGE_SHIFT) as Pfn;
        let segs: Vec<_> = segments(frames, nsegs).collect();
        let mut array = reserve(frames * size_of::<vm_page>(), true).context("vm_page_array")?;
        let vmemmap = reserve(frames * size_of::<Page>(), true).context("the peer's array")?;
        // SAFETY: both live as long as the shadow, at a constant address: the
        // vector's buffer and the mapping do not move with the machine.
        let memory = unsafe {
            Memory::new(segs.as_ptr(), segs.len(), array.as_mut_ptr().cast(), frames - FIRST_PAGE, FIRST_PAGE)
        };
        let shadow = Shadow::new(PageArray::new(memory), Host::default()).context("no memory")?;
        let set = working_set(&segs);
        let mut machine = Machine { shadow, set, frames, array, vmemmap, _segs: segs };
        machine.use_buffers()?;
        Ok(machine)
    }

    /// Touch everything a driver's pages have: the native page, which the
    /// kernel has initialised, our shadow, the peer's page.
    fn use_buffers(&mut self) -> Result<()> {
        for (i, &pfn) in self.set.iter().enumerate() {
            let native = self.native(pfn);
            // SAFETY: the entry of a frame in the mapping, which is aligned.
            unsafe {
                (*native).phys_addr = (pfn << PAGE_SHIFT) as u64;
                (*native).ref_count = 1;
            }
            let page = self.shadow.page(pfn).context("a frame without a shadow")?;
            // SAFETY: a live shadow, and the entry of a frame in the mapping.
            let (ours, peer) = unsafe { (page.as_ref(), &*self.peer(pfn)) };
            ensure!(ours.vm_page.load(Relaxed) == native, "the shadow has another native page");
            ours.pp_magic.store(i, Relaxed);
            peer.pp_magic.store(i, Relaxed);
        }
        Ok(())
    }

    fn native(&self, pfn: Pfn) -> *mut vm_page {
        self.array.as_ptr().cast::<vm_page>().wrapping_add(pfn - FIRST_PAGE).cast_mut()
    }

    fn peer(&self, pfn: Pfn) -> *mut Page {
        self.vmemmap.as_ptr().cast::<Page>().wrapping_add(pfn).cast_mut()
    }

    fn ours(&self, pfn: Pfn) -> *mut Page {
        self.shadow.page(pfn).map_or(std::ptr::null_mut(), NonNull::as_ptr)
    }

    /// What look-ups on this machine read.
    pub fn globals(&self) -> Globals {
        let dir = self.shadow.directory();
        Globals {
            base: dir.bases().cast(),
            states: dir.states(0).cast(),
            npfns: dir.npfns() as u64,
            array: self.array.as_ptr().cast_mut().cast(),
            array_size: (self.frames - FIRST_PAGE) as i64,
            first_page: FIRST_PAGE as i64,
            dmap_low: DMAP_LOW,
            dmap_size: (self.frames << PAGE_SHIFT) as u64,
            vmemmap: self.peer(0),
        }
    }

    /// Arguments of this look-up for all pages in use.
    pub fn args(&self, lookup: &Lookup) -> Args {
        let both = |f: &dyn Fn(Pfn) -> u64| -> Vec<u64> { self.set.iter().map(|&p| f(p)).collect() };
        let same = |v: Vec<u64>| Args { ours: v.clone(), peer: v };
        match lookup.name() {
            "vm_page_to_page" => same(both(&|p| self.native(p) as u64)),
            "pfn_to_page" => same(both(&|p| p as u64)),
            "virt_to_page" => same(both(&|p| DMAP_LOW + ((p as u64) << PAGE_SHIFT))),
            _ => Args { ours: both(&|p| self.ours(p) as u64), peer: both(&|p| self.peer(p) as u64) },
        }
    }

    /// What this look-up must find, in the order of [`Machine::args`].
    pub fn results(&self, lookup: &Lookup) -> Args {
        let both = |f: &dyn Fn(Pfn) -> u64| -> Vec<u64> { self.set.iter().map(|&p| f(p)).collect() };
        let same = |v: Vec<u64>| Args { ours: v.clone(), peer: v };
        match lookup.name() {
            "page_to_pfn" => same(both(&|p| p as u64)),
            "page_to_vm_page" => same(both(&|p| self.native(p) as u64)),
            _ => Args { ours: both(&|p| self.ours(p) as u64), peer: both(&|p| self.peer(p) as u64) },
        }
    }

    /// Bytes that our shadow uses now.
    pub fn shadow_bytes(&self) -> usize {
        self.shadow.usage().bytes
    }
}

fn segments(frames: Pfn, n: usize) -> impl Iterator<Item = vm_phys_seg> {
    let each = frames / n;
    (0..n).map(move |i| {
        // SAFETY: a plain C structure, for which zeroes are valid.
        let mut s: vm_phys_seg = unsafe { std::mem::zeroed() };
        s.start = ((i * each + HOLE_PAGES) << PAGE_SHIFT) as u64;
        s.end = (((i + 1) * each) << PAGE_SHIFT) as u64;
        s
    })
}

/// The same pseudo-random numbers in every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Clusters of pages, one in each equal share of memory, somewhere in it, in
/// random order. All segments have the same size.
fn working_set(segs: &[vm_phys_seg]) -> Vec<Pfn> {
    let frame = |pa: u64| (pa >> PAGE_SHIFT) as Pfn;
    let places = (frame(segs[0].end) - frame(segs[0].start)) / CLUSTER_PAGES;
    let share = places * segs.len() / CLUSTERS;
    let mut random = Random(1);
    let mut set = Vec::with_capacity(SET_PAGES);
    for i in 0..CLUSTERS {
        let place = i * share + random.below(share);
        let first = frame(segs[place / places].start) + place % places * CLUSTER_PAGES;
        set.extend(first..first + CLUSTER_PAGES);
    }
    for i in (1..set.len()).rev() {
        set.swap(i, random.below(i + 1));
    }
    set
}
