// SPDX-License-Identifier: BSD-2-Clause
//! The directory of the shadow: what a look-up reads, without a lock.
//!
//! An entry covers a chunk, 2 MiB of shadows. A chunk's addresses are reserved
//! when it is first needed; one page of shadows (a block) is backed at a time.
//! A block's state is set with release order after its shadows are
//! initialised, so a reader that sees it sees the shadows. Neither a chunk nor
//! a block ever goes away before the whole shadow does.

use core::ptr::{self, NonNull};
use kpi::bindings;
use kpi::page::Page;
use kpi::sync::atomic::{AtomicPtr, AtomicU8, Ordering::{Acquire, Relaxed, Release}};
use kpi::Pfn;

/// Shadows in a chunk: 32,768 on every machine.
pub const CHUNK_PAGES: usize = bindings::KPI_CHUNK_PAGES as usize;
/// Shadows in a block: 64 where pages have 4 KiB.
pub const BLOCK_PAGES: usize = bindings::KPI_BLOCK_PAGES as usize;
/// Blocks in a chunk.
pub const BLOCKS: usize = CHUNK_PAGES / BLOCK_PAGES;
/// Bytes of addresses of a chunk.
pub const CHUNK_BYTES: usize = CHUNK_PAGES * size_of::<Page>();

/// What a block is, as its byte in the map says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Not backed: its shadows cannot be read.
    Unbacked = 0,
    /// Backed; some of its frames are holes, whose `vm_page` is NULL.
    Partial = 1,
    /// Backed, and every frame is memory (`LKPIRS_BLOCK_FULL` of linux/page.h).
    Full = bindings::KPI_BLOCK_FULL as isize,
}

/// The state of each block of a chunk.
#[repr(C)]
pub struct BlockMap {
    states: [AtomicU8; BLOCKS],
}

impl BlockMap {
    /// Nothing backed. (In the kernel a map begins as zeroed memory.)
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        BlockMap { states: core::array::from_fn(|_| AtomicU8::new(0)) }
    }

    /// Whether a block is backed; if so, everything written before its
    /// [`BlockMap::publish`] is visible.
    #[inline]
    pub fn is_backed(&self, block: usize) -> bool {
        self.states[block].load(Acquire) != Block::Unbacked as u8
    }

    /// Let readers see a block. One writer at a time (the backing lock).
    pub fn publish(&self, block: usize, state: Block) {
        self.states[block].store(state as u8, Release);
    }

    /// The backed blocks, lowest first.
    pub fn backed(&self) -> impl Iterator<Item = usize> + '_ {
        (0..BLOCKS).filter(|&b| self.is_backed(b))
    }
}

/// A chunk that has addresses. Lives until the shadow goes.
#[repr(C)]
pub struct Chunk {
    /// The chunk's addresses, aligned to their size.
    pub base: *mut Page,
    /// Next in the hash of chunks by address.
    pub next: AtomicPtr<Chunk>,
    /// Chunk number: the first frame divided by [`CHUNK_PAGES`].
    pub number: usize,
    /// Which blocks are backed.
    pub map: BlockMap,
}

/// The directory: for each chunk where its shadows are and the states of its
/// blocks, as `struct lkpirs_vmemmap` of linux/page.h has it. Both pointers are
/// biased, so that a frame number indexes them directly, and NULL for a chunk
/// without addresses.
///
/// # Invariants
/// `bases` and `states` are arrays of `entries` each, which outlive the
/// directory's use. A chunk that has states has a base.
pub struct Directory {
    bases: NonNull<AtomicPtr<Page>>,
    states: NonNull<AtomicPtr<u8>>,
    entries: usize,
}

impl Directory {
    /// Bytes that a directory needs.
    pub fn bytes(entries: usize) -> usize {
        entries * 2 * size_of::<AtomicPtr<u8>>()
    }

    /// Set up in zeroed memory, aligned to a pointer.
    ///
    /// # Safety
    /// `memory` has [`Directory::bytes`] bytes, which stay as long as it.
    pub unsafe fn new(memory: NonNull<u8>, entries: usize) -> Directory {
        let bases = memory.cast::<AtomicPtr<Page>>();
        // SAFETY: the second half of the memory.
        Directory { bases, states: unsafe { bases.add(entries).cast() }, entries }
    }

    /// The memory, to be given back.
    pub fn memory(&self) -> NonNull<u8> {
        self.bases.cast()
    }

    /// How many chunks it covers.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// One past the last frame it covers.
    pub fn npfns(&self) -> usize {
        self.entries * CHUNK_PAGES
    }

    /// The array of biased bases.
    pub fn bases(&self) -> *const AtomicPtr<Page> {
        self.bases.as_ptr()
    }

    /// The array of biased states, from an entry on.
    pub fn states(&self, entry: usize) -> *const AtomicPtr<u8> {
        self.states.as_ptr().wrapping_add(entry)
    }

    fn base_of(&self, entry: usize) -> &AtomicPtr<Page> {
        debug_assert!(entry < self.entries);
        // SAFETY: type invariant; every caller's entry is in bounds.
        unsafe { &*self.bases().add(entry) }
    }

    fn states_of(&self, entry: usize) -> &AtomicPtr<u8> {
        debug_assert!(entry < self.entries);
        // SAFETY: as above.
        unsafe { &*self.states(entry) }
    }

    /// The shadow of a frame, if it surely is memory and backed. Lock-free;
    /// the same steps as `pfn_to_page` in linux/page.h.
    #[inline]
    pub fn hit(&self, pfn: Pfn) -> Option<NonNull<Page>> {
        self.in_state(pfn, |s| s == Block::Full as u8)
    }

    /// The shadow of a frame, if it is backed; the frame may be a hole.
    pub fn backed(&self, pfn: Pfn) -> Option<NonNull<Page>> {
        self.in_state(pfn, |s| s != Block::Unbacked as u8)
    }

    /// As [`Directory::backed`], of a frame that is below [`Directory::npfns`].
    ///
    /// # Safety
    /// It is.
    #[inline(always)]
    pub unsafe fn backed_below(&self, pfn: Pfn) -> Option<NonNull<Page>> {
        // SAFETY: the contract.
        unsafe { self.in_state_below(pfn, |s| s != Block::Unbacked as u8) }
    }

    #[inline(always)]
    fn in_state(&self, pfn: Pfn, want: impl Fn(u8) -> bool) -> Option<NonNull<Page>> {
        if pfn / CHUNK_PAGES >= self.entries {
            return None;
        }
        // SAFETY: just seen.
        unsafe { self.in_state_below(pfn, want) }
    }

    /// # Safety
    /// The frame is below [`Directory::npfns`].
    #[inline(always)]
    unsafe fn in_state_below(&self, pfn: Pfn, want: impl Fn(u8) -> bool) -> Option<NonNull<Page>> {
        let states = self.states_of(pfn / CHUNK_PAGES).load(Acquire);
        let state = states.wrapping_add(pfn / BLOCK_PAGES).cast::<AtomicU8>();
        // SAFETY: the bias makes this the byte of the frame's block in the
        // chunk's map, which lives as long as the directory.
        if states.is_null() || !want(unsafe { (*state).load(Acquire) }) {
            return None;
        }
        // SAFETY: a chunk with states has a base (type invariant), and no shadow
        // is at address 0.
        Some(unsafe { NonNull::new_unchecked(self.base_of(pfn / CHUNK_PAGES).load(Relaxed).wrapping_add(pfn)) })
    }

    /// Where a chunk's shadows begin, if it has addresses.
    pub fn chunk_base(&self, number: usize) -> Option<*mut Page> {
        let base = self.base_of(number).load(Relaxed);
        (!base.is_null()).then(|| base.wrapping_add(number * CHUNK_PAGES))
    }

    /// Publish a chunk. Once, under the backing lock.
    pub fn publish(&self, c: &Chunk) {
        self.base_of(c.number).store(c.base.wrapping_sub(c.number * CHUNK_PAGES), Relaxed);
        let map = ptr::from_ref(&c.map).cast::<u8>().cast_mut();
        self.states_of(c.number).store(map.wrapping_sub(c.number * BLOCKS), Release);
    }
}

/// Buckets of the hash of chunks by address. Neighbouring chunks have buckets of
/// their own, up to 16 GiB of RAM in use. (More would be too much for the stack
/// that the table is made on.)
const BUCKETS: usize = 128;

/// Finds a chunk by an address inside it: whether a pointer is a shadow at all.
pub struct ByAddress {
    heads: [AtomicPtr<Chunk>; BUCKETS],
}

impl ByAddress {
    /// Empty.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        ByAddress { heads: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())) }
    }

    fn bucket(addr: usize) -> usize {
        (addr / CHUNK_BYTES) % BUCKETS
    }

    /// Add a chunk. Under the backing lock.
    pub fn insert(&self, c: NonNull<Chunk>) {
        // SAFETY: chunks live as long as the shadow.
        let chunk = unsafe { c.as_ref() };
        let head = &self.heads[Self::bucket(chunk.base as usize)];
        chunk.next.store(head.load(Relaxed), Relaxed);
        head.store(c.as_ptr(), Release);
    }

    /// The chunk that an address is in. Lock-free.
    pub fn find(&self, addr: usize) -> Option<&Chunk> {
        let mut p = self.heads[Self::bucket(addr)].load(Acquire);
        // SAFETY: chunks are never freed while the shadow lives, and `next` is
        // constant once published.
        while let Some(c) = unsafe { p.as_ref() } {
            if addr.wrapping_sub(c.base as usize) < CHUNK_BYTES {
                return Some(c);
            }
            p = c.next.load(Relaxed);
        }
        None
    }

    /// Whether an address is in a backed block of shadows. Lock-free.
    pub fn is_backed(&self, addr: usize) -> bool {
        self.find(addr).is_some_and(|c| c.map.is_backed((addr - c.base as usize) / size_of::<Page>() / BLOCK_PAGES))
    }

    /// Whether an address is surely that of a shadow in a backed block: of the
    /// chunk that its bucket names first. Lock-free.
    #[inline(always)]
    pub fn is_hit(&self, addr: usize) -> bool {
        // SAFETY: as in find().
        let Some(c) = (unsafe { self.heads[Self::bucket(addr)].load(Acquire).as_ref() }) else { return false };
        // Turned right, a distance that is no multiple of a shadow's size is
        // too large as well.
        let i = addr.wrapping_sub(c.base as usize).rotate_right(size_of::<Page>().trailing_zeros());
        i < CHUNK_PAGES && c.map.is_backed(i / BLOCK_PAGES)
    }

    /// Take every chunk out. Nobody else uses the shadow any more.
    pub fn drain(&self, mut f: impl FnMut(NonNull<Chunk>)) {
        for head in &self.heads {
            let mut p = head.swap(ptr::null_mut(), Acquire);
            while let Some(c) = NonNull::new(p) {
                // SAFETY: still whole: `f` gets it only after its next is read.
                p = unsafe { c.as_ref() }.next.load(Relaxed);
                f(c);
            }
        }
    }
}
