// SPDX-License-Identifier: BSD-2-Clause
//! The table on the terminal and obj/bench.json.

use crate::measure::Comparison;
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;

/// A line of the result.
#[derive(Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// Our figure.
    pub ours: f64,
    /// What it is compared with.
    pub peer: f64,
    /// `ours / peer`; lower is better. For times the median over rounds, which
    /// need not be the quotient of the two medians.
    pub ratio: f64,
    /// Of `ours` and `peer`.
    pub unit: &'static str,
    /// Spread, for the terminal only.
    #[serde(skip)]
    pub note: String,
}

impl Row {
    /// Two times in ns.
    pub fn ns(name: String, c: &Comparison) -> Row {
        Row {
            name,
            ours: round(c.ours),
            peer: round(c.peer),
            ratio: round(c.ratio),
            unit: "ns",
            note: format!("p10 {:.2} p90 {:.2}, best {:.2} / {:.2}", c.low, c.high, c.best_ours, c.best_peer),
        }
    }

    /// Two other figures.
    pub fn plain(name: String, ours: f64, peer: f64, unit: &'static str, note: String) -> Row {
        Row { name, ours: round(ours), peer: round(peer), ratio: ours / peer, unit, note }
    }
}

fn round(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

/// The rows so far; prints each as it comes.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// An empty report, under a heading.
    pub fn new() -> Report {
        println!("{:<36} {:>12} {:>14} {:>8}  unit", "name", "ours", "peer", "ratio");
        Report::default()
    }

    /// Add a row.
    pub fn add(&mut self, r: Row) {
        println!("{:<36} {:>12} {:>14} {:>8.4}  {:<6} {}", r.name, r.ours, r.peer, r.ratio, r.unit, r.note);
        self.rows.push(r);
    }

    /// Write all rows as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let json = serde_json::to_string_pretty(&self.rows)?;
        std::fs::write(path, json + "\n").with_context(|| path.display().to_string())
    }
}
