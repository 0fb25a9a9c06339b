// SPDX-License-Identifier: BSD-2-Clause
//! What simulated kernels get from this program (pool/side.h).

use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::ffi::{c_char, c_long, c_ulong, c_void, CStr};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::OnceLock;

/// Pages of simulated memory (pool/side.h).
const PAGES: usize = 131_072;
const PAGE: usize = 4096;
/// Allocations from here on live in huge pages if there are any, as a kernel's
/// tables do.
const HUGE: usize = 2 << 20;

/// Bytes that the kernels' allocators have given out.
static ACCOUNT: AtomicI64 = AtomicI64::new(0);

/// Bytes that the kernels' allocators have given out, size classes included.
pub fn accounted() -> i64 {
    ACCOUNT.load(Relaxed)
}

fn layout(size: c_ulong, align: c_ulong) -> Layout {
    Layout::from_size_align(size as usize, align as usize).expect("a power of two")
}

#[no_mangle]
extern "C" fn host_alloc(size: c_ulong, align: c_ulong) -> *mut c_void {
    // SAFETY: nobody asks for nothing.
    let p = unsafe { alloc_zeroed(layout(size, align)) };
    assert!(!p.is_null(), "no memory");
    if align as usize >= HUGE {
        // SAFETY: memory of ours; a system without huge pages refuses.
        unsafe { libc::madvise(p.cast(), size as usize, libc::MADV_HUGEPAGE) };
    }
    p.cast()
}

#[no_mangle]
unsafe extern "C" fn host_free(p: *mut c_void, size: c_ulong, align: c_ulong) {
    // SAFETY: the caller passes what it got from host_alloc().
    unsafe { dealloc(p.cast(), layout(size, align)) }
}

#[no_mangle]
extern "C" fn host_set_gs(base: *const c_void) {
    const ARCH_SET_GS: c_long = 0x1001;
    // SAFETY: nothing of this program but the kernels uses %gs.
    let r = unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, base) };
    assert_eq!(r, 0, "arch_prctl");
}

/// Wait a little: on this CPU first, then let others have it.
#[no_mangle]
pub extern "C" fn host_pause(tries: c_ulong) {
    if tries % 64 == 63 {
        std::thread::yield_now();
    } else {
        std::hint::spin_loop();
    }
}

#[no_mangle]
unsafe extern "C" fn host_panic(what: *const c_char) -> ! {
    // SAFETY: a string of the caller's.
    eprintln!("bench: a simulated kernel: {}", unsafe { CStr::from_ptr(what) }.to_string_lossy().trim_end());
    std::process::exit(3)
}

#[no_mangle]
unsafe extern "C" fn host_missing(name: *const c_char) -> ! {
    // SAFETY: a string of missing.s.
    eprintln!("bench: no simulated kernel has {}", unsafe { CStr::from_ptr(name) }.to_string_lossy());
    std::process::exit(3)
}

fn memory() -> (i32, usize) {
    static MEMORY: OnceLock<(i32, usize)> = OnceLock::new();
    *MEMORY.get_or_init(|| {
        // SAFETY: a new file, mapped at an address that the system chooses.
        unsafe {
            let fd = libc::memfd_create(c"memory".as_ptr(), 0);
            assert_eq!(libc::ftruncate(fd, (PAGES * PAGE) as i64), 0, "memfd");
            (fd, map(std::ptr::null_mut(), PAGES * PAGE, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED, fd, 0))
        }
    })
}

/// # Safety
/// With `MAP_FIXED`, the addresses are the caller's.
unsafe fn map(at: *mut c_void, len: usize, prot: i32, flags: i32, fd: i32, offset: usize) -> usize {
    // SAFETY: the contract.
    let p = unsafe { libc::mmap(at, len, prot, flags, fd, offset as i64) };
    assert_ne!(p, libc::MAP_FAILED, "mmap");
    p as usize
}

#[no_mangle]
extern "C" fn host_memory() -> *mut c_void {
    memory().1 as *mut c_void
}

#[no_mangle]
unsafe extern "C" fn host_map(va: c_ulong, pa: c_ulong) {
    let flags = libc::MAP_SHARED | libc::MAP_FIXED;
    // SAFETY: addresses of host_addresses(), which the kernel gives out.
    unsafe { map(va as *mut c_void, PAGE, libc::PROT_READ | libc::PROT_WRITE, flags, memory().0, pa as usize) };
}

#[no_mangle]
extern "C" fn host_addresses(size: c_ulong) -> *mut c_void {
    let size = size as usize;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: addresses that the system chooses.
    let p = unsafe { map(std::ptr::null_mut(), 2 * size, libc::PROT_NONE, flags, -1, 0) };
    p.next_multiple_of(size) as *mut c_void
}

#[no_mangle]
extern "C" fn host_account(bytes: c_long) {
    ACCOUNT.fetch_add(bytes, Relaxed);
}
