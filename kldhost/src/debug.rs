// SPDX-License-Identifier: BSD-2-Clause
//! Makes loaded klds known to perf (a map file) and to gdb (its JIT interface).

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, OnceLock};

use object::{elf, LittleEndian as LE, U64};

use crate::loader::elf::Image;
use crate::symbols::Table;

static PERF: OnceLock<bool> = OnceLock::new();

/// Switches the perf map on.
pub fn perf_map(on: bool) {
    let _ = PERF.set(on);
}

/// Appends a file's functions to /tmp/perf-PID.map, as perf(1) expects.
pub fn to_perf(t: &Table) {
    if !PERF.get().copied().unwrap_or(false) {
        return;
    }
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let Ok(mut f) = std::fs::OpenOptions::new().create(true).append(true).open(path) else { return };
    for (i, (addr, size, name)) in t.syms.iter().enumerate() {
        let next = t.syms.get(i + 1).map_or(t.end, |s| s.0);
        let size = if *size == 0 { next - addr } else { *size };
        let _ = writeln!(f, "{addr:x} {size:x} {:#} [{}]", rustc_demangle::demangle(name), t.file);
    }
}

#[repr(C)]
struct Entry {
    next: *mut Entry,
    prev: *mut Entry,
    addr: *const u8,
    size: u64,
}

#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

#[no_mangle]
static mut __jit_debug_descriptor: Descriptor =
    Descriptor { version: 1, action: 0, relevant: std::ptr::null_mut(), first: std::ptr::null_mut() };

/// gdb sets a breakpoint here.
#[no_mangle]
#[inline(never)]
extern "C" fn __jit_debug_register_code() {
    std::hint::black_box(());
}

/// By load address: the entry that gdb sees, and the file's copy.
type Files = HashMap<u64, (usize, Vec<u8>)>;

/// What gdb was told of.
static FILES: Mutex<Option<Files>> = Mutex::new(None);

/// Does a debugger trace this process?
pub fn traced() -> bool {
    static TRACED: OnceLock<bool> = OnceLock::new();
    *TRACED.get_or_init(|| {
        std::fs::read_to_string("/proc/self/status")
            .is_ok_and(|s| s.lines().any(|l| l.strip_prefix("TracerPid:").is_some_and(|v| v.trim() != "0")))
    })
}

/// The file as gdb wants it: section addresses filled in, no FreeBSD ABI mark.
fn with_addresses(data: &[u8], image: &Image, base: u64) -> Option<Vec<u8>> {
    let mut copy = data.to_vec();
    copy[elf::ELFMAG.len() + 3] = 0;
    let header = object::pod::from_bytes::<elf::FileHeader64<LE>>(data).ok()?.0;
    let (off, n) = (header.e_shoff.get(LE) as usize, usize::from(header.e_shnum.get(LE)));
    let size = size_of::<elf::SectionHeader64<LE>>();
    for s in image.sections.iter().filter(|s| s.index < n) {
        let at = off + s.index * size;
        let h = object::pod::from_bytes_mut::<elf::SectionHeader64<LE>>(copy.get_mut(at..)?).ok()?.0;
        h.sh_addr = U64::new(LE, base + s.offset);
    }
    Some(copy)
}

/// Tells a debugger that traces this process of a loaded file.
pub fn to_gdb(path: &std::path::Path, image: &Image, base: u64) {
    if !traced() {
        return;
    }
    let Some(copy) = std::fs::read(path).ok().and_then(|d| with_addresses(&d, image, base)) else { return };
    let mut files = FILES.lock().unwrap_or_else(|e| e.into_inner());
    // SAFETY: the list is changed under the lock only; entries live until
    // gone() takes them off; gdb reads it while the process is stopped.
    unsafe {
        let first = __jit_debug_descriptor.first;
        let e = Box::into_raw(Box::new(Entry {
            next: first,
            prev: std::ptr::null_mut(),
            addr: copy.as_ptr(),
            size: copy.len() as u64,
        }));
        if let Some(f) = first.as_mut() {
            f.prev = e;
        }
        __jit_debug_descriptor.first = e;
        __jit_debug_descriptor.relevant = e;
        __jit_debug_descriptor.action = 1;
        __jit_debug_register_code();
        files.get_or_insert_with(HashMap::new).insert(base, (e as usize, copy));
    }
}

/// The file at `base` is gone.
pub fn gone(base: u64) {
    let mut files = FILES.lock().unwrap_or_else(|e| e.into_inner());
    let Some((e, _copy)) = files.as_mut().and_then(|m| m.remove(&base)) else { return };
    let e = e as *mut Entry;
    // SAFETY: e came from Box::into_raw in to_gdb() and is on the list; see there.
    unsafe {
        if let Some(p) = (*e).prev.as_mut() {
            p.next = (*e).next;
        } else {
            __jit_debug_descriptor.first = (*e).next;
        }
        if let Some(n) = (*e).next.as_mut() {
            n.prev = (*e).prev;
        }
        __jit_debug_descriptor.relevant = e;
        __jit_debug_descriptor.action = 2;
        __jit_debug_register_code();
        drop(Box::from_raw(e));
    }
}
