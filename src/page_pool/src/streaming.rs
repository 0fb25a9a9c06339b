// SPDX-License-Identifier: BSD-2-Clause
//! The mappings of one device that are found by their address: what a driver
//! maps with `dma_map_*` and memory that it shares with the device. Its owner
//! holds a lock.
//!
//! A mapping of up to `1 << class` bytes lies in at most two aligned blocks of
//! that size, and is in the chains of both. So it is added and taken out in
//! O(1), and found by any address inside with one probe for each size that
//! there is just now, two or three as a rule.

/// What a mapping is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Nothing: a free place.
    Free = 0,
    /// Memory of the driver's.
    Streaming = 1,
    /// Memory of ours (`dma_alloc_coherent`).
    Coherent = 2,
    /// Memory of ours that goes with the device (`dmam_alloc_coherent`).
    Managed = 3,
}

/// One mapping. Pointers are kept as numbers: the table never follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the device sees it.
    pub addr: u64,
    /// How long it is, at least 1.
    pub len: u64,
    /// Where the memory is, if there is a block in its place.
    pub pa: u64,
    /// The block that the device sees in the memory's place, or 0.
    pub bounce: usize,
    /// The bus_dma map, or 0.
    pub map: usize,
    /// The bus_dma tag, of memory of ours.
    pub tag: usize,
    /// Where the CPU sees it: memory of ours, or the driver's if that is not
    /// one piece and a block is in its place.
    pub va: usize,
    /// What it is.
    pub kind: Kind,
}

impl Entry {
    /// A mapping of the driver's memory, with nothing in its place.
    pub const fn streaming(addr: u64, len: u64) -> Entry {
        Entry { addr, len, pa: 0, bounce: 0, map: 0, tag: 0, va: 0, kind: Kind::Streaming }
    }

    fn covers(&self, addr: u64) -> bool {
        addr.wrapping_sub(self.addr) < self.len
    }

    fn class(&self) -> u32 {
        class(self.len)
    }

    /// The blocks that it lies in: the second is the first, or the next one.
    fn blocks(&self) -> [u64; 2] {
        let c = self.class();
        [self.addr >> c, self.addr.saturating_add(self.len - 1) >> c]
    }
}

fn class(len: u64) -> u32 {
    (u64::BITS - (len.max(1) - 1).leading_zeros()).clamp(SMALLEST, u64::BITS - 1)
}

/// A place for an entry, in one or two chains; all zeroes is a free one.
///
/// Links are numbers of nodes plus one; a node is a place's first or second
/// link: `2 * place + which`.
#[derive(Clone, Copy)]
pub struct Place {
    entry: Entry,
    next: [u32; 2],
}

/// Where a table gets its memory; zeroed.
pub trait Store {
    /// `n` places.
    fn places(&self, n: usize) -> Option<&'static mut [Place]>;
    /// Give them back.
    fn free_places(&self, p: &'static mut [Place]);
    /// `n` links.
    fn links(&self, n: usize) -> Option<&'static mut [u32]>;
    /// Give them back.
    fn free_links(&self, l: &'static mut [u32]);
}

/// The smallest class: pages. What is smaller shares its page's chain.
const SMALLEST: u32 = 12;
/// Places in the first chunk; each chunk has twice as many as the one before.
const FIRST: usize = 32;
/// Chunks of a table: more places than numbers of nodes.
const CHUNKS: usize = 26;

/// The table. Chunks never move: adding to it copies no entries, only the
/// heads of chains are laid out anew when there are twice as many.
pub struct Table {
    chunks: [Option<&'static mut [Place]>; CHUNKS],
    heads: Option<&'static mut [u32]>,
    /// Places used at some time; above it all are free.
    top: u32,
    /// First free place below `top`, plus one.
    free: u32,
    count: usize,
    /// Entries with a bus_dma map of the device's tag.
    maps: usize,
    /// How many entries each class has.
    classes: [u32; u64::BITS as usize],
    /// A bit for each class that has some.
    present: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// An empty table.
    pub const fn new() -> Self {
        Table { chunks: [const { None }; CHUNKS], heads: None, top: 0, free: 0, count: 0, maps: 0,
            classes: [0; u64::BITS as usize], present: 0 }
    }

    /// How many mappings there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many of them have a map of the device's tag.
    pub fn maps(&self) -> usize {
        self.maps
    }

    /// Add a mapping; `false` without memory. Does not sleep.
    pub fn insert(&mut self, store: &impl Store, entry: Entry) -> bool {
        let Some(at) = self.free_place(store) else { return false };
        let [first, last] = entry.blocks();
        self.place(at).entry = entry;
        self.link(at * 2, first, entry.class());
        if last != first {
            self.link(at * 2 + 1, last, entry.class());
        }
        self.tell(&entry, true);
        true
    }

    /// Take out the mapping of a kind that begins at an address, the newest
    /// one; of length `len` if that is given.
    pub fn take(&mut self, addr: u64, len: Option<u64>, kind: Kind) -> Option<Entry> {
        let mut classes = len.map_or(self.present, |l| self.present & 1 << class(l));
        while classes != 0 {
            let class = classes.trailing_zeros();
            classes &= classes - 1;
            let found = self.walk(addr >> class, class, |e| {
                e.addr == addr && e.kind == kind && len.is_none_or(|l| l == e.len)
            });
            if let Some(at) = found {
                return Some(self.remove(at));
            }
        }
        None
    }

    /// Take out any mapping that `f` accepts. O(n).
    pub fn take_any(&mut self, f: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let at = (0..self.top).find(|&at| {
            let e = &self.place(at).entry;
            e.kind != Kind::Free && f(e)
        })?;
        Some(self.remove(at))
    }

    /// A mapping that an address lies in.
    pub fn find(&mut self, addr: u64) -> Option<Entry> {
        let mut classes = self.present;
        while classes != 0 {
            let class = classes.trailing_zeros();
            classes &= classes - 1;
            if let Some(at) = self.walk(addr >> class, class, |e| e.covers(addr)) {
                return Some(self.place(at).entry);
            }
        }
        None
    }

    /// Give all memory back. It is empty.
    pub fn clear(&mut self, store: &impl Store) {
        for c in self.chunks.iter_mut().filter_map(Option::take) {
            store.free_places(c);
        }
        if let Some(h) = self.heads.take() {
            store.free_links(h);
        }
        *self = Table::new();
    }

    fn tell(&mut self, e: &Entry, new: bool) {
        let (c, map) = (e.class(), (e.kind == Kind::Streaming && e.map != 0) as usize);
        let n = &mut self.classes[c as usize];
        if new {
            (self.count, self.maps, *n) = (self.count + 1, self.maps + map, *n + 1);
        } else {
            (self.count, self.maps, *n) = (self.count - 1, self.maps - map, *n - 1);
        }
        let some = *n > 0;
        self.present = self.present & !(1 << c) | u64::from(some) << c;
    }

    /// A place; `at` is below `top`, so its chunk is there.
    fn place(&mut self, at: u32) -> &mut Place {
        let i = at as usize;
        let chunk = (i / FIRST + 1).ilog2() as usize;
        match &mut self.chunks[chunk] {
            Some(c) => &mut c[i - FIRST * ((1 << chunk) - 1)],
            None => unreachable!(),
        }
    }

    fn free_place(&mut self, store: &impl Store) -> Option<u32> {
        self.room(store)?;
        if self.free != 0 {
            let at = self.free - 1;
            self.free = self.place(at).next[0];
            return Some(at);
        }
        let i = self.top as usize;
        let chunk = (i / FIRST + 1).ilog2() as usize;
        if self.chunks.get(chunk)?.is_none() {
            self.chunks[chunk] = Some(store.places(FIRST << chunk)?);
        }
        self.top += 1;
        Some(self.top - 1)
    }

    /// Heads for one more entry: as many as entries, or, without memory, as
    /// there are.
    fn room(&mut self, store: &impl Store) -> Option<()> {
        let len = self.heads.as_ref().map_or(0, |h| h.len());
        if self.count < len {
            return Some(());
        }
        match store.links((len * 2).max(FIRST)) {
            Some(new) => {
                if let Some(old) = self.heads.replace(new) {
                    store.free_links(old);
                }
                self.relink();
            }
            None if len == 0 => return None,
            None => {}
        }
        Some(())
    }

    /// All entries into empty chains.
    fn relink(&mut self) {
        for at in 0..self.top {
            let e = self.place(at).entry;
            if e.kind == Kind::Free {
                continue;
            }
            let [first, last] = e.blocks();
            self.link(at * 2, first, e.class());
            if last != first {
                self.link(at * 2 + 1, last, e.class());
            }
        }
    }

    fn head(&mut self, block: u64, class: u32) -> &mut u32 {
        let h = (block ^ u64::from(class) << 57).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        match &mut self.heads {
            Some(heads) => &mut heads[h as usize & (heads.len() - 1)],
            None => unreachable!(),
        }
    }

    fn link(&mut self, node: u32, block: u64, class: u32) {
        let head = self.head(block, class);
        let next = core::mem::replace(head, node + 1);
        self.place(node / 2).next[node as usize % 2] = next;
    }

    fn unlink(&mut self, node: u32, block: u64, class: u32) {
        let after = self.place(node / 2).next[node as usize % 2];
        let mut at = *self.head(block, class);
        if at == node + 1 {
            *self.head(block, class) = after;
            return;
        }
        while at != 0 {
            let link = &mut self.place((at - 1) / 2).next[(at as usize - 1) % 2];
            if *link == node + 1 {
                *link = after;
                return;
            }
            at = *link;
        }
    }

    /// The first entry in a chain that `f` accepts.
    fn walk(&mut self, block: u64, class: u32, f: impl Fn(&Entry) -> bool) -> Option<u32> {
        self.heads.as_ref()?;
        let mut at = *self.head(block, class);
        while at != 0 {
            let p = self.place((at - 1) / 2);
            if f(&p.entry) {
                return Some((at - 1) / 2);
            }
            at = p.next[(at as usize - 1) % 2];
        }
        None
    }

    fn remove(&mut self, at: u32) -> Entry {
        let e = self.place(at).entry;
        let [first, last] = e.blocks();
        self.unlink(at * 2, first, e.class());
        if last != first {
            self.unlink(at * 2 + 1, last, e.class());
        }
        let free = self.free;
        let p = self.place(at);
        p.entry.kind = Kind::Free;
        p.next[0] = free;
        self.free = at + 1;
        self.tell(&e, false);
        e
    }
}

#[cfg(all(test, not(loom)))]
#[path = "streaming_tests.rs"]
mod tests;
