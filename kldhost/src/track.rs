// SPDX-License-Identifier: BSD-2-Clause
//! Everything that a kld can forget to give back.

use std::collections::HashMap;
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::symbols;

struct Rec {
    serial: u64,
    size: u64,
    name: String,
    caller: u64,
}

static LIVE: Mutex<Option<HashMap<(i32, usize), Rec>>> = Mutex::new(None);
static SERIAL: AtomicU64 = AtomicU64::new(1);
static BASELINE: AtomicU64 = AtomicU64::new(0);
static FAILURES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static QUIET_FAIL: AtomicBool = AtomicBool::new(false);

/// Names of the kinds, in the order of `enum khi_kind`.
const KINDS: [&str; 22] = [
    "lock", "KVA", "kmem", "DMA tag", "DMA map", "sysctl node", "taskqueue", "callout", "thread",
    "event handler", "counter", "uma zone", "uma item", "fictitious range", "malloc type", "vmem arena",
    "DMA memory", "sbuf", "device mapping", "loaded DMA map", "busy page", "unit numbers",
];

fn live() -> MutexGuard<'static, Option<HashMap<(i32, usize), Rec>>> {
    LIVE.lock().unwrap_or_else(|e| e.into_inner())
}

/// Everything alive now belongs to the hosted kernel.
pub fn baseline() {
    BASELINE.store(SERIAL.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// Records a failure of the run that is not a leak of a tracked object.
pub fn fail(line: String) {
    if !QUIET_FAIL.load(Ordering::Relaxed) {
        eprintln!("kldhost: {line}");
    }
    FAILURES.lock().unwrap_or_else(|e| e.into_inner()).push(line);
}

/// How many failures were recorded.
pub fn failures() -> usize {
    FAILURES.lock().unwrap_or_else(|e| e.into_inner()).len()
}

/// One leak, as a line.
pub fn leak_line(kind: &str, name: &str, size: u64, caller: u64) -> String {
    let what = if name.is_empty() || name == kind { kind.to_string() } else { format!("{kind} \"{name}\"") };
    let bytes = if size != 0 { format!(", {size} bytes") } else { String::new() };
    format!("leak: {what}{bytes}, from {}", symbols::caller(caller))
}

/// Reports all tracked objects that came after the baseline; returns how many.
pub fn report() -> usize {
    let base = BASELINE.load(Ordering::Relaxed);
    let map = live();
    let mut left: Vec<_> = map.iter().flatten().filter(|(_, r)| r.serial >= base).collect();
    left.sort_by_key(|(_, r)| r.serial);
    // What a map's load leaked is reported with the map.
    let lines: Vec<String> = left
        .iter()
        .map(|((k, _), r)| leak_line(KINDS.get(*k as usize).unwrap_or(&"object"), &r.name, r.size, r.caller))
        .collect();
    drop(map);
    let n = lines.len();
    for l in lines {
        fail(l);
    }
    n
}

/// C: an object of a kind came to life.
///
/// # Safety
/// `name` is NULL or a C string.
#[no_mangle]
pub unsafe extern "C" fn kh_host_track_add(kind: c_int, ptr: *const c_void, size: usize, name: *const c_char, caller: u64) {
    let name = if name.is_null() {
        String::new()
    } else {
        // SAFETY: the C side passes NUL-terminated names.
        unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
    };
    let rec = Rec { serial: SERIAL.fetch_add(1, Ordering::Relaxed), size: size as u64, name, caller };
    live().get_or_insert_with(HashMap::new).insert((kind, ptr as usize), rec);
}

/// C: the object is gone; 0 if it was not known.
#[no_mangle]
pub extern "C" fn kh_host_track_del(kind: c_int, ptr: *const c_void) -> c_int {
    live().as_mut().is_some_and(|m| m.remove(&(kind, ptr as usize)).is_some()) as c_int
}

/// C: is the object known?
#[no_mangle]
pub extern "C" fn kh_host_track_has(kind: c_int, ptr: *const c_void) -> c_int {
    live().as_ref().is_some_and(|m| m.contains_key(&(kind, ptr as usize))) as c_int
}

/// Names of tracked objects of a kind whose address is in `[lo, hi)`.
pub fn inside(kind: i32, lo: usize, hi: usize) -> Vec<(usize, String, u64)> {
    live()
        .iter()
        .flatten()
        .filter(|((k, p), _)| *k == kind && (lo..hi).contains(p))
        .map(|((_, p), r)| (*p, r.name.clone(), r.caller))
        .collect()
}

/// C: a leak that the C side found by itself.
///
/// # Safety
/// `kind` and `name` are C strings.
#[no_mangle]
pub unsafe extern "C" fn kh_host_leak(kind: *const c_char, name: *const c_char, size: u64, caller: u64) {
    if caller == u64::MAX {
        return;
    }
    // SAFETY: the C side passes NUL-terminated strings.
    let (kind, name) = unsafe { (CStr::from_ptr(kind).to_string_lossy(), CStr::from_ptr(name).to_string_lossy()) };
    fail(leak_line(&kind, &name, size, caller));
}

/// C: the run has failed for a reason already printed.
///
/// # Safety
/// `what` is a C string.
#[no_mangle]
pub unsafe extern "C" fn kh_host_fail(what: *const c_char) {
    // SAFETY: the C side passes a NUL-terminated string.
    fail(unsafe { CStr::from_ptr(what) }.to_string_lossy().into_owned());
}

/// What the late boot made belongs to the hosted kernel although klds were
/// loaded before it.
pub fn system_late() {
    let base = BASELINE.load(Ordering::Relaxed);
    for ((kind, _), r) in live().iter_mut().flatten() {
        // Threads and queues of the boot have no caller in a kld.
        if r.caller == 0 || *kind == 14 && r.name == "taskqueue" {
            r.serial = r.serial.min(base.saturating_sub(1));
        }
    }
}
