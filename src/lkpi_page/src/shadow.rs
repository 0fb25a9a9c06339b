// SPDX-License-Identifier: BSD-2-Clause
//! The shadow of all memory: look-ups, and backing what is first asked for.

use crate::chunk::{Block, ByAddress, Chunk, Directory, BLOCKS, BLOCK_PAGES, CHUNK_PAGES};
use crate::fictitious::Fictitious;
use crate::layout::{end_pfn, first_pfn, Layout};
use crate::{Event, Kernel, Misuse, UNBACK};
use core::ptr::NonNull;
use kpi::bindings::vm_page;
use kpi::page::{Owner, Page, PFN_SHIFT};
use kpi::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use kpi::{Pfn, PAGE_SIZE};

/// What the shadow uses at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Frames that are memory.
    pub pages: usize,
    /// Chunks with addresses.
    pub chunks: usize,
    /// Blocks of shadows backed by a page each.
    pub blocks: usize,
    /// Bytes, the directory and a page-table page a chunk included.
    pub bytes: usize,
    /// Shadows of fictitious pages.
    pub fictitious: usize,
}

/// The shadow of a machine's memory.
///
/// # Invariants
/// - The directory's memory lives as long; it covers every frame of memory.
/// - Chunks and blocks are only added, under the kernel's backing lock.
pub struct Shadow<L: Layout, K: Kernel> {
    pub(crate) kernel: K,
    pub(crate) layout: L,
    pub(crate) dir: Directory,
    pages: usize,
    pub(crate) by_address: ByAddress,
    fictitious: Fictitious,
    chunks: AtomicUsize,
    blocks: AtomicUsize,
    /// Look-ups that found no memory for a shadow.
    starved: AtomicUsize,
}

// SAFETY: the directory and the chunks are shared by design: entries are
// atomics, everything else is constant or under the backing lock.
unsafe impl<L: Layout, K: Kernel + Send> Send for Shadow<L, K> {}
// SAFETY: as above.
unsafe impl<L: Layout, K: Kernel> Sync for Shadow<L, K> {}

impl<L: Layout, K: Kernel> Shadow<L, K> {
    /// Set up over the machine's memory: costs the directory, 16 bytes per
    /// 128 MiB up to the last frame, not the pages. `None` without memory.
    pub fn new(layout: L, kernel: K) -> Option<Self> {
        let entries = layout.end().div_ceil(CHUNK_PAGES).max(1);
        let memory = kernel.zalloc(Directory::bytes(entries))?;
        Some(Shadow {
            // SAFETY: zeroed memory of that size, freed in drop().
            dir: unsafe { Directory::new(memory, entries) },
            pages: layout.memory().pages(),
            kernel,
            layout,
            by_address: ByAddress::new(),
            fictitious: Fictitious::new(),
            chunks: AtomicUsize::new(0),
            blocks: AtomicUsize::new(0),
            starved: AtomicUsize::new(0),
        })
    }

    /// The directory, for the inlines of linux/page.h.
    pub fn directory(&self) -> &Directory {
        &self.dir
    }

    /// The shadow of a frame (Linux `pfn_to_page`); `None` if that is no
    /// memory, or if there is no memory for its shadow (then counted).
    ///
    /// Lock-free if the shadow exists; else takes the backing lock: wherever
    /// an ordinary mutex(9) may be taken. Never sleeps for memory.
    #[inline]
    pub fn page(&self, pfn: Pfn) -> Option<NonNull<Page>> {
        self.dir.hit(pfn).or_else(|| self.miss(pfn))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn miss(&self, pfn: Pfn) -> Option<NonNull<Page>> {
        if self.layout.native(pfn).is_none() {
            return self.fictitious.page(&self.kernel, pfn);
        }
        // Memory: what is backed of it has a shadow, in whatever block.
        let page = self.dir.backed(pfn).or_else(|| {
            let _guard = self.kernel.lock();
            if self.dir.backed(pfn).is_none() {
                self.back(pfn);
            }
            self.dir.backed(pfn)
        });
        if page.is_none() {
            self.starved.fetch_add(1, Relaxed);
            self.kernel.probe(Event::Starve { pfn });
        }
        page
    }

    /// Back the block of a frame of memory. Under the backing lock; what
    /// cannot be had leaves everything as it was.
    fn back(&self, pfn: Pfn) -> Option<()> {
        let number = pfn / CHUNK_PAGES;
        let block = pfn % CHUNK_PAGES / BLOCK_PAGES;
        let (chunk, fresh) = match self.chunk(number) {
            Some(c) => (c, false),
            None => (self.new_chunk(number)?, true),
        };
        // SAFETY: chunks live as long as the shadow.
        let c = unsafe { chunk.as_ref() };
        // SAFETY: inside the chunk's reservation.
        let at = unsafe { NonNull::new_unchecked(c.base.add(block * BLOCK_PAGES)) };
        // SAFETY: reserved, and not backed (the caller found no hit).
        if !unsafe { self.kernel.back(at) } {
            if fresh {
                self.drop_chunk(chunk);
            }
            return None;
        }
        let state = self.init_block(at, number * CHUNK_PAGES + block * BLOCK_PAGES);
        c.map.publish(block, state);
        self.blocks.fetch_add(1, Relaxed);
        self.kernel.probe(Event::Populate { pfn });
        if fresh {
            self.by_address.insert(chunk);
            self.chunks.fetch_add(1, Relaxed);
            self.dir.publish(c);
        }
        Some(())
    }

    fn init_block(&self, at: NonNull<Page>, first: Pfn) -> Block {
        let mut state = Block::Full;
        for i in 0..BLOCK_PAGES {
            let Some(m) = self.layout.native(first + i) else {
                state = Block::Partial;
                continue;
            };
            // SAFETY: a mapped, zeroed block that nobody sees yet.
            let p = unsafe { at.add(i).as_ref() };
            p.flags.store((first + i) << PFN_SHIFT, Relaxed);
            p.vm_page.store(m.as_ptr(), Relaxed);
        }
        state
    }

    fn chunk(&self, number: usize) -> Option<NonNull<Chunk>> {
        let base = self.dir.chunk_base(number)?;
        self.by_address.find(base as usize).map(NonNull::from)
    }

    fn new_chunk(&self, number: usize) -> Option<NonNull<Chunk>> {
        let c = self.kernel.zalloc(size_of::<Chunk>())?.cast::<Chunk>();
        let Some(base) = self.kernel.reserve() else {
            // SAFETY: just allocated, used by nobody.
            unsafe { self.kernel.free(c.cast(), size_of::<Chunk>()) };
            return None;
        };
        // SAFETY: ours alone; all zeroes is a valid, empty chunk.
        unsafe {
            (*c.as_ptr()).base = base.as_ptr();
            (*c.as_ptr()).number = number;
        }
        Some(c)
    }

    /// Give back a chunk that nothing refers to any more.
    fn drop_chunk(&self, c: NonNull<Chunk>) {
        // SAFETY: whole until freed below; nobody else can reach it.
        unsafe {
            let base = NonNull::new_unchecked(c.as_ref().base);
            let (mut blocks, mut n) = ([0; UNBACK], 0);
            for b in c.as_ref().map.backed() {
                blocks[n] = b;
                n += 1;
                if n == UNBACK {
                    self.kernel.unback(base, &blocks);
                    n = 0;
                }
            }
            if n > 0 {
                self.kernel.unback(base, &blocks[..n]);
            }
            self.kernel.unreserve(base);
            self.kernel.free(c.cast(), size_of::<Chunk>());
        }
    }

    /// The shadow of a native page (`vm_page_to_page`). As [`Shadow::page`];
    /// fictitious pages take the backing lock.
    ///
    /// # Safety
    /// `m` points to a `struct vm_page` that the kernel keeps.
    #[inline]
    pub unsafe fn page_of(&self, m: NonNull<vm_page>) -> Option<NonNull<Page>> {
        if let Some(pfn) = self.layout.pfn(m.as_ptr()) {
            return self.page(pfn);
        }
        // SAFETY: the caller's promise.
        let pfn = unsafe { self.kernel.fictitious_pfn(m) }?;
        let p = self.fictitious.page(&self.kernel, pfn)?;
        // A fake page of some pager at the same address is not the one.
        // SAFETY: a live shadow.
        (unsafe { p.as_ref() }.vm_page.load(Relaxed) == m.as_ptr()).then_some(p)
    }

    /// Check that a pointer is a shadow that exists. Lock-free for memory; the
    /// backing lock for pointers elsewhere. Never reads through the pointer
    /// before it is known to be a shadow.
    #[allow(clippy::not_unsafe_ptr_arg_deref)] // only once it is known to be ours
    pub fn check(&self, p: *const Page) -> Result<&Page, Misuse> {
        let found = match NonNull::new(p.cast_mut()) {
            None => return Err(Misuse::Null),
            Some(_) if !p.is_aligned() => false,
            Some(p) => self.is_shadow(p) || self.fictitious.contains(&self.kernel, p),
        };
        // SAFETY: a live shadow, which stays until the shadow goes.
        if found { Ok(unsafe { &*p }) } else { Err(Misuse::NotAPage) }
    }

    fn is_shadow(&self, p: NonNull<Page>) -> bool {
        // SAFETY: read only if the block is backed.
        self.by_address.is_backed(p.as_ptr() as usize) && !unsafe { p.as_ref() }.vm_page.load(Relaxed).is_null()
    }

    /// Back every shadow now; `false` if memory ran out. For comparison only.
    pub fn back_all(&self) -> bool {
        self.layout.memory().segs().iter().all(|s| {
            let first = first_pfn(s) / BLOCK_PAGES * BLOCK_PAGES;
            (first..end_pfn(s)).step_by(BLOCK_PAGES).all(|pfn| self.page(pfn.max(first_pfn(s))).is_some())
        })
    }

    /// What is used at the moment; a racy snapshot.
    pub fn usage(&self) -> Usage {
        let chunks = self.chunks.load(Relaxed);
        let blocks = self.blocks.load(Relaxed);
        let dir = Directory::bytes(self.dir.entries());
        let fictitious = self.fictitious.count();
        Usage {
            pages: self.pages,
            chunks,
            blocks,
            bytes: dir + chunks * (size_of::<Chunk>() + PAGE_SIZE) + blocks * PAGE_SIZE
                + fictitious * crate::fictitious::NODE_BYTES,
            fictitious,
        }
    }

    /// How many look-ups found no memory for a shadow.
    pub fn starved(&self) -> usize {
        self.starved.load(Relaxed)
    }

    /// Live pages of each owner, counted now: reads every shadow there is, so
    /// that allocating and freeing, which are often, need not count. A racy
    /// snapshot; exact when nobody allocates or frees.
    pub fn census(&self) -> [usize; Owner::COUNT] {
        let mut live = [0; Owner::COUNT];
        for c in (0..self.dir.entries()).filter_map(|n| self.chunk(n)) {
            // SAFETY: chunks live as long as the shadow.
            let c = unsafe { c.as_ref() };
            for i in c.map.backed().flat_map(|b| b * BLOCK_PAGES..(b + 1) * BLOCK_PAGES) {
                // SAFETY: a shadow of a backed block.
                let p = unsafe { &*c.base.add(i) };
                if p.is_owned() && p.refcount.load(Relaxed) > 0 {
                    live[Owner::from_raw(p.page_type.load(Relaxed)) as usize] += 1 << p.order();
                }
            }
        }
        live
    }

    /// Live pages of an owner, as [`Shadow::census`] counts them.
    pub fn live(&self, owner: Owner) -> usize {
        self.census()[owner as usize]
    }

    /// Live pages of every owner.
    pub fn live_total(&self) -> usize {
        self.census().iter().sum()
    }

    /// The kernel behind it.
    pub fn kernel(&self) -> &K {
        &self.kernel
    }
}

impl<L: Layout, K: Kernel> Drop for Shadow<L, K> {
    /// Give everything back. The owner made sure that no page is live.
    fn drop(&mut self) {
        self.fictitious.clear(&self.kernel);
        self.by_address.drain(|c| self.drop_chunk(c));
        // SAFETY: allocated in new() with this size; no reader is left.
        unsafe { self.kernel.free(self.dir.memory(), Directory::bytes(self.dir.entries())) };
    }
}

const _: () = assert!(BLOCKS * BLOCK_PAGES == CHUNK_PAGES);
