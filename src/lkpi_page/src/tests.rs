// SPDX-License-Identifier: BSD-2-Clause
//! The shadow over all three layouts, on machines with every oddity seen.

use crate::chunk::CHUNK_PAGES;
use crate::layout::{Dense, Layout, PageArray, Sparse};
use crate::testing::{shadow, Arrays, Fake, Kind};
use crate::{Gfp, Misuse, Shadow};
use kpi::bindings::{vm_page, KPI_GFP_COMP, KPI_M_NOWAIT};
use kpi::page::{Owner, Page};
use kpi::sync::atomic::Ordering::Relaxed;
use kpi::Pfn;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::ptr::{self, NonNull};

const NOWAIT: Gfp = Gfp(KPI_M_NOWAIT);
const COMP: Gfp = Gfp(KPI_M_NOWAIT | KPI_GFP_COMP);

fn page(p: NonNull<Page>) -> &'static Page {
    // SAFETY: tests keep the shadow alive as long as they look.
    unsafe { p.as_ref() }
}

/// Every frame up to the end, and every native page, against the ranges.
fn check_machine<L: Layout + 'static>(kind: Kind, ranges: &[(Pfn, Pfn)]) {
    let mut arrays = Arrays::new(kind, ranges);
    let s = shadow::<L>(&mut arrays);
    let end = ranges.iter().map(|r| r.1).max().unwrap();
    let mut seen = BTreeSet::new();
    for pfn in 0..end + 200 {
        let is_memory = ranges.iter().any(|r| (r.0..r.1).contains(&pfn));
        let p = s.page(pfn);
        assert_eq!(p.is_some(), is_memory, "{kind:?} pfn {pfn:#x}");
        let Some(p) = p else { continue };
        assert_eq!(page(p).pfn(), pfn);
        assert!(seen.insert(p), "{kind:?}: two frames with one shadow at {pfn:#x}");
        let m = NonNull::new(page(p).vm_page.load(Relaxed)).unwrap();
        // SAFETY: pages of the test's array.
        unsafe {
            assert_eq!((m.as_ref().phys_addr >> 12) as Pfn, pfn);
            assert_eq!(s.page_of(m), Some(p));
        }
        assert!(s.check(p.as_ptr()).is_ok());
    }
    // Consecutive frames of a chunk have consecutive shadows.
    for w in seen.iter().collect::<Vec<_>>().windows(2) {
        let (a, b) = (page(*w[0]).pfn(), page(*w[1]).pfn());
        if a / CHUNK_PAGES == b / CHUNK_PAGES {
            assert_eq!((w[1].as_ptr() as isize - w[0].as_ptr() as isize) / 64, b as isize - a as isize);
        }
    }
    // Pages of holes in a dense array have no shadow either.
    for m in arrays.array.iter() {
        // SAFETY: as above.
        let found = unsafe { s.page_of(NonNull::from(m)) };
        if m.phys_addr == !0 {
            assert!(found.is_none());
        }
    }
    assert_eq!(s.usage().pages, seen.len());
}

fn check_all(ranges: &[(Pfn, Pfn)]) {
    check_machine::<PageArray>(Kind::PageArray, ranges);
    check_machine::<Dense>(Kind::Dense, ranges);
    check_machine::<Sparse>(Kind::Sparse, ranges);
}

#[cfg_attr(miri, ignore = "hours")]
#[test]
fn machines_with_oddities() {
    check_all(&[(0x100, 0x4100), (0x5000, 0x6000)]);
    check_all(&[(1, 2)]);
    // One-page segments, and segments that end inside a block.
    check_all(&[(1, 0x9f), (0x100, 0x101), (0x103, 0x104), (0x1fff, 0x2041)]);
    // Early segments that overlap, as on i386.
    check_all(&[(0x1000, 0x1300), (0x1200, 0x12f0), (0x1400, 0x1500)]);
    // Across a chunk boundary.
    check_all(&[(CHUNK_PAGES - 65, CHUNK_PAGES + 65)]);
}

/// Shadows indexed from a segment's own start would give these pairs one
/// shadow; the first frames of two segments must differ.
#[test]
fn an_index_is_not_relative_to_a_segment() {
    let mut a = Arrays::new(Kind::Sparse, &[(0x100, 0x200), (0x9000, 0x9100)]);
    let s = shadow::<Sparse>(&mut a);
    assert_ne!(s.page(0x100), s.page(0x9000));
    assert_ne!(s.page(0x140), s.page(0x9040));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[cfg_attr(miri, ignore = "hours")]
    #[test]
    fn any_machine(gaps in proptest::collection::vec((1usize..300, 1usize..300), 1..12), first in 1usize..5000) {
        let mut at = first;
        let ranges: Vec<_> = gaps.iter().map(|&(gap, len)| {
            let r = (at, at + len);
            at += len + gap;
            r
        }).collect();
        check_all(&ranges);
    }
}

fn small() -> (Arrays, Shadow<Dense, Fake>) {
    let mut a = Arrays::new(Kind::Dense, &[(0x400, 0x1400), (0x1800, 0x2000)]);
    let s = shadow::<Dense>(&mut a);
    (a, s)
}

fn errors(s: &Shadow<Dense, Fake>) -> Vec<Misuse> {
    std::mem::take(&mut s.kernel().books.lock().unwrap().misuse)
}

#[cfg_attr(miri, ignore = "hours")]
#[test]
fn blocks_of_every_order() {
    let (_a, s) = small();
    for gfp in [NOWAIT, COMP] {
        for order in 0..=10 {
            let p = s.alloc(gfp, order, -1, u64::MAX, Owner::Alloc).unwrap();
            let head = page(p);
            assert_eq!(s.live(Owner::Alloc), 1 << order);
            assert_eq!((head.order(), s.count(head)), (order, 1));
            for i in 0..1usize << order {
                // SAFETY: inside the block.
                let t = unsafe { p.add(i) };
                assert_eq!(s.page(head.pfn() + i), Some(t));
                let compound = gfp == COMP && order > 0;
                assert_eq!(s.head(page(t)) as *const _, if compound { p.as_ptr() } else { t.as_ptr() });
            }
            s.get(head);
            s.free(head, order);
            assert_eq!(s.live_total(), 1 << order, "a reference is left");
            s.put(head);
            assert_eq!(s.live_total(), 0);
        }
    }
    assert_eq!(errors(&s), []);
    assert!(s.kernel().books.lock().unwrap().allocated.is_empty());
}

#[test]
fn mistakes_have_no_effect() {
    let (a, s) = small();
    let p = s.alloc(COMP, 3, -1, u64::MAX, Owner::Alloc).unwrap();
    // SAFETY: inside the block.
    let tail = unsafe { p.add(1) };
    let stray = 0u128;
    let unbacked = s.page(0x1f00).unwrap();
    let cases: &[(fn(&Shadow<Dense, Fake>, *const Page), *const Page, Misuse)] = &[
        (|s, p| s.put(p), ptr::null(), Misuse::Null),
        (|s, p| s.get(p), ptr::null(), Misuse::Null),
        (|s, p| s.free(p, 0), ptr::null(), Misuse::Null),
        (|s, p| s.put(p), ptr::from_ref(&stray).cast(), Misuse::NotAPage),
        (|s, p| s.put(p), (p.as_ptr() as usize + 8) as *const Page, Misuse::NotAPage),
        (|s, p| s.put(p), a.array.as_ptr().cast(), Misuse::NotAPage),
        (|s, p| s.free(p, 2), p.as_ptr(), Misuse::WrongOrder),
        (|s, p| s.free(p, 4), p.as_ptr(), Misuse::WrongOrder),
        (|s, p| s.free(p, 3), tail.as_ptr(), Misuse::NotHead),
        (|s, p| s.split(p, 3), p.as_ptr(), Misuse::Compound),
        (|s, p| s.free(p, 0), unbacked.as_ptr(), Misuse::NotAllocated),
        (|s, p| s.put(p), unbacked.as_ptr(), Misuse::NotAllocated),
        (|s, p| s.put_many(p, 2), p.as_ptr(), Misuse::NoReference),
        (|s, p| s.put_many(p, -1), p.as_ptr(), Misuse::NoReference),
    ];
    for (call, arg, want) in cases {
        call(&s, *arg);
        assert_eq!(errors(&s), [*want]);
        assert_eq!((s.live_total(), s.count(p.as_ptr())), (8, 1));
    }
    s.put(tail.as_ptr());
    assert_eq!(s.live_total(), 0, "a tail counts in its head");
    s.free(p.as_ptr(), 3);
    s.put(p.as_ptr());
    assert_eq!(errors(&s), [Misuse::NotAllocated, Misuse::NotAllocated]);
    assert!(s.alloc(NOWAIT, 11, -1, u64::MAX, Owner::Alloc).is_none());
    assert_eq!(errors(&s), [Misuse::TooLarge]);
}

#[test]
fn split_makes_single_pages() {
    let (_a, s) = small();
    let p = s.alloc(NOWAIT, 2, -1, u64::MAX, Owner::Alloc).unwrap();
    // SAFETY: inside the block.
    let second = unsafe { p.add(1) };
    s.put(second.as_ptr());
    assert_eq!(errors(&s), [Misuse::NoReference]);
    s.split(p.as_ptr(), 2);
    for i in 0..4 {
        // SAFETY: inside the block.
        s.free(unsafe { p.add(i) }.as_ptr(), 0);
        assert_eq!(s.live_total(), 3 - i);
    }
    assert_eq!(errors(&s), []);
}

#[test]
fn foreign_pages_count_natively() {
    let (_a, s) = small();
    let p = s.page(0x500).unwrap().as_ptr();
    s.get(p);
    s.get(p);
    assert_eq!((s.count(p), s.is_live(p), s.live_total()), (2, false, 0));
    s.put(p);
    s.put(p);
    assert_eq!(errors(&s), []);
    s.put(p);
    assert_eq!(errors(&s), [Misuse::NotAllocated]);
}

#[test]
fn a_page_in_a_pool_is_not_freed_by_others() {
    let (_a, s) = small();
    let p = s.alloc(COMP, 0, -1, u64::MAX, Owner::Pool).unwrap();
    let pool = 0u64;
    page(p).pp_magic.store(0x40 | 7 << 7, Relaxed);
    page(p).pp.store(ptr::from_ref(&pool).cast_mut().cast(), Relaxed);
    s.put(p.as_ptr());
    assert_eq!(errors(&s), [Misuse::InPool]);
    page(p).pp_magic.store(0, Relaxed);
    s.put(p.as_ptr());
    assert_eq!((errors(&s), s.live_total()), (vec![], 0));
}

#[test]
fn fragments_fill_and_reuse_blocks() {
    let (_a, s) = small();
    // SAFETY: a zeroed cache is an empty one.
    let mut c: crate::frag::PageFragCache = unsafe { std::mem::zeroed() };
    let mut out = Vec::new();
    for i in 0..200 {
        let f = s.frag_alloc(&mut c, 100 + 13 * i, NOWAIT).unwrap();
        assert_eq!(f.as_ptr() as usize % 64, 0);
        out.push((f.as_ptr() as usize, 100 + 13 * i));
    }
    let mut sorted = out.clone();
    sorted.sort();
    assert!(sorted.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0), "fragments overlap");
    for (va, _) in out {
        s.put(s.page(va >> 12).unwrap().as_ptr());
    }
    let before = s.live(Owner::Frag);
    assert_eq!(before, 8, "only the cache's block is left");
    for _ in 0..100 {
        let f = s.frag_alloc(&mut c, 20_000, NOWAIT).unwrap();
        s.put(s.page(f.as_ptr() as usize >> 12).unwrap().as_ptr());
    }
    assert_eq!(s.live(Owner::Frag), 8, "one block serves them all");
    let last = s.frag_alloc(&mut c, 64, NOWAIT).unwrap();
    s.frag_drain(&mut c);
    assert_eq!(s.live(Owner::Frag), 8, "a fragment is still out");
    s.put(s.page(last.as_ptr() as usize >> 12).unwrap().as_ptr());
    assert_eq!((s.live_total(), errors(&s)), (0, vec![]));
    assert!(s.frag_alloc(&mut c, 0, NOWAIT).is_none());
    assert!(s.frag_alloc(&mut c, 32769, NOWAIT).is_none());
    assert_eq!(errors(&s), [Misuse::TooLarge, Misuse::TooLarge]);
}

#[test]
fn fictitious_ranges_come_and_go() {
    let (_a, s) = small();
    // SAFETY: a plain C structure.
    let fake: Vec<vm_page> = (0..3).map(|_| unsafe { std::mem::zeroed() }).collect();
    let far = 0x4_0000_0000;
    assert_eq!(s.page(far), None);
    let set = |pfn, m: Option<&vm_page>| {
        let mut b = s.kernel().books.lock().unwrap();
        match m {
            Some(m) => b.fictitious.insert(pfn, ptr::from_ref(m) as usize),
            None => b.fictitious.remove(&pfn),
        };
    };
    set(far, Some(&fake[0]));
    let p = s.page(far).unwrap();
    assert_eq!((page(p).pfn(), s.page(far)), (far, Some(p)));
    // SAFETY: a native page of the test.
    assert_eq!(unsafe { s.page_of(NonNull::from(&fake[0])) }, Some(p));
    assert!(s.check(p.as_ptr()).is_ok());
    assert_eq!(s.usage().fictitious, 1);
    set(far, Some(&fake[1]));
    let q = s.page(far).unwrap();
    assert_eq!(page(q).vm_page.load(Relaxed).cast_const(), ptr::from_ref(&fake[1]));
    // SAFETY: as above; its range went.
    assert_eq!(unsafe { s.page_of(NonNull::from(&fake[0])) }, None);
    set(far, None);
    assert_eq!((s.page(far), s.usage().fictitious), (None, 0));
    // A hole inside RAM that is device memory.
    set(0x1500, Some(&fake[2]));
    assert!(s.page(0x1500).is_some());
}

#[cfg_attr(miri, ignore = "hours")]
#[test]
fn failing_allocations_leave_everything_as_it_was() {
    let mut n = 0;
    loop {
        let (_a, s) = small();
        s.kernel().books.lock().unwrap().fail_in = Some(n);
        let p = s.alloc(COMP, 8, -1, u64::MAX, Owner::Alloc);
        let failed = {
            let mut b = s.kernel().books.lock().unwrap();
            b.fail_in = None;
            b.failed > 0
        };
        assert_eq!(p.is_none(), failed, "call {n}");
        if failed {
            assert_eq!(s.live_total(), 0);
            assert!(s.kernel().books.lock().unwrap().allocated.is_empty());
        }
        let p = p.or_else(|| s.alloc(COMP, 8, -1, u64::MAX, Owner::Alloc)).unwrap();
        s.free(p.as_ptr(), 8);
        assert_eq!(errors(&s), []);
        if !failed {
            break;
        }
        n += 1;
    }
    assert!(n >= 7, "the page, a chunk and its addresses, four blocks: {n}");
}

#[cfg_attr(miri, ignore = "its array of vm_pages is not there")]
#[test]
fn memory_follows_use() {
    // 64 GiB; 32 MiB of buffers in 1 MiB pieces all over it.
    let pages = 64usize << 18;
    let mut segs = Arrays::new(Kind::Sparse, &[(0x100, 0x101)]);
    segs.segs[0].start = 1 << 20;
    segs.segs[0].end = 64 << 30;
    // The array is only pointed into, never read, before a shadow is asked for.
    let s = shadow::<crate::layout::Sparse>(&mut segs);
    for i in 0..32 {
        for pfn in 0..256 {
            assert!(s.page(0x100 + i * (pages / 33) / 256 * 256 + pfn).is_some());
        }
    }
    let u = s.usage();
    assert!(u.bytes < 1 << 20, "{u:?}");
}

#[test]
fn threads_agree_on_first_touch() {
    let (_a, s) = small();
    let all: Vec<Vec<usize>> = std::thread::scope(|t| {
        let h: Vec<_> = (0..4).map(|_| t.spawn(|| {
            (0x400..0x1400).map(|pfn| s.page(pfn).unwrap().as_ptr() as usize).collect()
        })).collect();
        h.into_iter().map(|h| h.join().unwrap()).collect()
    });
    assert!(all.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn threads_share_references() {
    let (_a, s) = small();
    let p = s.alloc(COMP, 1, -1, u64::MAX, Owner::Alloc).unwrap().as_ptr() as usize;
    std::thread::scope(|t| {
        for _ in 0..4 {
            s.get(p as *const Page);
            t.spawn(|| {
                for _ in 0..2000 {
                    s.get(p as *const Page);
                    s.put(p as *const Page);
                }
                s.put(p as *const Page);
            });
        }
        s.free(p as *const Page, 1);
    });
    assert_eq!((s.live_total(), errors(&s)), (0, vec![]));
}
