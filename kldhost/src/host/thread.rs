// SPDX-License-Identifier: BSD-2-Clause
//! Host threads, each of which is a kernel thread, and how they wait.

use std::os::raw::{c_int, c_void};
use std::sync::OnceLock;

use crate::sig;

extern "C" {
    fn kh_khi_thread_main(kt: *mut c_void);
}

fn futex(addr: *const u32, op: c_int, val: u32) {
    // SAFETY: a futex word of a live thread structure; threads are never freed.
    unsafe { libc::syscall(libc::SYS_futex, addr, op | libc::FUTEX_PRIVATE_FLAG, val, 0usize) };
}

#[no_mangle]
extern "C" fn kh_host_futex_wait(addr: *const u32, val: u32) {
    futex(addr, libc::FUTEX_WAIT, val);
}

#[no_mangle]
extern "C" fn kh_host_futex_wake(addr: *const u32) {
    futex(addr, libc::FUTEX_WAKE, 1);
}

#[no_mangle]
extern "C" fn kh_host_sched_yield() {
    // SAFETY: no preconditions.
    unsafe { libc::sched_yield() };
}

/// A memory fence in every thread of this process (membarrier(2)).
#[no_mangle]
extern "C" fn kh_host_fence_all() {
    const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;
    const PRIVATE_EXPEDITED: c_int = 1 << 3;
    static REGISTERED: OnceLock<()> = OnceLock::new();
    // SAFETY: takes two numbers.
    let membarrier = |command: c_int| unsafe { libc::syscall(libc::SYS_membarrier, command, 0) };
    REGISTERED.get_or_init(|| {
        membarrier(REGISTER_PRIVATE_EXPEDITED);
    });
    if membarrier(PRIVATE_EXPEDITED) != 0 {
        panic!("membarrier(2): {}", std::io::Error::last_os_error());
    }
}

#[no_mangle]
extern "C" fn kh_host_gettid() -> c_int {
    // SAFETY: no preconditions.
    unsafe { libc::gettid() }
}

#[no_mangle]
extern "C" fn kh_host_preempt(tid: c_int) {
    // SAFETY: a signal to a thread of this process, for which a handler is set.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), tid, sig::PREEMPT) };
}

extern "C" fn thread_start(kt: *mut c_void) -> *mut c_void {
    let stack = sig::alt_stack();
    // SAFETY: kt is the thread structure that kh_host_thread_start was given.
    unsafe { kh_khi_thread_main(kt) };
    sig::free_alt_stack(stack);
    std::ptr::null_mut()
}

#[no_mangle]
extern "C" fn kh_host_thread_start(kt: *mut c_void) -> c_int {
    let mut t: libc::pthread_t = 0;
    // SAFETY: plain pthread use; attr lives until the thread is made.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        libc::pthread_attr_init(&mut attr);
        libc::pthread_attr_setdetachstate(&mut attr, libc::PTHREAD_CREATE_DETACHED);
        libc::pthread_attr_setstacksize(&mut attr, 512 << 10);
        let r = libc::pthread_create(&mut t, &attr, thread_start, kt);
        libc::pthread_attr_destroy(&mut attr);
        r
    }
}

#[no_mangle]
extern "C" fn kh_host_thread_bounds(lo: *mut usize, hi: *mut usize) {
    let (mut base, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes of the calling thread, freed again; lo and hi
    // are out parameters of the C side.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) == 0 {
            libc::pthread_attr_getstack(&attr, &mut base, &mut size);
            libc::pthread_attr_destroy(&mut attr);
        }
        *lo = base as usize;
        *hi = base as usize + size;
    }
}

#[no_mangle]
extern "C" fn kh_host_set_gs(base: *mut c_void) {
    static FAST: OnceLock<bool> = OnceLock::new();
    // SAFETY: reads the auxiliary vector.
    if *FAST.get_or_init(|| unsafe { libc::getauxval(libc::AT_HWCAP2) } & 2 != 0) {
        // SAFETY: the kernel says wrgsbase is allowed; %gs is not used by the
        // host's libraries, and base is a struct pcpu.
        unsafe { std::arch::asm!("wrgsbase {}", in(reg) base, options(nostack, preserves_flags)) };
    } else {
        const ARCH_SET_GS: c_int = 0x1001;
        // SAFETY: as above: base is a struct pcpu of the C side, never freed.
        unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, base) };
    }
}
