// SPDX-License-Identifier: BSD-2-Clause
//! Benchmarks of the klds against their peers: prints a table and writes
//! obj/bench.json, a list of `{name, ours, peer, ratio, unit}` with
//! `ratio = ours / peer`, lower is better. Run it with `make bench`.
//!
//! The look-ups measured are the inlines of linux/page.h, compiled as in a kld
//! (c/lookups.c), over the directory that the crate lkpi_page builds.

mod chart;
mod count;
mod host;
mod load;
mod lookups;
mod machine;
mod measure;
mod page;
#[cfg(pool)]
mod pool;
mod report;

use anyhow::{bail, Result};
use std::path::Path;

const USAGE: &str = "usage: bench [page|pool|instructions|annotate ROW [ours|linux|linux+stats|stub]]
--once NAME (a loop of c/lookups.c) and --count [ROW] (of pool/) are for valgrind";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // cargo run sets it; a binary started by hand takes the current folder.
    let root = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => Path::new(&dir).join(".."),
        None => ".".into(),
    };
    let json = root.join("obj/bench.json");
    let mut report = report::Report::default();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            look_ups(&root, &mut report)?;
            pools(&root, false, &mut report)?;
            report.write(&json)?;
            chart::draw(&root.join("obj/bench.svg"), report.rows())
        }
        ["page"] => look_ups(&root, &mut report),
        ["pool"] => {
            pools(&root, false, &mut report)?;
            chart::draw(&root.join("obj/bench.svg"), report.rows())
        }
        ["instructions"] => {
            pools(&root, true, &mut report)?;
            report.amend(&json)
        }
        ["--once", name] if page::once(name)? => Ok(()),
        #[cfg(pool)]
        ["annotate", row] => pool::annotate(row, "ours"),
        #[cfg(pool)]
        ["annotate", row, side] => pool::annotate(row, side),
        #[cfg(pool)]
        ["--count"] => {
            pool::count_child(None);
            Ok(())
        }
        #[cfg(pool)]
        ["--count", row] => {
            pool::count_child(Some(row));
            Ok(())
        }
        _ => bail!("{USAGE}"),
    }
}

/// Rows `page/*`.
fn look_ups(root: &Path, report: &mut report::Report) -> Result<()> {
    report.heading();
    page::rows(report)?;
    load::rows(root, report)?;
    count::print();
    Ok(())
}

/// Rows `pool/*`.
#[cfg(pool)]
fn pools(root: &Path, count: bool, report: &mut report::Report) -> Result<()> {
    let what = if count { pool::What::Instructions } else { pool::What::All };
    pool::rows(root, what, report)
}

#[cfg(not(pool))]
fn pools(_root: &Path, _count: bool, _report: &mut report::Report) -> Result<()> {
    println!("pool: skipped, lkpi_page.ko or page_pool.ko is not built (`make`), or this is not amd64");
    Ok(())
}
