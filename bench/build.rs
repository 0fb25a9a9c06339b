// SPDX-License-Identifier: BSD-2-Clause
//! Compiles c/*.c as a kld's C is compiled, but for the code model: these
//! objects end in a host program, a non-PIE one, so that globals are reached
//! as a kld reaches them. pool/*.c likewise, with the .ko files of this
//! checkout and the objects that linux.sh has made, where there are any.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What a kld does not have: both sides stay scalar loops of one look-up each,
/// on equal footing in the instruction cache.
const LOOPS: &[&str] = &[
    "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops", "-falign-functions=64", "-falign-loops=64",
];
/// The files of pool/ that are compiled for FreeBSD.
const FREEBSD: &[&str] = &["kernel", "busdma", "ours", "stub", "null"];
/// The klds under test.
const KLDS: &[&str] = &["lkpi_page", "page_pool"];
/// What simulated kernels take from the host under its own name.
const SHARED: &[&str] = &[
    "memcpy", "memset", "memmove", "memcmp", "strlen", "strcmp", "__start_bench_percpu", "__stop_bench_percpu",
    "__start_set_sysinit_set", "__stop_set_sysinit_set",
];

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = here.parent().expect("bench/ is in the checkout").to_path_buf();
    for v in ["SYSDIR", "KERNBUILDDIR", "LKPI_HEADERS", "KLD_CC", "LLVM"] {
        println!("cargo:rerun-if-env-changed={v}");
    }
    for f in ["c", "pool", "../tools/kld-cflags.sh", "../tools/headers.sh", "../sys", "../kldhost/include",
        "../obj/amd64/lkpi_page.ko", "../obj/amd64/page_pool.ko", "../obj/bench/linux/objects"] {
        println!("cargo:rerun-if-changed={f}");
    }
    let flags = run(Command::new("sh").arg(root.join("tools/kld-cflags.sh")));
    let flags: Vec<&str> = flags.split_whitespace().filter(|f| *f != "-mcmodel=kernel").collect();

    let mut cc = cc::Build::new();
    cc.compiler(clang())
        .no_default_flags(true)
        .warnings(false)
        .files([here.join("c/lookups.c"), here.join("c/machine.c")]);
    for f in flags.iter().chain(LOOPS) {
        cc.flag(f);
    }
    cc.flag("-Werror").compile("bench_c");
    println!("cargo:rustc-link-arg-bins=-no-pie");
    // A set that is reached by its ends alone is in use.
    println!("cargo:rustc-link-arg-bins=-Wl,-z,nostart-stop-gc,-z,noexecstack");
    pools(&here, &root, &flags);
}

fn clang() -> String {
    env::var("KLD_CC").unwrap_or_else(|_| "clang-19".into())
}

/// An LLVM tool, with Debian's version suffix where there is one.
fn tool(name: &str) -> String {
    let versioned = format!("{name}-{}", env::var("LLVM").unwrap_or_else(|_| "19".into()));
    match Command::new(&versioned).arg("--version").output() {
        Ok(_) => versioned,
        Err(_) => name.to_string(),
    }
}

fn run(cmd: &mut Command) -> String {
    let out = cmd.output().unwrap_or_else(|e| panic!("cannot run {cmd:?}: {e}"));
    assert!(out.status.success(), "{cmd:?}:\n{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("tools print text")
}

/// Builds libbench_pool.a: `cfg(pool)` with our side, `cfg(linux)` with Linux's.
fn pools(here: &Path, root: &Path, flags: &[&str]) {
    println!("cargo:rustc-check-cfg=cfg(pool)");
    println!("cargo:rustc-check-cfg=cfg(linux)");
    let klds: Vec<PathBuf> = KLDS.iter().map(|k| root.join(format!("obj/amd64/{k}.ko"))).collect();
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("x86_64") || !klds.iter().all(|k| k.exists()) {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("pool");
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).expect("OUT_DIR is writable");

    let mut freebsd = klds;
    for name in FREEBSD {
        let o = out.join(format!("{name}.o"));
        run(Command::new(clang()).args(flags).arg("-Werror").arg("-c")
            .arg(here.join(format!("pool/{name}.c"))).arg("-o").arg(&o));
        freebsd.push(o);
    }
    let mut objects = rename(&out, "fb_", &freebsd, &[]);
    println!("cargo:rustc-cfg=pool");

    let dir = root.join("obj/bench/linux/objects");
    if dir.join("key").exists() {
        let (stats, plain): (Vec<PathBuf>, Vec<PathBuf>) = fs::read_dir(&dir)
            .expect("a folder")
            .map(|e| e.expect("an entry").path())
            .filter(|p| p.extension().is_some_and(|x| x == "o"))
            .partition(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("stats_")));
        objects.extend(rename(&out, "lx_", &plain, &[]));
        // The same with statistics: what it does not define is the other's.
        objects.extend(rename(&out, "lxs_", &stats, &["lx_"]));
        println!("cargo:rustc-cfg=linux");
    }
    objects.push(missing(&out, &objects));

    let lib = out.join("libbench_pool.a");
    run(Command::new(tool("llvm-ar")).arg("crs").arg(&lib).args(&objects));
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static:+whole-archive=bench_pool");
}

/// Symbols of an object: (name, defined).
fn symbols(o: &Path) -> Vec<(String, bool)> {
    run(Command::new(tool("llvm-nm")).args(["--format=posix"]).arg(o))
        .lines()
        .filter_map(|l| {
            let mut f = l.split(' ');
            // In lower case: weak.
            Some((f.next()?.to_string(), !matches!(f.next()?, "U" | "w" | "v")))
        })
        .collect()
}

/// Copies of objects with a prefix before each symbol, so that kernels and
/// libc do not meet; `other` before those that none of them defines.
fn rename(out: &Path, prefix: &str, objects: &[PathBuf], other: &[&str]) -> Vec<PathBuf> {
    let all: Vec<_> = objects.iter().map(|o| symbols(o)).collect();
    let defined: BTreeSet<&str> = all.iter().flatten().filter(|s| s.1).map(|s| s.0.as_str()).collect();
    let mut names = BTreeSet::new();
    let mut table = String::new();
    for name in all.iter().flatten().map(|s| s.0.as_str()) {
        let shared = (name.starts_with("host_") || SHARED.contains(&name)) && !defined.contains(name);
        if shared || name.starts_with('.') || !names.insert(name) {
            continue;
        }
        let p = if defined.contains(name) { prefix } else { other.first().unwrap_or(&prefix) };
        table += &format!("{name} {p}{name}\n");
    }
    let list = out.join(format!("{prefix}names"));
    fs::write(&list, table).expect("OUT_DIR is writable");
    objects
        .iter()
        .map(|o| {
            let to = out.join(format!("{prefix}{}.o", o.file_stem().expect("a file").to_string_lossy()));
            run(Command::new(tool("llvm-objcopy"))
                .arg(format!("--redefine-syms={}", list.display()))
                .arg(o)
                .arg(&to));
            to
        })
        .collect()
}

/// An object with what the simulated kernels lack: linker sets that nobody
/// reads are empty; a call says what it was and ends the program.
fn missing(out: &Path, objects: &[PathBuf]) -> PathBuf {
    let all: Vec<_> = objects.iter().flat_map(|o| symbols(o)).collect();
    let defined: BTreeSet<&str> = all.iter().filter(|s| s.1).map(|s| s.0.as_str()).collect();
    let lacking: BTreeSet<&str> = all.iter().map(|s| s.0.as_str()).filter(|s| !defined.contains(s)).collect();
    let mut text = String::from(".text\n");
    for name in lacking.iter().filter(|n| ["fb_", "lx_", "lxs_"].iter().any(|p| n.starts_with(p))) {
        text += &if name.contains("__start_set_") || name.contains("__stop_set_") {
            format!(".globl {name}\n.set {name}, 0\n")
        } else {
            format!(".globl {name}\n{name}: leaq .L{name}(%rip), %rdi\nandq $-16, %rsp\ncall host_missing\n.L{name}: .asciz \"{name}\"\n")
        };
    }
    text += ".section .note.GNU-stack,\"\",@progbits\n";
    let (s, o) = (out.join("missing.s"), out.join("missing.o"));
    fs::write(&s, text).expect("OUT_DIR is writable");
    run(Command::new(clang()).args(["--target=x86_64-unknown-linux-gnu", "-c"]).arg(&s).arg("-o").arg(&o));
    o
}
