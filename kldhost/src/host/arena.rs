// SPDX-License-Identifier: BSD-2-Clause
//! Extent allocators for the C side.

use std::os::raw::c_int;

use crate::arena::{self, Policy, Want};

#[no_mangle]
extern "C" fn kh_host_arena_create(start: u64, size: u64) -> u32 {
    arena::create(start, size)
}

#[no_mangle]
extern "C" fn kh_host_arena_destroy(id: u32) {
    arena::table()[id as usize] = None;
}

#[no_mangle]
extern "C" fn kh_host_arena_add(id: u32, start: u64, size: u64) -> c_int {
    !arena::table()[id as usize].as_mut().is_some_and(|a| a.add(start, size)) as c_int
}

/// # Safety
/// `out` is a valid out parameter.
#[no_mangle]
#[allow(clippy::too_many_arguments)]
unsafe extern "C" fn kh_host_arena_alloc(
    id: u32, size: u64, align: u64, phase: u64, nocross: u64, min: u64, max: u64, policy: c_int, out: *mut u64,
) -> c_int {
    let policy = match policy {
        0 => Policy::First,
        1 => Policy::Last,
        _ => Policy::Next,
    };
    let want = Want { size, align: align.max(1), phase, nocross, min, max };
    match arena::table()[id as usize].as_mut().and_then(|a| a.alloc(&want, policy)) {
        Some(at) => {
            // SAFETY: the caller's out parameter.
            unsafe { *out = at };
            0
        }
        None => 1,
    }
}

#[no_mangle]
extern "C" fn kh_host_arena_free(id: u32, start: u64, size: u64) -> c_int {
    !arena::table()[id as usize].as_mut().is_some_and(|a| a.free(start, size)) as c_int
}

#[no_mangle]
extern "C" fn kh_host_arena_used(id: u32) -> u64 {
    arena::table()[id as usize].as_ref().map_or(0, |a| a.used())
}
