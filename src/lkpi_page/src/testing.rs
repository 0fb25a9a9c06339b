// SPDX-License-Identifier: BSD-2-Clause
//! A machine for tests: real `struct vm_page` and `struct vm_phys_seg` arrays,
//! filled in as FreeBSD's vm_page_startup does, and a kernel that counts what
//! it gave out and can be told to fail.

use crate::chunk::{BLOCK_PAGES, CHUNK_BYTES};
use crate::layout::{Layout, Memory};
use crate::{Event, Gfp, Kernel, Misuse, Shadow, Source, UNBACK};
use kpi::bindings::{vm_page, vm_phys_seg};
use kpi::page::Page;
use kpi::{Pfn, PAGE_SHIFT, PAGE_SIZE};
use std::alloc::{alloc, alloc_zeroed, dealloc, Layout as Mem};
use std::collections::{BTreeMap, BTreeSet};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard};

/// How the array is filled in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One entry a frame from the first segment on; holes are not readable in
    /// a real kernel, so here they are left as garbage.
    PageArray,
    /// One initialised entry a frame, holes included (segind 0).
    Dense,
    /// Packed segment after segment.
    Sparse,
}

/// The arrays of a machine.
pub struct Arrays {
    pub segs: Vec<vm_phys_seg>,
    pub array: Vec<vm_page>,
    pub first_page: Pfn,
}

impl Arrays {
    /// Segments as frame ranges, sorted by start; later ones may overlap.
    pub fn new(kind: Kind, ranges: &[(Pfn, Pfn)]) -> Arrays {
        // SAFETY: both are plain C structures, for which zeroes are valid.
        let zero_page = || unsafe { std::mem::zeroed::<vm_page>() };
        let first_page = ranges[0].0;
        let end = ranges.iter().map(|r| r.1).max().unwrap();
        let len = match kind {
            Kind::Sparse => ranges.iter().map(|r| r.1 - r.0).sum(),
            _ => end - first_page,
        };
        let mut array: Vec<vm_page> = (0..len).map(|_| zero_page()).collect();
        let base = array.as_mut_ptr();
        let mut segs = Vec::new();
        let mut packed = 0;
        for (i, &(a, b)) in ranges.iter().enumerate() {
            // SAFETY: as above.
            let mut s: vm_phys_seg = unsafe { std::mem::zeroed() };
            s.start = (a << PAGE_SHIFT) as u64;
            s.end = (b << PAGE_SHIFT) as u64;
            let at = if kind == Kind::Sparse { packed } else { a - first_page };
            s.first_page = base.wrapping_add(at);
            for (j, pfn) in (a..b).enumerate() {
                array[at + j].phys_addr = (pfn << PAGE_SHIFT) as u64;
                array[at + j].segind = i as i8;
            }
            packed += b - a;
            segs.push(s);
        }
        for (i, m) in array.iter_mut().enumerate() {
            let pfn = first_page + i;
            if kind != Kind::Sparse && !ranges.iter().any(|r| (r.0..r.1).contains(&pfn)) {
                m.phys_addr = if kind == Kind::Dense { (pfn << PAGE_SHIFT) as u64 } else { !0 };
            }
        }
        Arrays { segs, array, first_page }
    }

    /// As the shadow takes them.
    pub fn memory(&mut self) -> Memory {
        // SAFETY: the vectors do not move or change while the test runs.
        unsafe {
            Memory::new(self.segs.as_ptr(), self.segs.len(), self.array.as_mut_ptr(), self.array.len(), self.first_page)
        }
    }
}

/// What a fake kernel has given out.
#[derive(Default)]
pub struct Books {
    pub zallocs: BTreeMap<usize, usize>,
    pub kva: BTreeSet<usize>,
    pub backed: BTreeSet<usize>,
    pub fictitious: BTreeMap<Pfn, usize>,
    pub allocated: BTreeSet<Pfn>,
    pub wired: BTreeMap<usize, u32>,
    pub misuse: Vec<Misuse>,
    /// Fail when this many more fallible calls have been made.
    pub fail_in: Option<usize>,
    /// How many calls failed.
    pub failed: usize,
}

/// The kernel of a test.
pub struct Fake {
    lock: Mutex<()>,
    pub books: Mutex<Books>,
    memory: Memory,
    native: Box<dyn Fn(Pfn) -> Option<NonNull<vm_page>> + Send + Sync>,
}

impl Fake {
    pub fn new<L: Layout + 'static>(layout: L) -> Fake {
        Fake {
            lock: Mutex::new(()),
            books: Mutex::default(),
            memory: *layout.memory(),
            native: Box::new(move |pfn| layout.native(pfn)),
        }
    }

    fn may_fail(&self) -> bool {
        let mut b = self.books.lock().unwrap();
        match &mut b.fail_in {
            Some(0) => {
                b.failed += 1;
                true
            }
            Some(n) => {
                *n -= 1;
                false
            }
            None => false,
        }
    }
}

// SAFETY: host memory of the promised size and alignment, kept until freed.
unsafe impl Kernel for Fake {
    type Guard<'a> = MutexGuard<'a, ()>;

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.try_lock().unwrap_or_else(|_| self.lock.lock().unwrap())
    }
    fn zalloc(&self, n: usize) -> Option<NonNull<u8>> {
        if self.may_fail() {
            return None;
        }
        // SAFETY: a non-zero size.
        let p = NonNull::new(unsafe { alloc_zeroed(Mem::from_size_align(n, 64).unwrap()) })?;
        self.books.lock().unwrap().zallocs.insert(p.as_ptr() as usize, n);
        Some(p)
    }
    unsafe fn free(&self, p: NonNull<u8>, n: usize) {
        assert_eq!(self.books.lock().unwrap().zallocs.remove(&(p.as_ptr() as usize)), Some(n));
        // SAFETY: from zalloc with this size.
        unsafe { dealloc(p.as_ptr(), Mem::from_size_align(n, 64).unwrap()) }
    }
    fn reserve(&self) -> Option<NonNull<Page>> {
        if self.may_fail() {
            return None;
        }
        // Not zeroed: what was not backed must not be read.
        // SAFETY: a non-zero size.
        let p = NonNull::new(unsafe { alloc(Mem::from_size_align(CHUNK_BYTES, CHUNK_BYTES).unwrap()) })?;
        // SAFETY: just allocated.
        unsafe { p.as_ptr().write_bytes(0x5a, CHUNK_BYTES) };
        self.books.lock().unwrap().kva.insert(p.as_ptr() as usize);
        Some(p.cast())
    }
    unsafe fn unreserve(&self, va: NonNull<Page>) {
        assert!(self.books.lock().unwrap().kva.remove(&(va.as_ptr() as usize)));
        // SAFETY: from reserve().
        unsafe { dealloc(va.as_ptr().cast(), Mem::from_size_align(CHUNK_BYTES, CHUNK_BYTES).unwrap()) }
    }
    unsafe fn back(&self, at: NonNull<Page>) -> bool {
        if self.may_fail() {
            return false;
        }
        assert!(self.books.lock().unwrap().backed.insert(at.as_ptr() as usize), "backed twice");
        // SAFETY: one block of a reservation.
        unsafe { at.as_ptr().cast::<u8>().write_bytes(0, BLOCK_PAGES * size_of::<Page>()) };
        true
    }
    unsafe fn unback(&self, base: NonNull<Page>, blocks: &[usize]) {
        assert!(!blocks.is_empty() && blocks.len() <= UNBACK && blocks.is_sorted());
        for b in blocks {
            let at = base.as_ptr() as usize + b * BLOCK_PAGES * size_of::<Page>();
            assert!(self.books.lock().unwrap().backed.remove(&at));
        }
    }
    fn fictitious(&self, pfn: Pfn) -> Option<NonNull<vm_page>> {
        self.books.lock().unwrap().fictitious.get(&pfn).and_then(|&m| NonNull::new(m as *mut vm_page))
    }
    unsafe fn fictitious_pfn(&self, m: NonNull<vm_page>) -> Option<Pfn> {
        let b = self.books.lock().unwrap();
        b.fictitious.iter().find(|(_, &p)| p == m.as_ptr() as usize).map(|(&pfn, _)| pfn)
    }
    fn alloc_one(&self, _from: Source) -> Option<NonNull<vm_page>> {
        if self.may_fail() {
            return None;
        }
        // The highest, as FreeBSD keeps low pages for those who need them.
        let mut b = self.books.lock().unwrap();
        let pfn = self.memory.segs().iter().rev().find_map(|s| {
            (crate::layout::first_pfn(s)..crate::layout::end_pfn(s)).rev().find(|p| !b.allocated.contains(p))
        })?;
        b.allocated.insert(pfn);
        (self.native)(pfn)
    }
    fn alloc(&self, _gfp: Gfp, order: u32, _nid: i32, high: u64) -> Option<NonNull<vm_page>> {
        if self.may_fail() {
            return None;
        }
        let mut b = self.books.lock().unwrap();
        let n = 1usize << order;
        for s in self.memory.segs() {
            let (a, e) = (crate::layout::first_pfn(s), crate::layout::end_pfn(s));
            let mut pfn = a.next_multiple_of(n);
            while pfn + n <= e && ((pfn + n) << PAGE_SHIFT) as u64 - 1 <= high {
                if (pfn..pfn + n).all(|p| !b.allocated.contains(&p)) {
                    b.allocated.extend(pfn..pfn + n);
                    return (self.native)(pfn);
                }
                pfn += n;
            }
        }
        None
    }
    unsafe fn release(&self, m: NonNull<vm_page>) {
        // SAFETY: a page of the array.
        let pfn = (unsafe { m.as_ref() }.phys_addr >> PAGE_SHIFT) as Pfn;
        assert!(self.books.lock().unwrap().allocated.remove(&pfn), "released twice");
    }
    fn wire(&self, m: NonNull<vm_page>) -> bool {
        *self.books.lock().unwrap().wired.entry(m.as_ptr() as usize).or_default() += 1;
        true
    }
    fn unwire(&self, m: NonNull<vm_page>) -> bool {
        let mut b = self.books.lock().unwrap();
        match b.wired.get_mut(&(m.as_ptr() as usize)) {
            Some(n) if *n > 0 => {
                *n -= 1;
                true
            }
            _ => false,
        }
    }
    fn wire_count(&self, m: NonNull<vm_page>) -> u32 {
        self.books.lock().unwrap().wired.get(&(m.as_ptr() as usize)).copied().unwrap_or(0)
    }
    fn pfn_at(&self, va: *const u8) -> Option<Pfn> {
        Some(va as usize >> PAGE_SHIFT)
    }
    fn address(&self, pfn: Pfn) -> Option<NonNull<u8>> {
        NonNull::new((pfn << PAGE_SHIFT) as *mut u8)
    }
    fn misuse(&self, what: Misuse, _page: *const Page) {
        self.books.lock().unwrap().misuse.push(what);
    }
    fn probe(&self, _event: Event<'_>) {}
}

impl Drop for Fake {
    fn drop(&mut self) {
        let b = self.books.get_mut().unwrap_or_else(|e| e.into_inner());
        if !std::thread::panicking() {
            assert!(b.zallocs.is_empty() && b.kva.is_empty() && b.backed.is_empty(), "leaked");
        }
    }
}

/// A shadow over such a machine.
pub fn shadow<L: Layout + 'static>(arrays: &mut Arrays) -> Shadow<L, Fake> {
    let layout = L::new(arrays.memory());
    Shadow::new(layout, Fake::new(layout)).unwrap()
}

const _: () = assert!(PAGE_SIZE == 4096);
