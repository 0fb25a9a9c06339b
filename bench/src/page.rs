// SPDX-License-Identifier: BSD-2-Clause
//! Rows `page/*`: look-ups, how flat they are, and what the shadow costs.

use crate::lookups::{self, Loop, Lookup, Way};
use crate::machine::{Machine, SET_PAGES};
use crate::measure::{compare, Comparison};
use crate::report::{Report, Row};
use anyhow::{ensure, Result};
use std::hint::black_box;

/// One of the loops of a way.
type Pick = fn(&Way) -> Loop;
/// What else is measured: the suffix of the row, and the loop.
const WAYS: &[(&str, Pick)] =
    &[("ref", |w| w.ref_), ("wait", |w| w.wait), ("bare", |w| w.bare), ("chain", |w| w.chain)];

const GIB: u64 = 1 << 30;
/// The machine that every figure is about, unless its name says otherwise.
const RAM: u64 = 64 * GIB;
/// Look-ups whose time must not depend on the machine, and other machines.
const FLAT: &[&str] = &["pfn_to_page", "vm_page_to_page"];
const OTHERS: &[(&str, u64, usize)] =
    &[("1GiB", GIB, 1), ("16TiB", 16384 * GIB, 1), ("64seg", RAM, 64)];

/// Look-ups against Linux's formula and on other machines; memory.
pub fn rows(report: &mut Report) -> Result<()> {
    let machine = Machine::new(RAM, 1)?;
    check(&machine)?;
    for l in lookups::all() {
        report.add(Row::ns(format!("page/{}", l.name()), &against_peer(&machine, l, |w| w.used)));
    }
    for &(name, way) in WAYS {
        for l in lookups::all() {
            report.add(Row::ns(format!("page/{}:{name}", l.name()), &against_peer(&machine, l, way)));
        }
    }
    for &(name, ram, nsegs) in OTHERS {
        let other = Machine::new(ram, nsegs)?;
        check(&other)?;
        for l in lookups::all().iter().filter(|l| FLAT.contains(&l.name())) {
            report.add(Row::ns(format!("page/{}@{name}", l.name()), &against_ours(&other, &machine, l)));
        }
    }
    let note = format!("{SET_PAGES} pages in use; Linux pays for all");
    let eager = (RAM / 64) as f64;
    report.add(Row::plain(
        "page/shadow_bytes@64GiB".into(), machine.shadow_bytes() as f64, eager, "bytes", note));
    Ok(())
}

/// Every look-up finds the right thing on this machine.
fn check(machine: &Machine) -> Result<()> {
    lookups::set_machine(&machine.globals());
    for l in lookups::all() {
        let (args, want) = (machine.args(l), machine.results(l));
        let sides = [("ours", l.ours, args.ours, want.ours), ("peer", l.peer, args.peer, want.peer)];
        for (side, way, args, want) in sides {
            for (arg, want) in args.chunks(1).zip(want) {
                // SAFETY: the machine's own arguments of this look-up and side.
                let got = unsafe { way.bare.run(arg) };
                ensure!(got == want, "{} ({side}) of {:#x} is {got:#x}, not {want:#x}", l.name(), arg[0]);
            }
        }
    }
    Ok(())
}

fn against_peer(machine: &Machine, l: &Lookup, way: Pick) -> Comparison {
    let args = machine.args(l);
    lookups::set_machine(&machine.globals());
    let (ours, peer) = (way(&l.ours), way(&l.peer));
    compare(
        SET_PAGES,
        || {
            // SAFETY: the machine's own arguments of this look-up, and it is set.
            black_box(unsafe { ours.run(&args.ours) });
        },
        || {
            // SAFETY: as above.
            black_box(unsafe { peer.run(&args.peer) });
        },
    )
}

/// One machine against another, ours on both.
fn against_ours(this: &Machine, base: &Machine, l: &Lookup) -> Comparison {
    let (a, b) = (this.args(l), base.args(l));
    compare(
        SET_PAGES,
        || {
            lookups::set_machine(&this.globals());
            // SAFETY: this machine's own arguments, and it is set.
            black_box(unsafe { l.ours.used.run(&a.ours) });
        },
        || {
            lookups::set_machine(&base.globals());
            // SAFETY: the base machine's own arguments, and it is set.
            black_box(unsafe { l.ours.used.run(&b.ours) });
        },
    )
}

/// How many look-ups a run under callgrind counts for.
pub const ONCE: usize = SET_PAGES;

/// Run one loop once, for whoever counts its instructions; false if there is
/// no such loop. Names are those of c/lookups.c.
pub fn once(name: &str) -> Result<bool> {
    let machine = Machine::new(GIB, 1)?;
    lookups::set_machine(&machine.globals());
    for l in lookups::all() {
        let args = machine.args(l);
        for (side, way, args) in [("ours", l.ours, &args.ours), ("peer", l.peer, &args.peer)] {
            if name == format!("{side}_{}_bare", l.name()) {
                // SAFETY: the machine's own arguments of this look-up.
                black_box(unsafe { way.bare.run(args) });
                return Ok(true);
            }
        }
    }
    Ok(false)
}
