// SPDX-License-Identifier: BSD-2-Clause
//! Compiles kern/*.c against the FreeBSD kernel headers, gives every symbol
//! the prefix `kh_`, and writes the table of what klds may use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn run(cmd: &mut Command) -> String {
    let out = cmd
        .output()
        .unwrap_or_else(|e| panic!("cannot run {cmd:?}: {e}"));
    if !out.status.success() {
        panic!("{cmd:?}:\n{}", String::from_utf8_lossy(&out.stderr));
    }
    let err = String::from_utf8_lossy(&out.stderr);
    for line in err.lines().filter(|l| l.contains("warning:")) {
        println!("cargo:warning={line}");
    }
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn tool(name: &str) -> String {
    let versioned = format!("{name}-19");
    match Command::new(&versioned).arg("--version").output() {
        Ok(_) => versioned,
        Err(_) => name.to_string(),
    }
}

fn headers() -> PathBuf {
    if let Some(p) = env::var_os("LKPI_HEADERS") {
        return p.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache")))
        .expect("HOME is not set");
    cache.join("lkpi-rs/headers/ziglang-0.17.0")
}

/// Symbols klds may use: defined, global, and not khi_ or host_.
fn exported(nm: &str, obj: &Path) -> Vec<String> {
    run(Command::new(nm).args(["--defined-only", "-g", "--format=posix"]).arg(obj))
        .lines()
        .filter_map(|l| l.split(' ').next())
        .filter_map(|s| s.strip_prefix("kh_"))
        .filter(|s| !s.starts_with("khi_") && !s.starts_with("host_"))
        .map(String::from)
        .collect()
}

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let inc = headers();
    let (generic, arch) = (inc.join("generic-freebsd"), inc.join("x86_64-freebsd-none"));
    println!("cargo:rerun-if-env-changed=LKPI_HEADERS");
    println!("cargo:rerun-if-changed=kern");
    println!("cargo:rerun-if-changed=include");
    if !generic.join("sys/param.h").exists() {
        panic!("no FreeBSD kernel headers in {} (run tools/setup.sh, or set LKPI_HEADERS)", inc.display());
    }
    let (clang, objcopy, nm, ar) = (tool("clang"), tool("llvm-objcopy"), tool("llvm-nm"), tool("llvm-ar"));
    let mut sources: Vec<_> = fs::read_dir("kern")
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|x| x == "c"))
        .collect();
    sources.sort();
    let mut objects = Vec::new();
    let mut names = Vec::new();
    for src in &sources {
        let stem = src.file_stem().unwrap().to_str().unwrap();
        let raw = out.join(format!("{stem}.raw.o"));
        let obj = out.join(format!("kh_{stem}.o"));
        run(Command::new(&clang)
            .args("--target=x86_64-unknown-freebsd15.0 -std=gnu17 -O2 -g1 -ffreestanding -fno-builtin \
                -mno-mmx -mno-sse -msoft-float -fno-pic -fno-common -fwrapv -fno-strict-aliasing \
                -fno-omit-frame-pointer -fno-stack-protector -ffunction-sections -fdata-sections \
                -D_KERNEL -DKLD_MODULE -DSMP=1 -DMAC=1 -DVIMAGE=1 -DKDTRACE_HOOKS=1 -DNUMA=1 \
                -D__FreeBSD_version=1500068 -nostdinc -Wall -Wextra -Wno-unused-parameter \
                -Wno-sign-compare -Wno-pointer-sign -Wno-address-of-packed-member"
                .split_whitespace())
            .arg("-isystem").arg(&arch).arg("-isystem").arg(&generic)
            .arg("-isystem").arg("include")
            .arg("-c").arg(src).arg("-o").arg(&raw));
        run(Command::new(&objcopy).arg("--prefix-symbols=kh_").arg(&raw).arg(&obj));
        names.extend(exported(&nm, &obj));
        objects.push(obj);
    }
    names.sort();
    names.dedup();
    // The table also keeps the linker from dropping what nobody here uses.
    let mut table = String::from(".section .rodata\n.globl kh_khi_symtab\n.balign 8\nkh_khi_symtab:\n");
    for (i, n) in names.iter().enumerate() {
        table += &format!(".quad .Ln{i}, kh_{n}\n");
    }
    table += ".quad 0, 0\n";
    for (i, n) in names.iter().enumerate() {
        table += &format!(".Ln{i}: .asciz \"{n}\"\n");
    }
    table += ".section .note.GNU-stack,\"\",@progbits\n";
    let (ts, to) = (out.join("symtab.s"), out.join("symtab.o"));
    fs::write(&ts, table).unwrap();
    run(Command::new(&clang).args(["--target=x86_64-unknown-linux-gnu", "-c"]).arg(&ts).arg("-o").arg(&to));
    objects.push(to);
    let lib = out.join("libkern.a");
    let _ = fs::remove_file(&lib);
    run(Command::new(&ar).arg("crs").arg(&lib).args(&objects));
    println!("cargo:rustc-link-search=native={}", out.display());
    println!("cargo:rustc-link-lib=static:+whole-archive=kern");
    // klds and the kernel reach each other with 32-bit relocations.
    println!("cargo:rustc-link-arg=-no-pie");
    for s in ["pcpu", "vnet"] {
        println!("cargo:rustc-link-arg=-Wl,--defsym=kh___start_set_{s}=0,--defsym=kh___stop_set_{s}=0");
    }
}
