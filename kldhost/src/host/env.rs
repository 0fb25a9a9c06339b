// SPDX-License-Identifier: BSD-2-Clause
//! The kernel environment (kenv(1)).

use std::collections::HashMap;
use std::ffi::CStr;
use std::os::raw::{c_char, c_int};
use std::sync::Mutex;

static ENV: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);

/// Sets a variable of the kernel environment.
pub fn setenv(name: &str, value: &str) {
    ENV.lock()
        .unwrap_or_else(|e| e.into_inner())
        .get_or_insert_with(HashMap::new)
        .insert(name.into(), value.into());
}

/// # Safety
/// `name` is a C string, `buf` has room for `len` bytes.
#[no_mangle]
unsafe extern "C" fn kh_host_getenv(name: *const c_char, buf: *mut u8, len: usize) -> c_int {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    let env = ENV.lock().unwrap_or_else(|e| e.into_inner());
    let Some(v) = env.as_ref().and_then(|m| m.get(name.as_ref())) else { return 1 };
    let n = v.len().min(len - 1);
    // SAFETY: n + 1 <= len.
    unsafe {
        std::ptr::copy_nonoverlapping(v.as_ptr(), buf, n);
        *buf.add(n) = 0;
    }
    0
}

/// # Safety
/// `name` is a C string, `value` one or NULL.
#[no_mangle]
unsafe extern "C" fn kh_host_setenv(name: *const c_char, value: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
    if value.is_null() {
        let mut env = ENV.lock().unwrap_or_else(|e| e.into_inner());
        return env.as_mut().and_then(|m| m.remove(&name)).is_none() as c_int;
    }
    // SAFETY: not NULL, so a C string.
    setenv(&name, &unsafe { CStr::from_ptr(value) }.to_string_lossy());
    0
}
