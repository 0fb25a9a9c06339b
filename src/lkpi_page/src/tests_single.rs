// SPDX-License-Identifier: BSD-2-Clause
//! Single pages: by themselves and in bulk, good and bad ones together.

use crate::layout::{Dense, Layout, PageArray, Sparse};
use crate::testing::{shadow, Arrays, Fake, Kind};
use crate::{Gfp, Misuse, Shadow};
use kpi::bindings::{KPI_GFP_COMP, KPI_GFP_DMA32, KPI_M_NOWAIT, KPI_M_WAITOK};
use kpi::page::{Owner, Page};
use kpi::sync::atomic::Ordering::Relaxed;
use std::collections::BTreeSet;
use std::ptr::{self, NonNull};

const NOWAIT: Gfp = Gfp(KPI_M_NOWAIT);
const ANY: u64 = u64::MAX;

fn machine<L: Layout + 'static>(kind: Kind) -> (Arrays, Shadow<L, Fake>) {
    let mut a = Arrays::new(kind, &[(0x400, 0x700), (0x801, 0x9ff)]);
    let s = shadow::<L>(&mut a);
    (a, s)
}

fn errors<L: Layout>(s: &Shadow<L, Fake>) -> Vec<Misuse> {
    std::mem::take(&mut s.kernel().books.lock().unwrap().misuse)
}

fn all_free<L: Layout>(s: &Shadow<L, Fake>) -> bool {
    s.kernel().books.lock().unwrap().allocated.is_empty() && s.live_total() == 0
}

fn page(p: NonNull<Page>) -> &'static Page {
    // SAFETY: tests keep the shadow alive as long as they look.
    unsafe { p.as_ref() }
}

fn bulk<L: Layout>(s: &Shadow<L, Fake>, n: usize, high: u64, owner: Owner) -> Vec<*const Page> {
    let mut places = vec![Some(NonNull::dangling()); n];
    let got = s.alloc_bulk(NOWAIT, -1, high, owner, &mut places);
    places[..got].iter().map(|p| p.unwrap().as_ptr().cast_const()).collect()
}

/// Whatever somebody left in the words of a page that was not owned.
fn soil(p: &Page) {
    p.pp_magic.store(0x40, Relaxed);
    p.pp.store(ptr::from_ref(p).cast_mut().cast(), Relaxed);
    p.pp_dma_map.store(ptr::dangling_mut(), Relaxed);
    p.dma_addr.store(1, Relaxed);
    p.pp_ref_count.store(1, Relaxed);
}

fn fill_and_free<L: Layout + 'static>(kind: Kind) {
    let (a, s) = machine::<L>(kind);
    for pfn in (0x400..0x700).chain(0x801..0x9ff) {
        soil(page(s.page(pfn).unwrap()));
    }
    for n in [0, 1, 64, 2000] {
        let mut pages = bulk(&s, n, ANY, Owner::Pool);
        assert_eq!(pages.len(), n.min(0x300 + 0x1fe));
        assert_eq!(pages.iter().collect::<BTreeSet<_>>().len(), pages.len());
        for &p in &pages {
            let p = page(NonNull::new(p.cast_mut()).unwrap());
            assert_eq!((s.count(p), p.order(), p.page_type.load(Relaxed)), (1, 0, Owner::Pool as i32));
            assert_eq!((p.pp_magic.load(Relaxed), p.pp.load(Relaxed)), (0, ptr::null_mut()));
            assert_eq!((p.pp_dma_map.load(Relaxed), p.dma_addr.load(Relaxed)), (ptr::null_mut(), 0));
            assert_eq!(p.pp_ref_count.load(Relaxed), 0);
            // SAFETY: an entry of the test's array.
            assert_eq!(unsafe { &*p.vm_page.load(Relaxed) }.phys_addr >> 12, p.pfn() as u64);
            // A pool that has left a page has cleared these two.
            soil(p);
            p.pp_magic.store(0, Relaxed);
            p.pp.store(ptr::null_mut(), Relaxed);
        }
        assert_eq!((s.live(Owner::Pool), s.live_total()), (pages.len(), pages.len()));
        s.put_bulk(Owner::Pool, &mut pages);
        assert!(all_free(&s) && errors(&s).is_empty(), "{n}");
    }
    drop(s);
    drop(a);
}

#[test]
fn many_pages_come_and_go() {
    fill_and_free::<PageArray>(Kind::PageArray);
    fill_and_free::<Dense>(Kind::Dense);
    fill_and_free::<Sparse>(Kind::Sparse);
}

#[test]
fn a_bulk_free_judges_each_page() {
    let (_a, s) = machine::<Dense>(Kind::Dense);
    let one = |owner| s.alloc(NOWAIT, 0, -1, ANY, owner).unwrap();
    let (good, twice, shared, other, pooled) = (one(Owner::Pool), one(Owner::Pool), one(Owner::Pool), one(Owner::Alloc), one(Owner::Pool));
    let block = s.alloc(Gfp(KPI_M_NOWAIT | KPI_GFP_COMP), 2, -1, ANY, Owner::Pool).unwrap();
    s.get(shared.as_ptr());
    page(pooled).pp_magic.store(0x40, Relaxed);
    page(pooled).pp.store(ptr::dangling_mut(), Relaxed);
    let stray = 0u128;
    let free = s.page(0x404).unwrap();
    let mut pages: Vec<*const Page> = vec![
        good.as_ptr(), ptr::null(), twice.as_ptr(), ptr::from_ref(&stray).cast(), twice.as_ptr(), shared.as_ptr(),
        (good.as_ptr() as usize + 8) as *const Page, other.as_ptr(), free.as_ptr(), pooled.as_ptr(), block.as_ptr(),
    ];
    s.put_bulk(Owner::Pool, &mut pages);
    let want = [Misuse::Null, Misuse::NotAPage, Misuse::NotAllocated, Misuse::NotAPage, Misuse::NotAllocated, Misuse::InPool];
    assert_eq!(errors(&s), want);
    assert_eq!((s.count(shared.as_ptr()), s.count(pooled.as_ptr()), s.live_total()), (1, 1, 2));
    page(pooled).pp.store(ptr::null_mut(), Relaxed);
    s.put(pooled.as_ptr());
    s.free(shared.as_ptr(), 0);
    assert!(all_free(&s) && errors(&s).is_empty());
}

#[test]
fn mistakes_with_a_single_page() {
    let (_a, s) = machine::<Dense>(Kind::Dense);
    let p = s.alloc_page(NOWAIT, -1, Owner::Alloc).unwrap();
    s.free(p.as_ptr(), 1);
    assert_eq!(errors(&s), [Misuse::WrongOrder]);
    s.get(p.as_ptr());
    s.free(p.as_ptr(), 0);
    assert_eq!((s.count(p.as_ptr()), s.live(Owner::Alloc)), (1, 1));
    page(p).refcount.store(i32::MAX, Relaxed);
    s.get(p.as_ptr());
    assert_eq!((errors(&s), s.count(p.as_ptr())), (vec![Misuse::NoReference], i32::MAX));
    page(p).refcount.store(0, Relaxed);
    s.put(p.as_ptr());
    s.get(p.as_ptr());
    assert_eq!((errors(&s), s.count(p.as_ptr())), (vec![Misuse::NoReference, Misuse::NoReference], 0));
    page(p).refcount.store(1, Relaxed);
    // lru is the owner's to use, whatever it looks like.
    soil(page(p));
    s.put(p.as_ptr());
    s.put(p.as_ptr());
    assert_eq!(errors(&s), [Misuse::NotAllocated]);
    assert!(all_free(&s));
}

#[test]
fn a_limit_is_kept() {
    let (_a, s) = machine::<Sparse>(Kind::Sparse);
    let high = (0x500u64 << 12) - 1;
    for high in [high, high + 1, high + 4095] {
        let mut low = bulk(&s, 300, high, Owner::Pool);
        assert_eq!(low.len(), 0x100);
        // SAFETY: live shadows.
        assert!(low.iter().all(|&p| unsafe { &*p }.pfn() < 0x500));
        assert!(s.alloc(NOWAIT, 0, -1, high, Owner::Alloc).is_none());
        assert_eq!(s.live_total(), 0x100);
        s.put_bulk(Owner::Pool, &mut low);
        let p = s.alloc(NOWAIT, 0, -1, high, Owner::Alloc).unwrap();
        assert!(page(p).pfn() < 0x500);
        s.put(p.as_ptr());
    }
    let p = s.alloc_page(Gfp(KPI_M_NOWAIT | KPI_GFP_DMA32), -1, Owner::Alloc).unwrap();
    s.put(p.as_ptr());
    assert!(all_free(&s) && errors(&s).is_empty());
}

#[test]
fn only_the_first_of_many_sleeps() {
    let (_a, s) = machine::<Dense>(Kind::Dense);
    let mut places = [None; 9];
    assert_eq!(s.alloc_bulk(Gfp(KPI_M_WAITOK), -1, ANY, Owner::Frag, &mut places), 9);
    assert_eq!(s.alloc_bulk(Gfp(KPI_M_WAITOK), -1, ANY, Owner::Frag, &mut []), 0);
    for p in places {
        s.put(p.unwrap().as_ptr());
    }
    assert!(all_free(&s));
}

#[test]
fn a_shortage_gives_fewer() {
    for fail in 0..12 {
        for high in [ANY, 0x600 << 12] {
            let (_a, s) = machine::<PageArray>(Kind::PageArray);
            s.kernel().books.lock().unwrap().fail_in = Some(fail);
            let mut pages = bulk(&s, 5, high, Owner::Pool);
            s.kernel().books.lock().unwrap().fail_in = None;
            assert_eq!(s.live_total(), pages.len());
            assert_eq!(s.kernel().books.lock().unwrap().allocated.len(), pages.len());
            s.put_bulk(Owner::Pool, &mut pages);
            assert!(all_free(&s) && errors(&s).is_empty());
        }
    }
}

#[test]
fn threads_share_a_single_page() {
    let (_a, s) = machine::<Dense>(Kind::Dense);
    let p = s.alloc_page(NOWAIT, -1, Owner::Alloc).unwrap().as_ptr() as usize;
    std::thread::scope(|t| {
        for _ in 0..4 {
            s.get(p as *const Page);
            t.spawn(|| {
                for _ in 0..2000 {
                    s.get(p as *const Page);
                    s.put(p as *const Page);
                }
                s.put_bulk(Owner::Alloc, &mut [p as *const Page]);
            });
        }
        s.free(p as *const Page, 0);
    });
    assert!(all_free(&s) && errors(&s).is_empty());
}
