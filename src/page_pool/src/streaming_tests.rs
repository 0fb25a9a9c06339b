// SPDX-License-Identifier: BSD-2-Clause
//! A device's table against a list.

use super::*;
use proptest::prelude::*;
use std::cell::Cell;

/// The host's heap: what is out, and how many allocations are left.
struct Heap(Cell<isize>, Cell<usize>);

const EMPTY: Place = Place {
    entry: Entry { addr: 0, len: 0, pa: 0, bounce: 0, map: 0, tag: 0, va: 0, kind: Kind::Free },
    next: [0; 2],
};

impl Heap {
    fn new() -> Heap {
        Heap(Cell::new(0), Cell::new(usize::MAX))
    }
    fn get<T: Clone>(&self, v: T, n: usize) -> Option<&'static mut [T]> {
        self.1.set(self.1.get().checked_sub(1)?);
        self.0.set(self.0.get() + n as isize);
        Some(Box::leak(vec![v; n].into_boxed_slice()))
    }
}

impl Store for Heap {
    fn places(&self, n: usize) -> Option<&'static mut [Place]> {
        self.get(EMPTY, n)
    }
    fn free_places(&self, p: &'static mut [Place]) {
        self.0.set(self.0.get() - p.len() as isize);
    }
    fn links(&self, n: usize) -> Option<&'static mut [u32]> {
        self.get(0, n)
    }
    fn free_links(&self, l: &'static mut [u32]) {
        self.0.set(self.0.get() - l.len() as isize);
    }
}

#[test]
fn inside_an_address_range_and_not_beyond() {
    let (heap, mut t) = (Heap::new(), Table::new());
    assert!(t.find(0).is_none() && t.take(0, None, Kind::Streaming).is_none());
    assert!(t.insert(&heap, Entry::streaming(0x1800, 0x1000)));
    assert!(t.insert(&heap, Entry::streaming(0x40_0000, 0x40_0000)));
    assert!(t.insert(&heap, Entry::streaming(u64::MAX - 9, 10)));
    for (addr, len) in [(0x1800, 0x1000), (0x27ff, 0x1000), (0x7f_ffff, 0x40_0000), (u64::MAX, 10)] {
        assert_eq!(t.find(addr).map(|e| e.len), Some(len), "{addr:#x}");
    }
    for addr in [0x17ff, 0x2800, 0x3f_ffff, 0x80_0000, u64::MAX - 10] {
        assert_eq!(t.find(addr), None, "{addr:#x}");
    }
    assert!(t.take(0x1800, None, Kind::Coherent).is_none());
    assert!(t.take(0x1804, None, Kind::Streaming).is_none());
    assert!(t.take(0x1800, Some(0xfff), Kind::Streaming).is_none());
    assert!(t.take(0x1800, Some(0x1000), Kind::Streaming).is_some());
    assert!(t.take_any(|e| e.len == 10).is_some());
    assert!(t.take(0x40_0000, None, Kind::Streaming).is_some());
    assert!(t.is_empty());
    t.clear(&heap);
    assert_eq!(heap.0.get(), 0);
}

/// Every allocation fails once; what is in it stays.
#[test]
fn no_memory() {
    for left in 0..6 {
        let (heap, mut t) = (Heap::new(), Table::new());
        heap.1.set(left);
        let n = (0..200u64).filter(|&i| t.insert(&heap, Entry::streaming(i << 12, 4096))).count();
        assert_eq!((n, t.len()), (n.min(200), n));
        assert_eq!(n == 0, left < 2);
        for i in 0..n as u64 {
            assert!(t.take(i << 12, Some(4096), Kind::Streaming).is_some());
        }
        t.clear(&heap);
        assert_eq!(heap.0.get(), 0);
    }
}

proptest! {
    #[cfg_attr(miri, ignore = "hours")]
    #[test]
    fn same_as_a_list(ops in prop::collection::vec((0..3u8, 0..40u64, 0..5u32, 0..0x1001u64, 0..2usize), 1..500)) {
        let (heap, mut t, mut model) = (Heap::new(), Table::new(), Vec::<Entry>::new());
        for (what, page, shift, odd, map) in ops {
            let (addr, len) = ((page << 12) + odd, (odd << shift).max(1));
            let e = Entry { map, ..Entry::streaming(addr, len) };
            if what > 0 {
                prop_assert!(t.insert(&heap, e));
                model.push(e);
            } else {
                let at = model.iter().rposition(|e| (e.addr, e.len) == (addr, len));
                let got = t.take(addr, Some(len), Kind::Streaming);
                prop_assert_eq!(got.map(|e| (e.addr, e.len)), at.map(|i| (model[i].addr, model[i].len)));
                // Of equal ones any is as good.
                if let Some(got) = got {
                    let at = model.iter().position(|e| *e == got);
                    prop_assert!(at.is_some());
                    model.swap_remove(at.unwrap());
                }
            }
            prop_assert_eq!(t.len(), model.len());
            prop_assert_eq!(t.maps(), model.iter().filter(|e| e.map != 0).count());
            for probe in [addr, addr + len - 1, addr + len, addr.saturating_sub(1)] {
                let got = t.find(probe);
                prop_assert_eq!(got.is_some(), model.iter().any(|e| e.covers(probe)));
                prop_assert!(got.is_none_or(|e| e.covers(probe)));
            }
        }
        while let Some(e) = t.take_any(|_| true) {
            let at = model.iter().position(|m| *m == e);
            prop_assert!(at.is_some());
            model.swap_remove(at.unwrap());
        }
        prop_assert!(model.is_empty() && t.is_empty() && t.present == 0);
        t.clear(&heap);
        prop_assert_eq!(heap.0.get(), 0);
    }
}
