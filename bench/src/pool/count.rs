// SPDX-License-Identifier: BSD-2-Clause
//! Instructions a pair, counted by valgrind's callgrind in a child that runs
//! every loop once with counting on.

use super::rows::Spec;
use super::side::Side;
use anyhow::{ensure, Context as _, Result};
use std::collections::HashMap;
use std::ffi::CString;
use std::process::{Command, Stdio};

/// Pairs that are counted.
const PAIRS: usize = 8192;
/// Functions that a breakdown names.
const FUNCTIONS: usize = 12;

/// Instructions a pair by row and side.
#[derive(Default)]
pub struct Counts(HashMap<(String, String), f64>);

impl Counts {
    /// Instructions a pair.
    pub fn get(&self, row: &str, side: &str) -> Option<f64> {
        self.0.get(&(row.into(), side.into())).copied()
    }
}

/// callgrind's client requests: what it is asked to do while the program runs.
mod request {
    const BASE: usize = (b'C' as usize) << 24 | (b'T' as usize) << 16;
    pub const ZERO: usize = BASE + 1;
    pub const DUMP: usize = BASE + 3;
    pub const START: usize = BASE + 4;
    pub const STOP: usize = BASE + 5;

    /// Without valgrind this does nothing.
    pub fn make(what: usize, arg: *const std::ffi::c_char) {
        let args: [usize; 6] = [what, arg as usize, 0, 0, 0, 0];
        // SAFETY: the sequence that valgrind knows; to a CPU it is four
        // rotations by 128 bits together and an exchange of rbx with itself.
        unsafe {
            std::arch::asm!(
                "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
                in("rax") args.as_ptr(), inout("rdx") 0usize => _, options(nostack),
            );
        }
    }
}

/// In the child: run every row, or the one of that name, on every side.
pub fn child(only: Option<&str>) {
    Side::boot();
    for spec in Spec::all().iter().filter(|s| only.is_none_or(|o| o == s.row_name())) {
        for (name, side) in spec.sides().into_iter().chain(stats(spec)) {
            let started = spec.start(side);
            let n = PAIRS.div_ceil(spec.step()) * spec.step();
            started.run(n);
            request::make(request::START, std::ptr::null());
            request::make(request::ZERO, std::ptr::null());
            started.run(n);
            let label = CString::new(format!("{} {name} {n}", spec.row_name())).expect("no NUL");
            request::make(request::DUMP, label.as_ptr());
            request::make(request::STOP, std::ptr::null());
        }
    }
}

/// Linux with statistics, for a row against Linux.
fn stats(spec: &Spec) -> Option<(&'static str, Side)> {
    Side::linux_stats().filter(|_| spec.sides().iter().any(|s| s.0 == "linux")).map(|s| ("linux+stats", s))
}

/// Count; `verbose` prints where the instructions of each row are. Empty
/// without valgrind.
pub fn all(verbose: bool) -> Result<Counts> {
    let mut counts = Counts::default();
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("pool: no valgrind, so no instructions are counted");
        return Ok(counts);
    }
    for p in profiles(None)? {
        let total: f64 = p.functions.values().sum();
        if verbose {
            p.print(total);
        }
        counts.0.insert((p.row, p.side), (total * 100.0).round() / 100.0);
    }
    Ok(counts)
}

/// Print the machine code of a row that ran on a side, with how often each
/// instruction ran for a pair.
pub fn annotate(row: &str, side: &str) -> Result<()> {
    let profile = profiles(Some(row))?.into_iter().find(|p| p.side == side);
    let profile = profile.with_context(|| format!("no row {row} with a side {side} (ours, linux, linux+stats, stub)"))?;
    let out = Command::new("llvm-objdump-19")
        .args(["-d", "--no-show-raw-insn"])
        .arg(std::env::current_exe()?)
        .output()
        .context("llvm-objdump-19")?;
    let (mut heading, text) = (None, String::from_utf8_lossy(&out.stdout));
    for l in text.lines() {
        if let Some((_, name)) = l.split_once(" <").filter(|_| l.ends_with(">:")) {
            heading = Some(name.trim_end_matches(">:"));
        }
        let Some((at, code)) = l.split_once(':') else { continue };
        let count = u64::from_str_radix(at.trim(), 16).ok().and_then(|a| profile.places.get(&a));
        let Some(count) = count.filter(|c| **c >= 0.005) else { continue };
        if let Some(name) = heading.take() {
            println!("\n{:.1}  {}", profile.functions.get(name).unwrap_or(&0.0), plain(name));
        }
        println!("{count:>8.2}  {}  {}", at.trim(), code.trim());
    }
    Ok(())
}

/// Run rows under callgrind: all, or one, which is counted by instruction too.
fn profiles(only: Option<&str>) -> Result<Vec<Profile>> {
    let dir = std::env::temp_dir().join(format!("bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--instr-atstart=no", "--dump-line=no", "--compress-strings=no", "--compress-pos=no"])
        .arg(if only.is_some() { "--dump-instr=yes" } else { "--dump-instr=no" })
        .arg(format!("--callgrind-out-file={}/out", dir.display()))
        .arg(std::env::current_exe()?)
        .arg("--count")
        .args(only)
        .output()
        .context("valgrind")?;
    let read = || -> Result<Vec<Profile>> {
        ensure!(out.status.success(), "under valgrind: {}", String::from_utf8_lossy(&out.stderr));
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&dir)? {
            all.extend(Profile::parse(&std::fs::read_to_string(entry?.path())?));
        }
        all.sort_by(|a, b| (&a.row, &a.side).cmp(&(&b.row, &b.side)));
        Ok(all)
    };
    let all = read();
    let _ = std::fs::remove_dir_all(&dir);
    all
}

/// What callgrind dumped for one loop.
struct Profile {
    row: String,
    side: String,
    /// Instructions a pair in each function itself.
    functions: HashMap<String, f64>,
    /// The same by address, if that was asked for.
    places: HashMap<u64, f64>,
}

impl Profile {
    /// `None` for a dump that is not one of ours.
    fn parse(text: &str) -> Option<Profile> {
        let label = text.lines().find_map(|l| l.strip_prefix("desc: Trigger: Client Request: "))?;
        let mut words = label.split(' ');
        let (row, side) = (words.next()?.to_string(), words.next()?.to_string());
        let n: f64 = words.next()?.parse().ok()?;
        let mut functions = HashMap::new();
        let mut places = HashMap::new();
        let (mut current, mut called) = (String::new(), false);
        for l in text.lines() {
            if let Some(f) = l.strip_prefix("fn=") {
                current = f.to_string();
            } else if l.starts_with("calls=") {
                // The next line is what the call cost in all.
                called = true;
            } else if l.starts_with(|c: char| c.is_ascii_digit()) && !std::mem::take(&mut called) {
                let mut f = l.split_whitespace();
                let (at, cost) = (f.next().unwrap_or(""), f.last().and_then(|c| c.parse().ok()).unwrap_or(0.0));
                *functions.entry(current.clone()).or_insert(0.0) += cost / n;
                if let Some(at) = at.strip_prefix("0x").and_then(|a| u64::from_str_radix(a, 16).ok()) {
                    *places.entry(at).or_insert(0.0) += cost / n;
                }
            }
        }
        Some(Profile { row, side, functions, places })
    }

    fn print(&self, total: f64) {
        println!("\n{} {}: {total:.1} instructions a pair", self.row, self.side);
        let mut f: Vec<_> = self.functions.iter().filter(|f| *f.1 >= 0.05).collect();
        f.sort_by(|a, b| b.1.total_cmp(a.1));
        for (name, cost) in f.into_iter().take(FUNCTIONS) {
            println!("  {cost:>8.1}  {}", plain(name));
        }
    }
}

/// A function's name as its author knows it: without the prefix that build.rs
/// gave it, and without what Rust adds.
fn plain(name: &str) -> String {
    let name = ["fb_", "lxs_", "lx_"].iter().find_map(|p| name.strip_prefix(p)).unwrap_or(name);
    format!("{:#}", rustc_demangle::demangle(name))
}
