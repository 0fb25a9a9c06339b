// SPDX-License-Identifier: BSD-2-Clause
//! The directory of the shadow: what a look-up reads, without a lock.
//!
//! An entry covers a chunk, 2 MiB of shadows. A chunk's addresses are reserved
//! when it is first needed; one page of shadows (a block) is backed at a time.
//! A block's bit is set with release order after its shadows are initialised,
//! so a reader that sees the bit sees the shadows. Neither a chunk nor a block
//! ever goes away before the whole shadow does.

use core::ptr::{self, NonNull};
use kpi::bindings;
use kpi::page::Page;
use kpi::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::{Acquire, Relaxed, Release}};
use kpi::Pfn;

/// Shadows in a chunk: 32,768 on every machine.
pub const CHUNK_PAGES: usize = bindings::KPI_CHUNK_PAGES as usize;
/// Shadows in a block: 64 where pages have 4 KiB.
pub const BLOCK_PAGES: usize = bindings::KPI_BLOCK_PAGES as usize;
/// Blocks in a chunk.
pub const BLOCKS: usize = CHUNK_PAGES / BLOCK_PAGES;
/// Bytes of addresses of a chunk.
pub const CHUNK_BYTES: usize = CHUNK_PAGES * size_of::<Page>();

const BITS: usize = usize::BITS as usize;
const WORDS: usize = BLOCKS / BITS;

/// One bit a block of a chunk: which of them can be read.
#[repr(C)]
pub struct BlockMap {
    words: [AtomicUsize; WORDS],
}

impl BlockMap {
    /// Nothing backed. (In the kernel a map begins as zeroed memory.)
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        BlockMap { words: core::array::from_fn(|_| AtomicUsize::new(0)) }
    }

    /// Whether a block is backed; if so, everything written before its
    /// [`BlockMap::publish`] is visible.
    #[inline]
    pub fn is_backed(&self, block: usize) -> bool {
        self.words[block / BITS].load(Acquire) >> (block % BITS) & 1 != 0
    }

    /// Let readers see a block. One writer at a time (the backing lock).
    pub fn publish(&self, block: usize) {
        let w = &self.words[block / BITS];
        w.store(w.load(Relaxed) | 1 << (block % BITS), Release);
    }

    /// The backed blocks, lowest first.
    pub fn backed(&self) -> impl Iterator<Item = usize> + '_ {
        (0..BLOCKS).filter(|&b| self.is_backed(b))
    }
}

/// A chunk that has addresses. Lives until the shadow goes.
#[repr(C)]
pub struct Chunk {
    /// Which blocks are backed.
    pub map: BlockMap,
    /// The chunk's addresses.
    pub base: *mut Page,
    /// Chunk number: the first frame divided by [`CHUNK_PAGES`].
    pub number: usize,
    /// Next in the hash of chunks by address.
    pub next: *const Chunk,
}

/// A directory entry, as `struct lkpirs_chunk` of linux/page.h: both pointers
/// are biased, so that a frame number indexes them directly.
#[repr(C)]
pub struct Entry {
    /// `base[pfn]` is the shadow.
    base: AtomicPtr<Page>,
    /// `backed[pfn / (BLOCK_PAGES * word bits)]` is the word of the bit.
    backed: AtomicPtr<AtomicUsize>,
}

impl Entry {
    /// The shadow of a frame of this entry, if its block is backed. Lock-free;
    /// the same steps as `pfn_to_page` in linux/page.h.
    ///
    /// A shadow whose `vm_page` is NULL is that of a hole.
    #[inline]
    pub fn hit(&self, pfn: Pfn) -> Option<NonNull<Page>> {
        let backed = self.backed.load(Acquire);
        if backed.is_null() {
            return None;
        }
        let word = backed.wrapping_add(pfn / (BLOCK_PAGES * BITS));
        // SAFETY: the bias makes this the word of the frame's block in the
        // chunk's map, which lives as long as the directory.
        let word = unsafe { (*word).load(Acquire) };
        if word >> (pfn / BLOCK_PAGES % BITS) & 1 == 0 {
            return None;
        }
        NonNull::new(self.base.load(Relaxed).wrapping_add(pfn))
    }

    /// Where the shadows of this entry's chunk begin, if it has one.
    pub fn base_of(&self, number: usize) -> Option<*mut Page> {
        if self.backed.load(Acquire).is_null() {
            return None;
        }
        Some(self.base.load(Relaxed).wrapping_add(number * CHUNK_PAGES))
    }

    /// Publish a chunk. Once, under the backing lock.
    pub fn publish(&self, c: &Chunk) {
        let first = c.number * CHUNK_PAGES;
        self.base.store(c.base.wrapping_sub(first), Relaxed);
        let words = ptr::from_ref(&c.map.words).cast::<AtomicUsize>().cast_mut();
        self.backed.store(words.wrapping_sub(first / (BLOCK_PAGES * BITS)), Release);
    }
}

/// Buckets of the hash of chunks by address; at 64 GiB of RAM in use, eight
/// chunks a bucket.
const BUCKETS: usize = 64;

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
        // SAFETY: a chunk that nobody else sees yet.
        let base = unsafe { c.as_ref().base };
        let head = &self.heads[Self::bucket(base as usize)];
        // SAFETY: as above.
        unsafe { (*c.as_ptr()).next = head.load(Relaxed) };
        head.store(c.as_ptr(), Release);
    }

    /// The chunk that an address is in. Lock-free.
    pub fn find(&self, addr: usize) -> Option<&Chunk> {
        let mut p = self.heads[Self::bucket(addr)].load(Acquire).cast_const();
        // SAFETY: chunks are never freed while the shadow lives, and `next` is
        // constant once published.
        while let Some(c) = unsafe { p.as_ref() } {
            if addr.wrapping_sub(c.base as usize) < CHUNK_BYTES {
                return Some(c);
            }
            p = c.next;
        }
        None
    }

    /// Take every chunk out. Nobody else uses the shadow any more.
    pub fn drain(&self, mut f: impl FnMut(NonNull<Chunk>)) {
        for head in &self.heads {
            let mut p = head.swap(ptr::null_mut(), Acquire);
            while let Some(c) = NonNull::new(p) {
                // SAFETY: still whole: `f` gets it only after its next is read.
                p = unsafe { c.as_ref().next }.cast_mut();
                f(c);
            }
        }
    }
}
