// SPDX-License-Identifier: BSD-2-Clause
//! The contract of page_pool, case by case (reference/page_pool_api.md, 7).

use crate::params::Params;
use crate::consumer::CACHE;
use crate::pool::{State, REFILL};
use crate::stats::RING;
use crate::testing::{params, Rig, GFP};
use crate::Destroyed;
use kpi::errno::EINVAL;
use std::collections::HashSet;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

#[test]
fn create_rejects() {
    let bad = |p: Params| assert_eq!(p.check(u64::MAX).map(|_| ()), Err(EINVAL), "{p:?}");
    bad(Params { flags: 16, ..params() });
    bad(Params { dma_dir: 1, ..params() });
    bad(Params { dma_dir: 3, ..params() });
    bad(Params { flags: 2, ..params() });
    bad(Params { max_len: 0, ..params() });
    bad(Params { dma_dir: 77, ..params() });
}

#[test]
fn create_accepts() {
    let ring = |pool_size| Params { pool_size, ..params() }.check(u64::MAX).unwrap().ring;
    assert_eq!((ring(0), ring(256), ring(16384), ring(16385), ring(1 << 30)), (1024, 256, 16384, 16384, 16384));
    // USB: a device, nothing else.
    Params { flags: 0, dma_dir: 0, max_len: 0, ..params() }.check(u64::MAX).unwrap();
    // DMA_BIDIRECTIONAL is 0 and good.
    Params { dma_dir: 0, ..params() }.check(u64::MAX).unwrap();
    Params { max_len: 1 << 20, offset: 9999, ..params() }.check(u64::MAX).unwrap();
}

#[test]
fn first_allocation_brings_sixty_four() {
    let mut r = Rig::new(params());
    let page = r.alloc();
    assert_eq!(r.pool.inflight(), REFILL as i32);
    let s = r.pool.stats();
    assert_eq!((s.slow.get(), s.empty.get(), s.fast.get()), (1, 1, 0));
    r.m.with(|m| assert_eq!((m.maps.len(), m.syncs, m.entered), (64, 64, 64)));
    r.alloc();
    assert_eq!((r.pool.stats().fast.get(), r.pool.inflight()), (1, 64));
    assert_eq!(page.pp_ref_count.load(Relaxed), 1);
}

#[test]
fn the_cache_holds_128() {
    let mut r = Rig::new(params());
    let pages: Vec<_> = (0..CACHE + 1).map(|_| r.alloc()).collect();
    // 63 and more are in the cache still; take all of them out.
    let spare: Vec<_> = (0..63).map(|_| r.alloc()).collect();
    for p in &pages {
        r.put_direct(p);
    }
    let s = r.pool.stats();
    assert_eq!((s.cached.get(), s.cache_full.get(), r.pool.snapshot()[RING]), (128, 1, 1));
    spare.into_iter().for_each(|p| r.put(p));
    assert_eq!(r.destroy(), Destroyed::Now);
    r.assert_empty();
}

#[test]
fn a_ring_of_16_releases_the_17th() {
    let mut r = Rig::new(params());
    let pages: Vec<_> = (0..17).map(|_| r.alloc()).collect();
    pages[..16].iter().for_each(|p| r.put(p));
    assert_eq!(r.pool.inflight(), 64);
    r.put(pages[16]);
    let s = r.pool.stats();
    assert_eq!((r.pool.snapshot()[RING], s.ring_full.get(), r.pool.inflight()), (16, 1, 63));
    r.m.with(|m| assert_eq!((m.live, m.maps.len()), (63, 63)));
}

#[test]
fn refill_takes_from_the_ring_and_leaves_the_rest_in_the_cache() {
    let mut r = Rig::new(Params { pool_size: 256, ..params() });
    let pages: Vec<_> = (0..64).map(|_| r.alloc()).collect();
    pages.iter().for_each(|p| r.put(p));
    let again: HashSet<_> = (0..64).map(|_| ptr::from_ref(r.alloc())).collect();
    assert_eq!(again, pages.iter().map(|p| ptr::from_ref(*p)).collect());
    let s = r.pool.stats();
    assert_eq!((s.refill.get(), s.slow.get(), s.fast.get()), (1, 1, 63 + 63));
}

#[test]
fn two_pieces_make_one_recycle() {
    let mut r = Rig::new(params());
    let (a, at) = r.frag(2048);
    let (b, bt) = r.frag(2048);
    assert!(ptr::eq(a, b) && (at, bt) == (0, 2048));
    let (c, _) = r.frag(2048);
    assert!(!ptr::eq(a, c));
    r.put(a);
    assert_eq!(r.pool.snapshot()[RING], 0);
    r.put(b);
    // At rest it has no users; handed out it has one again.
    assert_eq!((r.pool.snapshot()[RING], a.pp_ref_count.load(Relaxed)), (1, 0));
    r.put(c);
    assert_eq!(r.destroy(), Destroyed::Now);
    r.assert_empty();
}

#[test]
fn drained_page_is_used_again_in_place() {
    let mut r = Rig::new(params());
    let (a, _) = r.frag(4096);
    r.put(a);
    let before = (r.pool.stats().fast.get(), r.m.with(|m| m.syncs));
    let (b, at) = r.frag(4096);
    assert!(ptr::eq(a, b) && at == 0);
    assert_eq!((r.pool.stats().fast.get(), r.m.with(|m| m.syncs)), (before.0 + 1, before.1 + 1));
}

#[test]
fn drained_page_with_a_user_is_let_go() {
    let mut r = Rig::new(params());
    let (a, _) = r.frag(3000);
    let (b, at) = r.frag(3000);
    assert!(!ptr::eq(a, b) && at == 0);
    assert_eq!(a.pp_ref_count.load(Relaxed), 1);
    r.put(a);
    assert_eq!(r.pool.snapshot()[RING], 1);
}

#[test]
fn pieces_are_aligned_and_bounded() {
    let mut r = Rig::new(params());
    assert_eq!([r.frag(100).1, r.frag(1).1, r.frag(8).1], [0, 104, 112]);
    assert!(r.pool.alloc_frag(&mut r.c, 4097, GFP).is_none());
    assert_eq!(r.m.misuse(), ["page_pool: fragment larger than a page"]);
}

#[test]
fn by_size() {
    let mut r = Rig::new(params());
    let mut get = |n| r.pool.alloc_sized(&mut r.c, n, GFP).map(|(_, at, len)| (at, len)).unwrap();
    assert_eq!(get(2049), (0, 4096));
    assert_eq!(get(1500), (0, 1500));
    // No third one fits: this one gets the rest.
    assert_eq!(get(1500), (1504, 2592));
    assert_eq!(get(64), (0, 64));
}

#[test]
fn counts_wrap() {
    let mut r = Rig::new(params());
    r.pool.start_counts(0xffff_ffc0);
    let pages: Vec<_> = (0..130).map(|_| r.alloc()).collect();
    assert_eq!(r.pool.inflight(), 192);
    pages.iter().for_each(|p| r.put(p));
    assert_eq!(r.pool.inflight(), 192 - 114);
    assert_eq!(r.destroy(), Destroyed::Now);
    r.assert_empty();
}

#[test]
fn destroy_with_pages_out() {
    let mut r = Rig::new(params());
    let out: Vec<_> = (0..5).map(|_| r.alloc()).collect();
    let (frag, _) = r.frag(1024);
    assert_eq!(r.destroy(), Destroyed::Later);
    // Every page is unmapped, the device may go.
    r.m.with(|m| assert_eq!((m.live, m.maps.len(), m.slots, m.closed), (6, 0, 64, 1)));
    assert_eq!(r.pool.inflight(), 6);
    r.put(frag);
    for (i, p) in out.iter().enumerate() {
        assert_eq!(r.m.with(|m| m.scheduled), 0, "{i}");
        // A late direct put does not end in the cache.
        if i == 2 { r.put_direct(p) } else { r.put(p) }
    }
    assert_eq!((r.m.with(|m| m.scheduled), r.pool.state()), (1, State::Empty));
    assert_eq!(r.pool.snapshot()[RING], 0);
    r.assert_empty();
    assert!(r.pool.alloc(&mut r.c, GFP).is_none());
    assert_eq!(r.m.misuse(), ["allocation from a destroyed page_pool"]);
}

#[test]
fn destroy_of_an_unused_pool() {
    let mut r = Rig::new(params());
    assert_eq!(r.destroy(), Destroyed::Now);
    r.assert_empty();
}

#[test]
fn page_with_another_holder_leaves_the_pool_and_lives() {
    let mut r = Rig::new(params());
    let page = r.alloc();
    page.refcount.fetch_add(1, Relaxed);
    r.put(page);
    assert_eq!((r.pool.stats().released_refcnt.get(), r.pool.inflight()), (1, 63));
    assert!(!r.m.with(|m| m.maps.contains_key(&ptr::from_ref(page).addr())));
    assert_eq!((page.refcount.load(Relaxed), page.pp_magic.load(Relaxed)), (1, 0));
    assert_eq!(r.m.with(|m| m.live), 64);
    crate::sys::Sys::put_page(&r.m, page);
    assert_eq!(r.m.with(|m| m.live), 63);
}

#[test]
fn put_from_another_thread_goes_to_the_ring() {
    let mut r = Rig::new(params());
    let page = r.alloc();
    std::thread::scope(|s| {
        s.spawn(|| r.put(page));
    });
    let s = r.pool.stats();
    assert_eq!((r.pool.snapshot()[RING], s.cached.get()), (1, 0));
}

#[test]
fn a_page_that_cannot_be_mapped_is_skipped() {
    let mut r = Rig::new(params());
    r.m.with(|m| m.fail_map = Some(2));
    r.alloc();
    assert_eq!((r.pool.inflight(), r.m.with(|m| m.live)), (63, 63));
}

#[test]
fn failures_are_not_fatal() {
    let mut r = Rig::new(params());
    r.m.with(|m| m.fail_slots = true);
    assert!(r.pool.alloc(&mut r.c, GFP).is_none());
    r.assert_empty();
    r.m.with(|m| m.fail_slots = false);
    // Two tries a page: here and on any node.
    r.m.with(|m| m.fail_alloc = Some(0));
    r.alloc();
    let mut big = Rig::new(Params { order: 40, ..params() });
    assert!(big.pool.alloc(&mut big.c, GFP).is_none());
    assert_eq!(big.destroy(), Destroyed::Now);
    big.assert_empty();
}

#[test]
fn failed_fragment_leaves_no_page_behind() {
    let mut r = Rig::new(Params { order: 11, ..params() });
    assert!(r.pool.alloc_frag(&mut r.c, 64, GFP).is_none());
    assert!(r.c.frag.page.is_none());
    assert_eq!(r.destroy(), Destroyed::Now);
}

#[test]
fn larger_blocks() {
    let mut r = Rig::new(Params { order: 1, ..params() });
    let (p, at) = r.frag(4096);
    let (q, bt) = r.frag(4096);
    assert!(ptr::eq(p, q) && (at, bt) == (0, 4096));
    assert_eq!((r.pool.stats().slow_high_order.get(), r.pool.stats().slow.get()), (1, 0));
    assert_eq!(r.pool.inflight(), 1);
    assert!(p.dma_addr.load(Relaxed) != 0);
}

#[test]
fn pages_beyond_the_mask_are_not_used() {
    let mut r = Rig::masked(params(), u32::MAX.into());
    let page = r.alloc();
    assert!((page.pfn() as u64) < 1 << 20);
    r.m.with(|m| assert_eq!(m.live, 64));
    let mut all = Rig::new(params());
    assert!(all.alloc().pfn() > 1 << 20);
}

#[test]
fn pages_of_another_node_go_back_one_a_refill() {
    let mut r = Rig::new(params());
    let pages: Vec<_> = (0..10).map(|_| r.alloc()).collect();
    while r.pool.stats().slow.get() == 1 {
        r.alloc();
    }
    pages.iter().for_each(|p| r.put(p));
    r.m.with(|m| m.node = 3);
    for _ in 0..63 {
        r.alloc();
    }
    let before = r.pool.inflight();
    r.m.with(|m| m.page_node = 3);
    let page = r.alloc();
    assert_eq!((r.pool.stats().waive.get(), r.pool.stats().refill.get()), (1, 0));
    assert_eq!(r.pool.inflight(), before - 1 + 64);
    assert_eq!(crate::sys::Sys::node_of(&r.m, page), 3);
}

#[test]
fn a_node_without_memory_is_not_insisted_on() {
    let mut r = Rig::new(Params { nid: 5, pool_size: 256, ..params() });
    let pages: Vec<_> = (0..64).map(|_| r.alloc()).collect();
    pages.iter().for_each(|p| r.put(p));
    r.alloc();
    assert_eq!((r.pool.stats().waive.get(), r.pool.stats().refill.get()), (0, 1));
    // Until another is named.
    r.pool.update_nid(&mut r.c, 6);
    r.put(pages[63]);
    r.alloc();
    assert_eq!(r.pool.stats().waive.get(), 1);
}

#[test]
fn another_node_empties_the_cache() {
    let mut r = Rig::new(params());
    let page = r.alloc();
    r.pool.update_nid(&mut r.c, 1);
    assert_eq!((r.pool.inflight(), r.pool.nid()), (1, 1));
    r.put(page);
}

#[test]
fn mistakes_are_told_and_survived() {
    let (mut a, mut b) = (Rig::new(params()), Rig::new(params()));
    let page = a.alloc();
    b.put(page);
    assert_eq!(b.m.misuse(), ["page_pool: put to the wrong pool"]);
    a.put(page);
    a.put(page);
    a.put_direct(page);
    a.pool.put_unrefed(None, page, 0);
    a.pool.put_bulk(&mut [Some(page)]);
    assert_eq!(a.m.misuse(), ["page_pool: page put twice"; 4]);
    assert_eq!(a.pool.snapshot()[RING], 1);
    let (frag, _) = a.frag(1024);
    frag.pp_ref_count.store(1, Relaxed);
    assert!(a.pool.unref(frag, 2) < 0);
    assert_eq!(a.m.misuse().len(), 1);
    frag.pp_ref_count.store(crate::refs::BIAS, Relaxed);
    a.put(frag);
    let other = b.alloc();
    crate::refs::leave(other);
    b.put(other);
    assert_eq!(b.m.misuse(), ["page_pool: put of a page that is not a pool's"]);
    assert_eq!(a.destroy(), Destroyed::Now);
    a.assert_empty();
}

#[test]
fn bulk_fills_the_ring_and_releases_the_rest() {
    let mut r = Rig::new(params());
    let mut pages: Vec<_> = (0..20).map(|_| Some(r.alloc())).collect();
    pages.push(None);
    let shared = r.alloc();
    shared.refcount.fetch_add(1, Relaxed);
    let (half, _) = r.frag(64);
    pages.extend([Some(shared), Some(half)]);
    r.pool.put_bulk(&mut pages);
    assert!(pages.iter().all(Option::is_none));
    let s = r.pool.stats();
    assert_eq!((r.pool.snapshot()[RING], s.ring_full.get(), s.released_refcnt.get()), (16, 1, 1));
    assert_eq!(r.pool.inflight(), 64 - 5);
    assert_eq!(half.pp_ref_count.load(Relaxed), crate::refs::BIAS - 1);
}

#[test]
fn nothing_to_sync() {
    let mut r = Rig::new(params());
    let (page, other) = (r.alloc(), r.alloc());
    let before = r.m.with(|m| m.syncs);
    r.pool.put(None, page, 0);
    assert_eq!(r.m.with(|m| m.syncs), before);
    r.pool.put(None, other, 1);
    assert_eq!(r.m.with(|m| m.syncs), before + 1);
    let mut usb = Rig::new(Params { flags: 0, dma_dir: 0, ..params() });
    let page = usb.alloc();
    usb.put(page);
    assert_eq!(usb.m.with(|m| (m.syncs, m.mapped_ever)), (0, 0));
    assert_eq!(page.dma_addr.load(Relaxed), 0);
    assert_eq!(usb.destroy(), Destroyed::Now);
    usb.assert_empty();
}

#[test]
fn names_fit() {
    assert!(crate::stats::NAMES.iter().all(|n| n.len() < 32));
    assert_eq!(crate::stats::NAMES.len(), 11);
}
