// SPDX-License-Identifier: BSD-2-Clause
//! Rows `pool/*`: page_pool.ko against Linux's page_pool.c and against a design
//! without recycling, each in a kernel of its own in this process (pool/).

mod count;
mod rows;
mod services;
mod side;
mod threads;
mod time;

use crate::report::{Pair, Report, Row};
use anyhow::Result;
use rows::{Against, Spec};
use side::{Conf, Context, Side};
use std::path::Path;

pub use count::{annotate, child as count_child};

/// What to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Time, and instructions where there is a valgrind.
    All,
    /// Instructions, by function too.
    Instructions,
}

/// All rows.
pub fn rows(root: &Path, what: What, report: &mut Report) -> Result<()> {
    let version = std::fs::read_to_string(root.join("obj/bench/linux/objects/version"));
    match (Side::linux(), version) {
        (Some(_), Ok(v)) => println!("\npage_pool.ko (ours) against {} (peer)", v.trim().replace('_', " ")),
        _ => println!("\npage_pool.ko: no Linux to compare with"),
    }
    Side::boot();
    let counts = count::all(what == What::Instructions)?;
    if what == What::Instructions {
        for s in Spec::all() {
            report.instructions(&s.row_name(), counts.pair(&s), counts.get(&s.row_name(), "linux+stats"));
        }
        return Ok(());
    }
    report.pool_heading();
    time::on_cpu(0);
    for (spec, sample) in time::interleaved(&Spec::all()) {
        report.add_pool(row(&spec, &sample, &counts));
    }
    for r in threads::rows() {
        report.add_pool(r);
    }
    memory(report);
    Ok(())
}

fn row(spec: &Spec, sample: &time::Sample, counts: &count::Counts) -> Row {
    Row {
        name: spec.row_name(),
        unit: "ns",
        goal: spec.goal,
        instructions: counts.pair(spec),
        peer_with_statistics: counts.get(&spec.row_name(), "linux+stats"),
        ..sample.row()
    }
}

/// Bytes of a pool that was just made.
fn memory(report: &mut Report) {
    let bytes = |side: Side, size| {
        side.enter(0, Context::Thread);
        let before = services::accounted();
        let pool = side.create(&Conf { size, dma: 1, napi: 0 });
        let bytes = services::accounted() - before;
        drop(pool);
        bytes as f64
    };
    for size in [256, 1024] {
        let ours = bytes(Side::ours(), size);
        let peer = Side::linux_stats().map_or(f64::NAN, |s| bytes(s, size));
        report.add_pool(Row {
            goal: Some(1.0),
            ..Row::plain(format!("pool/idle_bytes@{size}"), ours, peer, "bytes",
                "ring and statistics included; Linux's on four CPUs".into())
        });
    }
}

impl count::Counts {
    fn pair(&self, spec: &Spec) -> Option<Pair> {
        let peer = match spec.against {
            Against::Stub => "stub",
            Against::Linux => "linux",
        };
        let peer = self.get(&spec.row_name(), peer).unwrap_or(f64::NAN);
        Some(Pair { ours: self.get(&spec.row_name(), "ours")?, peer })
    }
}
