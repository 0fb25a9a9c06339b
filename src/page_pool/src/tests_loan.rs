// SPDX-License-Identifier: BSD-2-Clause
//! Buffers that mbufs have: how many, and when none.

use crate::loan::Refusal::{Closed, NotLent, Shared, Short};
use crate::params::Params;
use crate::testing::{params, Rig, GFP};
use crate::Destroyed;
use kpi::PAGE_SIZE;
use std::sync::atomic::Ordering::Relaxed;

const PAGE: u32 = PAGE_SIZE as u32;

#[test]
fn a_share_of_the_ring_is_lent() {
    let mut r = Rig::new(params());
    let pages: Vec<_> = (0..17).map(|_| r.alloc()).collect();
    for p in &pages[..16] {
        assert_eq!(r.pool.lend(p, PAGE, 100), Ok(()));
    }
    assert_eq!(r.pool.lend(pages[16], PAGE, 100), Err(Short));
    assert_eq!((r.pool.loans().out(), r.pool.loans().made()), (16, 16));
    // More than all of it is for who asks for it.
    assert_eq!(r.pool.lend(pages[16], PAGE, 200), Ok(()));
    r.pool.returned();
    r.put(pages[0]);
    assert_eq!(r.pool.lend(pages[16], PAGE, 100), Err(Short));
    r.pool.returned();
    r.put(pages[1]);
    assert_eq!(r.pool.lend(pages[16], PAGE, 100), Ok(()));
    assert_eq!((r.pool.loans().out(), r.pool.loans().made()), (16, 18));
    assert_eq!(r.pool.lend(pages[2], PAGE, 0), Err(Short));
    assert_eq!(r.pool.lend(pages[2], PAGE, 50), Err(Short));
}

#[test]
fn of_halves_twice_as_many_are_lent() {
    let mut r = Rig::new(params());
    let pieces: Vec<_> = (0..33).map(|_| r.frag(2048).0).collect();
    for p in &pieces[..32] {
        assert_eq!(r.pool.lend(p, 2048, 100), Ok(()));
    }
    assert_eq!(r.pool.lend(pieces[32], 2048, 100), Err(Short));
    assert_eq!(r.pool.lend(pieces[32], 2048, u32::MAX), Ok(()));
    // None of them overflows.
    assert_eq!(r.pool.lend(pieces[32], u32::MAX, 100), Err(Short));
}

#[test]
fn nothing_is_lent_while_the_system_has_no_pages() {
    let mut r = Rig::new(Params { pool_size: 256, ..params() });
    let pages: Vec<_> = (0..64).map(|_| r.alloc()).collect();
    assert_eq!(r.pool.lend(pages[0], PAGE, 100), Ok(()));
    r.m.with(|m| m.fail_slots = true);
    assert!(r.pool.alloc(&mut r.c, GFP).is_none());
    assert_eq!(r.pool.lend(pages[1], PAGE, 100), Err(Short));
    // A page that comes back is the driver's next one; then there are others.
    r.m.with(|m| m.fail_slots = false);
    r.put(pages[2]);
    assert_eq!(r.pool.lend(pages[1], PAGE, 100), Err(Short));
    r.alloc();
    assert_eq!(r.pool.stats().refill.get(), 1);
    assert_eq!(r.pool.lend(pages[1], PAGE, 100), Ok(()));
}

#[test]
fn the_system_has_pages_again() {
    let mut r = Rig::new(params());
    r.m.with(|m| m.fail_slots = true);
    assert!(r.pool.alloc(&mut r.c, GFP).is_none());
    r.m.with(|m| m.fail_slots = false);
    let page = r.alloc();
    assert_eq!(r.pool.lend(page, PAGE, 100), Ok(()));
}

#[test]
fn what_is_not_lent() {
    let (mut r, mut other) = (Rig::new(params()), Rig::new(params()));
    let (page, theirs) = (r.alloc(), other.alloc());
    page.refcount.fetch_add(1, Relaxed);
    assert_eq!(r.pool.lend(page, PAGE, 100), Err(Shared));
    assert!(r.m.misuse().is_empty());
    page.refcount.fetch_sub(1, Relaxed);
    assert_eq!(r.pool.lend(theirs, PAGE, 100), Err(NotLent));
    r.put(page);
    assert_eq!(r.pool.lend(page, PAGE, 100), Err(NotLent));
    assert_eq!(r.m.misuse(), ["page_pool: loan of a page that nobody has"; 2]);
    assert_eq!(r.pool.loans().out(), 0);
    let page = r.alloc();
    assert_eq!(r.destroy(), Destroyed::Later);
    assert_eq!(r.pool.lend(page, PAGE, 100), Err(Closed));
    r.put(page);
    r.assert_empty();
}
