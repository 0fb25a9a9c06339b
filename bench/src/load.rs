// SPDX-License-Identifier: BSD-2-Clause
//! Rows `page/load_us@*`: how long lkpi_page.ko takes to load in kldhost.

use crate::measure::sorted;
use crate::report::{Report, Row};
use anyhow::{bail, Context, Result};
use std::path::Path;
use std::process::Command;

/// Loads of each machine.
const RUNS: usize = 15;
/// The goal.
const GOAL_US: f64 = 1000.0;
const MACHINES: &[(&str, &str)] = &[("1GiB", "1M-1G"), ("16TiB", "1M-16T")];

/// Load lkpi_page.ko on a small and on a large machine; nothing if either the
/// kld or kldhost is not built.
pub fn rows(root: &Path, report: &mut Report) -> Result<()> {
    let ko = root.join("obj/amd64/lkpi_page.ko");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), Into::into);
    if !ko.exists() || !target.join("release/kldhost").exists() {
        println!("page/load_us: skipped, lkpi_page.ko or kldhost is not built (`make`)");
        return Ok(());
    }
    for (name, mem) in MACHINES {
        let times = (0..RUNS).map(|_| load(root, &ko, mem)).collect::<Result<Vec<_>>>()?;
        let t = sorted(times.into_iter());
        let note = format!("median of {RUNS}, best {}, worst {}", t[0], t[RUNS - 1]);
        report.add(Row::plain(format!("page/load_us@{name}"), t[RUNS / 2], GOAL_US, "us", note));
    }
    Ok(())
}

fn load(root: &Path, ko: &Path, mem: &str) -> Result<f64> {
    let out = Command::new("sh")
        .arg(root.join("tools/kldhost"))
        .args(["run", "-v", "--mem", mem])
        .arg(ko)
        .output()
        .context("tools/kldhost")?;
    let text = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
    if !out.status.success() {
        bail!("kldhost run --mem {mem}: {text}");
    }
    text.lines()
        .filter_map(|l| l.split_once("lkpi_page.ko: loaded in ")?.1.strip_suffix(" us"))
        .find_map(|us| us.parse().ok())
        .with_context(|| format!("kldhost does not say how long the load took: {text}"))
}
