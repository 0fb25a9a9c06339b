// SPDX-License-Identifier: BSD-2-Clause
//! The mappings that are found by their device address: what drivers map with
//! `dma_map_*` and `dma_alloc_coherent`, and pool pages whose device address
//! is not their physical one. Sorted by address; its owner holds a lock.

/// What a mapping is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Memory of the driver's.
    Streaming = 0,
    /// Memory of ours (`dma_alloc_coherent`).
    Coherent = 1,
    /// A page of a pool.
    Pool = 2,
}

/// One mapping. Pointers are kept as numbers: the table never follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the device sees it.
    pub addr: u64,
    /// How long it is.
    pub len: u64,
    /// The `struct device`.
    pub dev: usize,
    /// The bus_dma tag.
    pub tag: usize,
    /// The bus_dma map.
    pub map: usize,
    /// Where the CPU sees it, if that matters.
    pub va: usize,
    /// The use of a provider, for coherent memory.
    pub provider: usize,
    /// The block that the device sees in the memory's place, or 0.
    pub bounce: usize,
    /// Where the memory is, if there is such a block.
    pub pa: u64,
    /// What it is.
    pub kind: Kind,
}

/// Where a table gets its memory.
pub trait Store {
    /// `n` entries; what is in them does not matter.
    fn alloc(&self, n: usize) -> Option<&'static mut [Entry]>;
    /// Give them back.
    fn free(&self, entries: &'static mut [Entry]);
}

/// The smallest table.
const FIRST: usize = 64;

/// The table.
#[derive(Default)]
pub struct Table {
    entries: Option<&'static mut [Entry]>,
    count: usize,
    /// No entry was ever longer.
    longest: u64,
}

impl Table {
    /// An empty table, for a static.
    pub const fn new() -> Self {
        Table { entries: None, count: 0, longest: 0 }
    }

    /// How many mappings there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn used(&self) -> &[Entry] {
        self.entries.as_ref().map_or(&[], |e| &e[..self.count])
    }

    /// Add a mapping; `false` without memory.
    pub fn insert(&mut self, store: &impl Store, entry: Entry) -> bool {
        if self.entries.as_ref().map_or(0, |e| e.len()) == self.count && !self.grow(store) {
            return false;
        }
        let at = self.used().partition_point(|e| e.addr <= entry.addr);
        let Some(entries) = self.entries.as_mut() else { return false };
        entries.copy_within(at..self.count, at + 1);
        entries[at] = entry;
        self.count += 1;
        self.longest = self.longest.max(entry.len);
        true
    }

    /// Take out the mapping that begins at an address, newest first; of length
    /// `len` if that is given. An empty table gives its memory back.
    pub fn take(&mut self, store: &impl Store, dev: usize, addr: u64, len: Option<u64>, kind: Kind) -> Option<Entry> {
        let end = self.used().partition_point(|e| e.addr <= addr);
        let at = (0..end)
            .rev()
            .take_while(|&i| self.used()[i].addr == addr)
            .find(|&i| {
                let e = &self.used()[i];
                e.dev == dev && e.kind == kind && len.is_none_or(|l| l == e.len)
            })?;
        let entries = self.entries.as_mut()?;
        let entry = entries[at];
        entries.copy_within(at + 1..self.count, at);
        self.count -= 1;
        if self.count == 0 {
            self.longest = 0;
            if let Some(entries) = self.entries.take() {
                store.free(entries);
            }
        }
        Some(entry)
    }

    /// The mapping of a device that an address lies in.
    pub fn find(&self, dev: usize, addr: u64) -> Option<Entry> {
        let end = self.used().partition_point(|e| e.addr <= addr);
        self.used()[..end]
            .iter()
            .rev()
            .take_while(|e| addr - e.addr < self.longest)
            .find(|e| e.dev == dev && addr - e.addr < e.len)
            .copied()
    }

    fn grow(&mut self, store: &impl Store) -> bool {
        let Some(new) = store.alloc((self.count * 2).max(FIRST)) else { return false };
        if let Some(old) = self.entries.take() {
            new[..self.count].copy_from_slice(&old[..self.count]);
            store.free(old);
        }
        self.entries = Some(new);
        true
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    #[derive(Default)]
    struct Heap(Cell<isize>);

    impl Store for Heap {
        fn alloc(&self, n: usize) -> Option<&'static mut [Entry]> {
            self.0.set(self.0.get() + n as isize);
            Some(Box::leak(vec![entry(0, 0, 0); n].into_boxed_slice()))
        }
        fn free(&self, e: &'static mut [Entry]) {
            self.0.set(self.0.get() - e.len() as isize);
        }
    }

    fn entry(dev: usize, addr: u64, len: u64) -> Entry {
        Entry { addr, len, dev, tag: 0, map: 0, va: 0, provider: 0, bounce: 0, pa: 0, kind: Kind::Streaming }
    }

    #[test]
    fn inside_an_address_range_and_not_beyond() {
        let (heap, mut t) = (Heap::default(), Table::new());
        assert!(t.insert(&heap, entry(1, 0x1000, 0x800)));
        assert!(t.insert(&heap, entry(2, 0x1000, 0x4000)));
        assert_eq!(t.find(1, 0x17ff).map(|e| e.len), Some(0x800));
        assert_eq!(t.find(1, 0x1800), None);
        assert_eq!(t.find(2, 0x4fff).map(|e| e.dev), Some(2));
        assert_eq!(t.find(1, 0xfff), None);
        assert!(t.take(&heap, 1, 0x1000, None, Kind::Coherent).is_none());
        assert!(t.take(&heap, 1, 0x1004, None, Kind::Streaming).is_none());
        assert!(t.take(&heap, 1, 0x1000, Some(0x800), Kind::Streaming).is_some());
        assert!(t.take(&heap, 2, 0x1000, None, Kind::Streaming).is_some());
        assert!(t.is_empty() && heap.0.get() == 0);
    }

    proptest! {
        #[test]
        fn same_as_a_list(ops in prop::collection::vec((any::<bool>(), 0..2usize, 0..24u64, 1..6u64), 1..200)) {
            let (heap, mut t, mut model) = (Heap::default(), Table::new(), Vec::<Entry>::new());
            for (add, dev, addr, len) in ops {
                if add {
                    prop_assert!(t.insert(&heap, entry(dev, addr, len)));
                    model.push(entry(dev, addr, len));
                } else {
                    let at = model.iter().rposition(|e| (e.dev, e.addr, e.len) == (dev, addr, len));
                    let got = t.take(&heap, dev, addr, Some(len), Kind::Streaming);
                    prop_assert_eq!(got, at.map(|i| model.remove(i)));
                }
                prop_assert_eq!(t.len(), model.len());
                let inside = model.iter().any(|e| e.dev == dev && addr >= e.addr && addr - e.addr < e.len);
                prop_assert_eq!(t.find(dev, addr).is_some(), inside);
            }
        }
    }
}
