// SPDX-License-Identifier: BSD-2-Clause
//! The services that the C part of the hosted kernel calls (`host_*` there).

use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::collections::{BTreeMap, HashMap};
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::sync::{Mutex, OnceLock};

use crate::arena::{self, Policy, Want};
use crate::machine::{self, SPACE};
use crate::{sig, symbols};

extern "C" {
    fn kh_khi_thread_main(kt: *mut c_void);
    fn kh_khi_clock_tick();
}

static ENV: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);
static KVA_MAP: Mutex<BTreeMap<u64, (u64, u64)>> = Mutex::new(BTreeMap::new());

/// Sets a variable of the kernel environment.
pub fn setenv(name: &str, value: &str) {
    ENV.lock()
        .unwrap_or_else(|e| e.into_inner())
        .get_or_insert_with(HashMap::new)
        .insert(name.into(), value.into());
}

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

fn clock(id: libc::clockid_t) -> u64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: ts is ours to write.
    unsafe { libc::clock_gettime(id, &mut ts) };
    ts.tv_sec as u64 * 1_000_000_000 + ts.tv_nsec as u64
}

#[no_mangle]
extern "C" fn kh_host_nanouptime() -> u64 {
    clock(libc::CLOCK_MONOTONIC)
}

#[no_mangle]
extern "C" fn kh_host_walltime() -> u64 {
    clock(libc::CLOCK_REALTIME)
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
extern "C" fn kh_host_start_clock() {
    std::thread::spawn(|| loop {
        std::thread::sleep(std::time::Duration::from_millis(1));
        // SAFETY: takes only the scheduler lock, and never a CPU.
        unsafe { kh_khi_clock_tick() };
    });
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
        // SAFETY: as above, by system call.
        unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, base) };
    }
}

// --- arenas ----------------------------------------------------------------

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

// --- memory ----------------------------------------------------------------

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
pub fn map_phys(va: u64, pa: u64, len: u64, prot: i32) -> bool {
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
    // SAFETY: drops contents of free simulated memory.
    unsafe { libc::fallocate(fd, mode, pa as libc::off_t, len as libc::off_t) };
}

#[no_mangle]
extern "C" fn kh_host_reserve(len: usize) -> *mut u8 {
    machine::reserve(len)
}

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

// --- kernel environment ------------------------------------------------------

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
