// SPDX-License-Identifier: BSD-2-Clause
//! What the C side has no C library for.

use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::os::raw::{c_int, c_void};

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size.max(1), 64).expect("sane size")
}

#[no_mangle]
extern "C" fn kh_host_alloc(size: usize) -> *mut u8 {
    // SAFETY: the layout is not empty.
    unsafe { alloc_zeroed(layout(size)) }
}

/// # Safety
/// `p` came from `kh_host_alloc(size)`.
#[no_mangle]
unsafe extern "C" fn kh_host_free(p: *mut u8, size: usize) {
    // SAFETY: the caller's promise; the layout is a function of the size.
    unsafe { dealloc(p, layout(size)) };
}

/// # Safety
/// As memmove(3).
#[no_mangle]
unsafe extern "C" fn kh_host_memmove(d: *mut c_void, s: *const c_void, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::memmove(d, s, n) };
}

/// # Safety
/// As memset(3).
#[no_mangle]
unsafe extern "C" fn kh_host_memset(d: *mut c_void, c: c_int, n: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::memset(d, c, n) };
}

/// # Safety
/// As memcmp(3).
#[no_mangle]
unsafe extern "C" fn kh_host_memcmp(a: *const c_void, b: *const c_void, n: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { libc::memcmp(a, b, n) }
}

type Cmp = extern "C" fn(*const c_void, *const c_void, *mut c_void) -> c_int;

/// # Safety
/// As qsort_r(3).
#[no_mangle]
unsafe extern "C" fn kh_host_qsort(base: *mut u8, n: usize, size: usize, cmp: Cmp, thunk: *mut c_void) {
    if size == 0 {
        return;
    }
    // SAFETY: the caller's array of n elements of size bytes.
    let all = unsafe { std::slice::from_raw_parts_mut(base, n * size) };
    let mut items: Vec<Vec<u8>> = all.chunks(size).map(<[u8]>::to_vec).collect();
    items.sort_by(|a, b| cmp(a.as_ptr().cast(), b.as_ptr().cast(), thunk).cmp(&0));
    for (to, from) in all.chunks_mut(size).zip(items) {
        to.copy_from_slice(&from);
    }
}

#[no_mangle]
extern "C" fn kh_host_random(buf: *mut u8, len: usize) {
    let mut done = 0;
    while done < len {
        // SAFETY: the C side passes a buffer of len bytes.
        let n = unsafe { libc::getrandom(buf.add(done).cast(), len - done, 0) };
        done += n.max(0) as usize;
    }
}
