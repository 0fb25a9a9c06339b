// SPDX-License-Identifier: BSD-2-Clause
//! Benchmarks of the klds against their peers: prints a table and writes
//! obj/bench.json, a list of `{name, ours, peer, ratio, unit}` with
//! `ratio = ours / peer`, lower is better. Run it with `make bench`.
//!
//! The look-ups measured are the inlines of linux/page.h, compiled as in a kld
//! (c/lookups.c), over the directory that the crate lkpi_page builds.

mod count;
mod host;
mod load;
mod lookups;
mod machine;
mod measure;
mod page;
mod report;

use anyhow::{bail, Result};
use std::path::Path;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {}
        ["--once", name] if page::once(name)? => return Ok(()),
        _ => bail!("usage: bench (--once NAME runs a loop of c/lookups.c for callgrind)"),
    }
    // cargo run sets it; a binary started by hand takes the current folder.
    let root = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => Path::new(&dir).join(".."),
        None => ".".into(),
    };
    let mut report = report::Report::new();
    page::rows(&mut report)?;
    load::rows(&root, &mut report)?;
    report.write(&root.join("obj/bench.json"))?;
    count::print();
    Ok(())
}
