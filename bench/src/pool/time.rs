// SPDX-License-Identifier: BSD-2-Clause
//! Time, in cycles of the time stamp counter: all rows and sides in turn, many
//! times, so that what else the machine does meets all alike.

use super::rows::{Spec, Started};
use crate::measure::sorted;
use crate::report::{round, Pair, Row};
use std::arch::x86_64::_rdtsc;
use std::time::Instant;

/// Rounds over all rows.
const ROUNDS: usize = 200;
/// Cycles that a timed pass should take.
const PASS: u64 = 300_000;

/// The time stamp counter.
pub fn tsc() -> u64 {
    // SAFETY: every amd64 CPU has it.
    unsafe { _rdtsc() }
}

/// Its frequency in GHz.
pub fn ghz() -> f64 {
    static GHZ: std::sync::OnceLock<f64> = std::sync::OnceLock::new();
    *GHZ.get_or_init(|| {
        let (start, cycles) = (Instant::now(), tsc());
        while start.elapsed().as_millis() < 50 {}
        (tsc() - cycles) as f64 / start.elapsed().as_nanos() as f64
    })
}

/// Keep the calling thread on a CPU, if there are as many.
pub fn on_cpu(n: usize) {
    // SAFETY: plain numbers; a refusal changes nothing.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(n, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set);
    }
}

/// Cycles a pair, by side and round.
#[derive(Default)]
pub struct Sample {
    /// Ours.
    pub ours: Vec<f64>,
    /// The other's.
    pub peer: Vec<f64>,
}

impl Sample {
    /// Medians, and the spread of the rounds' ratios.
    pub fn row(&self) -> Row {
        let median = |v: &[f64]| sorted(v.iter().copied()).get(v.len() / 2).copied().unwrap_or(f64::NAN);
        let (ours, peer) = (median(&self.ours), median(&self.peer));
        let ratios = sorted(self.ours.iter().zip(&self.peer).map(|(o, p)| o / p));
        let at = |n: usize| ratios.get(ratios.len() * n / 10).copied().unwrap_or(f64::NAN);
        Row {
            ratio: at(5),
            low: Some(round(at(1))),
            high: Some(round(at(9))),
            cycles: Some(Pair { ours: round(ours), peer: round(peer) }),
            ..Row::plain(String::new(), ours / ghz(), peer / ghz(), "ns", String::new())
        }
    }
}

struct Entry<'a> {
    sides: Vec<Started<'a>>,
    n: usize,
    sample: Sample,
}

/// Every row on every side.
pub fn interleaved(specs: &[Spec]) -> Vec<(Spec, Sample)> {
    let mut entries: Vec<Entry<'_>> = specs.iter().map(entry).collect();
    for round in 0..ROUNDS {
        for e in &mut entries {
            let k = e.sides.len();
            for i in 0..k {
                // None is always the first.
                let which = (i + round) % k;
                let cycles = pass(&e.sides[which], e.n);
                if which == 0 { &mut e.sample.ours } else { &mut e.sample.peer }.push(cycles);
            }
        }
    }
    let samples: Vec<Sample> = entries.into_iter().map(|e| e.sample).collect();
    specs.iter().cloned().zip(samples).collect()
}

fn entry(spec: &Spec) -> Entry<'_> {
    let sides: Vec<Started<'_>> = spec.sides().into_iter().map(|(_, s)| spec.start(s)).collect();
    let step = spec.step();
    // Once to warm up, once to know how many make a pass.
    let slowest = sides.iter().map(|s| pass(s, step.max(4096) / step * step)).fold(0.0, f64::max);
    let n = ((PASS as f64 / slowest) as usize / step).max(1) * step;
    Entry { sides, n, sample: Sample::default() }
}

/// An untimed pass, so that none finds the other's memory in its caches, and a
/// timed one: cycles a pair.
fn pass(s: &Started<'_>, n: usize) -> f64 {
    s.enter();
    s.run(n);
    let start = tsc();
    s.run(n);
    (tsc() - start) as f64 / n as f64
}
