// SPDX-License-Identifier: BSD-2-Clause
//! `--fail-sweep`: each point of failure in a process of its own.

use std::io::{Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::PathBuf;

use anyhow::{bail, Result};

use crate::run::{self, Config};
use crate::{fault, track};

/// How a child ended.
struct Outcome {
    status: i32,
    points: u64,
    failures: Option<u64>,
    output: String,
}

fn temp() -> Result<std::fs::File> {
    // SAFETY: a new descriptor, owned by the File.
    let fd = unsafe { libc::memfd_create(c"kldhost-out".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        bail!("memfd_create: {}", std::io::Error::last_os_error());
    }
    // SAFETY: fd was just made and belongs to nobody else.
    Ok(unsafe { std::fs::File::from_raw_fd(fd) })
}

fn child(cfg: &Config, klds: &[PathBuf], entry: &[String], n: u64) -> Result<Outcome> {
    let (mut out, mut result) = (temp()?, temp()?);
    std::io::stdout().flush()?;
    // SAFETY: this process has one thread.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: plain descriptors of this process; the alarm ends a hang.
        unsafe {
            libc::dup2(out.as_raw_fd(), 1);
            libc::dup2(out.as_raw_fd(), 2);
            libc::alarm(cfg.opts.timeout.unwrap_or(60));
        }
        let code = match run::run(cfg, klds, entry, n) {
            Ok(c) => c,
            Err(e) => {
                eprintln!("kldhost: {e:#}");
                2
            }
        };
        let _ = write!(result, "{} {}", fault::seen(), track::failures());
        let _ = std::io::stdout().flush();
        // SAFETY: the parent goes on; nothing of this copy may run at exit.
        unsafe { libc::_exit(code) };
    }
    if pid < 0 {
        bail!("fork: {}", std::io::Error::last_os_error());
    }
    let mut st = 0;
    // SAFETY: waits for our own child.
    unsafe { libc::waitpid(pid, &mut st, 0) };
    let (mut text, mut output) = (String::new(), Vec::new());
    result.rewind()?;
    result.read_to_string(&mut text)?;
    out.rewind()?;
    out.read_to_end(&mut output)?;
    let mut nums = text.split(' ').map(|w| w.parse().unwrap_or(0));
    let status = if libc::WIFEXITED(st) { libc::WEXITSTATUS(st) } else { 128 + libc::WTERMSIG(st) };
    Ok(Outcome {
        status,
        points: nums.next().unwrap_or(0),
        failures: nums.next(),
        output: String::from_utf8_lossy(&output).into_owned(),
    })
}

/// Counts the points, then fails each in turn.
pub fn sweep(cfg: &Config, klds: &[PathBuf], entry: &[String]) -> Result<i32> {
    let first = child(cfg, klds, entry, 0)?;
    if first.status != 0 {
        eprint!("{}", first.output);
        eprintln!("kldhost: the run fails without any fault, so no sweep");
        return Ok(first.status);
    }
    let mut failed = 0;
    for n in 1..=first.points {
        let o = child(cfg, klds, entry, n)?;
        // An error from load or ENTRY is what a fault should lead to; a leak,
        // a panic or a hang is not.
        if o.status >= 3 || o.failures != Some(0) {
            failed += 1;
            eprintln!("kldhost: fault {n} of {}: exit status {}", first.points, o.status);
            for l in o.output.lines().filter(|l| !l.contains("FAILED")) {
                eprintln!("    {l}");
            }
        } else if cfg.opts.verbose {
            let what = o.output.lines().find(|l| l.contains(": fault ")).unwrap_or_default();
            eprintln!("kldhost: fault {n}: status {} {what}", o.status);
        }
    }
    println!("fail-sweep: points={} passed={} failed={failed}", first.points, first.points - failed);
    Ok(i32::from(failed > 0))
}
