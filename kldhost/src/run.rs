// SPDX-License-Identifier: BSD-2-Clause
//! One run: boot, load, do, unload, check.

use std::path::PathBuf;

use anyhow::{bail, Context, Result};

use crate::cli::{Iommu, Machine};
use crate::loader::{Linker, LoadError};
use crate::machine::{self, Segment, Space, PAGE};
use crate::{debug, fault, host, kern, serve, sig, track};

/// Parsed settings of the machine.
pub struct Config {
    /// RAM.
    pub segs: Vec<Segment>,
    /// Fictitious ranges.
    pub fictitious: Vec<(u64, u64)>,
    /// Kernel environment.
    pub env: Vec<(String, String)>,
    /// The rest.
    pub opts: Machine,
}

impl Config {
    /// Checks the command line.
    pub fn new(opts: &Machine) -> Result<Config> {
        let segs = machine::parse(&opts.mem)?;
        let pages: u64 = segs.iter().filter(|s| !s.overlap).map(|s| (s.end - s.start) / PAGE).sum();
        if pages < 1024 {
            bail!("--mem: less than 4M is not enough to run anything");
        }
        let fictitious = opts.fictitious.iter().map(|r| machine::range(r)).collect::<Result<Vec<_>, _>>().context("--fictitious")?;
        for (s, e) in &fictitious {
            if segs.iter().any(|g| *s < g.end && *e > g.start) {
                bail!("--fictitious: {s:#x}-{e:#x} overlaps RAM");
            }
        }
        let env = opts
            .env
            .iter()
            .map(|e| e.split_once('=').map(|(n, v)| (n.into(), v.into())).with_context(|| format!("--env: \"{e}\" is not NAME=VALUE")))
            .collect::<Result<Vec<_>>>()?;
        Ok(Config { segs, fictitious, env, opts: opts.clone() })
    }
}

/// The address in the middle of RAM above which the device cannot reach.
fn dma_limit(segs: &[Segment]) -> u64 {
    let total: u64 = segs.iter().filter(|s| !s.overlap).map(|s| s.end - s.start).sum();
    let mut left = total / 2;
    for s in segs.iter().filter(|s| !s.overlap) {
        let n = s.end - s.start;
        if left < n {
            return (s.start + left) / PAGE * PAGE - 1;
        }
        left -= n;
    }
    u64::MAX
}

/// A machine that runs.
pub struct Session {
    /// The kernel linker.
    pub linker: Linker,
    space: &'static Space,
    /// Goes when the run does.
    _socket: Option<serve::Socket>,
    base: (u64, u64),
    quiet: bool,
    verbose: bool,
    /// klds loaded so far.
    pub klds: usize,
    /// Time spent loading.
    pub load_us: u64,
    /// A kld was refused.
    pub refused: bool,
}

impl Session {
    /// Boots and loads the preloaded klds.
    pub fn boot(cfg: &Config, offer: &[PathBuf], fail: u64) -> Result<Session> {
        let space = machine::create(&cfg.segs).context("cannot set up the machine")?;
        sig::install(space.array_len);
        debug::perf_map(cfg.opts.perf_map);
        if cfg.opts.iommu == Iommu::Bounce {
            host::setenv("compat.softdev.dma_limit", &dma_limit(&cfg.segs).to_string());
        }
        for (n, v) in &cfg.env {
            host::setenv(n, v);
        }
        if let Some(t) = cfg.opts.timeout {
            // SAFETY: SIGALRM has a handler now, which ends the run.
            unsafe { libc::alarm(t) };
        }
        kern::boot(&cfg.segs, space, usize::from(cfg.opts.cpus), cfg.opts.iommu);
        let mut s = Session {
            linker: Linker::default(),
            space,
            _socket: None,
            base: (0, 0),
            quiet: cfg.opts.quiet,
            verbose: cfg.opts.verbose,
            klds: 0,
            load_us: 0,
            refused: false,
        };
        if cfg.opts.preload.is_empty() {
            kern::boot_late();
        }
        for (a, b) in &cfg.fictitious {
            let e = kern::fictitious(*a, *b);
            if e != 0 {
                bail!("--fictitious: {a:#x}-{b:#x}: {}", kern::errno_name(e));
            }
        }
        s.base = kern::baseline();
        fault::arm(fail, cfg.opts.verbose);
        if !cfg.opts.preload.is_empty() {
            s.preload(cfg, offer);
        }
        if let Some(path) = &cfg.opts.serve {
            s._socket = Some(serve::start(path)?);
        }
        Ok(s)
    }

    fn preload(&mut self, cfg: &Config, offer: &[PathBuf]) {
        /// Task queues and the other CPUs come after these.
        const SI_SUB_SMP: u32 = 0x290_0000;
        self.linker.early = true;
        let all: Vec<PathBuf> = cfg.opts.preload.iter().chain(offer).cloned().collect();
        for p in &all {
            let _ = self.linker.offer(p);
        }
        for p in Linker::order(&cfg.opts.preload) {
            self.load(&p);
        }
        let r = self.linker.run_pending(SI_SUB_SMP - 1);
        self.check(r);
        fault::disarm();
        let (p, w) = self.base;
        kern::boot_late();
        self.base = (p, w);
        track_system_late();
        fault::rearm();
        self.linker.early = false;
        let r = self.linker.run_pending(u32::MAX);
        self.check(r);
    }

    fn check(&mut self, r: std::result::Result<(), (String, LoadError)>) -> bool {
        if let Err((name, e)) = &r {
            eprintln!("kldhost: {name}: {e}");
            self.refused = true;
        }
        r.is_ok()
    }

    /// kldload; prints what went wrong.
    pub fn load(&mut self, path: &std::path::Path) -> bool {
        let before = self.linker.loaded.len();
        match self.linker.kldload(path) {
            Ok(us) => {
                self.load_us += us;
                self.klds += self.linker.loaded.len() - before;
                if self.verbose {
                    eprintln!("kldhost: {}: loaded in {us} us", crate::loader::short(path));
                }
                true
            }
            Err(e) => self.check(Err(e)),
        }
    }

    /// kldunload; EBUSY is tried once more after virtual time has run.
    fn unload_last(&mut self, name: &str) {
        let mut r = self.linker.kldunload(name);
        if r == Err(libc::EBUSY) {
            kern::settle(600);
            r = self.linker.kldunload(name);
        }
        if let Err(e) = r {
            track::fail(format!("{name}: cannot be unloaded: {} ({e})", kern::errno_name(e)));
        }
    }

    /// Unloads what is left, last first, and looks for leaks. The exit code.
    pub fn finish(mut self, entry_failed: bool) -> i32 {
        let names: Vec<String> = self.linker.loaded.iter().rev().filter(|f| f.user_refs > 0).map(|f| f.name.clone()).collect();
        for n in names {
            self.unload_last(&n);
        }
        for f in &self.linker.loaded {
            track::fail(format!("{}: still loaded (references {}, kldload references {})", f.name, f.refs, f.user_refs));
        }
        fault::disarm();
        kern::settle(3600);
        let leaks = if self.linker.loaded.is_empty() { kern::check_leaks(self.base, self.space) } else { 0 };
        let failures = track::failures();
        let code = match (self.refused, entry_failed || failures > 0) {
            (true, false) => 2,
            (_, true) => 1,
            _ => 0,
        };
        if !self.quiet {
            println!(
                "kldhost: {} klds={} leaks={leaks} failures={failures} load_us={}",
                if code == 0 { "ok" } else { "FAILED" },
                self.klds,
                self.load_us
            );
        }
        code
    }
}

/// Threads and queues of the late boot are the kernel's own.
fn track_system_late() {
    track::system_late();
}

/// The `run` command, in this process. With `fail` the Nth point fails.
pub fn run(cfg: &Config, klds: &[PathBuf], entry: &[String], fail: u64) -> Result<i32> {
    let mut s = Session::boot(cfg, klds, fail)?;
    let mut ok = !s.refused;
    for p in Linker::order(klds) {
        if !ok {
            break;
        }
        ok = s.load(&p);
    }
    let mut failed = false;
    if let (true, Some(name)) = (ok, entry.first()) {
        match s.linker.entry(name) {
            Some(f) => {
                let r = kern::call_entry(f, entry);
                if r != 0 {
                    eprintln!("kldhost: {name} returned {r}");
                    failed = true;
                }
            }
            None => {
                eprintln!("kldhost: no loaded kld exports {name}");
                s.refused = true;
            }
        }
    }
    Ok(s.finish(failed))
}
