// SPDX-License-Identifier: BSD-2-Clause
//! Raw bindings by bindgen over the kernel headers, and glue.c by cc.
//!
//! The flags of both come from tools/kld-cflags.sh, the one place that knows
//! them; SYSDIR and KERNBUILDDIR (see there) choose the kernel.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Types, functions, variables and constants that the crates use; nothing else
/// of the kernel's headers comes in.
const ALLOW: &[&str] = &[
    "vm_page", "vm_phys_seg", "mtx", "malloc_type", "bus_dma_segment", "timeval",
    "page", "lkpirs_vmemmap", "kpi_.*", "KPI_.*", "VM_ALLOC_.*", "VM_MEMATTR_.*",
    "vm_page_array", "vm_page_array_size", "first_page", "vm_phys_segs", "vm_phys_nsegs",
    "vm_phys_fictitious_to_vm_page", "vm_page_reference", "pmap_zero_page",
    "pmap_copy_page", "PHYS_TO_VM_PAGE", "critical_exit_preempt",
];

fn main() {
    for v in ["SYSDIR", "KERNBUILDDIR", "LKPI_HEADERS", "ARCH"] {
        println!("cargo:rerun-if-env-changed={v}");
    }
    for f in ["glue.c", "glue.h", "src/bindings.h", "tools/kld-cflags.sh", "tools/headers.sh", "tools/arch.sh",
        "sys/compat/linuxkpi/common/include/linux/page.h"] {
        println!("cargo:rerun-if-changed={f}");
    }
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let flags = kld_cflags(&root);

    bindings(&root, &out, &flags);
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none") {
        glue(&root, &flags);
    }
}

fn kld_cflags(root: &Path) -> Vec<String> {
    let sh = root.join("tools/kld-cflags.sh");
    let out = Command::new("sh").arg(&sh).output().expect("sh runs");
    assert!(out.status.success(), "tools/kld-cflags.sh: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("flags are text").split_whitespace().map(Into::into).collect()
}

fn bindings(root: &Path, out: &Path, flags: &[String]) {
    let mut b = bindgen::Builder::default()
        .header(root.join("src/bindings.h").to_str().expect("the checkout's path is UTF-8"))
        .clang_args(flags.iter().filter(|f| !f.starts_with("-Wall") && *f != "-g"))
        .clang_arg(format!("-I{}", root.display()))
        .use_core()
        .layout_tests(false)
        .derive_debug(false)
        .generate_comments(false)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false);
    for a in ALLOW {
        b = b.allowlist_type(a).allowlist_function(a).allowlist_var(a);
    }
    // Everything behind a pointer that is never looked into.
    b = b.opaque_type("vm_object").opaque_type("md_page").opaque_type("thread");
    b.generate()
        .expect("bindgen: the kernel headers do not parse (is LKPI_HEADERS or SYSDIR right?)")
        .write_to_file(out.join("bindings.rs"))
        .expect("OUT_DIR is writable");
}

fn glue(root: &Path, flags: &[String]) {
    let mut cc = cc::Build::new();
    cc.compiler(std::env::var("KLD_CC").unwrap_or_else(|_| "clang-19".into()))
        .no_default_flags(true)
        .warnings(false)
        .include(root)
        .file(root.join("glue.c"));
    if let Ok(ar) = std::env::var("KLD_AR") {
        cc.archiver(ar);
    }
    for f in flags {
        cc.flag(f);
    }
    cc.flag("-Werror").compile("glue");
}
