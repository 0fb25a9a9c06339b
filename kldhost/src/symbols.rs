// SPDX-License-Identifier: BSD-2-Clause
//! Names of addresses, and the kernel's own symbols.

use std::collections::HashMap;
use std::ffi::CStr;
use std::os::raw::c_char;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Named addresses of one file.
pub struct Table {
    /// File name.
    pub file: String,
    /// Load address.
    pub start: u64,
    /// End of the image.
    pub end: u64,
    /// Sorted by address.
    pub syms: Vec<(u64, u64, String)>,
    /// Is the file still loaded?
    pub live: bool,
}

static TABLES: Mutex<Vec<Table>> = Mutex::new(Vec::new());
static KERNEL: OnceLock<HashMap<String, u64>> = OnceLock::new();

/// Text ranges of klds, for the signal handler: start and end in turn.
static TEXTS: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

fn tables() -> MutexGuard<'static, Vec<Table>> {
    TABLES.lock().unwrap_or_else(|e| e.into_inner())
}

#[repr(C)]
struct Entry {
    name: *const c_char,
    addr: u64,
}

extern "C" {
    static kh_khi_symtab: Entry;
    /// Both by the linker: this program's text lies between them.
    static __executable_start: u8;
    static etext: u8;
}

/// The symbols that the kernel offers to klds.
pub fn kernel() -> &'static HashMap<String, u64> {
    KERNEL.get_or_init(|| {
        let mut map = HashMap::new();
        let mut p = &raw const kh_khi_symtab;
        // SAFETY: build.rs ends the table with a NULL name.
        while let Some(e) = unsafe { p.as_ref() }.filter(|e| !e.name.is_null()) {
            // SAFETY: names in the table are C strings in read-only data.
            let name = unsafe { CStr::from_ptr(e.name) }.to_string_lossy().into_owned();
            map.insert(name, e.addr);
            // SAFETY: this entry was not the last, so there is a next one.
            p = unsafe { p.add(1) };
        }
        let mut syms: Vec<_> = map.iter().map(|(n, a)| (*a, 0, n.clone())).collect();
        syms.sort();
        let (start, end) = (&raw const __executable_start as u64, &raw const etext as u64);
        tables().push(Table { file: "kernel".into(), start, end, syms, live: true });
        map
    })
}

/// A file was loaded.
pub fn add(t: Table, text: (u64, u64)) {
    for pair in TEXTS.chunks(2) {
        if pair[0].load(Ordering::Relaxed) == 0 {
            pair[1].store(text.1 as usize, Ordering::Relaxed);
            pair[0].store(text.0 as usize, Ordering::Release);
            break;
        }
    }
    let mut all = tables();
    // Names of files that are gone stay for reports, but not for ever.
    if all.len() > 64 {
        if let Some(i) = all.iter().position(|t| !t.live) {
            all.remove(i);
        }
    }
    all.push(t);
}

/// A file was unloaded; its names stay for the leak report.
pub fn retire(start: u64) {
    let mut all = tables();
    let mut end = 0;
    for t in all.iter_mut().filter(|t| t.live && t.start == start) {
        t.live = false;
        end = t.end;
    }
    for pair in TEXTS.chunks(2) {
        let s = pair[0].load(Ordering::Relaxed) as u64;
        if s >= start && s < end {
            pair[0].store(0, Ordering::Relaxed);
        }
    }
}

/// Is this an instruction of a kld? Safe in signal handlers.
pub fn in_kld_text(pc: usize) -> bool {
    TEXTS.chunks(2).any(|p| {
        let s = p[0].load(Ordering::Acquire);
        s != 0 && pc >= s && pc < p[1].load(Ordering::Relaxed)
    })
}

/// Symbol, offset and file of an address; the newest file wins.
pub fn lookup(addr: u64) -> Option<(String, u64, String)> {
    tables().iter().rev().filter(|t| addr >= t.start && addr < t.end).find_map(|t| {
        let i = t.syms.partition_point(|s| s.0 <= addr);
        let named = t.syms[..i].last().map(|s| (format!("{:#}", rustc_demangle::demangle(&s.2)), addr - s.0));
        // A stripped program still has its table of what klds may use.
        let (name, off) = (t.file == "kernel").then(|| kernel_name(addr)).flatten().or(named)?;
        Some((name, off, t.file.clone()))
    })
}

/// Functions of this program, C and Rust, for addresses of the kernel.
fn own_functions() -> &'static [(u64, String)] {
    static OWN: OnceLock<Vec<(u64, String)>> = OnceLock::new();
    OWN.get_or_init(|| {
        use object::{Object, ObjectSymbol, SymbolKind};
        let Ok(data) = std::fs::read("/proc/self/exe") else { return Vec::new() };
        let Ok(file) = object::File::parse(&*data) else { return Vec::new() };
        let mut v: Vec<_> = file
            .symbols()
            .filter(|s| s.kind() == SymbolKind::Text && s.address() != 0)
            .filter_map(|s| Some((s.address(), s.name().ok()?.to_string())))
            .collect();
        v.sort();
        v
    })
}

fn kernel_name(addr: u64) -> Option<(String, u64)> {
    let all = own_functions();
    let i = all.partition_point(|s| s.0 <= addr);
    let (a, n) = all[..i].last()?;
    let n = n.strip_prefix("kh_").map_or_else(|| format!("{:#}", rustc_demangle::demangle(n)), String::from);
    Some((n, addr - a))
}

/// Is the address in a kld, loaded or not?
fn in_kld(addr: u64) -> bool {
    tables().iter().any(|t| t.file != "kernel" && addr >= t.start && addr < t.end)
}

/// An address as text.
pub fn name(addr: u64) -> String {
    match lookup(addr) {
        Some((s, off, f)) => format!("{s}+{off:#x} ({f})"),
        None => format!("{addr:#x}"),
    }
}

/// A return address as text: the call before it is what is meant, and after
/// a call that does not return the next function may begin.
pub fn name_return(addr: u64) -> String {
    match lookup(addr.wrapping_sub(1)) {
        Some((s, off, f)) => format!("{s}+{:#x} ({f})", off + 1),
        None => format!("{addr:#x}"),
    }
}

/// The two addresses of a recorded caller, as text. When the first is the
/// kernel's own, the kld is the one behind it.
pub fn caller(c: u64) -> String {
    let (a, b) = (c & 0x7fff_ffff, c >> 32 & 0x3fff_ffff | c >> 32 & 0x4000_0000);
    let (a_kld, b_kld) = (in_kld(a), in_kld(b));
    let short = |x: u64| lookup(x.wrapping_sub(1)).map_or_else(|| format!("{x:#x}"), |(n, off, _)| format!("{n}+{:#x}", off + 1));
    match (a_kld, b_kld) {
        (true, true) => format!("{} < {}", name_return(a), short(b)),
        (false, true) => format!("{} by way of {}", name_return(b), short(a)),
        _ => name_return(a),
    }
}
