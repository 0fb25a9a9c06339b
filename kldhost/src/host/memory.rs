// SPDX-License-Identifier: BSD-2-Clause
//! Simulated memory: what is mapped where.

use std::collections::BTreeMap;
use std::os::raw::c_int;
use std::sync::Mutex;

use crate::machine::{self, SPACE};

/// Start of each mapping in kernel addresses: its end and physical address.
static KVA_MAP: Mutex<BTreeMap<u64, (u64, u64)>> = Mutex::new(BTreeMap::new());

/// Records that `[va, va+len)` shows the physical memory at `pa`.
fn kva_note(va: u64, pa: u64, len: u64) {
    let mut m = KVA_MAP.lock().unwrap_or_else(|e| e.into_inner());
    cut(&mut m, va, va + len);
    m.insert(va, (va + len, pa));
}

/// Removes `[lo, hi)` from the mappings, splitting what sticks out.
fn cut(m: &mut BTreeMap<u64, (u64, u64)>, lo: u64, hi: u64) {
    while let Some((&s, &(e, pa))) = m.range(..hi).next_back() {
        if e <= lo {
            break;
        }
        m.remove(&s);
        if hi < e {
            m.insert(hi, (e, pa + (hi - s)));
        }
        if s < lo {
            m.insert(s, (lo, pa));
            break;
        }
    }
}

/// Maps physical memory at a virtual address.
fn map_phys(va: u64, pa: u64, len: u64, prot: i32) -> bool {
    let fd = SPACE.get().map_or(-1, |s| s.phys_fd);
    if machine::map(va, len, prot, libc::MAP_SHARED, fd, pa).is_err() {
        return false;
    }
    kva_note(va, pa, len);
    true
}

#[no_mangle]
extern "C" fn kh_host_map_phys(va: u64, pa: u64, len: u64, _prot: c_int) -> c_int {
    !map_phys(va, pa, len, machine::RW) as c_int
}

#[no_mangle]
extern "C" fn kh_host_map_none(va: u64, len: u64) -> c_int {
    cut(&mut KVA_MAP.lock().unwrap_or_else(|e| e.into_inner()), va, va + len);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    machine::map(va, len, libc::PROT_NONE, flags, -1, 0).is_err() as c_int
}

/// # Safety
/// `pa` is a valid out parameter.
#[no_mangle]
unsafe extern "C" fn kh_host_kva_lookup(va: u64, pa: *mut u64) -> c_int {
    let m = KVA_MAP.lock().unwrap_or_else(|e| e.into_inner());
    match m.range(..=va).next_back() {
        Some((&s, &(e, p))) if va < e => {
            // SAFETY: the caller's out parameter.
            unsafe { *pa = p + (va - s) };
            0
        }
        _ => 1,
    }
}

#[no_mangle]
extern "C" fn kh_host_discard_phys(pa: u64, len: u64) {
    let fd = SPACE.get().map_or(-1, |s| s.phys_fd);
    let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    // SAFETY: SPACE's descriptor, or -1 which is refused; the C side passes
    // pages that it has just freed.
    unsafe { libc::fallocate(fd, mode, pa as libc::off_t, len as libc::off_t) };
}

#[no_mangle]
extern "C" fn kh_host_reserve(len: usize) -> *mut u8 {
    machine::reserve(len)
}
