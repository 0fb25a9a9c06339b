// SPDX-License-Identifier: BSD-2-Clause
//! `kldhost symbols` on klds and kernels of a few lines, made here for every
//! architecture: no headers, only names and module metadata.

mod common;
use common::{kldhost, tool, Ran};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const PRELUDE: &str = r#"
struct depend { int min, preferred, max; };
struct metadata { int version, type; const void *data; const char *name; };
#define RECORD(n, type, data, name) \
    static struct metadata n = { 1, type, data, name }; \
    static void *n##_p __attribute__((section("set_modmetadata_set"), used)) = &n;
#define DEPEND(n, lo, best, hi) \
    static const struct depend d_##n = { lo, best, hi }; RECORD(dr_##n, 1, &d_##n, #n)
#define MODULE(n, v) static const int v_##n = v; RECORD(vr_##n, 3, &v_##n, #n)
#define HAS(f) int f(void); int f(void) { return 7; }
#define HAS_LOCAL(f) static __attribute__((used, noinline)) int f(void) { return 7; }
#define USES(f) int f(void); int use_##f(void); int use_##f(void) { return f() + 1; }
#define USES_WEAK(f) __attribute__((weak)) int f(void); int use_##f(void); int use_##f(void) { return f ? f() + 1 : 0; }
"#;

const ARCHES: [(&str, &str, &[&str]); 4] = [
    ("amd64", "x86_64-unknown-freebsd14.0", &["-mcmodel=kernel", "-fno-pic"]),
    ("arm64", "aarch64-unknown-freebsd14.0", &["-fPIC"]),
    ("riscv64", "riscv64-unknown-freebsd14.0", &["-fPIC", "-mno-relax"]),
    ("i386", "i686-unknown-freebsd14.0", &["-fPIC"]),
];

/// Files of one test.
struct Forge {
    dir: tempfile::TempDir,
    arch: &'static str,
    target: &'static str,
    flags: &'static [&'static str],
}

impl Forge {
    fn new(arch: &str) -> Forge {
        let (arch, target, flags) = ARCHES.into_iter().find(|a| a.0 == arch).expect("a known architecture");
        Forge { dir: tempfile::tempdir().expect("a temporary folder"), arch, target, flags }
    }

    fn object(&self, name: &str, source: &str) -> PathBuf {
        let c = self.dir.path().join(format!("{name}.c"));
        let o = self.dir.path().join(format!("{name}.o"));
        std::fs::write(&c, format!("{PRELUDE}{source}\n")).expect("writable");
        let ok = Command::new(tool("clang"))
            .arg(format!("--target={}", self.target))
            .args(["-O1", "-ffreestanding", "-fno-common", "-fno-asynchronous-unwind-tables", "-Wall", "-Werror"])
            .args(self.flags)
            .arg("-c")
            .arg(&c)
            .arg("-o")
            .arg(&o)
            .status()
            .expect("clang");
        assert!(ok.success(), "{name}.c does not compile");
        o
    }

    fn link(&self, name: &str, flags: &[&str], objects: &[PathBuf]) -> PathBuf {
        let out = self.dir.path().join(name);
        let ok = Command::new(tool("ld.lld")).args(flags).args(objects).arg("-o").arg(&out).status().expect("ld.lld");
        assert!(ok.success(), "{name} does not link");
        out
    }

    /// A kld of these sources, one an object, as FreeBSD links it.
    fn klds(&self, name: &str, sources: &[&str]) -> PathBuf {
        let o: Vec<_> = sources.iter().enumerate().map(|(i, s)| self.object(&format!("{name}{i}"), s)).collect();
        let flags: &[&str] = match self.arch {
            "amd64" => &["-r"],
            _ => &["-shared", "-Bsymbolic", "-z", "notext", "--hash-style=sysv"],
        };
        self.link(&format!("{name}.ko"), flags, &o)
    }

    fn kld(&self, name: &str, source: &str) -> PathBuf {
        self.klds(name, &[source])
    }

    fn kernel(&self, source: &str) -> PathBuf {
        let o = self.object("kernel", source);
        // A shared object on the line makes it dynamic, as FreeBSD's own hack.so.
        let hack = self.link("hack.so", &["-shared"], &[self.object("hack", "")]);
        self.link("kernel", &["-E", "--dynamic-linker=/red/herring", "-e", "0", "--hash-style=sysv"], &[o, hack])
    }
}

fn symbols(options: &[&str], files: &[&Path]) -> Ran {
    let mut a: Vec<std::ffi::OsString> = vec!["symbols".into()];
    a.extend(options.iter().map(Into::into));
    a.extend(files.iter().map(Into::into));
    kldhost(&a)
}

fn json(options: &[&str], files: &[&Path]) -> (i32, Value) {
    let r = symbols(&[options, &["--json"]].concat(), files);
    (r.code, serde_json::from_str(&r.out).unwrap_or_else(|e| panic!("{e}: {} {}", r.out, r.err)))
}

/// Who provides a symbol to a file, from JSON: "group/provider".
fn who(v: &Value, file: &str, symbol: &str) -> String {
    let f = v["files"].as_array().unwrap().iter().find(|f| f["file"] == file).unwrap_or_else(|| panic!("{file} in {v}"));
    let n = f["needs"].as_array().unwrap().iter().find(|n| n["symbol"] == symbol);
    let n = n.unwrap_or_else(|| panic!("{symbol} in {f}"));
    format!("{}/{}{}", n["group"].as_str().unwrap(), n["provider"].as_str().unwrap_or("-"), if n["leaked"] == true { "/leaked" } else { "" })
}

fn warned(v: &Value, kind: &str) -> Vec<String> {
    let all = v["warnings"].as_array().unwrap().iter();
    all.filter(|w| w["kind"] == kind).map(|w| w["text"].as_str().unwrap().to_string()).collect()
}

#[test]
fn every_architecture_and_form() {
    for (arch, ..) in ARCHES {
        let f = Forge::new(arch);
        let k = f.kernel("MODULE(kernel, 1400507) MODULE(pci, 1) HAS(printf) HAS(malloc) HAS_LOCAL(hidden) USES(hidden)");
        let kpi = f.kld("linuxkpi", "MODULE(linuxkpi, 1) DEPEND(kernel, 1400507, 1400507, 1499999) HAS(linux_kfree) USES(printf)");
        let page = f.kld("lkpi_page", "MODULE(lkpi_page, 1) HAS(lkpirs_put_page) USES(malloc)");
        let drv = f.kld(
            "drv",
            "MODULE(drv, 1) DEPEND(kernel, 1400507, 1400507, 1499999) DEPEND(pci, 1, 1, 1) DEPEND(linuxkpi, 1, 1, 1) \
             DEPEND(lkpi_page, 1, 1, 1) HAS(own) USES(own) USES(printf) USES(linux_kfree) USES(lkpirs_put_page) \
             USES_WEAK(perhaps)",
        );
        let k = ["--kernel", k.to_str().unwrap()];
        let (code, v) = json(&k, &[&kpi, &page, &drv]);
        assert_eq!(code, 0, "{arch}: {v}");
        assert_eq!(v["kernel"]["version"], 1_400_507, "{arch}");
        assert_eq!(v["warnings"], Value::Array(vec![]), "{arch}");
        assert_eq!(who(&v, "drv.ko", "printf"), "kernel/kernel", "{arch}");
        assert_eq!(who(&v, "drv.ko", "linux_kfree"), "linuxkpi/linuxkpi.ko", "{arch}");
        assert_eq!(who(&v, "drv.ko", "lkpirs_put_page"), "us/lkpi_page.ko", "{arch}");
        assert_eq!(who(&v, "drv.ko", "perhaps"), "nobody/-", "{arch}");
        assert_eq!(v["files"][2]["depends"][1]["provider"], "kernel", "{arch}");
        assert_eq!(v["files"][2]["arch"], *arch);
        assert!(v["files"][2].get("exports").is_none());
        // Without lkpi_page.ko, its module and its symbol are missing.
        let (code, v) = json(&k, &[&kpi, &drv]);
        assert_eq!(code, 1, "{arch}");
        assert_eq!(who(&v, "drv.ko", "lkpirs_put_page"), "nobody/-");
        assert_eq!(warned(&v, "no-module"), ["drv.ko: depends on module lkpi_page 1..1, which nobody has"], "{arch}");
        // A kernel's static functions are nobody's.
        let h = f.kld("h", "MODULE(h, 1) USES(hidden)");
        let (code, v) = json(&k, &[&h]);
        assert_eq!((code, who(&v, "h.ko", "hidden")), (1, "nobody/-".into()), "{arch}");
    }
}

#[test]
fn one_architecture_at_a_time() {
    let (a, b) = (Forge::new("amd64"), Forge::new("arm64"));
    let (x, y) = (a.kld("x", "MODULE(x, 1)"), b.kld("y", "MODULE(y, 1)"));
    symbols(&[], &[&x, &y]).exits(2).says("y.ko: is for arm64, x.ko for amd64");
    let k = b.kernel("MODULE(kernel, 1400507)");
    symbols(&["--kernel", k.to_str().unwrap()], &[&x]).exits(2).says("kernel: is for arm64, x.ko for amd64");
    symbols(&["--kernel", x.to_str().unwrap()], &[&x]).exits(2).says("not a kernel");
    let o = b.kernel("MODULE(kernel, 1400507)");
    symbols(&[], &[&o]).exits(2).says("kernel: not a kld");
}

#[test]
fn direct_dependencies_in_their_order() {
    let f = Forge::new("amd64");
    let one = f.kld("one", "MODULE(one, 1) HAS(both) HAS(in_one)");
    let two = f.kld("two", "MODULE(two, 1) DEPEND(one, 1, 1, 1) HAS(both) HAS(printf) HAS(in_two)");
    let a = f.kld("a", "MODULE(a, 1) DEPEND(one, 1, 1, 1) DEPEND(two, 1, 1, 1) USES(both) USES(printf)");
    let b = f.kld("b", "MODULE(b, 1) DEPEND(two, 1, 1, 1) DEPEND(one, 1, 1, 1) USES(both)");
    let (code, v) = json(&[], &[&two, &one, &a, &b]);
    assert_eq!(code, 0);
    assert_eq!(who(&v, "a.ko", "both"), "others/one.ko");
    assert_eq!(who(&v, "b.ko", "both"), "others/two.ko");
    assert_eq!(who(&v, "a.ko", "printf"), "kernel/kernel");
    let w = warned(&v, "two-providers");
    assert!(w.contains(&"a.ko: both is in one.ko and in two.ko: the first wins".into()), "{w:?}");
    assert!(w.contains(&"b.ko: both is in two.ko and in one.ko: the first wins".into()), "{w:?}");
    assert!(w.contains(&"a.ko: printf is in kernel and in two.ko: the first wins".into()), "{w:?}");
    assert_eq!(w.len(), 3);
    symbols(&["--strict"], &[&two, &one, &a]).exits(1).says("warning: a.ko: both is in one.ko and in two.ko");
    // What a dependency depends on is not asked.
    let c = f.kld("c", "MODULE(c, 1) DEPEND(two, 1, 1, 1) USES(in_one) USES(in_two)");
    symbols(&["-q"], &[&one, &two, &c]).exits(1).says("c.ko: in_one NOBODY\n").never_says("in_two");
    // Nor is a file that is there and not depended on.
    let d = f.kld("d", "MODULE(d, 1) USES(in_two)");
    symbols(&[], &[&two, &one, &d]).exits(1).says("in_two").says("NOBODY");
}

#[test]
fn versions_of_modules() {
    let f = Forge::new("amd64");
    let v1 = f.kld("v1", "MODULE(m, 1) HAS(fn)");
    let v3 = f.kld("v3", "MODULE(m, 3) HAS(fn)");
    let uses = |n: &str, lo, best, hi| f.kld(n, &format!("MODULE({n}, 1) DEPEND(m, {lo}, {best}, {hi}) USES(fn)"));
    let (p, q, r) = (uses("p", 1, 1, 9), uses("q", 1, 2, 9), uses("r", 4, 4, 9));
    let (_, v) = json(&[], &[&v1, &v3, &p, &q, &r]);
    assert_eq!(who(&v, "p.ko", "fn"), "others/v1.ko", "the preferred version");
    assert_eq!(who(&v, "q.ko", "fn"), "others/v3.ko", "the newest in range");
    assert_eq!(who(&v, "r.ko", "fn"), "nobody/-");
    assert_eq!(warned(&v, "no-module"), ["r.ko: depends on module m 4..9, but version 1 is there"]);
    // Against a real kernel a missing module is a failure of its own.
    let lone = f.kld("lone", "MODULE(lone, 1) DEPEND(absent, 1, 1, 1)");
    let k = f.kernel("MODULE(kernel, 1400507)");
    symbols(&[], &[&lone]).exits(0).says("absent 1..1, which no file here has");
    symbols(&["--kernel", k.to_str().unwrap()], &[&lone]).exits(1).says("absent 1..1, which nobody has");
    let old = f.kld("old", "MODULE(old, 1) DEPEND(kernel, 1500000, 1500000, 1599999)");
    symbols(&["--kernel", k.to_str().unwrap()], &[&old]).exits(1).says("module kernel 1500000..1599999, but version 1400507 is there");
    let again = f.kld("again", "MODULE(m, 1) HAS(fn)");
    symbols(&[], &[&v1, &again, &p]).exits(0).says("warning: module m is in v1.ko and in again.ko: v1.ko is taken");
    // A module of its own is no dependency, of whatever version.
    let own = f.klds("own", &["MODULE(own, 1) MODULE(part, 1)", "DEPEND(part, 9, 9, 9)"]);
    symbols(&["--strict"], &[&own]).exits(0);
}

#[test]
fn leaked_locals() {
    let f = Forge::new("amd64");
    let lib = f.klds("lib", &["MODULE(lib, 1) HAS_LOCAL(secret) HAS(open) HAS_LOCAL(twice)", "HAS(other)"]);
    let far = f.kld("far", "MODULE(far, 1) HAS(twice)");
    let a = f.kld("a", "MODULE(a, 1) DEPEND(lib, 1, 1, 1) DEPEND(far, 1, 1, 1) USES(secret) USES(open) USES(twice)");
    let (code, v) = json(&[], &[&lib, &far, &a]);
    assert_eq!(code, 0);
    assert_eq!(who(&v, "a.ko", "secret"), "others/lib.ko/leaked");
    assert_eq!(who(&v, "a.ko", "open"), "others/lib.ko");
    // The local name stands in front of the one that is meant.
    assert_eq!(who(&v, "a.ko", "twice"), "others/lib.ko/leaked");
    assert_eq!(
        warned(&v, "leaked-local")[0],
        "a.ko: secret is local to lib.ko, found by debug.link_elf_obj_leak_locals=1 only"
    );
    assert_eq!(warned(&v, "two-providers"), ["a.ko: twice is in lib.ko and in far.ko: the first wins"]);
    // Its own other object's.
    let b = f.klds("b", &["MODULE(b, 1) HAS_LOCAL(mine)", "USES(mine)"]);
    symbols(&[], &[&b]).exits(0).says("the file itself (local)").says("warning: b.ko: mine is local to b.ko");
    symbols(&["--strict"], &[&b]).exits(1);
    // Shared objects keep theirs.
    let f = Forge::new("arm64");
    let lib = f.kld("lib", "MODULE(lib, 1) HAS_LOCAL(secret)");
    let a = f.kld("a", "MODULE(a, 1) DEPEND(lib, 1, 1, 1) USES(secret)");
    symbols(&[], &[&lib, &a]).exits(1).says("secret").says("NOBODY").never_says("leak_locals");
}

#[test]
fn linker_sets() {
    let f = Forge::new("amd64");
    let set = "extern int __start_set_x[], __stop_set_x[]; long n(void); long n(void) { return __stop_set_x - __start_set_x; }";
    let member = "static int x __attribute__((section(\"set_x\"), used)) = 1;";
    let has = f.kld("has", &format!("MODULE(has, 1) {set} {member}"));
    symbols(&[], &[&has]).exits(0).never_says("__start_set_x");
    let lacks = f.kld("lacks", &format!("MODULE(lacks, 1) {set}"));
    symbols(&["-q"], &[&lacks]).exits(1).says("lacks.ko: __start_set_x NOBODY").says("__stop_set_x NOBODY");
}

#[test]
fn two_kinds_of_page() {
    let f = Forge::new("amd64");
    let page = f.kld("lkpi_page", "MODULE(lkpi_page, 1) HAS(lkpirs_alloc_pages)");
    let functions = "HAS(linux_alloc_pages) HAS(linux_dma_map_sg_attrs) HAS(linux_kfree)";
    let stock = f.kld("linuxkpi", &format!("MODULE(linuxkpi, 1) {functions}"));
    let flipped = f.kld("flipped", &format!("MODULE(linuxkpi, 1) MODULE(linuxkpi_page_abi, 1) DEPEND(lkpi_page, 1, 1, 1) {functions} USES(lkpirs_alloc_pages)"));
    let deps = "DEPEND(lkpi_page, 1, 1, 1) DEPEND(linuxkpi, 1, 1, 1)";
    let good = f.kld("good", &format!("MODULE(good, 1) {deps} USES(lkpirs_alloc_pages) USES(linux_dma_map_sg_attrs) USES(linux_kfree)"));
    symbols(&["--strict"], &[&page, &flipped, &good]).exits(0).says("0 warnings");
    // The same kld on stock LinuxKPI: its scatterlists are the other kind.
    symbols(&[], &[&page, &stock, &good])
        .exits(0)
        .says("good.ko: built with our struct page, but its linuxkpi is not (no module linuxkpi_page_abi): linux_dma_map_sg_attrs");
    let bad = f.kld("bad", &format!("MODULE(bad, 1) {deps} USES(lkpirs_alloc_pages) USES(linux_alloc_pages)"));
    symbols(&[], &[&page, &flipped, &bad])
        .exits(0)
        .says("bad.ko: built with our struct page, but calls LinuxKPI's functions on native pages: linux_alloc_pages");
    // A driver and a library under it.
    let ttm = f.kld("ttm", &format!("MODULE(ttm, 1) {deps} USES(lkpirs_alloc_pages) HAS(ttm_get)"));
    let gpu = f.kld("gpu", "MODULE(gpu, 1) DEPEND(linuxkpi, 1, 1, 1) DEPEND(ttm, 1, 1, 1) USES(linux_alloc_pages) USES(ttm_get)");
    symbols(&[], &[&page, &flipped, &ttm, &gpu])
        .exits(0)
        .says("ttm.ko is built with our struct page, gpu.ko with LinuxKPI's");
    let gpu = f.kld("gpu", "MODULE(gpu, 1) DEPEND(linuxkpi, 1, 1, 1) DEPEND(ttm, 1, 1, 1) USES(linux_kfree) USES(ttm_get)");
    symbols(&["--strict"], &[&page, &flipped, &ttm, &gpu]).exits(0);
}

#[test]
fn by_driver_and_other_forms() {
    let f = Forge::new("amd64");
    let page = f.kld("lkpi_page", "MODULE(lkpi_page, 1) HAS(lkpirs_put_page) USES(printf)");
    let kpi = f.kld("linuxkpi", "MODULE(linuxkpi, 1) HAS(linux_kfree) USES(printf)");
    let core = f.kld("core", "MODULE(core, 1) DEPEND(linuxkpi, 1, 1, 1) HAS(core_up) USES(linux_kfree) USES(not_there)");
    let a = f.kld("if_a", "MODULE(a, 1) DEPEND(core, 1, 1, 1) DEPEND(lkpi_page, 1, 1, 1) USES(core_up) USES(lkpirs_put_page)");
    let b = f.kld("if_b", "MODULE(b, 1) DEPEND(linuxkpi, 1, 1, 1) USES(linux_kfree)");
    let all: [&Path; 5] = [&page, &kpi, &core, &a, &b];
    symbols(&["--by", "driver"], &all)
        .exits(1)
        .says("if_a.ko with lkpi_page.ko, linuxkpi.ko, core.ko: kernel 1, LinuxKPI 1, us 1, others 1, nobody 1\n")
        .says("not_there")
        .says("NOBODY (needed by core.ko)")
        .says("if_b.ko with linuxkpi.ko: kernel 1, LinuxKPI 1, nobody 0\n")
        .never_says("\ncore.ko:");
    let (_, v) = json(&[], &all);
    let d = v["drivers"].as_array().unwrap();
    assert_eq!(d.len(), 2);
    assert_eq!((&d[0]["driver"], &d[0]["nobody"][0]), (&"if_a.ko".into(), &"not_there".into()));
    assert_eq!((&d[1]["driver"], &d[1]["counts"]["nobody"]), (&"if_b.ko".into(), &0.into()));
    assert_eq!(v["counts"]["nobody"], 1);
    symbols(&["--summary"], &all)
        .exits(1)
        .says("core.ko: 2 symbols: LinuxKPI 1, nobody 1; depends on linuxkpi.ko\n")
        .says("5 files: kernel 1, LinuxKPI 1, us 1, others 1, nobody 1; 0 warnings\n")
        .never_says("NOBODY");
    symbols(&["-s", "--defined"], &[&kpi]).exits(0).says("linux_kfree").says("exported");
    symbols(&["-s"], &[&kpi]).exits(0).never_says("exported");
    let (_, v) = json(&["--defined"], &[&page]);
    assert!(v["files"][0]["exports"].as_array().unwrap().contains(&"lkpirs_put_page".into()));
    symbols(&["-q"], &[&kpi]).exits(0).never_says("linuxkpi.ko");
}

#[test]
fn bent_shared_objects_are_refused_or_read() {
    let f = Forge::new("i386");
    let good = std::fs::read(f.kld("x", "MODULE(x, 1) DEPEND(kernel, 1, 1, 2) USES(printf)")).unwrap();
    let file = f.dir.path().join("bent.ko");
    let mut seed = 4321u64;
    for round in 0..200 {
        let mut bent = good.clone();
        if round % 4 == 0 {
            bent.truncate(round * good.len() / 200);
        } else {
            for _ in 0..2 {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let at = (seed >> 33) as usize % good.len();
                bent[at] ^= 1 << (seed >> 60 & 7);
            }
        }
        std::fs::write(&file, &bent).unwrap();
        let r = symbols(&[], &[&file]);
        assert!(r.code <= 2, "crashed: {} {}", r.code, r.err);
    }
}
