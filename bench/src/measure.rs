// SPDX-License-Identifier: BSD-2-Clause
//! Two things timed in turn, many times, so that what else the machine does
//! meets both alike.

use std::time::Instant;

/// Rounds of a comparison.
const ROUNDS: usize = 400;
/// Timed passes of each side in a round; one untimed pass comes before, so
/// that neither side finds the other's memory in its caches.
const PASSES: u32 = 3;

/// Two sides compared.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// Median of the rounds' ratios of ours to the peer's.
    pub ratio: f64,
    /// The ratio that a tenth of the rounds is below.
    pub low: f64,
    /// The ratio that a tenth of the rounds is above.
    pub high: f64,
    /// Median of ours, in ns an operation.
    pub ours: f64,
    /// Median of the peer's.
    pub peer: f64,
    /// The best round of ours.
    pub best_ours: f64,
    /// The best round of the peer.
    pub best_peer: f64,
}

/// Time both sides in turn; each call makes `ops` operations.
pub fn compare(ops: usize, mut ours: impl FnMut(), mut peer: impl FnMut()) -> Comparison {
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        // Neither side is always the first.
        times.push(if round % 2 == 0 {
            let o = time(ops, &mut ours);
            (o, time(ops, &mut peer))
        } else {
            let p = time(ops, &mut peer);
            (time(ops, &mut ours), p)
        });
    }
    let ratios = sorted(times.iter().map(|t| t.0 / t.1));
    let o = sorted(times.iter().map(|t| t.0));
    let p = sorted(times.iter().map(|t| t.1));
    Comparison {
        ratio: ratios[ROUNDS / 2],
        low: ratios[ROUNDS / 10],
        high: ratios[ROUNDS * 9 / 10],
        ours: o[ROUNDS / 2],
        peer: p[ROUNDS / 2],
        best_ours: o[0],
        best_peer: p[0],
    }
}

fn time(ops: usize, f: &mut impl FnMut()) -> f64 {
    f();
    let start = Instant::now();
    for _ in 0..PASSES {
        f();
    }
    start.elapsed().as_secs_f64() * 1e9 / (ops as f64 * f64::from(PASSES))
}

/// In ascending order.
pub fn sorted(v: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut v: Vec<f64> = v.collect();
    v.sort_by(f64::total_cmp);
    v
}
