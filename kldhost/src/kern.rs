// SPDX-License-Identifier: BSD-2-Clause
//! Calls into the C part of the hosted kernel.

use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::machine::{self, Segment, Space};
use crate::{cli, symbols, track};

/// Module event: last goodbye.
pub const MOD_UNLOAD: c_int = 1;
/// Module event: may you go?
pub const MOD_QUIESCE: c_int = 3;

extern "C" {
    fn kh_khi_sched_init(ncpus: c_int);
    fn kh_khi_add_seg(start: u64, end: u64, domain: c_int) -> c_int;
    fn kh_khi_phys_init(dmap: u64, dmapsize: u64, array: u64, kmlow: u64, kva: u64, kmhigh: u64, ncpus: c_int);
    fn kh_khi_page_init(side: *mut u64);
    fn kh_khi_boot();
    fn kh_khi_boot_late();
    fn kh_khi_settle(span: i64);
    fn kh_khi_malloc_baseline();
    fn kh_khi_malloc_leaks();
    fn kh_khi_loading(file: *const c_void);
    fn kh_khi_load_error() -> c_int;
    fn kh_khi_module_register(data: u64, file: *const c_void) -> c_int;
    fn kh_khi_module_event(file: *const c_void, what: c_int) -> c_int;
    fn kh_khi_module_forget(file: *const c_void);
    fn kh_khi_run_sysinit(f: u64, arg: u64);
    fn kh_khi_call_entry(f: u64, argc: c_int, argv: *mut *mut c_char) -> c_int;
    fn kh_khi_sysctl_read(name: *const c_char, buf: *mut c_char, len: usize) -> c_int;
    fn kh_khi_sysctl_write(name: *const c_char, value: *const c_char) -> c_int;
    fn kh_khi_sysctl_walk(name: *const c_char, f: extern "C" fn(*const c_char, *mut c_void), arg: *mut c_void) -> c_int;
    fn kh_khi_sysctl_serve_start() -> c_int;
    fn kh_khi_sysctl_serve(name: *const c_char, buf: *mut c_char, len: *mut usize) -> c_int;
    fn kh_khi_yield();
    fn kh_khi_sysctl_load_time(name: *const c_char, us: u64);
    fn kh_khi_callouts_in(lo: u64, hi: u64, f: *mut u64) -> c_int;
    fn kh_khi_tasks_in(lo: u64, hi: u64, f: *mut u64) -> c_int;
    fn kh_khi_threads_in(lo: u64, hi: u64, f: *mut u64) -> c_int;
    fn kh_khi_image_alloc(va: u64, size: u64) -> u64;
    fn kh_khi_image_free(va: u64, pa: u64, size: u64);
    fn kh_khi_page_meta(pa: u64) -> u64;
    fn kh_sysctl_register_oid(o: u64);
    fn kh_sysctl_unregister_oid(o: u64);
    fn kh_vm_phys_fictitious_reg_range(start: u64, end: u64, attr: c_int) -> c_int;
    static mut kh_khi_iommu: c_int;
    static kh_khi_pages_live: u64;
    static kh_khi_wires_live: u64;
}

/// The table of page owners.
static SIDE: AtomicU64 = AtomicU64::new(0);

fn c(s: &str) -> CString {
    CString::new(s.replace('\0', "")).unwrap_or_default()
}

fn file(id: usize) -> *const c_void {
    id as *const c_void
}

/// Boots up to SI_SUB_KLD: one CPU, cold.
pub fn boot(segs: &[Segment], space: &Space, cpus: usize, iommu: cli::Iommu) {
    let side = machine::reserve((space.array_len / machine::VM_PAGE_SIZE * 8 + 4096) as usize);
    SIDE.store(side as u64, Ordering::Relaxed);
    symbols::kernel();
    // SAFETY: the boot sequence, in its only order, by the only thread.
    unsafe {
        kh_khi_sched_init(cpus as c_int);
        for s in segs {
            kh_khi_add_seg(s.start, s.end, s.domain as c_int);
        }
        kh_khi_phys_init(
            machine::DMAP,
            machine::DMAP_SIZE,
            machine::ARRAY,
            machine::KERNEL_MIN,
            machine::KVA,
            machine::KVA + machine::KVA_SIZE,
            cpus as c_int,
        );
        kh_khi_page_init(side.cast());
        kh_khi_iommu = iommu as c_int;
        kh_khi_boot();
    }
}

/// CPUs, task queues, warm.
pub fn boot_late() {
    // SAFETY: after boot(), once: Session::boot() sees to it.
    unsafe { kh_khi_boot_late() };
}

/// Registers a fictitious range; an errno.
pub fn fictitious(start: u64, end: u64) -> i32 {
    // SAFETY: a KPI call in thread context; 6 is write-back.
    unsafe { kh_vm_phys_fictitious_reg_range(start, end, 6) }
}

/// Everything from here on is checked for leaks.
pub fn baseline() -> (u64, u64) {
    track::baseline();
    // SAFETY: no kld runs yet, so nobody else writes these variables.
    unsafe {
        kh_khi_malloc_baseline();
        (std::ptr::read_volatile(&raw const kh_khi_pages_live), std::ptr::read_volatile(&raw const kh_khi_wires_live))
    }
}

/// Reports what is left; returns the number of lines.
pub fn check_leaks(base: (u64, u64), space: &Space) -> usize {
    let before = track::failures();
    track::report();
    // SAFETY: all klds were unloaded by Session, so nobody else writes these.
    let (pages, wires) = unsafe {
        kh_khi_malloc_leaks();
        (std::ptr::read_volatile(&raw const kh_khi_pages_live), std::ptr::read_volatile(&raw const kh_khi_wires_live))
    };
    if pages != base.0 {
        let n = pages.wrapping_sub(base.0) as i64;
        let named = name_pages(space, n);
        if !named {
            track::fail(format!("leak: {n} physical page(s)"));
        }
    } else if wires != base.1 {
        track::fail(format!("leak: wirings of pages are off by {}", wires.wrapping_sub(base.1) as i64));
    }
    track::failures() - before
}

/// Names the allocating functions of live pages.
fn name_pages(space: &Space, n: i64) -> bool {
    const LIVE: u64 = 1 << 62;
    const SYSTEM: u64 = 1 << 63;
    let mut by_caller = std::collections::BTreeMap::new();
    let pages = space.array_len / machine::VM_PAGE_SIZE;
    let side = SIDE.load(Ordering::Relaxed);
    if n <= 0 {
        return false;
    }
    // The table is as large as memory, but only what was used of it is real.
    const CHUNK: u64 = 1 << 30;
    let mut real = vec![0u8; (CHUNK / machine::PAGE) as usize];
    for chunk in (0..pages * 8).step_by(CHUNK as usize) {
        let len = CHUNK.min((pages * 8 - chunk).next_multiple_of(machine::PAGE));
        // SAFETY: the table is mapped for that length; real has a byte a page.
        unsafe { libc::mincore((side + chunk) as *mut c_void, len as usize, real.as_mut_ptr()) };
        for (p, _) in real.iter().enumerate().take((len / machine::PAGE) as usize).filter(|(_, r)| **r & 1 != 0) {
            let first = (chunk + p as u64 * machine::PAGE) / 8;
            for i in first..(first + machine::PAGE / 8).min(pages) {
                // SAFETY: inside of the side table that boot() made.
                let m = unsafe { kh_khi_page_meta((space.first_page + i) * machine::PAGE) };
                if m & LIVE != 0 && m & SYSTEM == 0 {
                    *by_caller.entry(m & !(LIVE | SYSTEM)).or_insert(0u64) += 1;
                }
            }
        }
    }
    for (caller, n) in &by_caller {
        track::fail(track::leak_line(&format!("{n} physical page(s)"), "", n * machine::PAGE, *caller));
    }
    !by_caller.is_empty()
}

/// Lets virtual time run for some seconds, or until nothing waits for a time.
pub fn settle(seconds: u32) {
    // SAFETY: in thread context with no locks held.
    unsafe { kh_khi_settle(i64::from(seconds) << 32) };
}

/// SYSINITs run for this file now.
pub fn loading(id: usize) {
    // SAFETY: stores the file's number; the C side never follows it.
    unsafe { kh_khi_loading(file(id)) };
}

/// The error of the MOD_LOAD event just run, or 0.
pub fn load_error() -> i32 {
    // SAFETY: reads a variable that only the loading thread, this one, writes.
    unsafe { kh_khi_load_error() }
}

/// Registers a moduledata_t; false if the name is taken.
pub fn module_register(data: u64, id: usize) -> bool {
    // SAFETY: data was checked to lie in the file's image.
    unsafe { kh_khi_module_register(data, file(id)) == 0 }
}

/// Sends an event to a file's modules; an errno.
pub fn module_event(id: usize, what: c_int) -> i32 {
    // SAFETY: the linker keeps a file mapped while it is in its list, and the
    // C side knows modules of such files only.
    unsafe { kh_khi_module_event(file(id), what) }
}

/// The file's modules are gone.
pub fn module_forget(id: usize) {
    // SAFETY: frees the C side's records of this file; nothing else has them.
    unsafe { kh_khi_module_forget(file(id)) };
}

/// Runs one SYSINIT or SYSUNINIT.
pub fn run_sysinit(f: u64, arg: u64) {
    // SAFETY: from a linker set of a file that the linker has loaded and
    // relocated; that the function is right is the kld's affair.
    unsafe { kh_khi_run_sysinit(f, arg) };
}

/// Calls `int f(int argc, char **argv)` of a kld.
pub fn call_entry(f: u64, args: &[String]) -> i32 {
    let strings: Vec<CString> = args.iter().map(|a| c(a)).collect();
    let mut argv: Vec<*mut c_char> = strings.iter().map(|s| s.as_ptr().cast_mut()).collect();
    argv.push(std::ptr::null_mut());
    // SAFETY: the entry's documented signature; argv outlives the call.
    unsafe { kh_khi_call_entry(f, args.len() as c_int, argv.as_mut_ptr()) }
}

/// A sysctl's value as text.
pub fn sysctl_read(name: &str) -> Result<String, i32> {
    let mut buf = vec![0u8; 256 << 10];
    // SAFETY: name is a C string and buf has that many bytes.
    let e = unsafe { kh_khi_sysctl_read(c(name).as_ptr(), buf.as_mut_ptr().cast(), buf.len()) };
    if e != 0 {
        return Err(e);
    }
    let n = buf.iter().position(|b| *b == 0).unwrap_or(0);
    Ok(String::from_utf8_lossy(&buf[..n]).into_owned())
}

/// Sets a sysctl.
pub fn sysctl_write(name: &str, value: &str) -> Result<(), i32> {
    // SAFETY: both are C strings that live over the call.
    match unsafe { kh_khi_sysctl_write(c(name).as_ptr(), c(value).as_ptr()) } {
        0 => Ok(()),
        e => Err(e),
    }
}

/// Starts the thread that serves [`sysctl_serve`].
pub fn sysctl_serve_start() -> anyhow::Result<()> {
    // SAFETY: after boot_late(), by the main thread.
    match unsafe { kh_khi_sysctl_serve_start() } {
        0 => Ok(()),
        e => anyhow::bail!("no thread: {}", errno_name(e)),
    }
}

/// A sysctl's raw value into `buf`: errno and length. From the one host thread
/// that serves, which is no kernel thread.
pub fn sysctl_serve(name: &str, buf: &mut [u8]) -> (i32, usize) {
    let mut len = buf.len();
    // SAFETY: name is a C string and buf has len bytes, until the answer.
    let e = unsafe { kh_khi_sysctl_serve(c(name).as_ptr(), buf.as_mut_ptr().cast(), &mut len) };
    (e, len)
}

/// Lets other kernel threads have this one's CPU.
pub fn give_way() {
    // SAFETY: in thread context with no locks held.
    unsafe { kh_khi_yield() };
}

extern "C" fn collect(name: *const c_char, arg: *mut c_void) {
    // SAFETY: called by sysctl_leaves() below with its vector and C strings.
    unsafe { (*arg.cast::<Vec<String>>()).push(CStr::from_ptr(name).to_string_lossy().into_owned()) };
}

/// The leaves below a node; "" is the root.
pub fn sysctl_leaves(name: &str) -> Result<Vec<String>, i32> {
    let mut v: Vec<String> = Vec::new();
    // SAFETY: collect() gets the vector back, during the call only.
    match unsafe { kh_khi_sysctl_walk(c(name).as_ptr(), collect, (&raw mut v).cast()) } {
        0 => Ok(v),
        e => Err(e),
    }
}

/// Publishes kldhost.load_us.<kld>.
pub fn load_time(name: &str, us: u64) {
    let base = name.strip_suffix(".ko").unwrap_or(name);
    // SAFETY: a C string, of which the C side makes a copy.
    unsafe { kh_khi_sysctl_load_time(c(base).as_ptr(), us) };
}

/// Registers a static node.
pub fn sysctl_register(o: u64) {
    // SAFETY: from sysctl_set of a relocated file, which the linker unmaps only
    // after sysctl_unregister().
    unsafe { kh_sysctl_register_oid(o) };
}

/// Removes a static node.
pub fn sysctl_unregister(o: u64) {
    // SAFETY: a node that sysctl_register() got; the linker has the file still
    // mapped.
    unsafe { kh_sysctl_unregister_oid(o) };
}

/// Pending callouts that touch a range: how many, and the first's function.
pub fn callouts_in(lo: u64, hi: u64) -> Option<(i32, u64)> {
    let mut f = 0;
    // SAFETY: f is ours to write; the C side walks its list under its lock.
    let n = unsafe { kh_khi_callouts_in(lo, hi, &mut f) };
    (n > 0).then_some((n, f))
}

/// Queued tasks that would run code in a range.
pub fn tasks_in(lo: u64, hi: u64) -> Option<(i32, u64)> {
    let mut f = 0;
    // SAFETY: f is ours to write; the C side walks its list under its lock.
    let n = unsafe { kh_khi_tasks_in(lo, hi, &mut f) };
    (n > 0).then_some((n, f))
}

/// Threads that run a function of a range.
pub fn threads_in(lo: u64, hi: u64) -> Option<(i32, u64)> {
    let mut f = 0;
    // SAFETY: f is ours to write; the C side walks its list under its lock.
    let n = unsafe { kh_khi_threads_in(lo, hi, &mut f) };
    (n > 0).then_some((n, f))
}

/// Simulated memory for an image at `va`; its physical address.
pub fn image_alloc(va: u64, size: u64) -> Option<u64> {
    // SAFETY: va is a reservation of that size.
    match unsafe { kh_khi_image_alloc(va, size) } {
        0 => None,
        pa => Some(pa),
    }
}

/// Gives an image's memory and its address range back.
pub fn image_free(va: u64, pa: u64, size: u64) {
    let len = size.max(4096);
    // SAFETY: the pair came from image_alloc; nothing of it is used any more.
    unsafe {
        kh_khi_image_free(va, pa, len);
        libc::munmap(va as *mut c_void, len as usize);
    }
}

/// The name of a FreeBSD errno.
pub fn errno_name(e: i32) -> &'static str {
    match e {
        1 => "EPERM",
        2 => "ENOENT",
        5 => "EIO",
        6 => "ENXIO",
        8 => "ENOEXEC",
        12 => "ENOMEM",
        14 => "EFAULT",
        16 => "EBUSY",
        17 => "EEXIST",
        19 => "ENODEV",
        22 => "EINVAL",
        27 => "EFBIG",
        28 => "ENOSPC",
        34 => "ERANGE",
        35 => "EAGAIN",
        36 => "EINPROGRESS",
        45 => "EOPNOTSUPP",
        60 => "ETIMEDOUT",
        66 => "ENOTEMPTY",
        78 => "ENOSYS",
        _ => "?",
    }
}
