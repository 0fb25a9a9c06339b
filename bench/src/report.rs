// SPDX-License-Identifier: BSD-2-Clause
//! The table on the terminal and obj/bench.json.

use crate::measure::Comparison;
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;

/// A figure of ours and one of the peer.
#[derive(Clone, Copy, Serialize)]
pub struct Pair {
    /// Ours.
    pub ours: f64,
    /// The peer's.
    pub peer: f64,
}

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
    /// The ratio that a tenth of the rounds is below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The ratio that a tenth of the rounds is above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// The ratio that is hoped for at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<f64>,
    /// Cycles of the time stamp counter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycles: Option<Pair>,
    /// Instructions, which valgrind counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<Pair>,
    /// Instructions of the peer when it counts statistics, as ours always does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer_with_statistics: Option<f64>,
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
            low: Some(round(c.low)),
            high: Some(round(c.high)),
            goal: None,
            cycles: None,
            instructions: None,
            peer_with_statistics: None,
            note: format!("p10 {:.2} p90 {:.2}, best {:.2} / {:.2}", c.low, c.high, c.best_ours, c.best_peer),
        }
    }

    /// Two other figures.
    pub fn plain(name: String, ours: f64, peer: f64, unit: &'static str, note: String) -> Row {
        Row {
            name,
            ours: round(ours),
            peer: round(peer),
            ratio: ours / peer,
            unit,
            low: None,
            high: None,
            goal: None,
            cycles: None,
            instructions: None,
            peer_with_statistics: None,
            note,
        }
    }
}

/// A number, or a dash for one that there is not.
fn known(v: f64, digits: usize) -> String {
    if v.is_finite() { format!("{v:.digits$}") } else { "-".into() }
}

/// To three digits.
pub fn round(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}

/// The rows so far; prints each as it comes.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    counted: Vec<(String, Pair, Option<f64>)>,
}

impl Report {
    /// A heading for what [`Report::add`] prints.
    pub fn heading(&self) {
        println!("{:<36} {:>12} {:>14} {:>8}  unit", "name", "ours", "peer", "ratio");
    }

    /// Add a row.
    pub fn add(&mut self, r: Row) {
        println!("{:<36} {:>12} {:>14} {:>8.4}  {:<6} {}", r.name, r.ours, r.peer, r.ratio, r.unit, r.note);
        self.rows.push(r);
    }

    /// A heading for what [`Report::add_pool`] prints.
    pub fn pool_heading(&self) {
        println!("\n{:<28} {:>17} {:>17} {:>19}  {:>6} {:>13}  {:<14}", "ours / peer", "ns", "cycles", "instructions", "ratio",
            "p10..p90", "goal");
    }

    /// Add a row about pools, in a table that shows cycles and instructions.
    pub fn add_pool(&mut self, r: Row) {
        let pair = |p: Option<Pair>| p.map_or(String::new(), |p| format!("{} / {}", known(p.ours, 1), known(p.peer, 1)));
        let spread = r.low.zip(r.high).filter(|s| s.0.is_finite()).map_or(String::new(), |(l, h)| format!("{l:.2}..{h:.2}"));
        let goal = match r.goal {
            Some(g) if r.ratio <= g => format!("{g:.2} met"),
            Some(g) if r.ratio > g => format!("{g:.2} missed"),
            Some(g) => format!("{g:.2}"),
            None => String::new(),
        };
        let plain = match r.unit {
            "ns" => pair(Some(Pair { ours: r.ours, peer: r.peer })),
            unit => format!("{} / {} {unit}", known(r.ours, 0), known(r.peer, 0)),
        };
        println!("{:<28} {plain:>17} {:>17} {:>19}  {:>6} {spread:>13}  {goal:<14} {}", r.name, pair(r.cycles),
            pair(r.instructions), known(r.ratio, 2), r.note);
        self.rows.push(Row { ratio: round(r.ratio), ..r });
    }

    /// Note instructions for a row of an earlier report.
    pub fn instructions(&mut self, name: &str, pair: Option<Pair>, statistics: Option<f64>) {
        let Some(pair) = pair else { return };
        if self.counted.is_empty() {
            println!("\n{:<28} {:>10} {:>10} {:>8} {:>16}", "instructions a pair", "ours", "peer", "ratio", "with statistics");
        }
        let more = statistics.map_or(String::new(), |s| format!("{s:.1}"));
        println!("{name:<28} {:>10.1} {:>10} {:>8} {more:>16}", pair.ours, known(pair.peer, 1), known(pair.ours / pair.peer, 2));
        self.counted.push((name.to_string(), pair, statistics));
    }

    /// Put what [`Report::instructions`] noted into a report that was written
    /// before.
    pub fn amend(&self, path: &Path) -> Result<()> {
        let mut rows: Vec<serde_json::Value> = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| path.display().to_string())?,
            Err(_) => Vec::new(),
        };
        for (name, pair, statistics) in &self.counted {
            if !rows.iter().any(|r| r["name"] == name.as_str()) {
                rows.push(serde_json::json!({ "name": name }));
            }
            for r in rows.iter_mut().filter(|r| r["name"] == name.as_str()) {
                r["instructions"] = serde_json::to_value(pair)?;
                if let Some(s) = statistics {
                    r["peer_with_statistics"] = (*s).into();
                }
            }
        }
        save(path, &rows)
    }

    /// All rows so far.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Write all rows as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        save(path, &self.rows)
    }
}

fn save(path: &Path, rows: &impl Serialize) -> Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, serde_json::to_string_pretty(rows)? + "\n").with_context(|| path.display().to_string())
}
