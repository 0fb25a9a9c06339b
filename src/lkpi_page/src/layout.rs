// SPDX-License-Identifier: BSD-2-Clause
//! Which native page a frame has, for each way FreeBSD lays `vm_page_array`
//! out (vm/vm_phys.h): the segments decide what is memory, because a dense
//! array has entries for holes as well.

use core::ptr::NonNull;
use kpi::bindings::{vm_page, vm_phys_seg};
use kpi::{Pfn, PAGE_SHIFT};

/// The kernel's own tables: `vm_phys_segs`, `vm_page_array`, `first_page`.
///
/// # Invariants
/// The pointers are the kernel's (or a test's) arrays of these lengths, which
/// do not change or move after vm_page_startup.
#[derive(Clone, Copy)]
pub struct Memory {
    segs: *const vm_phys_seg,
    nsegs: usize,
    array: *mut vm_page,
    array_len: usize,
    first_page: Pfn,
}

// SAFETY: constant tables (type invariant); `segind`, `phys_addr` and
// `first_page`, all that is read of them, are constant after boot.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// Describe the machine.
    ///
    /// # Safety
    /// The type's invariant holds for these tables.
    pub unsafe fn new(
        segs: *const vm_phys_seg, nsegs: usize, array: *mut vm_page, array_len: usize, first_page: Pfn,
    ) -> Memory {
        Memory { segs, nsegs, array, array_len, first_page }
    }

    /// The physical memory segments, sorted by start; early ones can overlap.
    pub fn segs(&self) -> &[vm_phys_seg] {
        if self.nsegs == 0 {
            return &[];
        }
        // SAFETY: type invariant.
        unsafe { core::slice::from_raw_parts(self.segs, self.nsegs) }
    }

    /// The first segment that holds this frame.
    pub fn segment(&self, pfn: Pfn) -> Option<&vm_phys_seg> {
        self.segs().iter().find(|s| first_pfn(s) <= pfn && pfn < end_pfn(s))
    }

    /// One past the highest frame of any segment.
    pub fn end(&self) -> Pfn {
        self.segs().iter().map(end_pfn).max().unwrap_or(0)
    }

    /// How many frames are memory, overlaps counted once.
    pub fn pages(&self) -> usize {
        let mut covered = 0;
        let mut n = 0;
        for s in self.segs() {
            let end = end_pfn(s);
            n += end.saturating_sub(first_pfn(s).max(covered));
            covered = covered.max(end);
        }
        n
    }

    /// The index of a native page in the array; `None` for a page elsewhere.
    #[inline]
    fn index(&self, m: *const vm_page) -> Option<usize> {
        let i = (m as usize).wrapping_sub(self.array as usize) / size_of::<vm_page>();
        (i < self.array_len).then_some(i)
    }

    fn at(&self, i: usize) -> Option<NonNull<vm_page>> {
        if i >= self.array_len {
            return None;
        }
        // SAFETY: inside the array (type invariant).
        NonNull::new(unsafe { self.array.add(i) })
    }

    /// The native page of a frame in an array that has one entry a frame.
    fn linear(&self, pfn: Pfn) -> Option<NonNull<vm_page>> {
        self.segment(pfn)?;
        self.at(pfn.checked_sub(self.first_page)?)
    }
}

/// The first frame of a segment.
pub fn first_pfn(s: &vm_phys_seg) -> Pfn {
    (s.start >> PAGE_SHIFT) as Pfn
}

/// One past the last frame of a segment.
pub fn end_pfn(s: &vm_phys_seg) -> Pfn {
    (s.end >> PAGE_SHIFT) as Pfn
}

/// A way to lay `vm_page_array` out. No method takes a lock.
pub trait Layout: Copy + Send + Sync {
    /// Over these tables.
    fn new(memory: Memory) -> Self;
    /// The tables.
    fn memory(&self) -> &Memory;
    /// The frame of a native page of the array, without a search; the frame
    /// may be a hole. `None` for pages outside the array.
    fn pfn(&self, m: *const vm_page) -> Option<Pfn>;
    /// The frame of a native page that is memory: a load, where `pfn` may have
    /// to divide.
    ///
    /// # Safety
    /// `m` is an initialised page of the kernel's.
    #[inline(always)]
    unsafe fn pfn_of_memory(&self, m: NonNull<vm_page>) -> Pfn {
        // SAFETY: the contract; phys_addr is constant after boot.
        (unsafe { (*m.as_ptr()).phys_addr } >> PAGE_SHIFT) as Pfn
    }
    /// The native page of a frame, `None` if no segment holds it. Searches.
    fn native(&self, pfn: Pfn) -> Option<NonNull<vm_page>>;
    /// One past the highest frame that [`Layout::pfn`] can give or a segment
    /// holds.
    fn end(&self) -> Pfn;
}

/// `PMAP_HAS_PAGE_ARRAY` (amd64, powerpc64): an address range of the pmap's,
/// one entry a frame from `first_page` on, of which only those of memory need
/// be mapped: an entry is never read before a segment vouched for it.
#[derive(Clone, Copy)]
pub struct PageArray(Memory);

impl Layout for PageArray {
    fn new(memory: Memory) -> Self {
        PageArray(memory)
    }
    fn memory(&self) -> &Memory {
        &self.0
    }
    #[inline]
    fn pfn(&self, m: *const vm_page) -> Option<Pfn> {
        self.0.index(m).map(|i| i + self.0.first_page)
    }
    fn native(&self, pfn: Pfn) -> Option<NonNull<vm_page>> {
        self.0.linear(pfn)
    }
    fn end(&self) -> Pfn {
        self.0.end().max(self.0.first_page + self.0.array_len)
    }
}

/// `VM_PHYSSEG_DENSE` (i386): ordinary memory, one initialised entry a frame
/// from `first_page` on, holes included (their `segind` is 0).
#[derive(Clone, Copy)]
pub struct Dense(Memory);

impl Layout for Dense {
    fn new(memory: Memory) -> Self {
        Dense(memory)
    }
    fn memory(&self) -> &Memory {
        &self.0
    }
    #[inline]
    fn pfn(&self, m: *const vm_page) -> Option<Pfn> {
        self.0.index(m).map(|i| i + self.0.first_page)
    }
    fn native(&self, pfn: Pfn) -> Option<NonNull<vm_page>> {
        self.0.linear(pfn)
    }
    fn end(&self) -> Pfn {
        self.0.end().max(self.0.first_page + self.0.array_len)
    }
}

/// `VM_PHYSSEG_SPARSE` (arm64, riscv64, arm, i386 PAE): the segments' pages
/// one after another, so only a segment knows where its own begin.
#[derive(Clone, Copy)]
pub struct Sparse(Memory);

impl Layout for Sparse {
    fn new(memory: Memory) -> Self {
        Sparse(memory)
    }
    fn memory(&self) -> &Memory {
        &self.0
    }
    #[inline]
    fn pfn(&self, m: *const vm_page) -> Option<Pfn> {
        let i = self.0.index(m)?;
        // SAFETY: an entry of the array; every entry of a packed array is a
        // page of memory, initialised at boot, its phys_addr constant.
        Some(unsafe { (*self.0.array.add(i)).phys_addr >> PAGE_SHIFT } as Pfn)
    }
    fn native(&self, pfn: Pfn) -> Option<NonNull<vm_page>> {
        let seg = self.0.segment(pfn)?;
        // SAFETY: the frame is in the segment, whose first_page begins its run
        // of the array (type invariant of Memory).
        NonNull::new(unsafe { seg.first_page.add(pfn - first_pfn(seg)) })
    }
    fn end(&self) -> Pfn {
        self.0.end()
    }
}

/// The layout that this kernel's headers declare.
pub type Native = <Select<{ kpi::bindings::KPI_HAS_PAGE_ARRAY }, { kpi::bindings::KPI_PHYSSEG_SPARSE }> as Choose>::Layout;

/// Turns the headers' two macros into a type.
pub struct Select<const PAGE_ARRAY: u32, const SPARSE: u32>;

/// See [`Select`].
pub trait Choose {
    /// What the macros mean.
    type Layout: Layout;
}
impl Choose for Select<1, 0> {
    type Layout = PageArray;
}
impl Choose for Select<1, 1> {
    type Layout = Sparse;
}
impl Choose for Select<0, 0> {
    type Layout = Dense;
}
impl Choose for Select<0, 1> {
    type Layout = Sparse;
}
