// SPDX-License-Identifier: BSD-2-Clause
//! Random calls against a pool and a simple model of it: what is out, and with
//! how many users.

use crate::params::{Flags, Params};
use crate::sys::{PageRef, Sys};
use crate::testing::{Machine, Rig, CPU, GFP};
use crate::Destroyed;
use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;

/// A call, or a change of what is around the pool.
#[derive(Clone, Debug)]
pub enum Op {
    Page,
    Frag(u32),
    Sized(u32),
    Put(usize, bool),
    Bulk(usize),
    /// A page is cut by hand and all pieces but one are given back.
    Split(i8),
    /// Somebody else takes a reference of the system's.
    Get(usize),
    /// ... and gives it back.
    Release(usize),
    Node(i32),
    /// What follows runs on this CPU.
    Cpu(usize),
    FailAlloc(usize),
    FailMap(usize),
}

/// What the users have.
#[derive(Default)]
struct Model {
    /// One entry a reference.
    out: Vec<PageRef>,
    /// Bytes that were handed out of a page, by users that still have it.
    taken: HashMap<usize, Vec<(u32, u32)>>,
    /// References of the system's.
    held: Vec<PageRef>,
}

fn key(p: PageRef) -> usize {
    ptr::from_ref(p).addr()
}

impl Model {
    fn got(&mut self, (m, scrub): (&Machine, bool), page: PageRef, at: u32, len: u32, fresh: bool) {
        let taken = self.taken.entry(key(page)).or_default();
        if fresh {
            // Nobody has anything of a page that is handed out anew.
            assert!(!self.out.iter().any(|p| ptr::eq(*p, page)));
            taken.clear();
        }
        // What it writes; nobody else is to see it if the pool scrubs.
        let before = m.with(|s| s.bytes.insert(key(page), 0x55));
        assert!(!fresh || !scrub || before == Some(0), "{before:?}");
        assert!(at + len <= 4096);
        assert!(taken.iter().all(|&(a, l)| at + len <= a || a + l <= at), "{at}+{len} in {taken:?}");
        taken.push((at, len));
        self.out.push(page);
    }
}

/// Make the calls, then destroy the pool and give back what is out; `watch`:
/// tracked, poisoned. Panics if pool and model do not agree.
pub fn run(ops: &[Op], params: Params, watch: (bool, bool)) {
    let mut cfg = params.check(u64::MAX).unwrap();
    (cfg.track, cfg.poison) = watch;
    let scrub = cfg.flags.contains(Flags::SCRUB);
    let mut r = Rig::with(Machine::default(), cfg);
    let mut m = Model::default();
    for op in ops {
        match *op {
            Op::Page => {
                if let Some(p) = r.pool.alloc(&mut r.c, GFP) {
                    m.got((&r.m, scrub), p, 0, 4096, true);
                }
            }
            Op::Frag(n) => {
                if let Some((p, at)) = r.pool.alloc_frag(&mut r.c, n, GFP) {
                    m.got((&r.m, scrub), p, at, n, at == 0);
                }
            }
            Op::Sized(n) => {
                if let Some((p, at, len)) = r.pool.alloc_sized(&mut r.c, n, GFP) {
                    assert!(len >= n);
                    m.got((&r.m, scrub), p, at, len, at == 0);
                }
            }
            Op::Put(i, direct) if !m.out.is_empty() => {
                let page = m.out.swap_remove(i % m.out.len());
                if direct { r.put_direct(page) } else { r.put(page) }
            }
            Op::Bulk(n) => {
                let n = n.min(m.out.len());
                let mut pages: Vec<_> = m.out.drain(..n).map(Some).collect();
                r.pool.put_bulk(&mut pages);
            }
            Op::Split(n) => {
                if let Some(p) = r.pool.alloc(&mut r.c, GFP) {
                    m.got((&r.m, scrub), p, 0, 4096, true);
                    crate::refs::fragment(p, n.into());
                    assert_eq!(r.pool.unref(p, isize::from(n) - 1), 1);
                }
            }
            Op::Get(i) if !m.out.is_empty() => {
                let page = m.out[i % m.out.len()];
                page.refcount.fetch_add(1, Relaxed);
                m.held.push(page);
            }
            Op::Release(i) if !m.held.is_empty() => {
                let page = m.held.swap_remove(i % m.held.len());
                if page.refcount.load(Relaxed) > 1 {
                    page.refcount.fetch_sub(1, Relaxed);
                } else {
                    r.m.put_page(page);
                }
            }
            Op::Cpu(n) => CPU.set(n),
            Op::Node(n) => r.pool.update_nid(&mut r.c, n),
            Op::FailAlloc(n) => r.m.with(|s| s.fail_alloc = Some(n)),
            Op::FailMap(n) => r.m.with(|s| s.fail_map = Some(n)),
            _ => {}
        }
        report_agrees(&r, &m, watch.0);
        // Every page in flight is mapped, if pages are mapped at all; a page
        // with a user is in flight.
        let inflight = r.pool.inflight();
        r.m.with(|s| {
            assert!(s.misuse.is_empty(), "{:?}", s.misuse);
            assert!(s.live as i32 >= inflight);
            if params.flags & 1 != 0 {
                assert_eq!(s.maps.len() as i32, inflight);
                assert!(m.out.iter().all(|p| s.maps.contains_key(&key(p))));
            }
        });
    }
    finish(r, m);
}

/// What a report tells, the model knows, but for the page being cut.
fn report_agrees(r: &Rig, m: &Model, tracked: bool) {
    let report = r.pool.report();
    assert_eq!(report.in_flight, r.pool.inflight());
    if tracked || r.pool.config().flags.contains(Flags::DMA_MAP) {
        let cut = r.c.frag.page.map(key);
        let users: HashMap<_, usize> = m.out.iter().map(|p| key(p)).filter(|k| Some(*k) != cut).fold(HashMap::new(), |mut h, k| {
            *h.entry(k).or_default() += 1;
            h
        });
        let extra = usize::from(cut.is_some());
        assert_eq!(report.all.pages as usize, users.len() + extra);
        assert_eq!(report.all.buffers as usize, users.values().sum::<usize>() + extra);
    }
}

fn finish(mut r: Rig, m: Model) {
    let how = r.destroy();
    assert_eq!(how == Destroyed::Now, m.out.is_empty());
    r.m.with(|s| assert_eq!(s.maps.len(), 0));
    for page in m.out {
        assert_eq!(r.m.with(|s| s.scheduled), 0);
        r.put(page);
    }
    assert_eq!(r.m.with(|s| s.scheduled), (how == Destroyed::Later) as usize);
    for page in m.held {
        r.m.put_page(page);
    }
    r.assert_empty();
}

#[cfg(test)]
mod random {
    use super::*;
    use crate::lane::LANES;
    use proptest::prelude::*;

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            4 => Just(Op::Page),
            6 => (1u32..=4096).prop_map(Op::Frag),
            2 => (1u32..=4096).prop_map(Op::Sized),
            12 => (any::<usize>(), any::<bool>()).prop_map(|(i, d)| Op::Put(i, d)),
            1 => (0usize..24).prop_map(Op::Bulk),
            1 => (2i8..9).prop_map(Op::Split),
            1 => any::<usize>().prop_map(Op::Get),
            1 => any::<usize>().prop_map(Op::Release),
            1 => (-1i32..2).prop_map(Op::Node),
            2 => (0..LANES + 2).prop_map(Op::Cpu),
            1 => (0usize..70).prop_map(Op::FailAlloc),
            1 => (0usize..70).prop_map(Op::FailMap),
        ]
    }

    proptest! {
        // PROPTEST_CASES asks for more.
        #![proptest_config(ProptestConfig {
            cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400),
            ..ProptestConfig::default()
        })]

        #[cfg_attr(miri, ignore = "hours")]
        #[test]
        fn pool_and_model_agree(ops in prop::collection::vec(op(), 1..400), mapped in any::<bool>(), scrub in any::<bool>(),
            watch in any::<(bool, bool)>(), ring in prop_oneof![1u32..40, 64u32..200]) {
            let flags = if mapped { 3 } else { 0 } | if scrub { Flags::SCRUB.bits() } else { 0 };
            run(&ops, Params { flags, pool_size: ring, ..crate::testing::params() }, watch);
        }
    }
}
