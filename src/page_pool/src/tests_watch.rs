// SPDX-License-Identifier: BSD-2-Clause
//! Who holds what, scrubbed and poisoned pages.

use crate::consumer::CACHE;
use crate::params::{Flags, Params};
use crate::pool::REFILL;
use crate::sys::{PageRef, SyncOp};
use crate::testing::{params, Machine, Rig, GFP};
use crate::watch::POISON;
use crate::Destroyed;
use kpi::errno::EINVAL;
use std::ptr;

fn rig(p: Params, track: bool, poison: bool) -> Rig {
    let mut cfg = p.check(u64::MAX).unwrap();
    (cfg.track, cfg.poison) = (track, poison);
    Rig::with(Machine::default(), cfg)
}

fn scrubbed() -> Params {
    Params { flags: 3 | Flags::SCRUB.bits(), ..params() }
}

fn byte(r: &Rig, page: PageRef) -> Option<u8> {
    r.m.with(|s| s.bytes.get(&ptr::from_ref(page).addr()).copied())
}

/// Somebody writes to a page.
fn write(r: &Rig, page: PageRef) {
    r.m.with(|s| s.bytes.insert(ptr::from_ref(page).addr(), 0x55));
}

/// Allocations from `caller`, at `now`.
fn take(r: &mut Rig, n: usize, caller: usize, now: u64) -> Vec<PageRef> {
    r.m.with(|s| (s.caller, s.now) = (caller, now));
    (0..n).map(|_| r.alloc()).collect()
}

fn text(r: &Rig) -> String {
    let mut s = String::new();
    r.pool.report().write(&mut s, |a| format!("f{a}")).unwrap();
    s
}

fn short(r: &Rig) -> String {
    let mut s = String::new();
    r.pool.report().write_short(&mut s, |a| format!("f{a}")).unwrap();
    s
}

#[test]
fn a_tracked_pool_names_its_holders() {
    for flags in [0, 1, 3] {
        let mut r = rig(Params { flags, ..params() }, true, false);
        let a = take(&mut r, 3, 7, 1_000);
        let b = take(&mut r, 5, 9, 60_000);
        assert_eq!(r.pool.report().all.pages, 8);
        // Given back and given to another: no trace of the one before.
        a[1..].iter().for_each(|p| r.put_direct(p));
        r.put(b[0]);
        let c = take(&mut r, 1, 8, 64_000);
        assert_eq!(r.destroy(), Destroyed::Later);
        r.m.with(|s| s.now = 65_000);
        assert_eq!(text(&r), "  6 pages with users, 6 buffers; allocated <1s 0, <10s 5, <1min 0, <10min 1, <1h 0, more 0; oldest 64 s\n\
            \x20 4 pages, 4 buffers, oldest 5 s: f9\n\
            \x20 1 pages, 1 buffers, oldest 64 s: f7\n\
            \x20 1 pages, 1 buffers, oldest 1 s: f8\n");
        assert_eq!(short(&r), ", 6 buffers, oldest 64 s: 4 f9, 1 f7, 1 f8");
        assert_eq!(r.pool.report().in_flight, 6);
        for p in a[..1].iter().chain(&b[1..]).chain(&c) {
            r.put(p);
        }
        r.assert_empty();
    }
}

#[test]
fn a_pool_that_is_not_tracked_knows_what_it_maps() {
    let mut r = rig(params(), false, false);
    let pages = take(&mut r, 2, 7, 5_000);
    assert_eq!(r.destroy(), Destroyed::Later);
    r.m.with(|s| s.now = 4_000_000);
    assert_eq!(text(&r), "  2 pages with users, 2 buffers; from the system <1s 0, <10s 0, <1min 0, <10min 0, <1h 0, more 2; oldest 3995 s\n");
    assert_eq!(short(&r), ", 2 buffers, oldest 3995 s");
    pages.iter().for_each(|p| r.put(p));
    r.assert_empty();

    let mut r = rig(Params { flags: 0, ..params() }, false, false);
    let page = r.alloc();
    assert_eq!(r.destroy(), Destroyed::Later);
    assert_eq!((r.pool.report().in_flight, short(&r)), (1, String::new()));
    assert!(text(&r).contains("not known"));
    r.put(page);
    r.assert_empty();
}

#[test]
fn pieces_are_with_whom_the_page_was_given_to_first() {
    let mut r = rig(params(), true, false);
    r.m.with(|s| (s.caller, s.now) = (7, 1_000));
    let a = r.frag(1024).0;
    r.m.with(|s| (s.caller, s.now) = (9, 9_000));
    let b = r.frag(1024).0;
    assert!(ptr::eq(a, b));
    r.destroy();
    let report = r.pool.report();
    assert_eq!((report.all.pages, report.all.buffers, report.all.oldest), (1, 2, 8_000));
    assert_eq!(report.holders().next().unwrap().caller, 7);
    r.put(a);
    assert_eq!(r.pool.report().all.buffers, 1);
    r.put(b);
    r.assert_empty();
}

#[test]
fn a_page_that_is_cut_again_is_new() {
    let mut r = rig(params(), true, false);
    r.m.with(|s| (s.caller, s.now) = (7, 1_000));
    let a = r.frag(4096).0;
    r.put(a);
    r.m.with(|s| (s.caller, s.now) = (9, 9_000));
    assert!(ptr::eq(a, r.frag(4096).0));
    let report = r.pool.report();
    assert_eq!((report.all.oldest, report.holders().next().unwrap().caller), (0, 9));
    r.put(a);
    assert_eq!(r.destroy(), Destroyed::Now);
    r.assert_empty();
}

#[test]
fn callers_beyond_the_table_are_counted_together() {
    let mut r = rig(params(), true, false);
    let pages: Vec<_> = (0..20).flat_map(|i| take(&mut r, 1, 100 + i, 0)).collect();
    // Which have a place depends on where their pages are registered.
    assert_eq!(r.pool.report().holders().count(), 12);
    assert!(text(&r).ends_with("  8 pages, 8 buffers, oldest 0 s: others\n"));
    assert!(short(&r).ends_with(": 1 f108, 1 f109, 1 f110, 17 others"));
    pages.iter().for_each(|p| r.put(p));
    r.destroy();
    r.assert_empty();
}

#[test]
fn without_memory_for_it_callers_are_not_known() {
    let mut r = rig(params(), true, false);
    r.m.with(|s| s.fail_notes = true);
    let mut pages = take(&mut r, 2, 7, 3_000);
    r.m.with(|s| s.fail_notes = false);
    pages.extend(take(&mut r, 1, 8, 4_000));
    r.m.with(|s| s.now = 5_000);
    let report = r.pool.report();
    assert_eq!((report.all.pages, report.all.oldest), (3, 2_000));
    let callers: Vec<_> = report.holders().map(|h| (h.caller, h.pages)).collect();
    assert_eq!(callers, [(0, 2), (8, 1)]);
    pages.iter().for_each(|p| r.put(p));
    r.destroy();
    r.assert_empty();

    // Not even for the registry: a pool that does not map goes on.
    let mut r = rig(Params { flags: 0, ..params() }, true, false);
    r.m.with(|s| s.fail_slots = true);
    let page = r.alloc();
    assert_eq!((r.pool.inflight(), r.pool.report().all.pages), (REFILL as i32, 0));
    r.put_direct(page);
    r.destroy();
    r.assert_empty();
}

#[test]
fn more_pages_than_the_first_table_has_places() {
    let mut r = rig(params(), true, false);
    let pages = take(&mut r, 300, 7, 1_000);
    assert_eq!(r.pool.report().holders().next().unwrap().pages, 300);
    pages.iter().for_each(|p| r.put(p));
    r.destroy();
    r.assert_empty();
}

/// A watched pool is slower, and not otherwise different.
#[test]
fn watched_pools_count_as_others() {
    let run = |track, poison| {
        let mut r = rig(params(), track, poison);
        let pages: Vec<_> = (0..CACHE + 70).map(|_| r.alloc()).collect();
        pages[..CACHE + 20].iter().for_each(|p| r.put_direct(p));
        pages[CACHE + 20..].iter().for_each(|p| r.put(p));
        let some: Vec<_> = (0..10).map(|_| r.alloc()).collect();
        let (a, _) = r.frag(100);
        r.pool.update_nid(&mut r.c, 0);
        some.iter().for_each(|p| r.put_direct(p));
        r.put_direct(a);
        let counts = (r.pool.snapshot(), r.pool.inflight());
        assert_eq!(r.destroy(), Destroyed::Now);
        r.assert_empty();
        counts
    };
    let plain = run(false, false);
    assert_eq!(plain, run(true, false));
    assert_eq!(plain, run(true, true));
}

#[test]
fn scrub_is_a_flag_of_ours_and_no_other_bit_is() {
    for bit in 4..32 {
        let flags = 3 | 1 << bit;
        let ok = Params { flags, ..params() }.check(u64::MAX);
        assert_eq!(ok.map(|c| c.flags.contains(Flags::SCRUB)), if bit == 31 { Ok(true) } else { Err(EINVAL) });
    }
}

#[test]
fn a_scrubbed_pool_leaves_no_byte_behind() {
    let mut r = rig(scrubbed(), false, false);
    let page = r.alloc();
    // Before the device could look.
    r.m.with(|s| assert_eq!((s.mapped_ever, s.filled_when_mapped), (64, 64)));
    assert_eq!(byte(&r, page), Some(0));
    // Not written to, the driver says; what the device wrote is there still.
    let put = |r: &mut Rig, how: usize, page| match how {
        0 => r.pool.put(Some(&mut r.c), page, 0),
        1 => r.pool.put(None, page, 0),
        2 => r.pool.put_bulk(&mut [Some(page)]),
        _ => r.pool.put_unrefed(None, page, 0),
    };
    for how in 0..4 {
        let page = r.alloc();
        write(&r, page);
        let syncs = r.m.with(|s| s.syncs);
        put(&mut r, how, page);
        assert_eq!(byte(&r, page), Some(0), "{how}");
        // The zeroes are in memory before the device has the page.
        r.m.with(|s| assert_eq!((s.syncs, s.last_sync), (syncs + 1, Some(SyncOp::PREREAD | SyncOp::PREWRITE))));
    }
    // Pieces: with the last one, and where the page is cut again in place.
    let (a, _) = r.frag(2048);
    r.frag(2048);
    write(&r, a);
    r.put(a);
    assert_eq!(byte(&r, a), Some(0x55));
    r.put(a);
    r.frag(64);
    assert_eq!(byte(&r, a), Some(0));
    let (b, _) = r.frag(4096);
    write(&r, b);
    r.put(b);
    assert!(ptr::eq(r.frag(4096).0, b));
    assert_eq!(byte(&r, b), Some(0));
}

#[test]
fn a_scrubbed_pool_syncs_without_being_asked() {
    let mut r = rig(Params { flags: 1 | Flags::SCRUB.bits(), ..params() }, false, false);
    let page = r.alloc();
    let syncs = r.m.with(|s| s.syncs);
    r.put(page);
    r.m.with(|s| assert_eq!(s.syncs, syncs + 1));
    r.destroy();
    r.assert_empty();
}

#[test]
fn use_after_put_is_found_in_a_poisoned_pool() {
    for flags in [0, 3, 3 | Flags::SCRUB.bits()] {
        for direct in [true, false] {
            let mut r = rig(Params { flags, ..params() }, false, true);
            let page = r.alloc();
            write(&r, page);
            if direct { r.put_direct(page) } else { r.put(page) }
            assert_eq!(byte(&r, page), Some(if flags > 3 { 0 } else { POISON }));
            write(&r, page);
            // Until it is its turn.
            let all: Vec<_> = (0..200).map(|_| r.alloc()).collect();
            assert!(all.iter().any(|p| ptr::eq(*p, page)));
            assert_eq!(r.m.misuse(), ["page_pool: page written to after it was put"]);
            // Its next user finds nothing of it.
            assert_ne!(byte(&r, page), Some(0x55));
            all.iter().for_each(|p| r.put_direct(p));
            r.destroy();
            r.assert_empty();
        }
    }
}

#[test]
fn a_page_put_twice_is_found_wherever_it_lies() {
    for (track, poison) in [(false, false), (true, false), (false, true)] {
        for first in [true, false] {
            for second in [true, false] {
                let mut r = rig(params(), track, poison);
                let page = r.alloc();
                if first { r.put_direct(page) } else { r.put(page) }
                if second { r.put_direct(page) } else { r.put(page) }
                r.pool.put_bulk(&mut [Some(page)]);
                r.pool.put_unrefed(None, page, 0);
                assert_eq!(r.m.misuse(), ["page_pool: page put twice"; 4][..3]);
                assert_eq!(r.pool.inflight(), REFILL as i32);
                assert!(r.pool.alloc(&mut r.c, GFP).is_some());
            }
        }
    }
}
