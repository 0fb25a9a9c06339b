// SPDX-License-Identifier: BSD-2-Clause
//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// How devices see memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Iommu {
    /// Bus addresses are physical addresses.
    Identity = 0,
    /// Bus addresses are given out for each load and are gone at unload.
    Translate = 1,
    /// As identity, with a device limit in the middle of RAM.
    Bounce = 2,
}

/// The machine and what is done to it.
#[derive(Args, Clone, Debug)]
pub struct Machine {
    /// RAM: ranges START-END with K, M, G, T, optionally @DOMAIN; an early
    /// segment that overlaps the one before it has a leading +
    #[arg(long, value_name = "SPEC", default_value = "1M-65M,80M-96M")]
    pub mem: String,
    /// CPUs, 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub cpus: u8,
    /// How devices see memory
    #[arg(long, value_enum, default_value = "identity")]
    pub iommu: Iommu,
    /// A range of fictitious pages, registered at boot
    #[arg(long, value_name = "RANGE")]
    pub fictitious: Vec<String>,
    /// A kld that is linked at SI_SUB_KLD, with one CPU and cold = 1
    #[arg(long, value_name = "K.ko")]
    pub preload: Vec<PathBuf>,
    /// A variable of the kernel environment
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Make the Nth call that may fail do so
    #[arg(long, value_name = "N", conflicts_with = "fail_sweep")]
    pub fail: Option<u64>,
    /// Run once to count the calls that may fail, then once for each
    #[arg(long)]
    pub fail_sweep: bool,
    /// Real seconds after which the run counts as hung (0: never; in a
    /// sweep 60 each)
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u32>,
    /// Other programs read sysctls at this socket, which is made, while it runs
    /// (ppstat(8) does, with PPSTAT_SOCKET=PATH)
    #[arg(long, value_name = "PATH", conflicts_with = "fail_sweep")]
    pub serve: Option<PathBuf>,
    /// Nothing from kldhost itself but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Write /tmp/perf-PID.map, so that perf(1) knows the klds' functions
    #[arg(long)]
    pub perf_map: bool,
    /// Each load with its time, the calls that fail
    #[arg(short, long)]
    pub verbose: bool,
}

/// Arguments of `run`.
#[derive(Args, Clone, Debug)]
pub struct Run {
    /// The machine.
    #[command(flatten)]
    pub machine: Machine,
    /// Files to load, in any order
    #[arg(required_unless_present = "preload", value_name = "K.ko")]
    pub klds: Vec<PathBuf>,
    /// int ENTRY(int argc, char **argv), exported by one of them
    #[arg(last = true, value_name = "ENTRY [ARG...]")]
    pub entry: Vec<String>,
}

/// Arguments of `sysctl`.
#[derive(Args, Clone, Debug)]
pub struct Script {
    /// The machine.
    #[command(flatten)]
    pub machine: Machine,
    /// The steps to run; - is standard input
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Files to load, without a script
    #[arg(long = "kld", value_name = "K.ko")]
    pub klds: Vec<PathBuf>,
    /// NAME or NAME=VALUE, after the files are loaded (none: all)
    pub names: Vec<String>,
}

const EXIT: &str = "Exit status:
  0  everything ran, ENTRY returned 0, nothing leaked
  1  ENTRY or a step failed, or something leaked
  2  usage, or a kld was refused
  3  panic, fatal fault, deadlock or time limit";

const SCRIPT_HELP: &str = "A script is a list of steps, one a line; # begins a comment:
  load K.ko              kldload(8); other modules are looked for next to it
  unload NAME            kldunload(8)
  call ENTRY [ARG...]    call int ENTRY(int argc, char **argv), expect 0
  sysctl NAME            print a value or all values below a node
  sysctl NAME=VALUE      set one
  expect NAME VALUE      fail unless sysctl NAME is VALUE
  expect-fail STEP       the step must fail (any error, not a panic)
  cycle N K.ko           load and unload N times
  cycle N ENTRY [ARG...] call N times
  settle [SECONDS]       let virtual time run
  host COMMAND           run a command of the host's shell, expect 0; with
                         --serve it has the socket as PPSTAT_SOCKET
  kldstat                list files with their references
Files still loaded at the end are unloaded; then leaks are looked for.

Exit status: as for `kldhost run`.";

/// What to do.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Load klds, call an entry, unload, look for leaks
    #[command(after_help = EXIT)]
    Run(Run),
    /// What klds need, and who provides it
    #[command(after_help = crate::symbols_cmd::HELP)]
    Symbols(crate::symbols_cmd::Options),
    /// Run a script of steps, or load klds and read or set sysctls
    #[command(after_help = SCRIPT_HELP)]
    Sysctl(Script),
}

/// kldhost: FreeBSD kernel modules in an ordinary process
#[derive(Parser, Clone, Debug)]
#[command(version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}
