// SPDX-License-Identifier: BSD-2-Clause
//! Builds the test klds once and runs kldhost on them.

// Each test program uses some of it.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};

fn headers() -> PathBuf {
    if let Some(p) = std::env::var_os("LKPI_HEADERS") {
        return p.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache")))
        .expect("HOME is not set");
    cache.join("lkpi-rs/headers/ziglang-0.17.0")
}

/// LLVM's NAME, with a version where that is how it is called.
pub fn tool(name: &str) -> String {
    let versioned = format!("{name}-19");
    match Command::new(&versioned).arg("--version").output() {
        Ok(_) => versioned,
        Err(_) => name.to_string(),
    }
}

fn dir() -> &'static Path {
    static DIR: OnceLock<tempfile::TempDir> = OnceLock::new();
    DIR.get_or_init(|| tempfile::tempdir().expect("a temporary folder")).path()
}

/// Compiles tests/klds/SRC.c as OUT.ko with extra flags.
pub fn kld_as(src: &str, out: &str, flags: &[&str]) -> PathBuf {
    static BUILT: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let ko = dir().join(format!("{out}.ko"));
    let mut built = BUILT.lock().unwrap_or_else(|e| e.into_inner());
    if built.iter().any(|b| b == out) {
        return ko;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let obj = dir().join(format!("{out}.o"));
    let inc = headers();
    let status = Command::new(tool("clang"))
        .args(
            "--target=x86_64-unknown-freebsd15.0 -O2 -ffreestanding -mcmodel=kernel -mno-red-zone -mno-mmx -mno-sse \
             -msoft-float -fno-pic -fno-common -fwrapv -fno-strict-aliasing -fno-omit-frame-pointer \
             -fno-optimize-sibling-calls -fno-stack-protector -D_KERNEL -DKLD_MODULE -DSMP=1 -DMAC=1 -DVIMAGE=1 \
             -D__FreeBSD_version=1500068 -nostdinc -Wall -Werror"
                .split_whitespace(),
        )
        .arg("-isystem")
        .arg(inc.join("x86_64-freebsd-none"))
        .arg("-isystem")
        .arg(inc.join("generic-freebsd"))
        .arg("-isystem")
        .arg(root.join("include"))
        .args(flags)
        .arg("-c")
        .arg(root.join("tests/klds").join(format!("{src}.c")))
        .arg("-o")
        .arg(&obj)
        .status()
        .expect("clang");
    assert!(status.success(), "{src}.c does not compile");
    let status = Command::new(tool("ld.lld")).arg("-r").arg(&obj).arg("-o").arg(&ko).status().expect("ld.lld");
    assert!(status.success(), "{src}.o does not link");
    built.push(out.to_string());
    ko
}

/// Compiles tests/klds/NAME.c.
pub fn kld(name: &str) -> PathBuf {
    kld_as(name, name, &[])
}

/// A module from parts.c.
pub fn part(name: &str, flags: &[&str]) -> PathBuf {
    let mut f = vec![format!("-DNAME={name}")];
    f.extend(flags.iter().map(|s| s.to_string()));
    kld_as("parts", name, &f.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The result of a run.
pub struct Ran {
    /// Exit status; 128 + signal if it was killed.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Fails the test unless the exit status is `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Fails the test unless `text` is in the output or the errors.
    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "{text:?} is missing; stdout:\n{}\nstderr:\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Fails the test if `text` is in the output or the errors.
    #[track_caller]
    pub fn never_says(self, text: &str) -> Ran {
        assert!(!self.out.contains(text) && !self.err.contains(text), "{text:?} in\n{}\n{}", self.out, self.err);
        self
    }
}

/// Runs kldhost.
pub fn kldhost<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Ran {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_kldhost")).args(args).output().expect("kldhost");
    use std::os::unix::process::ExitStatusExt;
    Ran {
        code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// `run` with options, one file and an entry.
pub fn run(options: &[&str], ko: &Path, entry: &[&str]) -> Ran {
    let mut a: Vec<std::ffi::OsString> = vec!["run".into()];
    if !options.contains(&"--timeout") {
        a.extend(["--timeout".into(), "60".into()]);
    }
    a.extend(options.iter().map(Into::into));
    a.push(ko.into());
    if !entry.is_empty() {
        a.push("--".into());
        a.extend(entry.iter().map(Into::into));
    }
    kldhost(&a)
}

/// Runs a script, with options.
pub fn script(options: &[&str], text: &str) -> Ran {
    let f = tempfile::NamedTempFile::new_in(dir()).expect("a temporary file");
    std::fs::write(f.path(), text).expect("writable");
    let mut a: Vec<std::ffi::OsString> = vec!["sysctl".into(), "--timeout".into(), "120".into()];
    a.extend(options.iter().map(Into::into));
    a.push("--script".into());
    a.push(f.path().into());
    kldhost(&a)
}
