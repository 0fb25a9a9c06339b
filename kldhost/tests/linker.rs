// SPDX-License-Identifier: BSD-2-Clause
//! The kernel linker: dependencies, refusals, load and unload semantics.

mod common;
use common::{kld, kld_as, kldhost, part, run, script};
use std::path::Path;

fn base() -> std::path::PathBuf {
    part("base", &[])
}

fn user() -> std::path::PathBuf {
    part("user", &["-DDEPENDS=base", "-DDEP_MIN=1", "-DDEP_MAX=1", "-DUSES=fn_base"])
}

#[test]
fn any_order_on_the_command_line() {
    let (b, u) = (base(), user());
    for files in [[&b, &u], [&u, &b]] {
        let r = kldhost(&["run".as_ref(), files[0].as_os_str(), files[1].as_os_str(), "--".as_ref(), "call_dep".as_ref()])
            .exits(0);
        let at = |t: &str| r.out.find(t).unwrap_or_else(|| panic!("{t} missing in {}", r.out));
        assert!(at("load base") < at("load user"));
        assert!(at("unload user") < at("unload base"));
        assert!(at("early sysinit of base") < at("load base") && at("load base") < at("late sysinit of base"));
        assert!(at("unload user") < at("sysuninit of user"));
    }
}

#[test]
fn refusals() {
    let b = base();
    let missing = part("lonely", &["-DDEPENDS=nosuch", "-DDEP_MIN=1", "-DDEP_MAX=1"]);
    run(&[], &missing, &[]).exits(2).says("lonely.ko: depends on module nosuch, which is not available");
    let version = part("picky", &["-DDEPENDS=base", "-DDEP_MIN=2", "-DDEP_MAX=3"]);
    kldhost(&["run".as_ref(), b.as_os_str(), version.as_os_str()])
        .exits(2)
        .says("picky.ko: depends on module base version 2..3, but version 1 is there");
    let old = part("old", &["-DOLD_KERNEL"]);
    run(&[], &old, &[]).exits(2).says("depends on module kernel version 1400000..1499999, but version 1500068 is there");
    let undef = part("undef", &["-DUSES=no_such_function"]);
    run(&[], &undef, &[]).exits(2).says("undef.ko: undefined symbol: no_such_function");
    // Lookup does not go through files that are loaded but not depended on.
    let stranger = part("stranger", &["-DUSES=fn_base"]);
    kldhost(&["run".as_ref(), b.as_os_str(), stranger.as_os_str()]).exits(2).says("undefined symbol: fn_base");
    let pic = kld_as("memory", "pic", &["-fPIC", "-mcmodel=small"]);
    run(&[], &pic, &[]).exits(2).says("pic.ko: unsupported relocation type R_X86_64_");
    let none = part("nomod", &["-DNO_MODULE"]);
    run(&[], &none, &[]).exits(2).says("holds no module");
    let failing = part("failing", &["-DLOAD_ERROR=6"]);
    run(&[], &failing, &[]).exits(2).says("MOD_LOAD failed with error 6 (ENXIO)").says("sysuninit of failing");
    run(&[], Path::new("/nonexistent.ko"), &[]).exits(2).says("nonexistent.ko: cannot read");
}

#[test]
fn two_files_with_one_module() {
    let (b, again) = (base(), kld_as("parts", "again", &["-DNAME=base"]));
    kldhost(&["run".as_ref(), b.as_os_str(), again.as_os_str()])
        .exits(2)
        .says("again.ko: module base is already loaded (from base.ko)");
}

#[test]
fn circular_dependency() {
    let a = part("ring_a", &["-DDEPENDS=ring_b", "-DDEP_MIN=1", "-DDEP_MAX=1"]);
    let b = part("ring_b", &["-DDEPENDS=ring_a", "-DDEP_MIN=1", "-DDEP_MAX=1"]);
    kldhost(&["run".as_ref(), a.as_os_str(), b.as_os_str()]).exits(2).says("circular dependency");
}

#[test]
fn other_architectures_and_damage() {
    let good = std::fs::read(kld("hello")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.ko");
    let refused = |data: &[u8], what: &str| {
        std::fs::write(&file, data).unwrap();
        run(&[], &file, &[]).exits(2).says("x.ko: ").says(what);
    };
    let mut arm = good.clone();
    arm[18] = 183;
    refused(&arm, "another architecture (arm64)");
    let mut dynamic = good.clone();
    dynamic[16] = 3;
    refused(&dynamic, "is a shared object");
    refused(b"#!/bin/sh\n", "not an ELF file");
    refused(&[], "not an ELF file");
    refused(&good[..30], "damaged file");
    // However it is cut or bent, it is refused or loaded, never a crash.
    for n in (64..good.len()).step_by(good.len() / 40) {
        std::fs::write(&file, &good[..n]).unwrap();
        run(&[], &file, &[]).exits(2).says("x.ko: ");
    }
}

#[test]
fn bent_files_never_crash_the_linker() {
    let good = std::fs::read(kld("hello")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.ko");
    // Section headers and symbol table, where the linker looks; code is not
    // bent, since it runs.
    let shoff = u64::from_le_bytes(good[40..48].try_into().unwrap()) as usize;
    let mut seed = 12345u64;
    for _ in 0..150 {
        let mut bent = good.clone();
        for _ in 0..2 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let at = shoff + (seed >> 33) as usize % (good.len() - shoff);
            bent[at] ^= 1 << (seed >> 60 & 7);
        }
        std::fs::write(&file, &bent).unwrap();
        let r = kldhost(&["symbols".as_ref(), file.as_os_str()]);
        assert!(r.code <= 2, "crashed: {} {}", r.code, r.err);
    }
}

#[test]
fn symbols_table() {
    let (b, u) = (base(), user());
    kldhost(&["symbols".as_ref(), b.as_os_str(), u.as_os_str()]).exits(0).says("fn_base").says("base.ko").says("kernel");
    kldhost(&["symbols".as_ref(), u.as_os_str()]).exits(1).says("NOBODY");
}

#[test]
fn busy_unload_and_references() {
    let (b, u) = (base(), user());
    let (b, u) = (b.display(), u.display());
    // A dependency stays while it is needed: kldunload returns 0 and only
    // drops the reference; the next one is refused.
    script(
        &[],
        &format!("load {b}\nload {u}\nunload base\nexpect-fail unload base\ncall call_dep\nunload user\nkldstat\n"),
    )
    .exits(0)
    .says("EBUSY")
    .says("unload base")
    .never_says("base.ko\n");
    // MOD_UNLOAD's EBUSY is kldunload's.
    script(&[], &format!("load {b}\nsysctl debug.base=16\nexpect-fail unload base\nsysctl debug.base=0\nunload base\n"))
        .exits(0)
        .says("EBUSY (16)");
    // In a cascade it is nobody's: the file strands.
    script(&[], &format!("load {u}\nsysctl debug.base=16\nunload user\nkldstat\nexpect-fail unload base\n"))
        .exits(1)
        .says("base.ko: still loaded (references 1, kldload references 0)");
    // Without EBUSY the cascade takes the dependency along.
    script(&[], &format!("load {u}\nunload user\n")).exits(0).says("unload base");
    script(&[], &format!("load {b}\nexpect-fail load {b}\n")).exits(0).says("is already loaded");
}

#[test]
fn a_busy_module_at_the_end_fails_the_run() {
    let b = base();
    script(&[], &format!("load {}\nsysctl debug.base=16\n", b.display())).exits(1).says("cannot be unloaded: EBUSY");
}

#[test]
fn preloaded_klds_come_before_the_cpus() {
    let (b, u) = (base(), user());
    let r = kldhost(&[
        "run".as_ref(), "--preload".as_ref(), b.as_os_str(), u.as_os_str(), "--".as_ref(), "call_dep".as_ref(),
    ])
    .exits(0)
    .says("early sysinit of base, cold 1")
    .says("early sysinit of user, cold 0")
    .says("load base cold 0 cpus started 1 taskq 1");
    let at = |t: &str| r.out.find(t).unwrap();
    assert!(at("late sysinit of base") < at("early sysinit of user"));
}

#[test]
fn a_thousand_cycles_leave_nothing() {
    let h = kld("hello");
    script(&["-q"], &format!("cycle 1000 {}\nexpect kldhost.pages_live 0\n", h.display())).exits(0);
}

#[test]
fn sysctl_from_the_command_line() {
    let h = kld("hello");
    kldhost(&["sysctl".as_ref(), "--kld".as_ref(), h.as_os_str(), "compat.hello.value=5".as_ref(), "compat.hello".as_ref()])
        .exits(0)
        .says("compat.hello.value: 5\n")
        .says("compat.hello.calls: 0\n");
    kldhost(&["sysctl".as_ref(), "--kld".as_ref(), h.as_os_str(), "kldhost.load_us".as_ref()]).exits(0).says("load_us.hello: ");
    kldhost(&["sysctl".as_ref(), "--kld".as_ref(), h.as_os_str(), "no.such".as_ref()]).exits(1).says("ENOENT");
    kldhost(&["sysctl".as_ref(), "--kld".as_ref(), h.as_os_str(), "compat.hello.value=x".as_ref()]).exits(1).says("EINVAL");
    kldhost(&["sysctl".as_ref(), "--kld".as_ref(), h.as_os_str(), "compat.hello.calls=1".as_ref()]).exits(1).says("EPERM");
    script(&[], &format!("load {}\ncall hello_entry\nexpect compat.hello.calls 1\nexpect-fail expect compat.hello.calls 2\n", h.display()))
        .exits(0);
    script(&[], "fly away\n").exits(2).says("script line 1");
}
