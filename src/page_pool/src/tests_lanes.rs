// SPDX-License-Identifier: BSD-2-Clause
//! Pages that lie in wait: in lanes, in the way that CPUs share, without memory.

use crate::lane::LANES;
use crate::params::Params;
use crate::stats::RING;
use crate::testing::{params, Rig, CPU};
use crate::{Consumer, Destroyed};
use std::collections::HashSet;
use std::ptr;

/// What one CPU puts lies in wait, as much as was asked for and no more; others
/// have lanes of their own, or share a way.
#[test]
fn lanes_hold_what_was_asked_for() {
    let mut r = Rig::new(Params { pool_size: 128, ..params() });
    let pages: Vec<_> = (0..300).map(|_| r.alloc()).collect();
    let all = r.pool.inflight();
    CPU.set(3);
    pages[..129].iter().for_each(|p| r.put(p));
    assert_eq!((r.pool.snapshot()[RING], r.pool.stats().ring_full.get(), r.pool.inflight()), (128, 1, all - 1));
    CPU.set(4);
    r.put(pages[129]);
    assert_eq!((r.pool.stats().ring_full.get(), r.pool.inflight()), (2, all - 2));
    let again: HashSet<_> = (0..128).map(|_| ptr::from_ref(r.alloc())).collect();
    assert_eq!(again.len(), 128);
    for cpu in 0..LANES + 2 {
        CPU.set(cpu);
        r.put(pages[130 + 2 * cpu]);
        r.put(pages[131 + 2 * cpu]);
    }
    assert!(r.pool.lanes.iter().all(|l| l.is_claimed()));
    assert_eq!((r.pool.shared.stored.get(), r.pool.snapshot()[RING]), (4, 128 + 20));
    // As many buckets as are in use, and one to spare a way at most.
    assert!(r.m.with(|m| m.buckets) <= 2 * (LANES + 1));
    assert_eq!(r.destroy(), Destroyed::Later);
    r.m.with(|m| assert_eq!(m.buckets, 0));
}

/// One page a time through one lane: buckets go round, none is made or freed.
#[test]
fn a_lane_that_is_kept_empty_needs_two_buckets() {
    let mut r = Rig::new(Params { pool_size: 1024, ..params() });
    r.alloc();
    for _ in 0..1000 {
        let page = r.alloc();
        r.put(page);
    }
    assert!(r.m.with(|m| m.buckets) <= 3, "{}", r.m.with(|m| m.buckets));
    assert!(r.pool.stats().slow.get() < 20);
}

/// Without memory for a bucket a page leaves the pool; nothing is lost.
#[test]
fn no_bucket() {
    let mut r = Rig::new(params());
    let pages: Vec<_> = (0..3).map(|_| r.alloc()).collect();
    r.m.with(|m| m.fail_slots = true);
    r.put(pages[0]);
    CPU.set(LANES);
    r.put(pages[1]);
    r.m.with(|m| m.fail_slots = false);
    assert_eq!(r.pool.inflight(), 62);
    r.put(pages[2]);
    assert_eq!((r.pool.inflight(), r.pool.snapshot()[RING]), (62, 1));
    assert_eq!(r.destroy(), Destroyed::Now);
    r.assert_empty();
}

/// Four threads return what one allocates; destroy comes in between.
#[cfg_attr(miri, ignore = "hours")]
#[test]
fn returns_from_many_threads() {
    let mut r = Rig::new(Params { pool_size: 64, ..params() });
    let (mut txs, mut threads) = (Vec::new(), Vec::new());
    for i in 0..4 {
        let (tx, rx) = std::sync::mpsc::sync_channel(32);
        let pool = r.pool.clone();
        txs.push(tx);
        threads.push(std::thread::spawn(move || {
            // The last shares a lane's place with the first.
            CPU.set(if i == 3 { LANES } else { i });
            rx.into_iter().for_each(|p| pool.put(None, p, u32::MAX))
        }));
    }
    for i in 0..20_000 {
        let (page, _) = r.frag(if i % 3 == 0 { 700 } else { 2048 });
        match i % 5 {
            4 => r.put_direct(page),
            t => txs[t].send(page).unwrap(),
        }
    }
    let how = r.destroy();
    drop(txs);
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(r.m.with(|m| m.scheduled), (how == Destroyed::Later) as usize);
    r.assert_empty();
    let _: Consumer = r.c;
}

/// Of a pool that maps nothing, too, a late direct put leaves the pool.
#[test]
fn a_late_direct_put_leaves_the_pool() {
    let mut r = Rig::new(Params { flags: 0, dma_dir: 0, ..params() });
    let page = r.alloc();
    assert_eq!(r.destroy(), Destroyed::Later);
    assert!(!r.pool.put_cached(&mut r.c, page));
    r.put_direct(page);
    assert_eq!(r.m.with(|m| m.scheduled), 1);
    r.assert_empty();
}
