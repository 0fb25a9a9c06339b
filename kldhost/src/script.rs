// SPDX-License-Identifier: BSD-2-Clause
//! Scripted runs and the `sysctl` command.

use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};

use crate::cli::Script;
use crate::kern;
use crate::loader::Linker;
use crate::run::{Config, Session};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// kldload
    Load(PathBuf),
    /// kldunload
    Unload(String),
    /// Call an entry.
    Call(Vec<String>),
    /// Print sysctls.
    Get(String),
    /// Set a sysctl.
    Set(String, String),
    /// Compare a sysctl.
    Expect(String, String),
    /// The step must fail.
    ExpectFail(Box<Step>),
    /// Load and unload.
    CycleLoad(u32, PathBuf),
    /// Call repeatedly.
    CycleCall(u32, Vec<String>),
    /// Let virtual time run.
    Settle(u32),
    /// A command of the host.
    Host(String),
    /// List the files.
    Kldstat,
}

/// Parses one line; None for blank ones.
pub fn parse(line: &str) -> Result<Option<Step>> {
    let line = line.split('#').next().unwrap_or("").trim();
    let words: Vec<String> = line.split_whitespace().map(String::from).collect();
    let Some(verb) = words.first() else { return Ok(None) };
    let rest = &words[1..];
    let one = || match rest {
        [x] => Ok(x.clone()),
        _ => bail!("\"{verb}\" takes one argument"),
    };
    let step = match verb.as_str() {
        "load" => Step::Load(one()?.into()),
        "unload" => Step::Unload(one()?),
        "call" if !rest.is_empty() => Step::Call(rest.to_vec()),
        "sysctl" => {
            let text = line["sysctl".len()..].trim();
            match text.split_once('=') {
                Some((n, v)) => Step::Set(n.trim().into(), v.trim().into()),
                None => Step::Get(text.into()),
            }
        }
        "expect" if rest.len() >= 2 => Step::Expect(rest[0].clone(), rest[1..].join(" ")),
        "expect-fail" => match parse(line["expect-fail".len()..].trim())? {
            Some(s) => Step::ExpectFail(Box::new(s)),
            None => bail!("expect-fail needs a step"),
        },
        "cycle" if rest.len() >= 2 => {
            let n = rest[0].parse().context("cycle: not a number")?;
            if rest[1].ends_with(".ko") {
                Step::CycleLoad(n, rest[1].clone().into())
            } else {
                Step::CycleCall(n, rest[1..].to_vec())
            }
        }
        "host" if !rest.is_empty() => Step::Host(line["host".len()..].trim().into()),
        "settle" => Step::Settle(match rest.first() {
            Some(s) => s.parse().context("settle: not a number")?,
            None => 3600,
        }),
        "kldstat" => Step::Kldstat,
        _ => bail!("unknown step \"{line}\""),
    };
    Ok(Some(step))
}

fn get(name: &str) -> Result<()> {
    let leaves = kern::sysctl_leaves(name).map_err(|e| anyhow::anyhow!("sysctl {name}: {}", kern::errno_name(e)))?;
    for l in leaves {
        match kern::sysctl_read(&l) {
            Ok(v) => println!("{l}: {v}"),
            // Write-only nodes are passed over when a whole tree is listed.
            Err(1) if l != name => {}
            Err(e) => bail!("sysctl {l}: {}", kern::errno_name(e)),
        }
    }
    Ok(())
}

fn call(s: &Session, args: &[String]) -> Result<()> {
    let f = s.linker.entry(&args[0]).with_context(|| format!("no loaded kld exports {}", args[0]))?;
    match kern::call_entry(f, args) {
        0 => Ok(()),
        r => bail!("{} returned {r}", args[0]),
    }
}

/// The machine goes on meanwhile.
fn on_host(command: &str) -> Result<()> {
    let mut sh = std::process::Command::new("/bin/sh");
    sh.arg("-c").arg(command);
    if let Some(path) = crate::serve::path() {
        sh.env("PPSTAT_SOCKET", path);
    }
    let mut child = sh.spawn().context("/bin/sh")?;
    loop {
        if let Some(status) = child.try_wait()? {
            return if status.success() { Ok(()) } else { bail!("{command}: {status}") };
        }
        kern::give_way();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

fn load(s: &mut Session, p: &Path) -> Result<()> {
    s.linker.kldload(p).map_err(|(n, e)| anyhow::anyhow!("{n}: {e}"))?;
    s.klds += 1;
    Ok(())
}

fn unload(s: &mut Session, n: &str) -> Result<()> {
    s.linker.kldunload(n).map_err(|e| anyhow::anyhow!("{n}: kldunload: {} ({e})", kern::errno_name(e)))
}

fn step(s: &mut Session, st: &Step) -> Result<()> {
    match st {
        Step::Load(p) => load(s, p),
        Step::Unload(n) => unload(s, n),
        Step::Call(a) => call(s, a),
        Step::Get(n) => get(n),
        Step::Set(n, v) => kern::sysctl_write(n, v).map_err(|e| anyhow::anyhow!("sysctl {n}={v}: {}", kern::errno_name(e))),
        Step::Expect(n, v) => match kern::sysctl_read(n) {
            Ok(got) if got == *v => Ok(()),
            Ok(got) => bail!("expected {n} to be {v}, it is {got}"),
            Err(e) => bail!("sysctl {n}: {}", kern::errno_name(e)),
        },
        Step::ExpectFail(inner) => match step(s, inner) {
            Err(e) => {
                println!("expected failure: {e:#}");
                Ok(())
            }
            Ok(()) => bail!("{inner:?} succeeded, but was to fail"),
        },
        Step::CycleLoad(n, p) => {
            let name = crate::loader::short(p);
            for _ in 0..*n {
                load(s, p)?;
                unload(s, &name)?;
            }
            Ok(())
        }
        Step::CycleCall(n, a) => (0..*n).try_for_each(|_| call(s, a)),
        Step::Settle(n) => {
            kern::settle(*n);
            Ok(())
        }
        Step::Host(command) => on_host(command),
        Step::Kldstat => {
            println!("Id Refs Kldload Size     Name");
            for f in &s.linker.loaded {
                println!("{:2} {:4} {:7} {:8} {}", f.id, f.refs, f.user_refs, f.image.size, f.name);
            }
            Ok(())
        }
    }
}

/// The `sysctl` command.
pub fn run(cfg: &Config, args: &Script) -> Result<i32> {
    let text = match &args.script {
        Some(p) if p.as_os_str() == "-" => std::io::read_to_string(std::io::stdin())?,
        Some(p) => std::fs::read_to_string(p).with_context(|| p.display().to_string())?,
        None => String::new(),
    };
    let mut steps = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if let Some(s) = parse(line).with_context(|| format!("script line {}", i + 1))? {
            steps.push((i + 1, s));
        }
    }
    let mut s = Session::boot(cfg, &args.klds, cfg.opts.fail.unwrap_or(0))?;
    for p in &args.klds {
        let _ = s.linker.offer(p);
    }
    for p in Linker::order(&args.klds) {
        if !s.load(&p) {
            return Ok(s.finish(false));
        }
    }
    for (line, st) in &steps {
        if let Err(e) = step(&mut s, st) {
            eprintln!("kldhost: step {line}: {e:#}");
            return Ok(s.finish(true));
        }
    }
    let mut failed = false;
    let names: &[String] = if args.names.is_empty() && args.script.is_none() { &[String::new()] } else { &args.names };
    for n in names {
        let st = match n.split_once('=') {
            Some((n, v)) => Step::Set(n.into(), v.into()),
            None => Step::Get(n.clone()),
        };
        if let Err(e) = step(&mut s, &st) {
            eprintln!("kldhost: {e:#}");
            failed = true;
        }
    }
    Ok(s.finish(failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        assert_eq!(parse("  # nothing").unwrap(), None);
        assert_eq!(parse("load a.ko # x").unwrap(), Some(Step::Load("a.ko".into())));
        assert_eq!(parse("host ls a | wc").unwrap(), Some(Step::Host("ls a | wc".into())));
        assert_eq!(parse("sysctl a.b = 3").unwrap(), Some(Step::Set("a.b".into(), "3".into())));
        assert_eq!(
            parse("expect-fail unload a").unwrap(),
            Some(Step::ExpectFail(Box::new(Step::Unload("a".into()))))
        );
        assert_eq!(parse("cycle 3 a.ko").unwrap(), Some(Step::CycleLoad(3, "a.ko".into())));
        for bad in ["load", "fly", "cycle x a.ko", "expect a", "expect-fail", "unload a b", "call", "host"] {
            assert!(parse(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
