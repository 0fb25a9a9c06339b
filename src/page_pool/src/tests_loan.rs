// SPDX-License-Identifier: BSD-2-Clause
//! Buffers that mbufs have: how many, and when none.

use crate::loan::Refusal::{Closed, NotLent, Shared, Short};
use crate::params::Params;
use crate::testing::{params, Rig, GFP};
use crate::Destroyed;
use std::sync::atomic::Ordering::Relaxed;

#[test]
fn a_share_of_the_ring_is_lent() {
    let mut r = Rig::new(params());
    let pages: Vec<_> = (0..17).map(|_| r.alloc()).collect();
    for p in &pages[..16] {
        assert_eq!(r.pool.lend(p, 100), Ok(()));
    }
    assert_eq!(r.pool.lend(pages[16], 100), Err(Short));
    assert_eq!((r.pool.loans().out(), r.pool.loans().made()), (16, 16));
    // More than all of it is for who asks for it.
    assert_eq!(r.pool.lend(pages[16], 200), Ok(()));
    r.pool.returned();
    r.put(pages[0]);
    assert_eq!(r.pool.lend(pages[16], 100), Err(Short));
    r.pool.returned();
    r.put(pages[1]);
    assert_eq!(r.pool.lend(pages[16], 100), Ok(()));
    assert_eq!((r.pool.loans().out(), r.pool.loans().made()), (16, 18));
    assert_eq!(r.pool.lend(pages[2], 0), Err(Short));
    assert_eq!(r.pool.lend(pages[2], 50), Err(Short));
}

#[test]
fn nothing_is_lent_while_the_system_has_no_pages() {
    let mut r = Rig::new(Params { pool_size: 256, ..params() });
    let pages: Vec<_> = (0..64).map(|_| r.alloc()).collect();
    assert_eq!(r.pool.lend(pages[0], 100), Ok(()));
    r.m.with(|m| m.fail_slots = true);
    assert!(r.pool.alloc(&mut r.c, GFP).is_none());
    assert_eq!(r.pool.lend(pages[1], 100), Err(Short));
    // A page that comes back is the driver's next one; then there are others.
    r.put(pages[2]);
    assert_eq!(r.pool.lend(pages[1], 100), Err(Short));
    r.alloc();
    assert_eq!(r.pool.lend(pages[1], 100), Ok(()));
}

#[test]
fn the_system_has_pages_again() {
    let mut r = Rig::new(params());
    r.m.with(|m| m.fail_slots = true);
    assert!(r.pool.alloc(&mut r.c, GFP).is_none());
    r.m.with(|m| m.fail_slots = false);
    let page = r.alloc();
    assert_eq!(r.pool.lend(page, 100), Ok(()));
}

#[test]
fn what_is_not_lent() {
    let (mut r, mut other) = (Rig::new(params()), Rig::new(params()));
    let (page, theirs) = (r.alloc(), other.alloc());
    page.refcount.fetch_add(1, Relaxed);
    assert_eq!(r.pool.lend(page, 100), Err(Shared));
    assert!(r.m.misuse().is_empty());
    page.refcount.fetch_sub(1, Relaxed);
    assert_eq!(r.pool.lend(theirs, 100), Err(NotLent));
    r.put(page);
    assert_eq!(r.pool.lend(page, 100), Err(NotLent));
    assert_eq!(r.m.misuse(), ["page_pool: loan of a page that nobody has"; 2]);
    assert_eq!(r.pool.loans().out(), 0);
    let page = r.alloc();
    assert_eq!(r.destroy(), Destroyed::Later);
    assert_eq!(r.pool.lend(page, 100), Err(Closed));
    r.put(page);
    r.assert_empty();
}
