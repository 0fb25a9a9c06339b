// SPDX-License-Identifier: BSD-2-Clause
//! kldhost: loads FreeBSD kernel modules (amd64 .ko files) into an ordinary
//! process and gives them the part of the kernel that they use.
//!
//! The C files in `kern/` are the kernel, compiled against FreeBSD's own
//! headers; this program is the machine, the linker and the command line.

mod arena;
mod cli;
mod debug;
mod fault;
mod host;
mod kern;
mod loader;
mod machine;
mod run;
mod script;
mod serve;
mod sig;
mod sweep;
mod symbols;
mod symbols_cmd;
mod track;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command};

fn command(c: &Command) -> Result<i32> {
    match c {
        Command::Run(r) => {
            let cfg = run::Config::new(&r.machine)?;
            if r.machine.fail_sweep {
                return sweep::sweep(&cfg, &r.klds, &r.entry);
            }
            run::run(&cfg, &r.klds, &r.entry, r.machine.fail.unwrap_or(0))
        }
        Command::Symbols(o) => Ok(symbols_cmd::run(o)),
        Command::Sysctl(s) => script::run(&run::Config::new(&s.machine)?, s),
    }
}

fn main() {
    let args = Cli::parse();
    let code = command(&args.command).unwrap_or_else(|e| {
        eprintln!("kldhost: {e:#}");
        2
    });
    std::process::exit(code);
}
