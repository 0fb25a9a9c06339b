// SPDX-License-Identifier: BSD-2-Clause
//! Which loops are run, on which pools, and what is hoped for.

use super::side::{Conf, Context, Pool, Side};

/// Whom ours is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// Linux 6.12.
    Linux,
    /// FreeBSD's design without recycling.
    Stub,
}

/// A row.
#[derive(Clone)]
pub struct Spec {
    name: String,
    run: &'static str,
    conf: Conf,
    npools: usize,
    burst: usize,
    /// Whom with.
    pub against: Against,
    /// The ratio that is hoped for.
    pub goal: Option<f64>,
}

const BURST: usize = 64;

impl Spec {
    fn new(name: &str, run: &'static str, conf: Conf, goal: Option<f64>) -> Spec {
        Spec { name: name.into(), run, conf, npools: 1, burst: BURST, against: Against::Linux, goal }
    }

    /// All rows of one thread. All run in a NAPI poll: there Linux needs not
    /// disable softirqs to take the ring's lock.
    pub fn all() -> Vec<Spec> {
        let plain = Conf { size: 1024, dma: 0, napi: 0 };
        let dma = Conf { dma: 1, ..plain };
        let napi = Conf { napi: 1, ..plain };
        // Nearly every page that is put finds it full, and leaves the pool.
        let full = Conf { size: 1, ..plain };
        let driver = Conf { size: 256, dma: 1, napi: 1 };
        let mut all = vec![
            Spec::new("cache", "cache", plain, Some(0.65)),
            Spec::new("cache_burst", "cache_burst", plain, Some(0.65)),
            Spec::new("ring", "ring", plain, Some(0.5)),
            Spec::new("ring_burst", "ring_burst", plain, Some(0.5)),
            Spec::new("napi", "ring", napi, Some(1.0)),
            Spec::new("napi_burst", "ring_burst", napi, Some(1.0)),
            Spec::new("frag", "frag", plain, Some(0.5)),
            Spec::new("frag_burst", "frag_burst", plain, Some(0.5)),
            Spec::new("slow", "slow", plain, Some(1.0)),
            Spec { burst: 512, ..Spec::new("overflow", "ring_burst", full, Some(1.0)) },
            Spec::new("cache_dma", "cache", dma, Some(0.65)),
            Spec::new("cache_burst_dma", "cache_burst", dma, Some(0.65)),
            Spec::new("slow_dma", "slow", dma, Some(0.5)),
            Spec { burst: 512, ..Spec::new("overflow_dma", "ring_burst", Conf { dma: 1, ..full }, Some(0.5)) },
            Spec::new("cycle", "cycle", driver, None),
            Spec { against: Against::Stub, ..Spec::new("cycle", "cycle", driver, Some(0.1)) },
            Spec { against: Against::Stub, ..Spec::new("cache_dma", "cache", dma, None) },
            Spec::new("system", "system", plain, None),
        ];
        for size in [64, 256, 1024, 4096, 16384] {
            let spec = Spec::new(&format!("ring_burst@{size}"), "ring_burst", Conf { size, ..plain }, Some(0.5));
            all.push(Spec { burst: size as usize / 2, ..spec });
        }
        for npools in [16, 256] {
            all.push(Spec { npools, ..Spec::new(&format!("cache_burst@{npools}pools"), "cache_burst", plain, Some(0.65)) });
        }
        all
    }

    /// The row's name in the report.
    pub fn row_name(&self) -> String {
        match self.against {
            Against::Linux => format!("pool/{}", self.name),
            Against::Stub => format!("pool/{}:stub", self.name),
        }
    }

    /// Ours, then the other; less without a Linux.
    pub fn sides(&self) -> Vec<(&'static str, Side)> {
        let peer = match self.against {
            Against::Linux => Side::linux().map(|s| ("linux", s)),
            Against::Stub => Some(("stub", Side::stub())),
        };
        std::iter::once(("ours", Side::ours())).chain(peer).collect()
    }

    /// What this row needs of a side.
    pub fn start(&self, side: Side) -> Started<'_> {
        side.enter(0, Context::Poll);
        Started { spec: self, side, pools: (0..self.npools).map(|_| side.create(&self.conf)).collect() }
    }

    /// The least number of pairs that makes sense, and what every number is a
    /// multiple of.
    pub fn step(&self) -> usize {
        self.burst.max(BURST) * self.npools
    }
}

/// A row on one side, ready to run.
pub struct Started<'a> {
    spec: &'a Spec,
    side: Side,
    pools: Vec<Pool>,
}

impl Started<'_> {
    /// The thread is in that side's kernel now.
    pub fn enter(&self) {
        self.side.enter(0, Context::Poll);
    }

    /// Run `n` pairs; the thread has entered.
    pub fn run(&self, n: usize) {
        self.side.run(self.spec.run, &self.pools, n, self.spec.burst, &[]);
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        self.enter();
        self.pools.clear();
    }
}
