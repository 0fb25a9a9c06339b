// SPDX-License-Identifier: BSD-2-Clause
//! Signals: page faults of the simulated machine, fatal ones, preemption.

use std::ffi::CString;
use std::os::raw::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicU8, Ordering};
use std::sync::OnceLock;

use crate::machine::{self, ARRAY, DMAP, DMAP_SIZE, GRANULE, KVA, KVA_SIZE, SPACE};
use crate::symbols;

/// The signal that takes a CPU away from a thread.
pub const PREEMPT: c_int = libc::SIGURG;
const ALT: usize = 256 << 10;

extern "C" {
    fn kh_khi_page_fill(lo: u64, hi: u64, alias: u64);
    fn kh_khi_fatal(msg: *const c_char, pc: usize, fp: usize);
    fn kh_khi_preempt_point();
}

/// One byte a granule: 0 untouched, 1 being filled, 2 ready.
static STATE: OnceLock<&'static [AtomicU8]> = OnceLock::new();
static IN_FATAL: AtomicBool = AtomicBool::new(false);

/// Fills the granule that `addr` lies in. Only raw memory and system calls:
/// the interrupted code may hold any lock.
fn fill(addr: u64) -> bool {
    let (Some(space), Some(state)) = (SPACE.get(), STATE.get()) else { return false };
    let off = (addr - ARRAY) & !(GRANULE - 1);
    if off >= space.array_len {
        return false;
    }
    let s = &state[(off / GRANULE) as usize];
    match s.compare_exchange(0, 1, Ordering::Acquire, Ordering::Acquire) {
        Ok(_) => {
            // SAFETY: the granule is filled through the alias before it can be
            // seen through the array's own address; the state byte excludes
            // other threads.
            unsafe {
                kh_khi_page_fill(ARRAY + off, ARRAY + off + GRANULE, space.array_alias + off);
                libc::mprotect((ARRAY + off) as *mut c_void, GRANULE as usize, machine::RW);
            }
            s.store(2, Ordering::Release);
        }
        Err(1) => {
            while s.load(Ordering::Acquire) == 1 {
                std::hint::spin_loop();
            }
        }
        // Ready meanwhile: the access is simply tried again.
        Err(_) => {}
    }
    true
}

fn describe(addr: u64) -> String {
    if addr < 4096 {
        return format!("page fault: NULL pointer access at {addr:#x}");
    }
    if (DMAP..DMAP + DMAP_SIZE).contains(&addr) {
        let pa = addr - DMAP;
        let top = SPACE.get().map_or(0, |s| s.first_page * 4096 + s.array_len / machine::VM_PAGE_SIZE * 4096);
        let what = if pa >= top { "IOMMU fault or unbacked physical address" } else { "hole, or IOMMU fault," };
        return format!("page fault: {what} at physical address {pa:#x}");
    }
    if (KVA..KVA + KVA_SIZE).contains(&addr) {
        return format!("page fault: unbacked kernel address {addr:#x}");
    }
    if (ARRAY..ARRAY + (1 << 43)).contains(&addr) {
        return format!("page fault: beyond vm_page_array at {addr:#x}");
    }
    if addr as u32 == 0xdead_c0de || addr >> 32 == 0xdead_c0de {
        return format!("page fault: access through freed memory at {addr:#x}");
    }
    format!("page fault: access to {addr:#x}")
}

/// Address and program counter of the first fatal fault.
static FIRST: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];

/// "panic: fault at A, pc B; then at C, pc D", without allocating.
fn raw_line(out: &mut [u8; 160], v: &[u64; 4]) -> usize {
    let mut n = 0;
    for (text, v) in ["panic: fault at ", ", pc ", "; then at ", ", pc "].iter().zip(v) {
        let hex = (0..16).map(|i| b"0123456789abcdef"[(v >> (60 - 4 * i)) as usize & 15]);
        for b in text.bytes().chain(hex) {
            out[n] = b;
            n += 1;
        }
    }
    out[n] = b'\n';
    n + 1
}

extern "C" fn on_fault(signo: c_int, info: *mut libc::siginfo_t, ctx: *mut c_void) {
    // SAFETY: the kernel passes a valid siginfo and ucontext.
    let (addr, regs) = unsafe { ((*info).si_addr() as u64, &(*ctx.cast::<libc::ucontext_t>()).uc_mcontext.gregs) };
    if signo == libc::SIGSEGV && (ARRAY..KVA).contains(&addr) && fill(addr) {
        return;
    }
    let rip = regs[libc::REG_RIP as usize] as u64;
    if IN_FATAL.swap(true, Ordering::SeqCst) {
        // A second fault while reporting the first: the least that can be said.
        let mut line = [0u8; 160];
        let n = raw_line(&mut line, &[FIRST[0].load(Ordering::SeqCst), FIRST[1].load(Ordering::SeqCst), addr, rip]);
        // SAFETY: a buffer of ours; _exit does not return.
        unsafe {
            libc::write(2, line.as_ptr().cast(), n);
            libc::_exit(3)
        };
    }
    FIRST[0].store(addr, Ordering::SeqCst);
    FIRST[1].store(rip, Ordering::SeqCst);
    let msg = match signo {
        libc::SIGSEGV => {
            // General protection faults (non-canonical) report address 0.
            // SAFETY: the kernel passed a valid siginfo, see above.
            if unsafe { (*info).si_code } == 128 {
                "general protection fault (non-canonical address)".to_string()
            } else {
                describe(addr)
            }
        }
        libc::SIGBUS => format!("bus error at {addr:#x}"),
        libc::SIGILL => format!("illegal instruction at {addr:#x}"),
        libc::SIGFPE => "integer divide fault".to_string(),
        libc::SIGTRAP => "trap (int3)".to_string(),
        libc::SIGALRM => "time limit reached (a hang?)".to_string(),
        _ => format!("signal {signo}"),
    };
    let msg = CString::new(msg).unwrap_or_default();
    // SAFETY: does not return; registers are those of the fault.
    unsafe { kh_khi_fatal(msg.as_ptr(), regs[libc::REG_RIP as usize] as usize, regs[libc::REG_RBP as usize] as usize) };
}

extern "C" fn on_preempt(_: c_int, _: *mut libc::siginfo_t, ctx: *mut c_void) {
    // SAFETY: the kernel passes a valid ucontext.
    let pc = unsafe { (*ctx.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_RIP as usize] } as usize;
    // Only in kld code: then no lock of the hosted kernel is held.
    if symbols::in_kld_text(pc) {
        // SAFETY: checks for critical sections itself.
        unsafe { kh_khi_preempt_point() };
    }
}

/// An alternate signal stack for the calling thread.
pub fn alt_stack() -> *mut u8 {
    let p = machine::reserve(ALT);
    let ss = libc::stack_t { ss_sp: p.cast(), ss_flags: 0, ss_size: ALT };
    // SAFETY: fresh memory that lives until the thread ends.
    unsafe { libc::sigaltstack(&ss, std::ptr::null_mut()) };
    p
}

/// Gives an alternate stack back at the thread's end.
pub fn free_alt_stack(p: *mut u8) {
    let ss = libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
    // SAFETY: disabled first, then unmapped; p came from alt_stack.
    unsafe {
        libc::sigaltstack(&ss, std::ptr::null_mut());
        libc::munmap(p.cast(), ALT);
    }
}

/// Installs the handlers.
pub fn install(array_len: u64) {
    let n = (array_len / GRANULE) as usize;
    let p = machine::reserve(n);
    // SAFETY: zeroed memory of n bytes that is never freed; AtomicU8 is a byte.
    let _ = STATE.set(unsafe { std::slice::from_raw_parts(p.cast(), n) });
    alt_stack();
    let set = |sig: c_int, f: usize, flags: c_int| {
        // SAFETY: a plain sigaction with a handler of the right type.
        unsafe {
            let mut sa: libc::sigaction = std::mem::zeroed();
            sa.sa_sigaction = f;
            sa.sa_flags = libc::SA_SIGINFO | flags;
            libc::sigaction(sig, &sa, std::ptr::null_mut());
        }
    };
    for s in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP, libc::SIGALRM] {
        set(s, on_fault as *const () as usize, libc::SA_ONSTACK);
    }
    set(PREEMPT, on_preempt as *const () as usize, libc::SA_RESTART | libc::SA_NODEFER);
}
