// SPDX-License-Identifier: BSD-2-Clause
//! Instructions per look-up, counted by valgrind where it is installed.

use crate::{lookups, page};
use std::process::Command;

/// Print a line a look-up; nothing without valgrind.
pub fn print() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return;
    }
    println!("\ninstructions a look-up, its turn of the loop included (callgrind):");
    for l in lookups::all() {
        let count = |side| instructions(&format!("{side}_{}_bare", l.name()));
        if let (Some(ours), Some(peer)) = (count("ours"), count("peer")) {
            println!("{:<36} {ours:>12.2} {peer:>14.2}", format!("page/{}", l.name()));
        }
    }
}

/// Run one loop once in a child of its own.
fn instructions(name: &str) -> Option<f64> {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={name}"))
        .arg(std::env::current_exe().ok()?)
        .args(["--once", name])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    let total: f64 = text.lines().find_map(|l| l.split_once("Collected : ")?.1.trim().parse().ok())?;
    Some(total / page::ONCE as f64)
}
