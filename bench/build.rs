// SPDX-License-Identifier: BSD-2-Clause
//! Compiles c/*.c as a kld's C is compiled, but for the code model: these
//! objects end in a host program, a non-PIE one, so that globals are reached
//! as a kld reaches them.

use std::path::PathBuf;
use std::process::Command;

/// What a kld does not have: both sides stay scalar loops of one look-up each,
/// on equal footing in the instruction cache.
const LOOPS: &[&str] = &[
    "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops", "-falign-functions=64", "-falign-loops=64",
];

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = here.parent().expect("bench/ is in the checkout").to_path_buf();
    for v in ["SYSDIR", "KERNBUILDDIR", "LKPI_HEADERS", "KLD_CC"] {
        println!("cargo:rerun-if-env-changed={v}");
    }
    for f in ["c", "../tools/kld-cflags.sh", "../tools/headers.sh", "../sys", "../kldhost/include"] {
        println!("cargo:rerun-if-changed={f}");
    }
    let sh = root.join("tools/kld-cflags.sh");
    let out = Command::new("sh").arg(&sh).output().expect("sh runs");
    assert!(out.status.success(), "tools/kld-cflags.sh: {}", String::from_utf8_lossy(&out.stderr));
    let flags = String::from_utf8(out.stdout).expect("flags are text");

    let mut cc = cc::Build::new();
    cc.compiler(std::env::var("KLD_CC").unwrap_or_else(|_| "clang-19".into()))
        .no_default_flags(true)
        .warnings(false)
        .files([here.join("c/lookups.c"), here.join("c/machine.c")]);
    for f in flags.split_whitespace().filter(|f| *f != "-mcmodel=kernel") {
        cc.flag(f);
    }
    for f in LOOPS {
        cc.flag(f);
    }
    cc.flag("-Werror").compile("bench_c");
    println!("cargo:rustc-link-arg-bins=-no-pie");
}
