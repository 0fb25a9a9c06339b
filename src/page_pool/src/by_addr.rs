// SPDX-License-Identifier: BSD-2-Clause
//! Pages by their device address, where that is not the physical one (IOMMU):
//! a hash table that is read without a lock.
//!
//! Writers are one at a time (their owner holds a lock). Readers are any
//! number, anywhere; they may miss what is there while a writer moves it, never
//! find what was not put there, and a caller that minds looks again under the
//! lock, where nothing moves. What was found may have left meanwhile: the
//! caller asks the item itself.
//!
//! A table that has grown keeps its old arrays until [`ByAddr::clear`]: readers
//! may still be in them. Each is half as large as the next, so that they take
//! less than the current one together.

use core::ptr;
use kpi::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering::{Acquire, Relaxed, Release}};

/// A place of the table: who the item belongs to, and the item; NULL is free.
///
/// # Invariants
/// `turn` is odd while a writer changes `owner` and `item`, and another even
/// number afterwards: who reads both under one even number has a pair. They
/// are written with Release and read with Acquire, so that whoever sees a
/// change sees the odd number before it as well. (A look at `item` before and
/// after `owner` would not do: an item may leave and come back in between.)
pub struct Slot<T> {
    turn: AtomicUsize,
    owner: AtomicUsize,
    item: AtomicPtr<T>,
    /// Of the key; for writers only.
    hash: AtomicUsize,
}

/// An array of places.
pub struct Array<T: 'static> {
    slots: &'static [Slot<T>],
}

/// Where arrays come from and go to.
pub trait Store<T: 'static> {
    /// An array of `n` free (zeroed) places.
    fn alloc(&self, n: usize) -> Option<&'static Array<T>>;
    /// Give one back.
    fn free(&self, a: &'static Array<T>);
}

impl<T> Array<T> {
    /// An array over free places, a power of two of them.
    pub fn new(slots: &'static [Slot<T>]) -> Self {
        Array { slots }
    }

    /// Its places, to be given back.
    pub fn slots(&self) -> &'static [Slot<T>] {
        self.slots
    }

    fn mask(&self) -> usize {
        self.slots.len() - 1
    }

    /// Put an item into the first free place from its home on. Writer; there
    /// is one.
    fn put(&self, owner: usize, hash: usize, item: *mut T) {
        let mut at = hash & self.mask();
        while !self.slots[at].item.load(Relaxed).is_null() {
            at = (at + 1) & self.mask();
        }
        self.slots[at].set(owner, hash, item);
    }

    /// Where an item is that was put with this hash. Writer.
    fn place(&self, hash: usize, item: *const T) -> Option<usize> {
        let mut at = hash & self.mask();
        loop {
            let slot = &self.slots[at];
            let found = slot.item.load(Relaxed);
            if found.is_null() {
                return None;
            }
            if ptr::eq(found, item) && slot.hash.load(Relaxed) == hash {
                return Some(at);
            }
            at = (at + 1) & self.mask();
        }
    }

    /// Free a place and move what follows up, so that a search still ends at
    /// the first free place. Writer.
    fn close(&self, mut hole: usize) {
        let mut at = hole;
        loop {
            at = (at + 1) & self.mask();
            let slot = &self.slots[at];
            let item = slot.item.load(Relaxed);
            if item.is_null() {
                return self.slots[hole].item.store(ptr::null_mut(), Relaxed);
            }
            let (owner, hash) = (slot.owner.load(Relaxed), slot.hash.load(Relaxed));
            // Its home is not behind the hole: it may move there.
            if at.wrapping_sub(hash) & self.mask() >= at.wrapping_sub(hole) & self.mask() {
                self.slots[hole].set(owner, hash, item);
                hole = at;
            }
        }
    }
}

fn hash(owner: usize, block: u64, order: u32) -> usize {
    let x = block ^ (owner as u64).rotate_left(29) ^ (u64::from(order) << 57);
    (x.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

impl<T> Slot<T> {
    /// A free place.
    pub fn free() -> Self {
        Slot {
            turn: AtomicUsize::new(0),
            owner: AtomicUsize::new(0),
            item: AtomicPtr::new(ptr::null_mut()),
            hash: AtomicUsize::new(0),
        }
    }

    /// The item, if it is `owner`'s and nobody is changing the place; `None`
    /// for a free place. Any context.
    #[inline]
    fn get(&self, owner: usize) -> Option<Option<*mut T>> {
        let turn = self.turn.load(Acquire);
        let item = self.item.load(Acquire);
        if item.is_null() {
            return None;
        }
        let ours = self.owner.load(Acquire) == owner && turn % 2 == 0;
        Some((ours && self.turn.load(Relaxed) == turn).then_some(item))
    }

    /// Put an item here. Writer.
    fn set(&self, owner: usize, hash: usize, item: *mut T) {
        let turn = self.turn.load(Relaxed);
        // INVARIANT: odd first, the next even number last.
        self.turn.store(turn.wrapping_add(1), Relaxed);
        self.hash.store(hash, Relaxed);
        self.owner.store(owner, Release);
        self.item.store(item, Release);
        self.turn.store(turn.wrapping_add(2), Release);
    }
}

/// How an item is found: `1 << order` pages from page number `pfn` on, of the
/// device's address space that `owner` names.
#[derive(Clone, Copy)]
pub struct Key {
    /// Whose address it is.
    pub owner: usize,
    /// The number of its first page there.
    pub pfn: u64,
    /// How many pages it has, as a power of two.
    pub order: u32,
}

impl Key {
    /// The aligned blocks of that size that it lies in: one, or two if it is
    /// not aligned.
    fn blocks(self) -> impl Iterator<Item = u64> {
        let (first, last) = (self.pfn >> self.order, (self.pfn + (1 << self.order) - 1) >> self.order);
        first..=last
    }
}

/// Orders of blocks: page allocators give 0 to 10.
const ORDERS: usize = 16;
/// The smallest array.
const FIRST: usize = 256;
/// Arrays that a table can have had: each is twice as large as the last.
const GROWTHS: usize = 32;

/// What writers share; behind their lock.
pub struct Writer<T: 'static> {
    /// Places in use.
    used: usize,
    count: usize,
    of_order: [usize; ORDERS],
    old: [Option<&'static Array<T>>; GROWTHS],
    growths: usize,
}

/// The table.
///
/// # Invariants
/// `array` is NULL or an [`Array`] that stays until [`ByAddr::clear`]; items
/// were made of `&'static T`. At least one place of an array is free.
pub struct ByAddr<T: 'static> {
    array: AtomicPtr<Array<T>>,
    /// A bit for each order that an item has.
    orders: AtomicU32,
}

impl<T> Default for Writer<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Writer<T> {
    /// Nothing is in the table.
    pub const fn new() -> Self {
        Writer { used: 0, count: 0, of_order: [0; ORDERS], old: [const { None }; GROWTHS], growths: 0 }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl<T> Default for ByAddr<T> {
    fn default() -> Self {
        ByAddr { array: AtomicPtr::new(ptr::null_mut()), orders: AtomicU32::new(0) }
    }
}

impl<T> ByAddr<T> {
    /// An empty table, for a static.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        ByAddr { array: AtomicPtr::new(ptr::null_mut()), orders: AtomicU32::new(0) }
    }

    fn array(&self) -> Option<&'static Array<T>> {
        // SAFETY: NULL or an array that stays until clear() (invariant), whose
        // caller promises that no reader is left.
        unsafe { self.array.load(Acquire).as_ref() }
    }

    /// Find an item of `owner` by the number of any of its pages: the first
    /// one that `accept` takes. Any context, no lock; may miss what a writer is
    /// moving. `accept` must ask the item whether it still is where it was.
    #[inline]
    pub fn find<R>(&self, owner: usize, pfn: u64, mut accept: impl FnMut(&'static T) -> Option<R>) -> Option<R> {
        let mut orders = self.orders.load(Relaxed);
        while orders != 0 {
            let order = orders.trailing_zeros();
            orders &= orders - 1;
            let a = self.array()?;
            let mut at = hash(owner, pfn >> order, order) & a.mask();
            // Free places end a search; the bound is for readers whose array
            // is filled under them.
            for _ in 0..a.slots.len() {
                match a.slots[at].get(owner) {
                    None => break,
                    // SAFETY: made of a `&'static T` (invariant).
                    Some(Some(item)) => match accept(unsafe { &*item }) {
                        None => {}
                        found => return found,
                    },
                    Some(None) => {}
                }
                at = (at + 1) & a.mask();
            }
        }
        None
    }

    /// Add an item; `false` without memory. Writer.
    pub fn insert(&self, w: &mut Writer<T>, store: &impl Store<T>, key: Key, item: &'static T) -> bool {
        if key.order as usize >= ORDERS || !self.room(w, store, key) {
            return false;
        }
        let Some(a) = self.array() else { return false };
        for block in key.blocks() {
            a.put(key.owner, hash(key.owner, block, key.order), ptr::from_ref(item).cast_mut());
            w.used += 1;
        }
        w.count += 1;
        w.of_order[key.order as usize] += 1;
        self.orders.fetch_or(1 << key.order, Relaxed);
        true
    }

    /// Take an item out; `false` if it is not there. Writer.
    pub fn remove(&self, w: &mut Writer<T>, key: Key, item: &'static T) -> bool {
        let Some(a) = self.array() else { return false };
        let mut found = false;
        for block in key.blocks() {
            if let Some(at) = a.place(hash(key.owner, block, key.order), item) {
                a.close(at);
                w.used -= 1;
                found = true;
            }
        }
        if found {
            w.count -= 1;
            let n = &mut w.of_order[key.order as usize];
            *n -= 1;
            if *n == 0 {
                self.orders.fetch_and(!(1 << key.order), Relaxed);
            }
        }
        found
    }

    /// Give all memory back. Writer; no item is left, and no reader.
    ///
    /// # Safety
    /// Nobody reads any more, or will before the next insert.
    pub unsafe fn clear(&self, w: &mut Writer<T>, store: &impl Store<T>) {
        let current = self.array();
        self.array.store(ptr::null_mut(), Release);
        for a in w.old.iter_mut().filter_map(Option::take).chain(current) {
            store.free(a);
        }
        *w = Writer::new();
    }

    /// Room for one more item: arrays are at most half full, or as long as
    /// there is no memory for a larger one, up to seven eighths.
    fn room(&self, w: &mut Writer<T>, store: &impl Store<T>, key: Key) -> bool {
        let len = self.array().map_or(0, |a| a.slots.len());
        let need = w.used + key.blocks().count();
        if need * 2 <= len {
            return true;
        }
        let grown = if w.growths < GROWTHS { store.alloc((len * 2).max(FIRST)) } else { None };
        let Some(new) = grown else { return need * 8 <= len * 7 };
        if let Some(a) = self.array() {
            for slot in a.slots {
                let item = slot.item.load(Relaxed);
                if !item.is_null() {
                    new.put(slot.owner.load(Relaxed), slot.hash.load(Relaxed), item);
                }
            }
            w.old[w.growths] = Some(a);
            w.growths += 1;
        }
        // Release: the copies come first.
        self.array.store(ptr::from_ref(new).cast_mut(), Release);
        true
    }
}

#[cfg(test)]
#[path = "by_addr_tests.rs"]
mod tests;
