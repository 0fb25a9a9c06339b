// SPDX-License-Identifier: BSD-2-Clause
//! Model tests of what is lock-free: `RUSTFLAGS="--cfg loom" cargo test loom`.

use crate::block::{ref_add, ref_sub};
use crate::chunk::{Block, BlockMap};
use crate::single::{ref_dec, ref_inc};
use kpi::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

/// Every schedule with up to three preemptions: more find nothing new here
/// and take minutes.
fn model(f: impl Fn() + Sync + Send + 'static) {
    let mut b = loom::model::Builder::new();
    b.preemption_bound = Some(3);
    b.check(f);
}

/// Who sees a block's bit sees the shadows that were written before it.
#[test]
fn loom_a_published_block_is_initialised() {
    model(|| {
        let map = Arc::new(BlockMap::new());
        let shadow = Arc::new(UnsafeCell::new(0));
        let reader = {
            let (map, shadow) = (map.clone(), shadow.clone());
            thread::spawn(move || {
                if map.is_backed(3) {
                    // SAFETY: published; loom checks that the write is ordered before.
                    shadow.with(|p| assert_eq!(unsafe { *p }, 7));
                }
                assert!(!map.is_backed(4));
            })
        };
        // SAFETY: not published yet: nobody reads.
        shadow.with_mut(|p| unsafe { *p = 7 });
        map.publish(3, Block::Full);
        reader.join().unwrap();
        assert!(map.is_backed(3));
    });
}

/// Of all who drop the last references exactly one sees zero, after everybody
/// else's writes; nobody gets a reference to what is gone.
#[test]
fn loom_the_last_reference_is_dropped_once() {
    model(|| {
        let count = Arc::new(AtomicI32::new(2));
        let data = Arc::new([UnsafeCell::new(0), UnsafeCell::new(0)]);
        let freed = Arc::new(AtomicBool::new(false));
        let put = |i: usize| {
            let (count, data, freed) = (count.clone(), data.clone(), freed.clone());
            thread::spawn(move || {
                // SAFETY: each holder writes its own cell while it has a reference.
                data[i].with_mut(|p| unsafe { *p = 1 });
                if ref_sub(&count, 1) == Some(0) {
                    assert!(!freed.swap(true, Relaxed), "freed twice");
                    // SAFETY: all references are gone.
                    data.iter().for_each(|c| c.with(|p| assert_eq!(unsafe { *p }, 1)));
                }
            })
        };
        let (a, b) = (put(0), put(1));
        if ref_add(&count, 1) {
            assert!(!freed.load(Relaxed));
            if ref_sub(&count, 1) == Some(0) {
                assert!(!freed.swap(true, Relaxed), "freed twice");
            }
        }
        a.join().unwrap();
        b.join().unwrap();
        assert!(freed.load(Relaxed));
        assert_eq!((ref_add(&count, 1), ref_sub(&count, 1)), (false, None));
    });
}

/// The same when the fast path of a put or get meets the general one.
#[test]
fn loom_a_fast_put_and_a_general_one_agree() {
    model(|| {
        let count = Arc::new(AtomicI32::new(2));
        let data = Arc::new([UnsafeCell::new(0), UnsafeCell::new(0)]);
        let freed = Arc::new(AtomicBool::new(false));
        let put = |i: usize| {
            let (count, data, freed) = (count.clone(), data.clone(), freed.clone());
            thread::spawn(move || {
                // SAFETY: each holder writes its own cell while it has a reference.
                data[i].with_mut(|p| unsafe { *p = 1 });
                let seen = count.load(Relaxed);
                let left = if i == 0 && ref_dec(&count, seen) { Some(seen - 1) } else { ref_sub(&count, 1) };
                if left == Some(0) {
                    assert!(!freed.swap(true, Relaxed), "freed twice");
                    // SAFETY: all references are gone.
                    data.iter().for_each(|c| c.with(|p| assert_eq!(unsafe { *p }, 1)));
                }
            })
        };
        let (a, b) = (put(0), put(1));
        if ref_inc(&count) {
            assert!(!freed.load(Relaxed));
            if ref_sub(&count, 1) == Some(0) {
                assert!(!freed.swap(true, Relaxed), "freed twice");
            }
        }
        a.join().unwrap();
        b.join().unwrap();
        assert!(freed.load(Relaxed));
        assert_eq!((ref_inc(&count), ref_dec(&count, 1)), (false, false));
    });
}
