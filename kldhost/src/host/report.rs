// SPDX-License-Identifier: BSD-2-Clause
//! What the kernel says, and where in its code.

use std::os::raw::c_int;

use crate::symbols;

#[no_mangle]
extern "C" fn kh_host_write(fd: c_int, buf: *const u8, len: usize) {
    let mut done = 0;
    while done < len {
        // SAFETY: the C side passes a buffer of len bytes.
        let n = unsafe { libc::write(fd, buf.add(done).cast(), len - done) };
        if n <= 0 {
            return;
        }
        done += n as usize;
    }
}

#[no_mangle]
extern "C" fn kh_host_exit(code: c_int) -> ! {
    // SAFETY: ends the process at once; nothing may run after a panic.
    unsafe { libc::_exit(code) }
}

#[no_mangle]
extern "C" fn kh_host_backtrace(pc: usize, fp: usize, lo: usize, hi: usize) {
    let mut n = 0;
    let fault = pc != 0;
    let mut show = |pc: usize| {
        // The first may be where a fault was; the others are return addresses.
        let name = if n == 0 && fault { symbols::name(pc as u64) } else { symbols::name_return(pc as u64) };
        eprintln!("#{n} {pc:#x} {name}");
        n += 1;
        n < 40
    };
    if pc != 0 {
        show(pc);
    }
    let mut fp = fp;
    while fp >= lo && fp + 16 <= hi && fp % 8 == 0 {
        // SAFETY: fp was checked to lie in this thread's stack.
        let (next, ret) = unsafe { (*(fp as *const usize), *((fp + 8) as *const usize)) };
        if ret < 4096 || !show(ret) || next <= fp {
            break;
        }
        fp = next;
    }
}

/// # Safety
/// `buf` has room for `len` bytes, `off` for a long.
#[no_mangle]
unsafe extern "C" fn kh_host_symbol(addr: usize, buf: *mut u8, len: usize, off: *mut i64) -> c_int {
    let Some((name, o, _)) = symbols::lookup(addr as u64) else { return 1 };
    let n = name.len().min(len.saturating_sub(1));
    // SAFETY: n + 1 <= len, which the caller provides.
    unsafe {
        std::ptr::copy_nonoverlapping(name.as_ptr(), buf, n);
        *buf.add(n) = 0;
        *off = o as i64;
    }
    0
}
