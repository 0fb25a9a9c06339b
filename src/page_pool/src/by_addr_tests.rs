// SPDX-License-Identifier: BSD-2-Clause
//! The table of [`super`] against a list, and its readers against a writer.

use super::*;

/// Arrays on the heap; `first` limits the smallest one.
pub struct Heap;

impl<T: 'static> Store<T> for Heap {
    fn alloc(&self, n: usize) -> Option<&'static Array<T>> {
        // Small under loom: the states of every place count.
        let n = if cfg!(loom) { n / (FIRST / 4) } else { n };
        let slots: Vec<_> = (0..n).map(|_| Slot::free()).collect();
        Some(Box::leak(Box::new(Array::new(Box::leak(slots.into_boxed_slice())))))
    }
    fn free(&self, _: &'static Array<T>) {}
}

#[cfg(not(loom))]
mod list {
    use super::*;
    use core::cell::Cell;
    use proptest::prelude::*;

    struct Item {
        key: Cell<Option<Key>>,
    }

    fn covers(i: &Item, owner: usize, pfn: u64) -> bool {
        i.key.get().is_some_and(|k| k.owner == owner && pfn >= k.pfn && pfn - k.pfn < 1 << k.order)
    }

    proptest! {
        /// Whatever is in it is found by each of its pages, nothing else is,
        /// through growth and removal.
        #[cfg_attr(miri, ignore = "hours")]
        #[test]
        fn same_as_a_list(ops in prop::collection::vec((0..3usize, 1..3usize, 0..600u64, 0..3u32), 1..900)) {
            let (t, mut w) = (ByAddr::default(), Writer::new());
            let mut model: Vec<&'static Item> = Vec::new();
            for (what, owner, pfn, order) in ops {
                let overlaps = |k: Key| (0..1u64 << order).any(|i| pfn + i >= k.pfn && pfn + i < k.pfn + (1 << k.order));
                if what > 0 {
                    // Addresses of one device are given once.
                    if model.iter().filter_map(|i| i.key.get()).any(|k| k.owner == owner && overlaps(k)) {
                        continue;
                    }
                    let key = Key { owner, pfn, order };
                    let item: &'static Item = Box::leak(Box::new(Item { key: Cell::new(Some(key)) }));
                    prop_assert!(t.insert(&mut w, &Heap, key, item));
                    model.push(item);
                } else if let Some(at) = model.iter().position(|i| covers(i, owner, pfn)) {
                    let item = model.swap_remove(at);
                    let key = item.key.get().unwrap();
                    let stranger = Key { owner: key.owner + 1, ..key };
                    prop_assert!(!t.remove(&mut w, stranger, item));
                    prop_assert!(t.remove(&mut w, key, item));
                    prop_assert!(!t.remove(&mut w, key, item));
                }
                prop_assert_eq!(w.len(), model.len());
                for probe in [pfn, pfn + 1, pfn + 3] {
                    let got = t.find(owner, probe, |i| covers(i, owner, probe).then_some(i));
                    let want = model.iter().find(|i| covers(i, owner, probe));
                    prop_assert_eq!(got.map(ptr::from_ref), want.map(|i| ptr::from_ref(*i)));
                }
            }
            for item in &model {
                let k = item.key.get().unwrap();
                for i in 0..1 << k.order {
                    prop_assert!(t.find(k.owner, k.pfn + i, |i| ptr::eq(i, *item).then_some(())).is_some());
                }
                prop_assert!(t.remove(&mut w, k, item));
            }
            prop_assert!(w.is_empty());
            prop_assert_eq!(t.orders.load(Relaxed), 0);
        }
    }

    /// Without memory for a larger array it fills up to seven eighths, and
    /// says no then.
    #[cfg_attr(miri, ignore = "hours")]
    #[test]
    fn no_memory() {
        struct Once(Cell<bool>);
        impl Store<Item> for Once {
            fn alloc(&self, n: usize) -> Option<&'static Array<Item>> {
                if self.0.replace(true) { None } else { Heap.alloc(n) }
            }
            fn free(&self, _: &'static Array<Item>) {
                self.0.set(false)
            }
        }
        let (t, mut w, store) = (ByAddr::default(), Writer::new(), Once(Cell::new(false)));
        let item: &'static Item = Box::leak(Box::new(Item { key: Cell::new(None) }));
        let key = |pfn| Key { owner: 1, pfn, order: 0 };
        let n = (0..).take_while(|&pfn| t.insert(&mut w, &store, key(pfn), item)).count();
        assert_eq!(n, FIRST * 7 / 8);
        assert!(t.find(1, 5, |_| Some(())).is_some());
        // A search for what is not there ends.
        assert!(t.find(1, 1 << 40, |_| None::<()>).is_none());
        for pfn in 0..n as u64 {
            assert!(t.remove(&mut w, key(pfn), item));
        }
        // SAFETY: there is no other thread.
        unsafe { t.clear(&mut w, &store) };
        assert!(!store.0.get() && t.find(1, 5, |_| Some(())).is_none());
    }
}

#[cfg(loom)]
mod loom_model {
    use super::*;
    use loom::sync::{Arc, Mutex};

    static ITEMS: [(usize, u64); 6] = [(1, 0), (1, 1), (2, 0), (2, 1), (1, 2), (2, 2)];

    fn key(i: &(usize, u64)) -> Key {
        Key { owner: i.0, pfn: i.1, order: 0 }
    }

    /// What a search gives is what was asked for or nothing, while places are
    /// freed, filled with another device's, and moved; under the lock it is
    /// exact.
    #[test]
    fn loom_readers_and_a_writer() {
        loom::model(|| {
            let t = Arc::new((ByAddr::<(usize, u64)>::default(), Mutex::new(Writer::new())));
            assert!(t.0.insert(&mut t.1.lock().unwrap(), &Heap, key(&ITEMS[0]), &ITEMS[0]));
            let other = t.clone();
            let writer = loom::thread::spawn(move || {
                let mut w = other.1.lock().unwrap();
                assert!(other.0.insert(&mut w, &Heap, key(&ITEMS[2]), &ITEMS[2]));
                assert!(other.0.remove(&mut w, key(&ITEMS[2]), &ITEMS[2]));
            });
            // The item says itself what it is, as a page does; no search may
            // come by another device's item.
            for i in [0, 2] {
                let (owner, pfn) = ITEMS[i];
                t.0.find(owner, pfn, |item| {
                    assert_eq!(item.0, owner);
                    (item.1 == pfn).then_some(())
                });
            }
            writer.join().unwrap();
            let _w = t.1.lock().unwrap();
            assert!(t.0.find(1, 0, |i| (i.1 == 0).then_some(())).is_some());
            assert!(t.0.find(2, 0, |i| (i.1 == 0).then_some(())).is_none());
        });
    }

    /// One place that changes hands: its item never shows under another owner.
    #[test]
    fn loom_place() {
        loom::model(|| {
            let slot = Arc::new(Slot::<(usize, u64)>::free());
            let item = |i: usize| ptr::from_ref(&ITEMS[i]).cast_mut();
            slot.set(1, 0, item(0));
            let other = slot.clone();
            let writer = loom::thread::spawn(move || {
                other.set(2, 0, ptr::from_ref(&ITEMS[2]).cast_mut());
                other.set(1, 0, ptr::from_ref(&ITEMS[0]).cast_mut());
            });
            for owner in [2, 1] {
                if let Some(Some(p)) = slot.get(owner) {
                    // SAFETY: of ITEMS.
                    assert_eq!(unsafe { (*p).0 }, owner);
                }
            }
            writer.join().unwrap();
        });
    }

    /// An item that stays is found, by the reader or at the latest under the
    /// lock, while the table grows into a new array.
    #[test]
    fn loom_growth() {
        loom::model(|| {
            let t = Arc::new((ByAddr::<(usize, u64)>::default(), Mutex::new(Writer::new())));
            for i in &ITEMS[..2] {
                assert!(t.0.insert(&mut t.1.lock().unwrap(), &Heap, key(i), i));
            }
            let other = t.clone();
            let writer = loom::thread::spawn(move || {
                let mut w = other.1.lock().unwrap();
                assert!(other.0.insert(&mut w, &Heap, key(&ITEMS[2]), &ITEMS[2]));
                assert_eq!(w.growths, 1);
            });
            let look = || t.0.find(1, 1, |i| (i.0 == 1 && i.1 == 1).then_some(()));
            if look().is_none() {
                let _w = t.1.lock().unwrap();
                assert!(look().is_some());
            }
            writer.join().unwrap();
        });
    }
}
